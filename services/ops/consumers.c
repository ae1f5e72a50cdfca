/* SPDX-License-Identifier: Apache-2.0 */
/* Consumers and processes: what runs, its progress, and the pause. */
#include "ops/api.h"
#include "ops/ops.h"
#include "ops/permissions.h"
#include "service/page.h"

HANDLER(consumer_list, nothing, consumer_view)
{
	reply_page(req, sql_subscriptions(req->db, .page = req->page));
}

HANDLER(consumer_pause, nothing, nothing)
{
	require_all_stores(req);
	struct tx *tx = tx_begin(req->db);

	sql_subscription_pause(tx, .consumer = request_param(req, "name"), .who = request_staff(req),
	                       .now = req->now_us);
	reply_commit_none(req, tx);
}

HANDLER(consumer_resume, nothing, nothing)
{
	require_all_stores(req);
	struct tx *tx = tx_begin(req->db);

	sql_subscription_resume(tx, .consumer = request_param(req, "name"));
	reply_commit_none(req, tx);
}

HANDLER(release_list, nothing, process_view)
{
	reply_page(req, sql_processes(req->db, .page = req->page, .seen_from = req->now_us - HEARTBEAT_STALE_US));
}

/* ---- Routes ----------------------------------------------------------------------------------- */

/* clang-format off */
static const struct route consumer_rows[] = {
	{ GET("/api/admin/consumers", consumer_list), .doc = "Lists all subscriptions with their pending events, over all processes.",
	  .needs = &permission_ops_read, .list = &sql_subscriptions_list },
	{ POST("/api/admin/consumers/{name}/pause", consumer_pause),
	  .doc = "Pauses a subscription in all processes within about one second; its events wait.",
	  .needs = &permission_ops_write, .problems = PROBLEMS(&problem_not_found) },
	{ POST("/api/admin/consumers/{name}/resume", consumer_resume), .doc = "Resumes a paused subscription.",
	  .needs = &permission_ops_write, .problems = PROBLEMS(&problem_not_found) },
	{ GET("/api/admin/releases", release_list), .doc = "Lists the running processes: those with a heartbeat in the last 30 seconds.",
	  .needs = &permission_ops_read, .list = &sql_processes_list },
};
/* clang-format on */
const struct routes consumer_routes = ROUTES(consumer_rows);
