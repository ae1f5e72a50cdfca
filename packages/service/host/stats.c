/* SPDX-License-Identifier: Apache-2.0 */
#include "service/host/stats.h"

#include "base/check.h"
#include "base/clock.h"
#include "service/internal.h"
#include "telemetry/log.h"

static const struct metric requests_metric = {
	.name = "stoa_http_requests_total",
	.kind = METRIC_COUNTER,
	.help = "Requests answered",
	.labels = { "route", "method", "status" },
};

static const struct metric duration_metric = {
	.name = "stoa_http_request_duration_seconds",
	.kind = METRIC_HISTOGRAM,
	.help = "From a request's first byte to its answer",
	.labels = { "route" },
};

static const struct metric lag_metric = {
	.name = "stoa_loop_lag_seconds",
	.kind = METRIC_HISTOGRAM,
	.help = "Longest turn of an event loop, each second",
	.labels = { "loop" },
};

static const struct metric build_metric = {
	.name = "stoa_build_info",
	.kind = METRIC_GAUGE,
	.help = "1, with the application and its release",
	.labels = { "app", "release" },
};

/* ---- Gauges and counters of a loop -------------------------------------------------------------- */

struct loop_numbers {
	struct http_counts http;
	struct db_counters db;
	struct db_status db_status;
	const struct app *app;
};

#define LOOP_GAUGES(X) \
	X("stoa_http_connections", "Open client connections", n->http.connections) \
	X("stoa_websocket_connections", "Open WebSockets", n->http.websockets) \
	X("stoa_stream_connections", "Open streams of server-sent events", n->http.streams) \
	X("stoa_tasks", "Tasks alive", (int64_t)tasks_running(n->app->loop)) \
	X("stoa_db_up", "Whether PostgreSQL answers", n->db_status.connected) \
	X("stoa_db_latency_seconds", "Of the last group of statements", n->db_status.latency_us) \
	X("stoa_db_queued", "Statements waiting to be sent", n->db_status.queued) \
	X("stoa_db_interactive_connections", "Connections for interactive transactions", n->db.interactive_open) \
	X("stoa_db_interactive_waiting", "Tasks waiting for one of them", n->db.interactive_waiting) \
	X("stoa_redis_up", "Whether Redis answers and takes writes", \
	  n->app->redis &&redis_connected(n->app->redis) && !*redis_refusal(n->app->redis)) \
	X("stoa_redis_latency_seconds", "Of the last command", n->app->redis ? redis_latency_us(n->app->redis) : 0) \
	X("stoa_live_watches", "Aggregates followed for sockets", \
	  n->app->live ? (int64_t)live_watch_count(n->app->live) : 0)

#define LOOP_COUNTERS(X) \
	X("stoa_http_connections_total", "Client connections accepted", n->http.accepted) \
	X("stoa_http_accept_rests_total", "Times there was no descriptor for a client", n->http.accept_rests) \
	X("stoa_http_refused_total", "Requests refused before a handler", n->http.refused) \
	X("stoa_http_disconnected_early_total", "Clients that left before the answer", n->http.disconnected_early) \
	X("stoa_db_groups_total", "Groups of reads sent", n->db.groups) \
	X("stoa_db_statements_total", "Statements sent", n->db.statements) \
	X("stoa_db_write_groups_total", "Groups of write sets sent", n->db.write_groups) \
	X("stoa_db_write_sets_total", "Write sets committed or refused", n->db.write_sets) \
	X("stoa_db_replays_total", "Write sets repeated singly", n->db.replays) \
	X("stoa_db_reconnects_total", "Connections lost and made again", n->db.reconnects) \
	X("stoa_db_refused_full_total", "Statements refused because a queue was full", n->db.refused_full)

#define GAUGE_METRIC(name_, help_, value) { .name = name_, .kind = METRIC_GAUGE, .help = help_, .labels = { "loop" } },
#define COUNTER_METRIC(name_, help_, value) \
	{ .name = name_, .kind = METRIC_COUNTER, .help = help_, .labels = { "loop" } },
#define NUMBER(name_, help_, value) (int64_t)(value),

static const struct metric gauge_metrics[] = { LOOP_GAUGES(GAUGE_METRIC) };
static const struct metric counter_metrics[] = { LOOP_COUNTERS(COUNTER_METRIC) };

static void refresh_loop(struct stats *stats, const struct loop_numbers *n)
{
	const int64_t gauges[] = { LOOP_GAUGES(NUMBER) };
	const int64_t counters[] = { LOOP_COUNTERS(NUMBER) };

	for (size_t i = 0; i < ARRAY_COUNT(gauges); i++)
		metric_set(stats->gauges[i], gauges[i]);
	for (size_t i = 0; i < ARRAY_COUNT(counters); i++) {
		metric_add(stats->counters[i], (int64_t)((uint64_t)counters[i] - stats->seen[i]));
		stats->seen[i] = (uint64_t)counters[i];
	}
}

/* ---- Statements ---------------------------------------------------------------------------------- */

#define STATEMENT_METRIC(name_, help_) \
	{ \
		.name = name_, .kind = METRIC_COUNTER, .help = help_, .labels = { "statement" } \
	}

static const struct metric calls_metric = STATEMENT_METRIC("stoa_db_statement_calls_total", "Statements answered");
static const struct metric errors_metric = STATEMENT_METRIC("stoa_db_statement_errors_total", "Statements refused");
static const struct metric rows_metric = STATEMENT_METRIC("stoa_db_statement_rows_total", "Rows of their answers");
static const struct metric time_metric = STATEMENT_METRIC("stoa_db_statement_seconds_total", "From queued to answered");

static void carry(struct metric_series *series, uint64_t *seen, uint64_t now)
{
	if (now != *seen)
		metric_add(series, (int64_t)(now - *seen));
	*seen = now;
}

static void refresh_statements(struct stats *stats, const struct db *db)
{
	const struct db_statement_stats *rows = NULL;
	size_t count = db_stats(db, &rows);

	if (!stats->statements) {
		stats->statements = calloc(count ? count : 1, sizeof(*stats->statements));
		CHECK(stats->statements);
		stats->statement_count = count;
	}
	for (size_t i = 0; i < count && i < stats->statement_count; i++) {
		struct statement_series *mine = &stats->statements[i];
		struct str name = str_from(rows[i].statement->name);

		if (!rows[i].calls && !rows[i].errors)
			continue;
		if (!mine->calls) {
			mine->calls = metric_series(&calls_metric, &name);
			mine->errors = metric_series(&errors_metric, &name);
			mine->rows = metric_series(&rows_metric, &name);
			mine->time = metric_series(&time_metric, &name);
		}
		carry(mine->calls, &mine->seen_calls, rows[i].calls);
		carry(mine->errors, &mine->seen_errors, rows[i].errors);
		carry(mine->rows, &mine->seen_rows, rows[i].rows);
		carry(mine->time, &mine->seen_us, rows[i].total_us);
	}
}

void host_stats_refresh(struct host *host)
{
	const struct app *app = &host->app;
	struct loop_numbers numbers = { .app = app, .db = db_counters(app->db), .db_status = db_status(app->db) };

	if (app->server)
		numbers.http = http_server_counts(app->server);
	refresh_loop(&host->stats, &numbers);
	refresh_statements(&host->stats, app->db);
}

/* A Redis that is full or read-only answers, so nobody else would tell. */
static void look_at_redis(void *arg)
{
	struct host *host = arg;
	bool refuses = *redis_probe(host->app.redis);

	if (refuses == host->stats.redis_refuses || host->index > 0)
		return;
	host->stats.redis_refuses = refuses;
	if (refuses)
		log_warn("Redis takes no writes: %s", redis_refusal(host->app.redis));
	else
		log_info("Redis takes writes again");
}

static void refresh_for_ever(void *arg)
{
	struct host *host = arg;

	for (;;) {
		task_sleep_us(US_PER_S);
		if (host->app.redis)
			(void)task_attempt(look_at_redis, host);
		arena_reset(task_arena());
		metric_observe_us(host->stats.lag, loop_take_lag_us(host->app.loop));
		host_stats_refresh(host);
	}
}

void host_stats_begin(struct host *host)
{
	task_spawn(host->app.loop, &(struct task_options){ .name = "stats", .background = true }, refresh_for_ever,
	           host);
}

/* ---- Requests ------------------------------------------------------------------------------------- */

static struct metric_series *find_requests(const char *route, enum http_method method, int status)
{
	char digits[I64_TEXT_MAX];
	struct str values[] = {
		str_from(route),
		str_from(http_method_name(method)),
		{ digits, i64_format(status, digits) },
	};

	return metric_series(&requests_metric, values);
}

void host_stats_request(struct stats *stats, const struct route_entry *entry, enum http_method method, int status,
                        int64_t duration_us)
{
	struct route_stats *mine = &stats->routes[entry ? entry->index : stats->route_count];
	const char *name = entry ? entry->name : "unmatched";
	struct metric_series *requests = NULL;
	size_t i = 0;

	while (i < STATS_STATUS_MAX && mine->status[i] && mine->status[i] != status)
		i++;
	/* A route has one method but for HEAD; what met no route has many, and is not worth a cache. */
	if (i < STATS_STATUS_MAX && entry && method == entry->route->method) {
		if (!mine->status[i]) {
			mine->requests[i] = find_requests(name, method, status);
			mine->status[i] = status;
		}
		requests = mine->requests[i];
	} else {
		requests = find_requests(name, method, status);
	}
	metric_add(requests, 1);
	if (!mine->duration)
		mine->duration = metric_series(&duration_metric, &(struct str){ name, strlen(name) });
	metric_observe_us(mine->duration, duration_us);
}

/* ---- Life ----------------------------------------------------------------------------------------- */

void host_stats_init(struct host *host)
{
	struct stats *stats = &host->stats;
	struct process *process = host->process;
	char digits[I64_TEXT_MAX];
	struct str loop_label = { digits, i64_format(host->index, digits) };
	struct str build[] = { str_from(process->kind->name), str_from(process->config.release) };

	*stats = (struct stats){ .route_count = process->routes.count };
	stats->routes = calloc(stats->route_count + 1, sizeof(*stats->routes));
	CHECK(stats->routes);
	for (size_t i = 0; i < ARRAY_COUNT(gauge_metrics); i++)
		stats->gauges[i] = metric_series(&gauge_metrics[i], &loop_label);
	for (size_t i = 0; i < ARRAY_COUNT(counter_metrics); i++)
		stats->counters[i] = metric_series(&counter_metrics[i], &loop_label);
	stats->lag = metric_series(&lag_metric, &loop_label);
	metric_set(metric_series(&build_metric, build), 1);
}

void host_stats_done(struct stats *stats)
{
	free(stats->routes);
	free(stats->statements);
	*stats = (struct stats){ 0 };
}
