/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The routes every process has: alive, ready, metrics. They answer while the process waits for
 * its database and while it drains, take no token and count against no limit: what watches a process must not be turned
 * away by it.
 */
#include "service/health.h"

#include "base/clock.h"
#include "http/message.h"
#include "service/internal.h"
#include "service/sql/health_sql.h"

SCHEMA_DEFINE(HEALTH_SHAPES)
CHOICE_TABLE(ready_status, READY_STATUSES)

enum { METRICS_MAX = 8 * 1024 * 1024 };
#define PING_TIMEOUT_US (1 * US_PER_S)

HANDLER(health, nothing, health_view)
{
	reply(req, &(struct health_view){ .status = STR("ok") });
}

static void ping_postgresql(void *arg)
{
	const struct app *app = arg;

	(void)sql_platform_ping(app->db);
}

static void ping_redis(void *arg)
{
	const struct app *app = arg;

	const char *refusal = redis_probe(app->redis);

	if (!redis_connected(app->redis))
		fail_unavailable(1, "%s", redis_last_error(app->redis));
	if (*refusal)
		fail_unavailable(1, "takes no writes: %s", refusal);
}

/* Asked anew each time: a server that hangs keeps its connections. */
static struct ready_check check(task_fn *ping, struct app *app)
{
	int64_t began_us = clock_mono_us();
	struct failure failure = task_attempt_within(PING_TIMEOUT_US, ping, app);
	struct ready_check result = { .ok = !failure.kind, .latency_ms = (double)(clock_mono_us() - began_us) / 1000 };

	if (failure.kind == FAILURE_CANCELLED)
		fail_again(&failure);
	if (failure.kind == FAILURE_DEADLINE)
		result.error = STR("no answer in time");
	else if (failure.kind)
		result.error = failure.detail.len ? failure.detail : STR("not connected");
	return result;
}

static struct ready_check check_postgresql(struct app *app)
{
	struct db_status status = db_status(app->db);

	if (!status.connected)
		return (struct ready_check){ .error = status.last_error && *status.last_error
			                                      ? str_from(status.last_error)
			                                      : STR("not connected") };
	return check(ping_postgresql, app);
}

static struct ready_check check_redis(struct app *app)
{
	if (!redis_connected(app->redis))
		return (struct ready_check){ .error = str_from(redis_last_error(app->redis)) };
	return check(ping_redis, app);
}

HANDLER(ready, nothing, ready_view)
{
	struct app *app = req->app;
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
	int state = atomic_load(&process->state);

	if (state == PROCESS_draining)
		view.reason = STR("draining");
	else if (!postgresql.ok)
		view.reason = STR("PostgreSQL is away");
	else if (!schema.ok)
		view.reason = STR("the schema is behind this release");
	else if (state == PROCESS_starting)
		view.reason = STR("starting");
	if (!str_is_null(view.reason))
		view.status = READY_not_ready;
	else if (app->redis && !redis.ok)
		view.status = READY_degraded;
	reply_status(req, view.status == READY_not_ready ? 503 : 200, &view);
}

HANDLER(metrics, nothing, nothing)
{
	struct host *host = HOST_OF(req->app);
	struct buf page;

	host_stats_refresh(host);
	buf_init(&page, METRICS_MAX);
	metrics_write(&page);
	reply_raw(req, 200, req->route->media, buf_view(&page));
	buf_done(&page);
}

/* clang-format off */
static const struct route system_rows[] = {
	{ GET("/health", health), .doc = "Tells that the process is alive", .needs = &permission_anyone },
	{ GET("/ready", ready), .doc = "Tells whether the process can serve, and if not why", .needs = &permission_anyone, .other_status = 503 },
	{ GET("/metrics", metrics), .doc = "Metrics in Prometheus's text format", .needs = &permission_anyone, .media = "text/plain; version=0.0.4; charset=utf-8" },
};
/* clang-format on */

const struct routes system_routes = ROUTES(system_rows);
