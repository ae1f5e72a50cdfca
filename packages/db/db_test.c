/* SPDX-License-Identifier: Apache-2.0 */
/* Against a real PostgreSQL. Statements are written by hand here, as tools/sqlgen would generate them. */
#include "db/db.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/list.h"
#include "db/migrate.h"
#include "db/platform.h"
#include "db/test_stores.h"
#include "task/task.h"

/* ---- Statements ------------------------------------------------------------------------------------------ */

struct item_key {
	int64_t id;
};

struct item_row {
	int64_t id;
	struct str name;
	int64_t amount;
};

struct item {
	int64_t id, amount;
	struct str name;
};

struct sleep_params {
	double seconds;
};

struct number_row {
	int64_t number;
};

struct number_opt_row {
	struct opt_i64 number;
};

#define VALUE(struct_, field_, type_, nullable_)                                                                      \
	{                                                                                                             \
		.name = #field_, .type = (type_), .nullable = (nullable_), .offset = offsetof(struct struct_, field_) \
	}
#define STATEMENT(name_, use_, rows_, params_, columns_, row_, text_)                                       \
	static const struct sql_statement name_ = { .name = #name_,                                         \
		                                    .text = text_,                                          \
		                                    .use = use_,                                            \
		                                    .rows = rows_,                                          \
		                                    .params = params_,                                      \
		                                    .param_count = sizeof(params_) / sizeof(params_[0]),    \
		                                    .columns = columns_,                                    \
		                                    .column_count = sizeof(columns_) / sizeof(columns_[0]), \
		                                    .row_size = sizeof(struct row_) }

static const struct sql_value none[0];
static const struct sql_value key_params[] = { VALUE(item_key, id, SQL_I64, false) };
static const struct sql_value sleep_list[] = { VALUE(sleep_params, seconds, SQL_F64, false) };
static const struct sql_value item_params[] = { VALUE(item, id, SQL_I64, false), VALUE(item, amount, SQL_I64, false),
	                                        VALUE(item, name, SQL_TEXT, true) };
static const struct sql_value item_columns[] = { VALUE(item_row, id, SQL_I64, false),
	                                         VALUE(item_row, name, SQL_TEXT, true),
	                                         VALUE(item_row, amount, SQL_I64, false) };
static const struct sql_value number_columns[] = { VALUE(number_row, number, SQL_I64, false) };

#define EXPECT(count_, name_, text_)                                                   \
	"WITH touched AS (" text_ " RETURNING 1) SELECT CASE WHEN count(*) = " #count_ \
	" THEN 0 ELSE stoa.expect_failed('" name_ "') END FROM touched"

STATEMENT(item_get, SQL_READ, SQL_ONE, key_params, item_columns, item_row,
          "SELECT id, name, amount FROM shop.item WHERE id = $1");
STATEMENT(item_list, SQL_READ, SQL_MANY, none, item_columns, item_row,
          "SELECT id, name, amount FROM shop.item ORDER BY id");
STATEMENT(item_count, SQL_READ, SQL_ONE, none, number_columns, number_row, "SELECT count(*) FROM shop.item");
STATEMENT(divide, SQL_READ, SQL_ONE, key_params, number_columns, number_row, "SELECT 1000 / $1");
STATEMENT(nap, SQL_SLOW, SQL_EXEC, sleep_list, none, number_row, "SELECT pg_sleep($1)");
STATEMENT(nap_in_tx, SQL_LOCK, SQL_EXEC, sleep_list, none, number_row, "SELECT pg_sleep($1)");
STATEMENT(read_pid, SQL_READ, SQL_ONE, none, number_columns, number_row, "SELECT pg_backend_pid()");
STATEMENT(item_lock, SQL_LOCK, SQL_ONE, key_params, item_columns, item_row,
          "SELECT id, name, amount FROM shop.item WHERE id = $1 FOR UPDATE");
STATEMENT(item_insert, SQL_WRITE, SQL_EXEC, item_params, none, number_row,
          "INSERT INTO shop.item (id, amount, name) VALUES ($1, $2, $3)");
STATEMENT(item_txid, SQL_WRITE, SQL_EXEC, item_params, none, number_row,
          "INSERT INTO shop.item (id, amount, name, txid) VALUES ($1, $2, $3, pg_current_xact_id()::text::bigint)");
STATEMENT(item_returning, SQL_WRITE, SQL_ONE, item_params, number_columns, number_row,
          "INSERT INTO shop.item (id, amount, name) VALUES ($1, $2, $3) RETURNING id");
STATEMENT(item_take, SQL_WRITE, SQL_EXPECT, item_params, none, number_row,
          EXPECT(1, "item_take",
                 "UPDATE shop.item SET amount = amount - $2 WHERE id = $1 AND amount >= $2 AND $3::text IS NULL"));
STATEMENT(child_insert, SQL_WRITE, SQL_EXEC, key_params, none, number_row, "INSERT INTO shop.child (item) VALUES ($1)");
STATEMENT(late_insert, SQL_WRITE, SQL_EXEC, key_params, none, number_row, "INSERT INTO shop.late (item) VALUES ($1)");
STATEMENT(nap_write, SQL_WRITE, SQL_EXEC, sleep_list, none, number_row, "SELECT pg_sleep($1)");
STATEMENT(groups, SQL_READ, SQL_ONE, none, number_columns, number_row, "SELECT count(DISTINCT txid) FROM shop.item");
STATEMENT(stray, SQL_READ, SQL_ONE, none, number_columns, number_row, "SELECT 1");

struct everything {
	bool yes;
	struct opt_bool maybe;
	int64_t i16, i32, i64, at;
	struct opt_i64 some, no;
	double real;
	struct opt_f64 half;
	struct str text, absent, jsonb, json, bytes;
	struct uuid id;
	struct opt_uuid other;
	struct uuid_list ids;
	struct str_list texts;
	struct i64_list longs, ints, times;
	struct bool_list flags;
};

static const struct sql_value everything_values[] = {
	VALUE(everything, yes, SQL_BOOL, false),    VALUE(everything, maybe, SQL_BOOL, true),
	VALUE(everything, i16, SQL_I16, false),     VALUE(everything, i32, SQL_I32, false),
	VALUE(everything, i64, SQL_I64, false),     VALUE(everything, at, SQL_TIME, false),
	VALUE(everything, some, SQL_I64, true),     VALUE(everything, no, SQL_I32, true),
	VALUE(everything, real, SQL_F64, false),    VALUE(everything, half, SQL_F64, true),
	VALUE(everything, text, SQL_TEXT, false),   VALUE(everything, absent, SQL_TEXT, true),
	VALUE(everything, jsonb, SQL_JSONB, false), VALUE(everything, json, SQL_JSON, false),
	VALUE(everything, bytes, SQL_BYTEA, false), VALUE(everything, id, SQL_UUID, false),
	VALUE(everything, other, SQL_UUID, true),   VALUE(everything, ids, SQL_UUIDS, false),
	VALUE(everything, texts, SQL_TEXTS, false), VALUE(everything, longs, SQL_I64S, false),
	VALUE(everything, ints, SQL_I32S, false),   VALUE(everything, times, SQL_TIMES, false),
	VALUE(everything, flags, SQL_BOOLS, false),
};
STATEMENT(echo, SQL_READ, SQL_ONE, everything_values, everything_values, everything,
          "SELECT $1::bool, $2::bool, $3::smallint, $4::int, $5::bigint, $6::timestamptz, $7::bigint, $8::int, "
          "$9::float8, $10::float8,"
          " $11::text, $12::text, $13::jsonb, $14::json, $15::bytea, $16::uuid, $17::uuid, $18::uuid[], $19::text[], "
          "$20::bigint[],"
          " $21::int[], $22::timestamptz[], $23::bool[]");

static const struct sql_statement *const statements[] = { &item_get,     &item_list,   &item_count,     &divide,
	                                                  &nap,          &nap_in_tx,   &read_pid,       &item_lock,
	                                                  &item_insert,  &item_txid,   &item_returning, &item_take,
	                                                  &child_insert, &late_insert, &nap_write,      &groups,
	                                                  &echo };
static const struct sql_module module = { .name = "shop", .statements = statements, .count = ARRAY_COUNT(statements) };
static const struct sql_module *const modules[] = { &module, NULL };

static const struct migration shop_tables = {
	"0001_shop",
	"-- migrate: expand\n"
	"CREATE TABLE shop.item (id bigint PRIMARY KEY, name text, amount bigint NOT NULL, txid bigint,"
	" CONSTRAINT item_amount CHECK (amount >= 0));"
	"CREATE TABLE shop.child (item bigint CONSTRAINT child_item REFERENCES shop.item (id));"
	"CREATE TABLE shop.late (item bigint CONSTRAINT late_item REFERENCES shop.item (id) DEFERRABLE INITIALLY "
	"DEFERRED);",
};
static const struct migration_set shop = { .name = "shop", .migrations = &shop_tables, .count = 1 };

/* ---- The stage ----------------------------------------------------------------------------------------------- */

static struct stores *stores;

struct stage {
	struct loop *loop;
	struct db *db;
	int live; /* tasks that have not ended */
	struct failure_count {
		int none, failed, unavailable, conflict, deadline, cancelled, other;
	} ends;
};

static void admin(const char *sql)
{
	PGconn *pg = PQconnectdb(stores_conninfo(stores));
	PGresult *result = PQexec(pg, sql);

	if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK) {
		print_error("%s: %s", sql, PQerrorMessage(pg));
		abort();
	}
	PQclear(result);
	PQfinish(pg);
}

static int64_t admin_number(const char *sql)
{
	PGconn *pg = PQconnectdb(stores_conninfo(stores));
	PGresult *result = PQexec(pg, sql);
	int64_t number;

	assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
	number = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	PQfinish(pg);
	return number;
}

struct run {
	struct stage *stage;
	void (*fn)(struct stage *stage, int64_t n);
	int64_t n;
};

static void attempt(void *arg)
{
	struct run *run = arg;

	run->fn(run->stage, run->n);
}

static void tally(struct stage *stage, enum failure_kind kind)
{
	int *const counts[] = {
		[FAILURE_NONE] = &stage->ends.none,           [FAILURE_REFUSED] = &stage->ends.other,
		[FAILURE_FAILED] = &stage->ends.failed,       [FAILURE_UNAVAILABLE] = &stage->ends.unavailable,
		[FAILURE_CONFLICT] = &stage->ends.conflict,   [FAILURE_DEADLINE] = &stage->ends.deadline,
		[FAILURE_CANCELLED] = &stage->ends.cancelled,
	};

	++*counts[kind];
}

static void task_main(void *arg)
{
	struct run *run = arg;
	struct failure failure = task_attempt(attempt, run);

	tally(run->stage, failure.kind);
	if (failure.kind == FAILURE_FAILED)
		print_message("%.*s\n", STR_ARG(failure.detail));
	arena_reset(task_arena());
	run->stage->live--;
	free(run);
}

static struct task *spawn(struct stage *stage, void (*fn)(struct stage *, int64_t), int64_t n, int64_t timeout_us)
{
	struct task_options options = { .name = "test", .timeout_us = timeout_us };
	struct run *run = malloc(sizeof(*run));

	*run = (struct run){ .stage = stage, .fn = fn, .n = n };
	stage->live++;
	struct task *task = task_spawn(stage->loop, &options, task_main, run);
	assert_non_null(task);
	return task;
}

static void run_all(struct stage *stage)
{
	loop_run(stage->loop);
	assert_int_equal(stage->live, 0);
}

static void wait_connected(struct stage *stage, int64_t n)
{
	(void)n;
	db_wait_connected(stage->db);
}

static struct stage *open_stage(struct db_options options)
{
	struct stage *stage = calloc(1, sizeof(*stage));

	options.conninfo = stores_conninfo(stores);
	options.application_name = "test";
	options.modules = modules;
	admin("TRUNCATE shop.item, shop.child, shop.late; INSERT INTO shop.item SELECT n, 'item ' || n, 10 FROM "
	      "generate_series(1, 100) n");
	stage->loop = loop_new();
	stage->db = db_open(stage->loop, &options);
	spawn(stage, wait_connected, 0, 20 * US_PER_S);
	run_all(stage);
	assert_int_equal(stage->ends.none, 1);
	stage->ends.none = 0;
	return stage;
}

static void close_stage(struct stage *stage)
{
	db_close(stage->db);
	loop_run(stage->loop);
	loop_free(stage->loop);
	free(stage);
}

static const struct item_row *get(struct db *db, int64_t id)
{
	return sql_read(db, &item_get, &(struct item_key){ id }, NULL);
}

/* ---- Reads ------------------------------------------------------------------------------------------------------ */

static void read_item(struct stage *stage, int64_t n)
{
	const struct item_row *row = get(stage->db, n);
	char name[32];

	if (n > 100) {
		assert_null(row);
		return;
	}
	snprintf(name, sizeof(name), "item %" PRId64, n);
	assert_non_null(row);
	assert_int_equal(row->id, n);
	assert_int_equal(row->amount, 10);
	assert_true(str_eq(row->name, str_from(name)));
}

static void test_reads_are_grouped(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });
	struct db_counters before = db_counters(stage->db);

	(void)state;
	for (int64_t i = 0; i < 1000; i++)
		spawn(stage, read_item, i % 110 + 1, 0);
	run_all(stage);
	struct db_counters after = db_counters(stage->db);
	assert_int_equal(stage->ends.none, 1000);
	assert_int_equal(after.statements - before.statements, 1000);
	assert_in_range(after.groups - before.groups, 16, 40);

	const struct db_statement_stats *stats;
	size_t count = db_stats(stage->db, &stats);
	assert_int_equal(count, ARRAY_COUNT(statements));
	assert_ptr_equal(stats[0].statement, &item_get);
	assert_int_equal(stats[0].calls, 1000);
	assert_in_range(stats[0].rows, 900, 950);
	close_stage(stage);
}

static void read_list(struct stage *stage, int64_t n)
{
	size_t count = 0;
	const struct item_row *rows = sql_read(stage->db, &item_list, NULL, &count);

	(void)n;
	assert_int_equal(count, 100);
	assert_int_equal(rows[99].id, 100);
	assert_null(sql_read(stage->db, &nap, &(struct sleep_params){ 0 }, NULL));
}

static void divide_by(struct stage *stage, int64_t n)
{
	const struct number_row *row = sql_read(stage->db, &divide, &(struct item_key){ n }, NULL);

	assert_int_equal(row->number, 1000 / n);
}

static void test_an_error_spares_the_neighbours(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	spawn(stage, read_list, 0, 0);
	for (int64_t i = 0; i < 300; i++)
		spawn(stage, divide_by, i % 50, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 295);
	assert_int_equal(stage->ends.failed, 6);
	assert_true(db_counters(stage->db).replays > 0);
	close_stage(stage);
}

static void read_stray(struct stage *stage, int64_t n)
{
	(void)n;
	sql_read(stage->db, &stray, NULL, NULL);
}

static void test_statements_must_be_in_a_module(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	spawn(stage, read_stray, 0, 0);
	run_all(stage);
	assert_int_equal(stage->ends.failed, 1);
	close_stage(stage);
}

static void test_a_full_queue_is_unavailable(void **state)
{
	struct stage *stage = open_stage((struct db_options){ .queue_max = 100 });

	(void)state;
	for (int64_t i = 0; i < 500; i++)
		spawn(stage, read_item, 1, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 100);
	assert_int_equal(stage->ends.unavailable, 400);
	assert_int_equal(db_counters(stage->db).refused_full, 400);
	close_stage(stage);
}

/* The columns of a prepared statement change under it: connect anew, ask again. */
static void test_a_changed_result_type_is_survived(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	spawn(stage, read_list, 0, 0);
	run_all(stage);
	admin("ALTER TABLE shop.item ALTER COLUMN name TYPE varchar(50)");
	for (int64_t i = 1; i <= 100; i++)
		spawn(stage, read_item, i, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 101);
	assert_int_equal(db_counters(stage->db).reconnects, 1);
	admin("ALTER TABLE shop.item ALTER COLUMN name TYPE text");
	close_stage(stage);
}

/* ---- Types --------------------------------------------------------------------------------------------------------
 */

static void echo_everything(struct stage *stage, int64_t n)
{
	struct uuid ids[] = { { "0123456789abcde" }, { "fedcba987654321" } };
	struct str texts[] = { STR("a"), STR_NULL, STR(""), STR("d\"{},") };
	int64_t longs[] = { INT64_MIN, 0, INT64_MAX }, ints[] = { INT32_MIN, -1, INT32_MAX };
	int64_t times[] = { 0, INT64_C(1700000000123456), INT64_MAX, INT64_MIN };
	bool flags[] = { true, false, true };
	struct everything in = {
		.yes = true,
		.i16 = INT16_MIN,
		.i32 = INT32_MAX,
		.i64 = INT64_MIN,
		.at = INT64_C(-1234567),
		.some = SOME(i64, 42),
		.real = -0.1,
		.half = SOME(f64, 0.5),
		.text = STR("h\xc3\xa9llo"),
		.jsonb = STR("{\"a\": [1, 2]}"),
		.json = STR("{\"a\":  1}"),
		.bytes = STR("\0\1\xff"),
		.id = ids[1],
		.other = SOME(uuid, ids[0]),
		.ids = { ids, 2 },
		.texts = { texts, 4 },
		.longs = { longs, 3 },
		.ints = { ints, 3 },
		.times = { times, 4 },
		.flags = { flags, n ? 3 : 0 },
	};
	const struct everything *out = sql_read(stage->db, &echo, &in, NULL);

	assert_true(out->yes && !out->maybe.set && out->i16 == in.i16 && out->i32 == in.i32 && out->i64 == in.i64);
	assert_true(out->at == in.at && out->some.set && out->some.value == 42 && !out->no.set);
	assert_true(out->real == in.real && out->half.set && out->half.value == 0.5);
	assert_true(str_eq(out->text, in.text) && str_is_null(out->absent) && str_eq(out->bytes, in.bytes));
	assert_true(str_eq(out->jsonb, in.jsonb) && str_eq(out->json, in.json));
	assert_true(uuid_eq(out->id, ids[1]) && out->other.set && uuid_eq(out->other.value, ids[0]));
	assert_int_equal(out->ids.count, 2);
	assert_memory_equal(out->ids.items, ids, sizeof(ids));
	assert_int_equal(out->texts.count, 4);
	for (int i = 0; i < 4; i++)
		assert_true(str_eq(out->texts.items[i], texts[i]));
	assert_memory_equal(out->longs.items, longs, sizeof(longs));
	assert_memory_equal(out->ints.items, ints, sizeof(ints));
	assert_memory_equal(out->times.items, times, sizeof(times));
	assert_int_equal(out->flags.count, in.flags.count);
	assert_memory_equal(out->flags.items, flags, in.flags.count);
}

static void echo_bad(struct stage *stage, int64_t n)
{
	struct everything in = { .text = STR(""), .jsonb = STR("{}"), .json = STR("{}"), .bytes = STR("") };
	int64_t large = INT64_C(1) << 40;

	switch (n) {
	case 0:
		in.i16 = INT16_MAX + 1;
		break;
	case 1:
		in.i32 = large;
		break;
	case 2:
		in.text = STR_NULL;
		break;
	case 3:
		in.ints = (struct i64_list){ &large, 1 };
		break;
	case 4:
		in.text = STR("\xff");
		break;
	default:
		in.json = STR("{");
	}
	sql_read(stage->db, &echo, &in, NULL);
}

static void test_all_types_round_trip(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	spawn(stage, echo_everything, 0, 0);
	spawn(stage, echo_everything, 1, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 2);
	for (int64_t i = 0; i < 6; i++)
		spawn(stage, echo_bad, i, 0);
	run_all(stage);
	assert_int_equal(stage->ends.failed, 6);
	close_stage(stage);
}

/* ---- Write sets -----------------------------------------------------------------------------------------------------
 */

static void insert(struct tx *tx, const struct sql_statement *statement, int64_t id)
{
	sql_in_tx(tx, statement, &(struct item){ .id = id, .amount = 5, .name = STR("new") }, NULL);
}

static void write_pair(struct stage *stage, int64_t n)
{
	struct tx *tx = tx_collect(stage->db);

	insert(tx, &item_txid, n * 2 + 1000);
	insert(tx, &item_txid, n * 2 + 1001);
	tx_commit(tx);
}

static void test_sets_share_commits(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	for (int64_t i = 0; i < 640; i++)
		spawn(stage, write_pair, i, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 640);
	assert_int_equal(admin_number("SELECT count(*) FROM shop.item WHERE id >= 1000"), 1280);
	int64_t commits = admin_number("SELECT count(DISTINCT txid) FROM shop.item WHERE id >= 1000");
	struct db_counters counters = db_counters(stage->db);
	assert_in_range(commits, 10, 30);
	assert_int_equal(counters.write_groups, commits);
	assert_int_equal(counters.write_sets, 640);
	close_stage(stage);
}

/* Every tenth set inserts a key that exists. */
static void write_or_collide(struct stage *stage, int64_t n)
{
	struct tx *tx = tx_collect(stage->db);

	insert(tx, &item_insert, n + 1000);
	if (n % 10 == 0)
		insert(tx, &item_insert, 1);
	insert(tx, &item_insert, n + 2000);
	tx_commit(tx);
}

static void test_a_failing_set_spares_its_neighbours(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	for (int64_t i = 0; i < 200; i++)
		spawn(stage, write_or_collide, i, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 180);
	assert_int_equal(stage->ends.failed, 20);
	assert_int_equal(admin_number("SELECT count(*) FROM shop.item WHERE id >= 1000"), 360);
	assert_true(db_counters(stage->db).replays > 0);
	close_stage(stage);
}

/* Ten pieces of each item and twenty tasks that want one. */
static void take_one(struct stage *stage, int64_t n)
{
	struct tx *tx = tx_collect(stage->db);

	sql_in_tx(tx, &item_take, &(struct item){ .id = n % 5 + 1, .amount = 1 }, NULL);
	tx_commit(tx);
}

static void test_expectations_conflict(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	for (int64_t i = 0; i < 100; i++)
		spawn(stage, take_one, i, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 50);
	assert_int_equal(stage->ends.conflict, 50);
	assert_int_equal(admin_number("SELECT sum(amount) FROM shop.item WHERE id <= 5"), 0);
	close_stage(stage);
}

struct refusal_case {
	const struct sql_statement *statement;
	int64_t id, amount;
	enum tx_refusal_kind kind;
	const char *constraint;
	bool statement_known;
};

static const struct refusal_case refusal_cases[] = {
	{ &item_insert, 1, 1, TX_UNIQUE, "item_pkey", true },
	{ &item_insert, 5000, -1, TX_CHECK, "item_amount", true },
	{ &child_insert, 7777, 0, TX_FOREIGN_KEY, "child_item", true },
	{ &late_insert, 7777, 0, TX_FOREIGN_KEY, "late_item", false },
	{ &item_take, 1, 11, TX_EXPECTATION, "item_take", true },
};

/* n: the case, collected; or 100 + the case, interactive. */
static void refused(struct stage *stage, int64_t n)
{
	const struct refusal_case *refusal_case = &refusal_cases[n % 100];
	struct tx *tx = n < 100 ? tx_collect(stage->db) : tx_begin(stage->db);

	insert(tx, &item_insert, 6000 + n);
	sql_in_tx(tx, refusal_case->statement, &(struct item){ .id = refusal_case->id, .amount = refusal_case->amount },
	          NULL);
	const struct tx_refusal *refusal = tx_try_commit(tx);
	assert_non_null(refusal);
	assert_int_equal(refusal->kind, refusal_case->kind);
	assert_ptr_equal(refusal->statement, refusal_case->statement_known ? refusal_case->statement : NULL);
	assert_true(str_eq(refusal->constraint, str_from(refusal_case->constraint)));
	tx_rollback(tx);
}

static void test_refusals_are_told(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	for (int64_t i = 0; i < (int64_t)ARRAY_COUNT(refusal_cases); i++) {
		spawn(stage, refused, i, 0);
		spawn(stage, refused, i + 100, 0);
	}
	for (int64_t i = 0; i < 20; i++)
		spawn(stage, write_pair, i, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 2 * (int)ARRAY_COUNT(refusal_cases) + 20);
	assert_int_equal(admin_number("SELECT count(*) FROM shop.item WHERE id >= 1000"), 40);
	close_stage(stage);
}

static int hooks_run;

static void count_hook(void *arg)
{
	hooks_run += *(int *)arg;
}

static void hooks(struct stage *stage, int64_t n)
{
	static int one = 1, ten = 10;
	struct tx *tx = n & 1 ? tx_begin(stage->db) : tx_collect(stage->db);

	tx_on_commit(tx, count_hook, &one);
	tx_on_commit(tx, count_hook, &ten);
	insert(tx, &item_insert, n < 2 ? 3000 + n : 1);
	assert_ptr_equal(tx_owner(tx), stage->db);
	tx_commit(tx);
}

static void test_hooks_run_after_commits_only(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	hooks_run = 0;
	for (int64_t i = 0; i < 4; i++)
		spawn(stage, hooks, i, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 2);
	assert_int_equal(stage->ends.failed, 2);
	assert_int_equal(hooks_run, 22);
	close_stage(stage);
}

static void empty(struct stage *stage, int64_t n)
{
	tx_commit(n ? tx_collect(stage->db) : tx_begin(stage->db));
}

static void misuse(struct stage *stage, int64_t n)
{
	struct tx *tx = n == 3 ? tx_begin(stage->db) : tx_collect(stage->db);

	switch (n) {
	case 0:
		sql_in_tx(tx, &item_returning, &(struct item){ .id = 1 }, NULL);
		break;
	case 1:
		get(tx_db(tx), 1);
		break;
	case 2:
		tx_commit(tx);
		tx_commit(tx);
		break;
	default:
		tx_begin(tx_db(tx));
	}
}

static void test_misuse_fails(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	spawn(stage, empty, 0, 0);
	spawn(stage, empty, 1, 0);
	for (int64_t i = 0; i < 4; i++)
		spawn(stage, misuse, i, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 2);
	assert_int_equal(stage->ends.failed, 4);
	close_stage(stage);
}

/* ---- Interactive
 * ------------------------------------------------------------------------------------------------------ */

static void increment(struct stage *stage, int64_t n)
{
	struct tx *tx = tx_begin(stage->db);
	const struct item_row *row = sql_in_tx(tx, &item_lock, &(struct item_key){ 1 }, NULL);

	sql_in_tx(tx, &item_take, &(struct item){ .id = 1, .amount = -1 }, NULL);
	const struct item_row *after = get(tx_db(tx), 1);
	assert_int_equal(after->amount, row->amount + 1);
	if (n % 2)
		fail("changed my mind");
	tx_commit(tx);
}

static void test_interactive_transactions(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	for (int64_t i = 0; i < 60; i++)
		spawn(stage, increment, i, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 30);
	assert_int_equal(stage->ends.failed, 30);
	assert_int_equal(admin_number("SELECT amount FROM shop.item WHERE id = 1"), 40);
	assert_int_equal(db_counters(stage->db).interactive_open, 4);
	assert_int_equal(db_counters(stage->db).interactive_waiting, 0);
	close_stage(stage);
}

static void long_nap(struct stage *stage, int64_t n)
{
	struct tx *tx = tx_begin(stage->db);

	insert(tx, &item_insert, 4000 + n);
	sql_in_tx(tx, &nap_in_tx, &(struct sleep_params){ 60 }, NULL);
	tx_commit(tx);
}

/* Late tasks leave at once, their statements are cancelled, and the only connection serves the next ones. */
static void test_a_late_task_cancels_its_statement(void **state)
{
	struct stage *stage = open_stage((struct db_options){ .interactive_max = 1 });

	(void)state;
	for (int64_t i = 0; i < 3; i++) {
		spawn(stage, long_nap, i, 100 * US_PER_MS);
		run_all(stage);
		spawn(stage, increment, 0, 20 * US_PER_S);
		run_all(stage);
	}
	assert_int_equal(stage->ends.deadline, 3);
	assert_int_equal(stage->ends.none, 3);
	assert_int_equal(admin_number("SELECT count(*) FROM shop.item WHERE id >= 1000"), 0);
	assert_int_equal(db_counters(stage->db).reconnects, 0);
	close_stage(stage);
}

static void slow_read(struct stage *stage, int64_t n)
{
	sql_read(stage->db, &nap, &(struct sleep_params){ (double)n / 1000 }, NULL);
}

static void test_abandoned_reads_keep_the_order(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	spawn(stage, slow_read, 300, 50 * US_PER_MS);
	spawn(stage, slow_read, 10, 50 * US_PER_MS);
	spawn(stage, slow_read, 10, 0);
	for (int64_t i = 1; i <= 100; i++)
		spawn(stage, read_item, i, 0);
	run_all(stage);
	assert_int_equal(stage->ends.deadline, 2);
	assert_int_equal(stage->ends.none, 101);
	close_stage(stage);
}

static void slow_write(struct stage *stage, int64_t n)
{
	struct tx *tx = tx_collect(stage->db);

	sql_in_tx(tx, &nap_write, &(struct sleep_params){ 0.3 }, NULL);
	insert(tx, &item_insert, 4500 + n);
	tx_commit(tx);
}

static void late_write(struct stage *stage, int64_t n)
{
	struct tx *tx = tx_collect(stage->db);

	task_sleep_us(20 * US_PER_MS);
	insert(tx, &item_insert, 4600 + n);
	tx_commit(tx);
}

/* A set that was sent runs on when its task leaves; one that was not sent never happens. */
static void test_leaving_a_commit(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	spawn(stage, slow_write, 0, 50 * US_PER_MS);
	spawn(stage, late_write, 0, 50 * US_PER_MS);
	spawn(stage, late_write, 1, 0);
	run_all(stage);
	assert_int_equal(stage->ends.deadline, 2);
	assert_int_equal(stage->ends.none, 1);
	assert_int_equal(admin_number("SELECT count(*) FROM shop.item WHERE id IN (4500, 4601)"), 2);
	assert_int_equal(admin_number("SELECT count(*) FROM shop.item WHERE id = 4600"), 0);
	close_stage(stage);
}

/* ---- Losing the server
 * -------------------------------------------------------------------------------------------------- */

struct trouble {
	uv_timer_t timer;
	void (*make)(void);
	int left;
};

static void on_trouble(uv_timer_t *timer)
{
	struct trouble *trouble = CONTAINER_OF(timer, struct trouble, timer);

	trouble->make();
	if (--trouble->left == 0)
		uv_close((uv_handle_t *)timer, NULL);
}

static void start_trouble(struct stage *stage, struct trouble *trouble, void (*make)(void), int times)
{
	trouble->make = make;
	trouble->left = times;
	uv_timer_init(loop_uv(stage->loop), &trouble->timer);
	uv_timer_start(&trouble->timer, on_trouble, 30, 60);
}

static void kill_backends(void)
{
	admin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'test/%'");
}

static void restart(void)
{
	stores_kill(stores, STORES_POSTGRES);
	stores_revive(stores, STORES_POSTGRES);
}

static int64_t unknown_writes;

static void keep_busy(struct stage *stage, int64_t n)
{
	int64_t until_us = loop_now_us(stage->loop) + 400 * US_PER_MS;

	while (loop_now_us(stage->loop) < until_us) {
		read_item(stage, n % 100 + 1);
		task_yield();
	}
}

static int64_t next_id;

static void write_once(struct stage *stage, int64_t id)
{
	struct tx *tx = id % 3 ? tx_collect(stage->db) : tx_begin(stage->db);

	insert(tx, &item_insert, id);
	tx_commit(tx);
}

/* Writes on and on; each either is there afterwards, or was told to be unknown. */
static void keep_writing(struct stage *stage, int64_t n)
{
	int64_t until_us = loop_now_us(stage->loop) + 400 * US_PER_MS;

	(void)n;
	while (loop_now_us(stage->loop) < until_us) {
		struct run run = { .stage = stage, .fn = write_once, .n = ++next_id };
		struct failure failure = task_attempt(attempt, &run);
		assert_true(failure.kind == FAILURE_NONE || failure.kind == FAILURE_UNAVAILABLE);
		unknown_writes += failure.kind != FAILURE_NONE;
		arena_reset(task_arena());
		task_sleep_us(US_PER_MS);
	}
}

static void under_trouble(void (*make)(void), int times)
{
	struct stage *stage = open_stage((struct db_options){ 0 });
	struct trouble trouble;

	next_id = 10000;
	unknown_writes = 0;
	for (int64_t i = 0; i < 50; i++) {
		spawn(stage, keep_busy, i, 30 * US_PER_S);
		spawn(stage, keep_writing, i, 30 * US_PER_S);
	}
	start_trouble(stage, &trouble, make, times);
	run_all(stage);
	assert_int_equal(stage->ends.none, 100);
	int64_t there = admin_number("SELECT count(*) FROM shop.item WHERE id > 10000");
	assert_in_range(there, next_id - 10000 - unknown_writes, next_id - 10000);
	assert_true(db_counters(stage->db).reconnects > 0);
	spawn(stage, wait_connected, 0, 20 * US_PER_S);
	run_all(stage);
	assert_string_equal(db_status(stage->db).last_error, "");
	close_stage(stage);
}

static void test_killed_backends_are_survived(void **state)
{
	(void)state;
	under_trouble(kill_backends, 5);
}

static void test_a_restart_is_survived(void **state)
{
	(void)state;
	under_trouble(restart, 1);
}

static void read_later(struct stage *stage, int64_t n)
{
	task_sleep_us(100 * US_PER_MS);
	if (n)
		tx_begin(stage->db);
	read_item(stage, 1);
}

/* Queued work waits for a while, then nothing does. */
static void test_a_server_that_stays_away(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	stores_kill(stores, STORES_POSTGRES);
	spawn(stage, read_later, 0, 20 * US_PER_S);
	spawn(stage, read_later, 0, 200 * US_PER_MS);
	spawn(stage, read_later, 1, 20 * US_PER_S);
	spawn(stage, write_pair, 0, 20 * US_PER_S);
	run_all(stage);
	assert_int_equal(stage->ends.unavailable, 3);
	assert_int_equal(stage->ends.deadline, 1);
	assert_false(db_status(stage->db).connected);
	assert_true(db_status(stage->db).last_error[0]);
	spawn(stage, read_item, 1, 0);
	run_all(stage);
	assert_int_equal(stage->ends.unavailable, 4);
	stores_revive(stores, STORES_POSTGRES);
	spawn(stage, wait_connected, 0, 20 * US_PER_S);
	spawn(stage, write_pair, 0, 20 * US_PER_S);
	run_all(stage);
	close_stage(stage);
}

static void test_a_missing_table_is_told(void **state)
{
	struct db_options options = { .conninfo = stores_conninfo(stores),
		                      .application_name = "test",
		                      .modules = modules };
	struct stage stage = { .loop = loop_new() };

	(void)state;
	admin("ALTER TABLE shop.item RENAME TO item_away");
	stage.db = db_open(stage.loop, &options);
	spawn(&stage, wait_connected, 0, 200 * US_PER_MS);
	run_all(&stage);
	assert_int_equal(stage.ends.deadline, 1);
	assert_non_null(strstr(db_status(stage.db).last_error, "shop.item"));
	admin("ALTER TABLE shop.item_away RENAME TO item");
	spawn(&stage, wait_connected, 0, 20 * US_PER_S);
	run_all(&stage);
	assert_int_equal(stage.ends.none, 1);
	db_close(stage.db);
	loop_run(stage.loop);
	loop_free(stage.loop);
}

static void test_bad_conninfo_is_told(void **state)
{
	struct db_options options = { .conninfo = "nonsense", .modules = modules };
	struct stage stage = { .loop = loop_new() };

	(void)state;
	stage.db = db_open(stage.loop, &options);
	assert_false(db_status(stage.db).connected);
	assert_non_null(strstr(db_status(stage.db).last_error, "nonsense"));
	db_close(stage.db);
	loop_run(stage.loop);
	loop_free(stage.loop);
}

/* ---- Leaders
 * ---------------------------------------------------------------------------------------------------------------- */

static struct db_leader *leaders[2];

static void lead(struct stage *stage, int64_t n)
{
	(void)stage;
	db_leader_wait(leaders[n]);
}

static void wait_lost(struct stage *stage, int64_t n)
{
	(void)stage;
	while (db_leader_holds(leaders[n]))
		task_sleep_us(US_PER_MS);
}

static void test_leadership_is_handed_over(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	leaders[0] = db_leader_new(stage->db, 77);
	spawn(stage, lead, 0, 10 * US_PER_S);
	run_all(stage);
	leaders[1] = db_leader_new(stage->db, 77);
	spawn(stage, lead, 1, 100 * US_PER_MS);
	run_all(stage);
	assert_true(db_leader_holds(leaders[0]));
	assert_false(db_leader_holds(leaders[1]));
	assert_int_equal(stage->ends.deadline, 1);

	admin("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted");
	spawn(stage, wait_lost, 0, 10 * US_PER_S);
	run_all(stage);
	assert_int_equal(stage->ends.none, 2);

	db_leader_free(leaders[0]);
	spawn(stage, lead, 1, 10 * US_PER_S);
	run_all(stage);
	assert_true(db_leader_holds(leaders[1]));
	db_leader_free(leaders[1]);
	close_stage(stage);
}

/* ---- Main
 * ---------------------------------------------------------------------------------------------------------------------
 */

static int setup(void **state)
{
	const struct migration_set *sets[] = { &platform_migrations, &shop, NULL };
	struct migrate_report report;

	(void)state;
	stores = stores_start(STORES_POSTGRES);
	if (!migrate_run(stores_conninfo(stores), sets, false, &report))
		return 0;
	print_error("%s\n", report.error);
	return -1;
}

static int teardown(void **state)
{
	(void)state;
	stores_stop(stores);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_are_grouped),
		cmocka_unit_test(test_an_error_spares_the_neighbours),
		cmocka_unit_test(test_statements_must_be_in_a_module),
		cmocka_unit_test(test_a_full_queue_is_unavailable),
		cmocka_unit_test(test_a_changed_result_type_is_survived),
		cmocka_unit_test(test_all_types_round_trip),
		cmocka_unit_test(test_sets_share_commits),
		cmocka_unit_test(test_a_failing_set_spares_its_neighbours),
		cmocka_unit_test(test_expectations_conflict),
		cmocka_unit_test(test_refusals_are_told),
		cmocka_unit_test(test_hooks_run_after_commits_only),
		cmocka_unit_test(test_misuse_fails),
		cmocka_unit_test(test_interactive_transactions),
		cmocka_unit_test(test_a_late_task_cancels_its_statement),
		cmocka_unit_test(test_abandoned_reads_keep_the_order),
		cmocka_unit_test(test_leaving_a_commit),
		cmocka_unit_test(test_killed_backends_are_survived),
		cmocka_unit_test(test_a_restart_is_survived),
		cmocka_unit_test(test_a_server_that_stays_away),
		cmocka_unit_test(test_a_missing_table_is_told),
		cmocka_unit_test(test_bad_conninfo_is_told),
		cmocka_unit_test(test_leadership_is_handed_over),
	};

	cmocka_set_test_filter(argc > 1 ? argv[1] : NULL);
	return cmocka_run_group_tests(tests, setup, teardown);
}
