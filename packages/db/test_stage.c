/* SPDX-License-Identifier: Apache-2.0 */
#include "db/test_stage.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <string.h>

#include "base/clock.h"
#include "db/migrate.h"
#include "db/platform.h"

#define VALUE(struct_, field_, type_, nullable_) \
	{ \
		.name = #field_, .type = (type_), .nullable = (nullable_), .offset = offsetof(struct struct_, field_) \
	}
#define STATEMENT(name_, use_, rows_, params_, columns_, row_, ...) \
	const struct sql_statement name_ = { .name = #name_, \
		                             .text = __VA_ARGS__, \
		                             .use = use_, \
		                             .rows = rows_, \
		                             .noun = "thing of the tests", \
		                             .params = params_, \
		                             .param_count = sizeof(params_) / sizeof(params_[0]), \
		                             .columns = columns_, \
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

#define EACH_ITEM "unnest($1::bigint[], $2::bigint[], $3::text[]) AS each (p1, p2, p3)"
#define EXPECT(count_, name_, text_) \
	"WITH touched AS (" text_ " RETURNING 1) SELECT CASE WHEN count(*) = " #count_ \
	" THEN 0 ELSE stoa.expect_failed('" name_ "') END FROM touched"

STATEMENT(item_get, SQL_READ, SQL_FIND, key_params, item_columns, item_row,
          "SELECT id, name, amount FROM shop.item WHERE id = $1");
STATEMENT(item_list, SQL_READ, SQL_MANY, none, item_columns, item_row,
          "SELECT id, name, amount FROM shop.item ORDER BY id");
STATEMENT(item_must, SQL_READ, SQL_GET, key_params, item_columns, item_row,
          "SELECT id, name, amount FROM shop.item WHERE id = $1");
#define EACH_KEY(text_) \
	"SELECT one.*, each.call FROM unnest($1::bigint[]) WITH ORDINALITY AS each (p1, call) CROSS JOIN LATERAL (" \
	"SELECT * FROM (" text_ ") AS one OFFSET 0) AS one"
STATEMENT(items_below, SQL_READ, SQL_MANY, key_params, item_columns, item_row,
          "SELECT id, name, amount FROM shop.item WHERE id < $1 ORDER BY id DESC",
          .batch = EACH_KEY("SELECT id, name, amount FROM shop.item WHERE id < each.p1 ORDER BY id DESC"));
STATEMENT(pause_of, SQL_READ, SQL_GET, key_params, number_columns, number_row,
          "SELECT $1 FROM (SELECT pg_sleep($1 / 1000.0)) AS slept",
          .batch = EACH_KEY("SELECT each.p1 FROM (SELECT pg_sleep(each.p1 / 1000.0)) AS slept"));
STATEMENT(divide, SQL_READ, SQL_FIND, key_params, number_columns, number_row, "SELECT 1000 / $1",
          .batch = EACH_KEY("SELECT 1000 / each.p1"));
STATEMENT(sleep_read, SQL_SLOW, SQL_EXEC, sleep_list, none, number_row, "SELECT pg_sleep($1)");
STATEMENT(generic_plans, SQL_SLOW, SQL_FIND, key_params, number_columns, number_row,
          "SELECT generic_plans + $1 FROM pg_prepared_statements WHERE name = 'generic_plans'");
STATEMENT(sleep_in_tx, SQL_LOCK, SQL_EXEC, sleep_list, none, number_row, "SELECT pg_sleep($1)");
STATEMENT(item_lock, SQL_LOCK, SQL_FIND, key_params, item_columns, item_row,
          "SELECT id, name, amount FROM shop.item WHERE id = $1 FOR UPDATE");
STATEMENT(item_insert, SQL_WRITE, SQL_EXEC, item_params, none, number_row,
          "INSERT INTO shop.item (id, amount, name) VALUES ($1, $2, $3)",
          .batch = "INSERT INTO shop.item (id, amount, name) SELECT each.p1, each.p2, each.p3 FROM " EACH_ITEM);
STATEMENT(item_txid, SQL_WRITE, SQL_EXEC, item_params, none, number_row,
          "INSERT INTO shop.item (id, amount, name, txid) VALUES ($1, $2, $3, pg_current_xact_id()::text::bigint)",
          .batch = "INSERT INTO shop.item (id, amount, name, txid)"
                   " SELECT each.p1, each.p2, each.p3, pg_current_xact_id()::text::bigint FROM " EACH_ITEM);
STATEMENT(item_returning, SQL_WRITE, SQL_FIND, item_params, number_columns, number_row,
          "INSERT INTO shop.item (id, amount, name) VALUES ($1, $2, $3) RETURNING id");
STATEMENT(item_take, SQL_WRITE, SQL_EXPECT, item_params, none, number_row,
          EXPECT(1, "item_take",
                 "UPDATE shop.item SET amount = amount - $2 WHERE id = $1 AND amount >= $2 AND $3::text IS NULL"),
          .batch = "WITH touched AS (UPDATE shop.item SET amount = amount - each.p2 FROM"
                   " (SELECT count(*) AS calls, p1, p3, sum(p2)::bigint AS p2 FROM " EACH_ITEM
                   " GROUP BY p1, p3) AS each"
                   " WHERE id = each.p1 AND amount >= each.p2 AND each.p3 IS NULL RETURNING each.calls)"
                   " SELECT CASE WHEN coalesce(sum(calls), 0) = cardinality($1::bigint[]) THEN 0"
                   " ELSE stoa.expect_failed('item_take') END FROM touched");
STATEMENT(item_more, SQL_WRITE, SQL_EXPECT, key_params, none, number_row,
          EXPECT(1, "item_more", "UPDATE shop.item SET amount = amount + 1 WHERE id = $1"),
          .batch = "WITH touched AS (UPDATE shop.item SET amount = amount + 1 FROM (SELECT unnest($1::bigint[]) AS p1) "
                   "AS each"
                   " WHERE id = each.p1 RETURNING 1) SELECT CASE WHEN count(*) = cardinality($1::bigint[]) THEN 0"
                   " ELSE stoa.expect_failed('item_more') END FROM touched");
STATEMENT(child_insert, SQL_WRITE, SQL_EXEC, key_params, none, number_row, "INSERT INTO shop.child (item) VALUES ($1)");
STATEMENT(late_insert, SQL_WRITE, SQL_EXEC, key_params, none, number_row, "INSERT INTO shop.late (item) VALUES ($1)");
STATEMENT(sleep_write, SQL_WRITE, SQL_EXEC, sleep_list, none, number_row, "SELECT pg_sleep($1)");
STATEMENT(stray, SQL_READ, SQL_FIND, none, number_columns, number_row, "SELECT 1");

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
STATEMENT(echo, SQL_READ, SQL_FIND, everything_values, everything_values, everything,
          "SELECT $1::bool, $2::bool, $3::smallint, $4::int, $5::bigint, $6::timestamptz, $7::bigint, $8::int, "
          "$9::float8, $10::float8,"
          " $11::text, $12::text, $13::jsonb, $14::json, $15::bytea, $16::uuid, $17::uuid, $18::uuid[], $19::text[], "
          "$20::bigint[],"
          " $21::int[], $22::timestamptz[], $23::bool[]");

CHOICE_TABLE(state, STATES)

#define CHOSEN(field_, nullable_) \
	{ \
		.name = #field_, .type = SQL_CHOICE, .nullable = (nullable_), \
		.offset = offsetof(struct named, field_), .choice = &state_choice \
	}
static const struct sql_value named_values[] = {
	VALUE(named, price, SQL_AMOUNT, true),
	VALUE(named, price, SQL_CURRENCY, true),
	VALUE(named, none, SQL_AMOUNT, true),
	VALUE(named, none, SQL_CURRENCY, true),
	CHOSEN(state, false),
	CHOSEN(unset, true),
};
STATEMENT(named_echo, SQL_READ, SQL_FIND, named_values, named_values, named,
          "SELECT $1::bigint, $2::text, $3::bigint, $4::text, $5::text, $6::text");
STATEMENT(named_halves, SQL_READ, SQL_FIND, named_values, named_values, named,
          "SELECT $1::bigint, nullif($2::text, 'EUR'), nullif($1::bigint, 7) + coalesce($3::bigint, 0),"
          " coalesce($4::text, 'EUR'), $5::text, $6::text");
STATEMENT(named_odd, SQL_READ, SQL_FIND, named_values, named_values, named,
          "SELECT $1::bigint, $2::text, $3::bigint, $4::text, $5::text || '?', $6::text");
STATEMENT(named_odds, SQL_READ, SQL_MANY, named_values, named_values, named,
          "SELECT $1::bigint, $2::text, $3::bigint, $4::text, $5::text || '?', $6::text");

#define PAGE_OF(texts_after_, order_, param_) \
	"SELECT * FROM (SELECT id, name, amount FROM shop.item WHERE amount >= $1) AS page " texts_after_ \
	" ORDER BY " order_ " LIMIT " param_
static const struct sql_value page_first_params[] = {
	VALUE(item_page_params, least, SQL_I64, false),
	VALUE(item_page_params, page.limit, SQL_I64, false),
};
static const struct sql_value page_by_id_params[] = {
	VALUE(item_page_params, least, SQL_I64, false),
	VALUE(item_page_params, page.after[0].number, SQL_I64, false),
	VALUE(item_page_params, page.limit, SQL_I64, false),
};
static const struct sql_value page_by_amount_params[] = {
	VALUE(item_page_params, least, SQL_I64, false),
	VALUE(item_page_params, page.after[0].number, SQL_I64, false),
	VALUE(item_page_params, page.after[1].number, SQL_I64, false),
	VALUE(item_page_params, page.limit, SQL_I64, false),
};
STATEMENT(item_by_id, SQL_READ, SQL_MANY, page_first_params, item_columns, item_row, PAGE_OF("", "page.id", "$2"));
STATEMENT(item_by_id_after, SQL_READ, SQL_MANY, page_by_id_params, item_columns, item_row,
          PAGE_OF("WHERE (page.id) > ($2)", "page.id", "$3"));
STATEMENT(item_by_amount_desc, SQL_READ, SQL_MANY, page_first_params, item_columns, item_row,
          PAGE_OF("", "page.amount DESC, page.id DESC", "$2"));
STATEMENT(item_by_amount_desc_after, SQL_READ, SQL_MANY, page_by_amount_params, item_columns, item_row,
          PAGE_OF("WHERE (page.amount, page.id) < ($2, $3)", "page.amount DESC, page.id DESC", "$4"));
static const struct sql_value page_total_params[] = { VALUE(item_page_params, least, SQL_I64, false) };
STATEMENT(
        item_total, SQL_SLOW, SQL_FIND, page_total_params, sql_total_columns, sql_total_row,
        "SELECT count(*) AS total FROM (SELECT FROM (SELECT id, name, amount FROM shop.item WHERE amount >= $1) AS page"
        " LIMIT 10001) AS counted");
static const struct sql_key by_id_keys[] = { { "id", SQL_I64, offsetof(struct item_row, id) } };
static const struct sql_key by_amount_keys[] = {
	{ "amount", SQL_I64, offsetof(struct item_row, amount) },
	{ "id", SQL_I64, offsetof(struct item_row, id) },
};
static const struct sql_order item_orders[] = {
	{ "id", by_id_keys, 1, &item_by_id, &item_by_id_after },
	{ "-amount", by_amount_keys, 2, &item_by_amount_desc, &item_by_amount_desc_after },
};
const struct sql_list item_pages = { .name = "item_pages",
	                             .orders = item_orders,
	                             .order_count = 2,
	                             .total = &item_total,
	                             .row_size = sizeof(struct item_row) };

static const struct sql_statement *const statements[] = {
	&item_get,      &item_list,    &divide,           &sleep_read,          &sleep_in_tx,
	&item_lock,     &item_insert,  &item_txid,        &item_returning,      &item_take,
	&item_more,     &child_insert, &late_insert,      &sleep_write,         &echo,
	&generic_plans, &item_must,    &named_echo,       &named_halves,        &named_odd,
	&named_odds,    &item_by_id,   &item_by_id_after, &item_by_amount_desc, &item_by_amount_desc_after,
	&item_total,    &items_below,  &pause_of
};
static const struct sql_module module = { .name = "shop", .statements = statements, .count = ARRAY_COUNT(statements) };
const struct sql_module *const stage_modules[] = { &module, NULL };

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

struct stores *stores;

void admin(const char *sql)
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

int64_t admin_number(const char *sql)
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

static void run_attempt(void *arg)
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
	struct failure failure = task_attempt(run_attempt, run);

	tally(run->stage, failure.kind);
	if (failure.kind == FAILURE_FAILED)
		print_message("%.*s\n", STR_ARG(failure.detail));
	arena_reset(task_arena());
	run->stage->live--;
	free(run);
}

enum failure_kind attempt(struct stage *stage, void (*fn)(struct stage *, int64_t), int64_t n)
{
	struct run run = { .stage = stage, .fn = fn, .n = n };

	return task_attempt(run_attempt, &run).kind;
}

struct task *spawn(struct stage *stage, void (*fn)(struct stage *, int64_t), int64_t n, int64_t timeout_us)
{
	struct task_options options = { .name = "test", .timeout_us = timeout_us };
	struct run *run = malloc(sizeof(*run));

	*run = (struct run){ .stage = stage, .fn = fn, .n = n };
	stage->live++;
	struct task *task = task_spawn(stage->loop, &options, task_main, run);
	assert_non_null(task);
	return task;
}

void run_all(struct stage *stage)
{
	loop_run(stage->loop);
	assert_int_equal(stage->live, 0);
}

void wait_connected(struct stage *stage, int64_t n)
{
	(void)n;
	db_wait_connected(stage->db);
}

struct stage *open_stage(struct db_options options)
{
	struct stage *stage = calloc(1, sizeof(*stage));

	options.conninfo = stores_conninfo(stores);
	options.application_name = "test";
	options.modules = stage_modules;
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

void close_stage(struct stage *stage)
{
	db_close(stage->db);
	loop_run(stage->loop);
	loop_free(stage->loop);
	free(stage);
}

const struct item_row *get(struct db *db, int64_t id)
{
	return sql_read(db, &item_get, &(struct item_key){ id }, NULL);
}

void read_item(struct stage *stage, int64_t n)
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

void insert(struct tx *tx, const struct sql_statement *statement, int64_t id)
{
	sql_in_tx(tx, statement, &(struct item){ .id = id, .amount = 5, .name = STR("new") }, NULL);
}

void write_pair(struct stage *stage, int64_t n)
{
	struct tx *tx = tx_collect(stage->db);

	insert(tx, &item_txid, n * 2 + 1000);
	insert(tx, &item_txid, n * 2 + 1001);
	tx_commit(tx);
}

/* Ten pieces of each item and twenty tasks that want one. */
void take_one(struct stage *stage, int64_t n)
{
	struct tx *tx = tx_collect(stage->db);

	sql_in_tx(tx, &item_take, &(struct item){ .id = n % 5 + 1, .amount = 1 }, NULL);
	tx_commit(tx);
}

int stage_start(void **state)
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

int stage_stop(void **state)
{
	(void)state;
	stores_stop(stores);
	return 0;
}
