/* SPDX-License-Identifier: Apache-2.0 */
#include "events/test_bench.h"

#include <libpq-fe.h>
#include <signal.h>

#include "db/migrate.h"
#include "db/platform.h"
#include "events/migrations.h"
#include "telemetry/log.h"

enum { BENCH_MODULES_MAX = 16 };

SCHEMA_DEFINE(FACT_SHAPES)

FACT_EVENTS(EVENT_DEFINE)

struct effect {
	struct uuid event_id;
	int64_t number;
};

static const struct sql_value effect_params[] = {
	{ .name = "event_id", .type = SQL_UUID, .offset = offsetof(struct effect, event_id) },
	{ .name = "number", .type = SQL_I64, .offset = offsetof(struct effect, number) },
};
static const struct sql_statement effect_statement = {
	.name = "test_effect_insert",
	.text = "INSERT INTO public.test_effect (event_id, number) VALUES ($1, $2)",
	.use = SQL_WRITE,
	.rows = SQL_EXEC,
	.params = effect_params,
	.param_count = ARRAY_COUNT(effect_params),
};
static const struct sql_statement *const test_statements[] = { &effect_statement };
static const struct sql_module test_module = { .name = "test", .statements = test_statements, .count = 1 };

void effect_insert(struct tx *tx, struct uuid event_id, int64_t number)
{
	sql_in_tx(tx, &effect_statement, &(struct effect){ event_id, number }, NULL);
}

static struct stores *stores;
static PGconn *blocking;

struct stores *bench_stores(void)
{
	return stores;
}

int64_t bench_sql(const char *format, ...)
{
	char text[2000];
	int64_t value = 0;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	PGresult *result = PQexec(blocking, text);
	if (PQstatus(blocking) != CONNECTION_OK) { /* the test restarted the server */
		PQclear(result);
		PQreset(blocking);
		result = PQexec(blocking, text);
	}
	if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
		print_error("%s: %s", text, PQerrorMessage(blocking));
	if (PQntuples(result) > 0 && !PQgetisnull(result, 0, 0) &&
	    str_to_i64(str_from(PQgetvalue(result, 0, 0)), &value))
		value = PQgetvalue(result, 0, 0)[0] == 't';
	PQclear(result);
	return value;
}

int bench_start(void **state)
{
	static const struct migration_set *const sets[] = { &platform_migrations, &events_migrations, NULL };
	struct migrate_report report;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	log_init("test", "fatal", "json");
	stores = stores_start(STORES_POSTGRES | STORES_REDIS);
	if (migrate_run(stores_conninfo(stores), sets, true, &report)) {
		print_error("%s\n", report.error);
		return -1;
	}
	blocking = PQconnectdb(stores_conninfo(stores));
	bench_sql("SET client_min_messages = warning");
	bench_sql("CREATE TABLE public.test_effect (event_id uuid NOT NULL, number bigint NOT NULL)");
	return 0;
}

int bench_stop(void **state)
{
	(void)state;
	PQfinish(blocking);
	stores_stop(stores);
	return 0;
}

static void empty_stores(struct bench *bench)
{
	bench_sql("TRUNCATE stoa.event, stoa.inbox, stoa.leader, stoa.subscription, stoa.event_retry, "
	          "stoa.event_suspect, "
	          "stoa.dead_letter, "
	          "stoa.bus_group, stoa.bus_entry, public.test_effect");
	bench_sql("UPDATE stoa.relay SET position = 0, settled = 0, gap_from = '{}', gap_to = '{}', "
	          "gap_bound = '{}', "
	          "epoch = NULL, rewind_pending = false");
	bench_sql("UPDATE stoa.bus SET place = 0");
	bench_sql("ALTER SEQUENCE stoa.event_position RESTART");
	if (bench->redis)
		EXPECT(REDIS(bench->redis, STR("FLUSHALL")).kind == REDIS_STR);
}

static void run_body(void *arg)
{
	struct bench *bench = arg;

	db_wait_connected(bench->db);
	if (!bench->keep)
		empty_stores(bench);
	bench->body(bench);
}

/* What the body left running is cancelled; closing waits until the last of it has unwound. */
static void bench_task(void *arg)
{
	struct bench *bench = arg;
	struct failure failure = task_attempt(run_body, bench);

	if (failure.kind != FAILURE_NONE)
		print_error("failure %d: %.*s\n", (int)failure.kind, STR_ARG(failure.detail));
	bench->passed = failure.kind == FAILURE_NONE;
	arena_reset(task_arena());
	loop_stop(bench->loop);
}

static void on_tick(uv_timer_t *timer)
{
	struct bench *bench = timer->data;

	tasks_cancel_all(bench->loop);
	if (tasks_running(bench->loop) > 0)
		return;
	uv_close((uv_handle_t *)timer, NULL);
	bench->bus->ops->free(bench->bus);
	events_close(bench->events);
	redis_close(bench->redis);
	db_close(bench->db);
}

static bool run(enum bench_kind kind, void (*body)(struct bench *bench), bool keep)
{
	const struct sql_module *modules[BENCH_MODULES_MAX] = { &test_module };
	struct bench bench = { .loop = loop_new(), .body = body, .keep = keep };
	struct db_options db_options = { .conninfo = stores_conninfo(stores),
		                         .application_name = "test",
		                         .modules = modules };
	struct redis_options redis_options = { .url = stores_redis_url(stores) };
	struct task_options options = { .name = "test", .timeout_us = 60 * US_PER_S, .arena_max = 64 << 20 };
	uv_timer_t timer;

	for (size_t i = 0; events_modules[i]; i++) {
		assert_in_range(i, 0, BENCH_MODULES_MAX - 3);
		modules[i + 1] = events_modules[i];
	}
	bench.db = db_open(bench.loop, &db_options);
	if (kind == BENCH_REDIS)
		bench.redis = redis_open(bench.loop, &redis_options);
	bench.events = events_open(bench.loop, &(struct events_options){ bench.db, bench.redis, "test" });
	bench.bus = kind == BENCH_REDIS ? bus_detour_new(bench.redis, 1 << 20, bench.db) : bus_postgres_new(bench.db);
	CHECK(task_spawn(bench.loop, &options, bench_task, &bench));
	loop_run(bench.loop);

	uv_timer_init(loop_uv(bench.loop), &timer);
	timer.data = &bench;
	uv_timer_start(&timer, on_tick, 0, 2);
	loop_run(bench.loop);
	loop_free(bench.loop);
	return bench.passed;
}

void bench_run(enum bench_kind kind, void (*body)(struct bench *bench))
{
	assert_true(run(kind, body, false));
}

static void nothing(struct bench *bench)
{
	(void)bench;
}

void bench_empty(enum bench_kind kind)
{
	bench_run(kind, nothing);
}

int bench_run_forked(enum bench_kind kind, void (*body)(struct bench *bench))
{
	blocking = PQconnectdb(stores_conninfo(stores)); /* the parent's is not ours to use, nor to close */
	return run(kind, body, true) ? 0 : 1;
}

struct uuid bench_emit(struct bench *bench, const struct event_type *type, int64_t number)
{
	struct tx *tx = tx_collect(bench->db);
	struct fact fact = { .number = number, .text = STR("a \"quoted\" text") };
	struct uuid id = emit_as(tx, fact, type, uuid_new_v7(clock_now_us()), 1, &fact);

	tx_commit(tx);
	return id;
}
