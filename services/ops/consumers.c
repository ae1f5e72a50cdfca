/* SPDX-License-Identifier: Apache-2.0 */
/* Consumers and processes: what runs, its progress, and the pause. */
#include "events/operators.h"
#include "ops/api.h"
#include "ops/permissions.h"
#include "ops/routes.h"
#include "service/heartbeat.h"

static struct consumer_view consumer_view_of(const struct subscription_report *report, int64_t now_us)
{
	int64_t lag_us = report->oldest_at.set ? now_us - report->oldest_at.value : 0;

	return (struct consumer_view){
		.name = report->consumer,
		.type = report->type,
		.pending = report->pending,
		.lag_ms = lag_us > 0 ? lag_us / 1000 : 0,
		.retries = report->retries,
		.dead = report->dead,
		.last_handled_at = report->handled_at,
		.paused_at = report->paused_at,
		.paused_by = report->paused_by,
	};
}

static void consumer_list_get(struct request *req)
{
	struct subscription_reports found = subscriptions_report(req->db);
	struct consumer_view *views = ARENA_ARRAY(task_arena(), struct consumer_view, found.count);

	for (size_t i = 0; i < found.count; i++)
		views[i] = consumer_view_of(&found.items[i], req->now_us);
	reply_plain(req, &(struct consumer_list){ .data = { views, found.count } });
}

static void consumer_pause(struct request *req)
{
	require_all_stores(req);
	struct tx *tx = tx_begin(req->db);

	if (!subscription_pause(tx, request_param(req, "name"), request_staff(req), req->now_us))
		refuse(&problem_not_found, "there is no such consumer");
	reply_commit_none(req, tx);
}

static void consumer_resume(struct request *req)
{
	require_all_stores(req);
	struct tx *tx = tx_begin(req->db);

	if (!subscription_resume(tx, request_param(req, "name")))
		refuse(&problem_not_found, "there is no such consumer");
	reply_commit_none(req, tx);
}

static void release_list_get(struct request *req)
{
	struct heartbeat_list found = heartbeat_all(req->db, req->now_us);
	struct process_view *views = ARENA_ARRAY(task_arena(), struct process_view, found.count);

	for (size_t i = 0; i < found.count; i++) {
		const struct heartbeat *process = &found.items[i];

		views[i] = (struct process_view){
			.id = process->id,
			.kind = process->kind,
			.release = process->release,
			.host = process->host,
			.pid = process->pid,
			.port = process->port,
			.state = choice_parse(&process_state_name_choice, process->state),
			.started_at = process->started_at,
			.seen_at = process->seen_at,
		};
	}
	reply_plain(req, &(struct process_list){ .data = { views, found.count } });
}

/* ---- Routes ----------------------------------------------------------------------------------- */

static const struct problem *const steer_problems[] = { &problem_not_found, NULL };

static const struct route consumer_rows[] = {
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/consumers",
	        .name = "consumer_list",
	        .doc = "Lists all subscriptions with their pending events, over all processes.",
	        .plain = consumer_list_get,
	        .needs = &permission_ops_read,
	        .reply = &consumer_list_schema,
	},
	{
	        .method = HTTP_POST,
	        .path = "/api/admin/consumers/{name}/pause",
	        .name = "consumer_pause",
	        .doc = "Pauses a subscription in all processes within about one second; its events wait.",
	        .plain = consumer_pause,
	        .needs = &permission_ops_write,
	        .status = 204,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .problems = steer_problems,
	},
	{
	        .method = HTTP_POST,
	        .path = "/api/admin/consumers/{name}/resume",
	        .name = "consumer_resume",
	        .doc = "Resumes a paused subscription.",
	        .plain = consumer_resume,
	        .needs = &permission_ops_write,
	        .status = 204,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .problems = steer_problems,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/releases",
	        .name = "release_list",
	        .doc = "Lists the running processes: those with a heartbeat in the last 30 seconds.",
	        .plain = release_list_get,
	        .needs = &permission_ops_read,
	        .reply = &process_list_schema,
	},
};
const struct routes consumer_routes = ROUTES(consumer_rows);
