/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The routes every process has: alive, ready, metrics, and its own description. They answer while the process waits for
 * its database and while it drains, take no token and count against no limit: what watches a process must not be turned
 * away by it.
 */
#include "service/health.h"

#include "http/message.h"
#include "service/internal.h"

SCHEMA_TABLE(health_view, HEALTH_VIEW, "Whether the process is alive")
SCHEMA_TABLE(ready_check, READY_CHECK, "One dependency")
SCHEMA_TABLE(ready_schema, READY_SCHEMA, "The database's shape")
SCHEMA_TABLE(ready_checks, READY_CHECKS, "What being ready depends on")
CHOICE_TABLE(ready_status, READY_STATUSES)
SCHEMA_TABLE(ready_view, READY_VIEW, "Whether the process can serve")

enum { METRICS_MAX = 8 * 1024 * 1024 };

static void health(struct request *req)
{
	reply(req, &(struct health_view){ .status = STR("ok") });
}

static struct ready_check check_postgresql(const struct app *app)
{
	struct db_status status = db_status(app->db);
	struct ready_check check = { .ok = status.connected, .latency_ms = (double)status.latency_us / 1000 };

	if (!check.ok)
		check.error =
		        status.last_error && status.last_error[0] ? str_from(status.last_error) : STR("not connected");
	return check;
}

static struct ready_check check_redis(const struct app *app)
{
	struct ready_check check = { .ok = redis_connected(app->redis),
		                     .latency_ms = (double)redis_latency_us(app->redis) / 1000 };
	const char *error = redis_last_error(app->redis);

	if (!check.ok)
		check.error = error && error[0] ? str_from(error) : STR("not connected");
	return check;
}

static void ready(struct request *req)
{
	const struct app *app = req->app;
	struct process *process = HOST_OF(app)->process;
	struct ready_check postgresql = check_postgresql(app), redis = { 0 };
	struct ready_schema schema = { 0 };
	struct ready_checks checks = { .postgresql = &postgresql, .schema = &schema };
	struct ready_view view = { .status = READY_ready,
		                   .release = str_from(app->config->release),
		                   .checks = &checks };

	schema.ok = process_schema(process, task_arena(), &schema.error);
	if (app->redis) {
		redis = check_redis(app);
		checks.redis = &redis;
	}
	if (atomic_load(&process->state) == PROCESS_DRAINING)
		view.reason = STR("draining");
	else if (!postgresql.ok)
		view.reason = STR("PostgreSQL is away");
	else if (!schema.ok)
		view.reason = STR("the schema is behind this release");
	if (!str_is_null(view.reason))
		view.status = READY_not_ready;
	else if (app->redis && !redis.ok)
		view.status = READY_degraded;
	reply_status(req, view.status == READY_not_ready ? 503 : 200, &view);
}

static void metrics(struct request *req)
{
	struct host *host = HOST_OF(req->app);
	struct buf page;

	stats_refresh(host);
	buf_init(&page, METRICS_MAX);
	metrics_write(&page);
	reply_raw(req, 200, "text/plain; version=0.0.4; charset=utf-8", buf_view(&page));
	buf_done(&page);
}

static void openapi(struct request *req)
{
	reply_raw(req, 200, "application/json", buf_view(&HOST_OF(req->app)->process->openapi));
}

const struct route system_routes[] = {
	{ .method = HTTP_GET,
	  .path = "/health",
	  .name = "health",
	  .doc = "Tells that the process is alive",
	  .handler = health,
	  .reply = &health_view_schema },
	{ .method = HTTP_GET,
	  .path = "/ready",
	  .name = "ready",
	  .doc = "Tells whether the process can serve, and if not why",
	  .handler = ready,
	  .reply = &ready_view_schema },
	{ .method = HTTP_GET,
	  .path = "/metrics",
	  .name = "metrics",
	  .doc = "Metrics in Prometheus's text format",
	  .handler = metrics },
	{ .method = HTTP_GET,
	  .path = "/openapi.json",
	  .name = "openapi",
	  .doc = "This description",
	  .handler = openapi },
	{ 0 },
};
