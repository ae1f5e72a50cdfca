/* SPDX-License-Identifier: Apache-2.0 */
/* Against a real PostgreSQL: types, NULLs and refusals of described statements, and the rows they share. */
#include "tools/sqlgen/describe.h"

#include "base/buf.h"
#include "base/test.h"
#include "db/test_stores.h"
#include "tools/sqlgen/emit.h"

static const char schema[] =
        "CREATE SCHEMA stoa; CREATE SCHEMA s;"
        "CREATE FUNCTION stoa.expect_failed(statement text) RETURNS integer LANGUAGE sql AS 'SELECT 1';"
        "CREATE DOMAIN s.sku AS varchar(20);"
        "CREATE TABLE s.t (id uuid PRIMARY KEY, b boolean NOT NULL, i2 smallint NOT NULL, i4 integer NOT NULL,"
        " i8 bigint NOT NULL, f double precision NOT NULL, t text NOT NULL, v varchar(5) NOT NULL, j jsonb NOT NULL,"
        " k json NOT NULL, y bytea NOT NULL, at timestamptz NOT NULL, us uuid[] NOT NULL, ts text[] NOT NULL,"
        " i8s bigint[] NOT NULL, i4s integer[] NOT NULL, ats timestamptz[] NOT NULL, bs boolean[] NOT NULL,"
        " sku s.sku NOT NULL, nt text, ni bigint, n numeric NOT NULL, d date NOT NULL);"
        "CREATE TABLE s.u (id uuid PRIMARY KEY, name text NOT NULL);"
        "CREATE VIEW s.w AS SELECT t.id, u.name FROM s.t LEFT JOIN s.u ON u.id = t.id";

struct fixture {
	struct stores *stores;
	PGconn *conn;
	struct arena *arena;
};

static int start(void **state)
{
	struct fixture *fixture = test_calloc(1, sizeof(*fixture));

	fixture->stores = stores_start(STORES_POSTGRES);
	fixture->conn = PQconnectdb(stores_conninfo(fixture->stores));
	fixture->arena = arena_new(1 << 16, 1 << 24, NULL, NULL);
	PGresult *result = PQexec(fixture->conn, schema);
	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		fail_msg("%s", PQerrorMessage(fixture->conn));
	PQclear(result);
	*state = fixture;
	return 0;
}

static int stop(void **state)
{
	struct fixture *fixture = *state;

	PQfinish(fixture->conn);
	arena_free(fixture->arena);
	stores_stop(fixture->stores);
	test_free(fixture);
	return 0;
}

static int forget_statements(struct fixture *fixture)
{
	arena_reset(fixture->arena);
	PQclear(PQexec(fixture->conn, "DEALLOCATE ALL"));
	return 0;
}

static void read_file(struct fixture *fixture, struct str text, struct sqlgen_list *list)
{
	struct sqlgen_error error;

	if (sqlgen_read(fixture->arena, STR("x.sql"), text, list, &error) != 0)
		fail_msg("%d: %s", error.line, error.message);
}

/* `first` stands above: choices. */
static struct sqlgen_statement *read_one(struct fixture *fixture, const char *first, const char *heading,
                                         const char *text)
{
	struct sqlgen_list list = { 0 };

	forget_statements(fixture);
	read_file(fixture, str_printf(fixture->arena, "%s-- name: %s\n%s;", first, heading, text), &list);
	return list.items[0];
}

/* "id SQL_UUID, name SQL_TEXT?" */
static void put_values(struct buf *out, const struct sqlgen_value *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_printf(out, "%s%.*s %s%s", i ? ", " : "", STR_ARG(values[i].name), values[i].type->constant,
		           values[i].nullable ? "?" : "");
}

static const struct {
	const char *heading, *text, *params, *columns;
} rows[] = {
	{ "a :find read", "SELECT b, i2, i4, i8, f FROM s.t", "",
	  "b SQL_BOOL, i2 SQL_I16, i4 SQL_I32, i8 SQL_I64, f SQL_F64" },
	{ "a :find read", "SELECT t, v, j, k, y, id, at, sku FROM s.t", "",
	  "t SQL_TEXT, v SQL_TEXT, j SQL_JSONB, k SQL_JSON, y SQL_BYTEA, id SQL_UUID, at SQL_TIME, sku SQL_TEXT" },
	{ "a :find read", "SELECT us, ts, i8s, i4s, ats, bs FROM s.t", "",
	  "us SQL_UUIDS, ts SQL_TEXTS, i8s SQL_I64S, i4s SQL_I32S, ats SQL_TIMES, bs SQL_BOOLS" },
	{ "a :find read", "SELECT nt, ni, nt AS \"sure!\", t AS plain FROM s.t", "",
	  "nt SQL_TEXT?, ni SQL_I64?, sure SQL_TEXT, plain SQL_TEXT" },
	{ "a :find read", "SELECT count(*) AS total, count(*) AS \"sum!\", i8 + 1 AS next FROM s.t GROUP BY i8", "",
	  "total SQL_I64?, sum SQL_I64, next SQL_I64?" },
	{ "a :find read", "WITH x AS (SELECT id FROM s.t) SELECT x.id, y.id AS other FROM x, (SELECT id FROM s.u) y",
	  "", "id SQL_UUID, other SQL_UUID" },
	{ "a :find read", "SELECT id, name FROM s.w", "", "id SQL_UUID?, name SQL_TEXT?" },
	{ "a :find read", "SELECT t.id, u.name FROM s.t LEFT JOIN s.u ON u.id = t.id", "",
	  "id SQL_UUID, name SQL_TEXT?" },
	{ "a :find read", "SELECT t.id, u.name AS \"name!\" FROM s.t LEFT JOIN s.u ON u.id = t.id", "",
	  "id SQL_UUID, name SQL_TEXT" },
	{ "a :find read", "SELECT t.id, u.name FROM s.t RIGHT JOIN s.u ON u.id = t.id", "",
	  "id SQL_UUID?, name SQL_TEXT?" },
	{ "a :find read", "SELECT t.id, u.name FROM s.t LEFT JOIN (SELECT id, name FROM s.u) u ON u.id = t.id", "",
	  "id SQL_UUID?, name SQL_TEXT?" },
	{ "a :find read", "SELECT id FROM s.t UNION ALL SELECT id FROM s.u", "", "id SQL_UUID?" },
	{ "a :find read",
	  "SELECT id FROM s.t WHERE sku = :sku AND id = ANY(:ids) AND (:at?::timestamptz IS NULL OR at < :at)",
	  "sku SQL_TEXT, ids SQL_UUIDS, at SQL_TIME?", "id SQL_UUID" },
	{ "a :exec write", "INSERT INTO s.u (id, name) VALUES (:id, :name)", "id SQL_UUID, name SQL_TEXT", "" },
	{ "a :exec write", "UPDATE s.t SET sku = :sku, i4 = :i4, f = :f", "sku SQL_TEXT, i4 SQL_I32, f SQL_F64", "" },
	{ "a :find write", "DELETE FROM s.u WHERE id = :id RETURNING name", "id SQL_UUID", "name SQL_TEXT" },
	{ "a :exec lock", "SELECT pg_advisory_xact_lock(:key)", "key SQL_I64", "" },
	{ "a :expect(:n) write", "DELETE FROM s.u WHERE id = ANY(:ids)", "ids SQL_UUIDS, n SQL_I64", "" },
	{ "a :find read", "SELECT i8 AS \"p.amount\", t AS \"p.currency\", id FROM s.t", "",
	  "p.amount SQL_AMOUNT, p.currency SQL_CURRENCY, id SQL_UUID" },
	{ "a :find read", "SELECT v AS \"p.currency\", ni AS \"p.amount\" FROM s.t", "",
	  "p.currency SQL_CURRENCY?, p.amount SQL_AMOUNT?" },
	{ "a :find read", "SELECT ni AS \"p.amount!\", t AS \"p.currency\" FROM s.t", "",
	  "p.amount SQL_AMOUNT, p.currency SQL_CURRENCY" },
	{ "a :exec write", "UPDATE s.t SET i8 = :p.amount, t = :p.currency, ni = :q.amount?, nt = :q.currency?",
	  "p.amount SQL_AMOUNT, p.currency SQL_CURRENCY, q.amount SQL_AMOUNT?, q.currency SQL_CURRENCY?", "" },
	{ "a :find read", "SELECT v AS status, nt AS kind FROM s.t WHERE t = :status AND nt = :kind?",
	  "status SQL_CHOICE, kind SQL_CHOICE?", "status SQL_CHOICE, kind SQL_CHOICE?" },
	{ "a :page(at, id | -t, -id) read", "SELECT at, id, t FROM s.t WHERE sku = :sku", "sku SQL_TEXT",
	  "at SQL_TIME, id SQL_UUID, t SQL_TEXT" },
	{ "a :page(p.amount, total, f, b) read",
	  "SELECT i8 AS \"p.amount\", t AS \"p.currency\", count(*) AS \"total!\", f, b FROM s.t GROUP BY i8, t, f, b",
	  "", "p.amount SQL_AMOUNT, p.currency SQL_CURRENCY, total SQL_I64, f SQL_F64, b SQL_BOOL" },
	{ "a :page(sku, i2, v) slow", "WITH x AS (SELECT 1) SELECT sku, i2, v FROM s.t, x", "",
	  "sku SQL_TEXT, i2 SQL_I16, v SQL_TEXT" },
	{ "a :expect(2) write",
	  "WITH x AS (DELETE FROM s.t RETURNING id) UPDATE s.u SET name = :name FROM x WHERE u.id = x.id",
	  "name SQL_TEXT", "" },
};

static const char choices[] = "-- choice: status order_status\n-- choice: kind item_kind\n";

static void test_values(void **state)
{
	struct fixture *fixture = *state;
	struct sqlgen_error error;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct sqlgen_statement *statement = read_one(fixture, choices, rows[i].heading, rows[i].text);
		struct buf out;

		if (sqlgen_describe(fixture->arena, fixture->conn, statement, &error) != 0)
			fail_msg("%s: %s", rows[i].text, error.message);
		buf_init_arena(&out, fixture->arena, 1 << 12);
		buf_char(&out, '(');
		put_values(&out, statement->params, statement->param_count);
		buf_str(&out, STR(") "));
		put_values(&out, statement->columns, statement->column_count);
		assert_str(buf_view(&out), str_printf(fixture->arena, "(%s) %s", rows[i].params, rows[i].columns));
	}
}

static const struct {
	const char *heading, *text;
	int line;
	const char *message; /* part of it */
} refusals[] = {
	{ "a :find read", "SELECT n FROM s.t", 1, "a: column n has type numeric" },
	{ "a :find read", "SELECT d AS day FROM s.t", 1, "a: column day has type date" },
	{ "a :find read", "SELECT id FROM s.t WHERE d = :day", 1, "a: parameter day has type date" },
	{ "a :find read", "SELECT id FROM s.t WHERE id = ANY(:ids?)", 1, "a: parameter ids is an array" },
	{ "a :find read", "SELECT 1 + 1", 1, "a: \"?column?\" cannot be a column's name" },
	{ "a :find read", "SELECT 1 AS \"int\"", 1, "a: \"int\" cannot be a column's name" },
	{ "a :find read", "SELECT 1 AS \"!\"", 1, "a: \"\" cannot be a column's name" },
	{ "a :find read", "SELECT t.id, u.id FROM s.t, s.u", 1, "a: two columns are called id" },
	{ "a :find write", "DELETE FROM s.t", 1, "a: 0 columns" },
	{ "a :find read", "SELECT i8 AS \"p.amount\" FROM s.t", 1, "a: column p.amount has no p.currency beside it" },
	{ "a :find read", "SELECT i8 AS \"p.amount\", t AS \"p.currency\", b AS p FROM s.t", 1,
	  "a: a column is called p" },
	{ "a :find read", "SELECT i4 AS \"p.amount\", t AS \"p.currency\" FROM s.t", 1,
	  "a: column p.amount has type integer; an amount is a bigint" },
	{ "a :find read", "SELECT i8 AS \"p.amount\", y AS \"p.currency\" FROM s.t", 1,
	  "a: column p.currency has type bytea; a currency is a text" },
	{ "a :find read", "SELECT i8 AS \"p.cents\" FROM s.t", 1, "a: \"p.cents\" cannot be a column's name" },
	{ "a :page(none) read", "SELECT id FROM s.t", 1, "a: key none is no column" },
	{ "a :page(ni, id) read", "SELECT id, ni FROM s.t", 1, "a: key ni may be NULL, and nothing comes after NULL" },
	{ "a :page(total) read", "SELECT count(*) AS total FROM s.t", 1, "a: key total may be NULL" },
	{ "a :page(j) read", "SELECT j FROM s.t", 1, "a: key j is SQL_JSONB, which cannot be one" },
	{ "a :page(us) read", "SELECT us FROM s.t", 1, "a: key us is SQL_UUIDS, which cannot be one" },
	{ "a :find read", "SELECT :x", 1, "a: \"?column?\"" },
	{ "a :find read", "SELECT 'größe' AS g,\n\t-- none\n\tnone\nFROM s.t", 4,
	  "a: column \"none\" does not exist, at position 23 (2 in its line), near \"none\"" },
	{ "a :expect(1) write", "UPDATE s.t\nSET none = 1", 3, "near \"none = 1\"" },
	{ "a :find read", "SELECT id FROM s.t WHERE b = :x AND t = :x", 2, "a: " },
	{ "a :find read", "SELECT id FROM s.gone", 2, "a: relation \"s.gone\" does not exist" },
	{ "a :find read", "SELECT id FROM s.t WHERE", 2, "a: syntax error at end of input" },
	{ "a :exec write merge(i8)", "UPDATE s.t SET i8 = i8 + :i8 WHERE id = :id", 1, "a: merge(x) is of an UPDATE" },
	{ "a :expect(1) write merge(i8)", "DELETE FROM s.t WHERE id = :id AND i8 = :i8", 1,
	  "a: merge(x) is of an UPDATE" },
	{ "a :expect(1) write merge(i4)", "UPDATE s.t SET i4 = i4 + :i4 WHERE id = :id", 1,
	  "a: merge(x) is of an UPDATE" },
	{ "a :expect(1) write merge(none)", "UPDATE s.t SET i8 = i8 + :i8 WHERE id = :id", 1,
	  "a: merge(x) is of an UPDATE" },
};

static void test_refusals(void **state)
{
	struct fixture *fixture = *state;
	struct sqlgen_error error;

	for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
		struct sqlgen_statement *statement = read_one(fixture, "", refusals[i].heading, refusals[i].text);

		if (sqlgen_describe(fixture->arena, fixture->conn, statement, &error) != -1)
			fail_msg("not refused: %s", refusals[i].text);
		if (!strstr(error.message, refusals[i].message) || error.line != refusals[i].line)
			fail_msg("%s: got line %d, %s", refusals[i].text, error.line, error.message);
	}
}

/* What many calls are as one; NULL: nothing. */
static const struct {
	const char *heading, *text, *batch;
} batches[] = {
	{ "a :exec write", "INSERT INTO s.u (id, name) VALUES (:id, lower(:name))",
	  "INSERT INTO s.u (id, name) SELECT each.p1, lower(each.p2)\nFROM (SELECT unnest($1::uuid[]) AS p1, "
	  "unnest($2::text[]) AS p2) AS each" },
	{ "a :exec write",
	  "INSERT INTO s.u (id, name)\nVALUES (:id, :name?)\nON CONFLICT (id) DO UPDATE SET name = excluded.name",
	  "INSERT INTO s.u (id, name)\nSELECT each.p1, each.p2\nFROM (SELECT unnest($1::uuid[]) AS p1, "
	  "unnest($2::text[]) AS p2) AS each\n"
	  "ON CONFLICT (id) DO UPDATE SET name = excluded.name" },
	{ "a :expect(1) write", "UPDATE s.t SET i4 = :i4, i8 = i8 + 1 WHERE id = :id AND i8 = :i8",
	  "WITH touched AS (UPDATE s.t SET i4 = each.p1, i8 = i8 + 1 FROM (SELECT unnest($1::integer[]) AS p1, "
	  "unnest($2::uuid[]) AS p2, unnest($3::bigint[]) AS p3) AS each\n"
	  "WHERE id = each.p2 AND i8 = each.p3\nRETURNING 1)\n"
	  "SELECT CASE WHEN count(*) = cardinality($1::integer[]) THEN 0 ELSE stoa.expect_failed('a') END\nFROM "
	  "touched" },
	{ "a :expect(1) write", "DELETE FROM s.u WHERE id = :id",
	  "WITH touched AS (DELETE FROM s.u USING (SELECT unnest($1::uuid[]) AS p1) AS each\nWHERE id = "
	  "each.p1\nRETURNING 1)\n"
	  "SELECT CASE WHEN count(*) = cardinality($1::uuid[]) THEN 0 ELSE stoa.expect_failed('a') END\nFROM touched" },
	{ "a :expect(1) write merge(more)", "UPDATE s.t SET i8 = i8 + :more, at = :at WHERE id = :id",
	  "WITH touched AS (UPDATE s.t SET i8 = i8 + each.p1, at = each.p2 FROM (SELECT count(*) AS calls, p3, "
	  "sum(p1)::bigint AS p1,"
	  " max(p2) AS p2\nFROM (SELECT unnest($1::bigint[]) AS p1, unnest($2::timestamptz[]) AS p2, "
	  "unnest($3::uuid[]) AS p3) "
	  "AS call GROUP BY p3 "
	  "ORDER BY p3) AS each\n"
	  "WHERE id = each.p3\nRETURNING each.calls)\n"
	  "SELECT CASE WHEN coalesce(sum(calls), 0) = cardinality($1::bigint[]) THEN 0 ELSE stoa.expect_failed('a') "
	  "END\nFROM touched" },
	/* It could touch one row for two calls, or none. */
	{ "a :exec write", "UPDATE s.u SET name = :name WHERE id = :id", NULL },
	{ "a :exec write", "DELETE FROM s.u WHERE id = :id", NULL },
	{ "a :expect(2) write", "UPDATE s.u SET name = :name WHERE name = :old", NULL },
	/* It depends on more than its parameters and its row. */
	{ "a :exec write", "INSERT INTO s.u (id, name) VALUES (:id, (SELECT max(name) FROM s.u WHERE name < :name))",
	  NULL },
	{ "a :exec write", "INSERT INTO s.u (id, name) SELECT id, :name FROM s.t", NULL },
	{ "a :expect(1) write", "UPDATE s.u SET name = :name WHERE id = (SELECT id FROM s.t WHERE t = :t)", NULL },
	{ "a :expect(1) write", "UPDATE s.u SET name = t.t FROM s.t WHERE t.id = u.id AND u.id = :id", NULL },
	{ "a :expect(1) write", "WITH x AS (SELECT 1) DELETE FROM s.u WHERE id = :id", NULL },
	/* Arrays of arrays are rectangles; rows that are given are not given to many. */
	{ "a :exec write", "INSERT INTO s.u (id, name) VALUES (:id, array_to_string(:names::text[], ','))", NULL },
	{ "a :exec write", "INSERT INTO s.u (id, name) VALUES (:id, 'x'), (:other, 'y')", NULL },
	{ "a :find write", "INSERT INTO s.u (id, name) VALUES (:id, :name) RETURNING id", NULL },
	{ "a :exec write", "INSERT INTO s.u (id, name) VALUES (:id, :name) RETURNING id", NULL },
	{ "a :exec write", "INSERT INTO s.u (id, name) VALUES (gen_random_uuid(), 'x')", NULL },
	{ "a :many read", "SELECT id, sku FROM s.t WHERE t = :t AND b = :b ORDER BY i8",
	  "SELECT one.*, each.call\nFROM (SELECT unnest($1::text[]) AS p1, unnest($2::boolean[]) AS p2, "
	  "generate_series(1, cardinality($1::text[])::bigint) AS call) AS each\n"
	  "CROSS JOIN LATERAL (SELECT * FROM (\nSELECT id, sku FROM s.t WHERE t = each.p1 AND b = each.p2 ORDER BY i8\n"
	  ") AS one OFFSET 0) AS one" },
	{ "a :get read", "WITH x AS (SELECT id FROM s.u WHERE id = :id) SELECT id, :id::uuid AS \"other!\" FROM x",
	  "SELECT one.*, each.call\nFROM (SELECT unnest($1::uuid[]) AS p1, generate_series(1, "
	  "cardinality($1::uuid[])::bigint) AS call) AS each\n"
	  "CROSS JOIN LATERAL (SELECT * FROM (\nWITH x AS (SELECT id FROM s.u WHERE id = each.p1) SELECT id, "
	  "each.p1::uuid AS "
	  "\"other!\" FROM x\n) AS one OFFSET 0) AS one" },
	/* The plan depends on what is given; or on the list; or it is made for each call; or runs inside a transaction. */
	{ "a :find read", "SELECT id FROM s.t WHERE id = :id AND (:t?::text IS NULL OR t = :t?)", NULL },
	{ "a :many read", "SELECT id FROM s.t WHERE id = ANY(:ids)", NULL },
	{ "a :page(id) read", "SELECT id FROM s.t WHERE t = :t", NULL },
	{ "a :many slow", "SELECT id FROM s.t WHERE t = :t", NULL },
	{ "a :find lock", "SELECT id FROM s.t WHERE id = :id FOR UPDATE", NULL },
	{ "a :many read", "SELECT id FROM s.t", NULL },
};

static void test_batches(void **state)
{
	struct fixture *fixture = *state;
	struct sqlgen_error error;

	for (size_t i = 0; i < ARRAY_COUNT(batches); i++) {
		struct sqlgen_statement *statement = read_one(fixture, "", batches[i].heading, batches[i].text);

		if (sqlgen_describe(fixture->arena, fixture->conn, statement, &error) != 0)
			fail_msg("%s: %s", batches[i].text, error.message);
		if (batches[i].batch)
			assert_str(statement->batch, str_from(batches[i].batch));
		else if (!str_is_null(statement->batch))
			fail_msg("%s: %.*s", batches[i].text, STR_ARG(statement->batch));
	}
}

static void describe_file(struct fixture *fixture, const char *text, struct sqlgen_list *list)
{
	struct sqlgen_error error;

	forget_statements(fixture);
	read_file(fixture, str_from(text), list);
	for (size_t i = 0; i < list->count; i++)
		assert_int_equal(sqlgen_describe(fixture->arena, fixture->conn, list->items[i], &error), 0);
}

static void test_shared_rows(void **state)
{
	struct fixture *fixture = *state;
	const struct sqlgen_statement *culprit = NULL;
	struct sqlgen_error error;
	struct sqlgen_list same = { 0 }, other = { 0 };

	describe_file(fixture,
	              "-- name: a :find read row(u)\nSELECT id, name FROM s.u;\n"
	              "-- name: b :exec write row(u)\nDELETE FROM s.u;\n"
	              "-- name: c :many read row(u)\nSELECT id, t AS name FROM s.t;\n",
	              &same);
	assert_int_equal(sqlgen_check_rows(&same, &culprit, &error), 0);
	describe_file(fixture,
	              "-- name: a :find read row(u)\nSELECT id, name FROM s.u;\n"
	              "-- name: b :many read row(u)\nSELECT id AS other, name FROM s.u;\n",
	              &other);
	assert_int_equal(sqlgen_check_rows(&other, &culprit, &error), -1);
	assert_ptr_equal(culprit, other.items[1]);
	assert_int_equal(error.line, 3);
	assert_non_null(strstr(error.message, "b: row(u) has other columns"));
}

static void test_choices_need_a_text_and_a_use(void **state)
{
	struct fixture *fixture = *state;
	struct sqlgen_error error;
	const struct sqlgen_statement *culprit = NULL;
	struct sqlgen_list unused = { 0 }, shared = { 0 };
	struct sqlgen_statement *number =
	        read_one(fixture, "-- choice: i8 kind\n", "a :find read", "SELECT i8 FROM s.t");

	assert_int_equal(sqlgen_describe(fixture->arena, fixture->conn, number, &error), -1);
	assert_non_null(strstr(error.message, "a: column i8 has type bigint; a choice is a text"));
	describe_file(fixture, "-- name: a :find read\nSELECT t FROM s.t;\n-- choice: v kind\n", &unused);
	assert_int_equal(sqlgen_check_choices(&unused, &culprit, &error), -1);
	assert_ptr_equal(culprit, unused.items[0]);
	assert_int_equal(error.line, 3);
	assert_non_null(strstr(error.message, "choice v: no column and no parameter"));
	describe_file(fixture,
	              "-- choice: t kind\n-- choice: v other\n"
	              "-- name: a :find read row(x)\nSELECT t FROM s.t;\n"
	              "-- name: b :find read row(x)\nSELECT nt AS \"t!\" FROM s.t WHERE v = :v;\n",
	              &shared);
	assert_int_equal(sqlgen_check_choices(&shared, &culprit, &error), 0);
	assert_int_equal(sqlgen_check_rows(&shared, &culprit, &error), 0);
}

static int count_of(struct str text, const char *part)
{
	int count = 0;

	for (size_t i = 0; i + strlen(part) <= text.len; i++)
		count += memcmp(text.ptr + i, part, strlen(part)) == 0;
	return count;
}

static void test_emitted_text(void **state)
{
	struct fixture *fixture = *state;
	struct sqlgen_list list = { 0 };
	struct sqlgen_module module = { .name = STR("m"), .file = STR("x.sql"), .statements = &list };
	struct buf header, source;

	describe_file(fixture,
	              "-- name: a :find read row(u)\n-- Ends */ early.\nSELECT id, name FROM s.u WHERE id = :id;\n"
	              "-- name: b :many lock row(u)\nSELECT id, name FROM s.u WHERE name <> '\"\\?\?/';\n",
	              &list);
	buf_init_arena(&header, fixture->arena, 1 << 16);
	buf_init_arena(&source, fixture->arena, 1 << 16);
	sqlgen_emit_header(&module, &header);
	sqlgen_emit_source(&module, &source);
	assert_int_equal(count_of(buf_view(&header), "struct sql_u_row {"), 1);
	assert_int_equal(count_of(buf_view(&header), "struct sql_u_rows {"), 1);
	assert_int_equal(count_of(buf_view(&header), "/* Ends * / early. */"), 1);
	assert_int_equal(count_of(buf_view(&header), "#define sql_a(db, ...)"), 1);
	assert_int_equal(count_of(buf_view(&header), "struct sql_u_rows sql_b(struct tx *tx);"), 1);
	assert_int_equal(count_of(buf_view(&source), "name <> '\\\"\\\\?\\?/'\","), 1);
	assert_int_equal(count_of(buf_view(&source), "\t&b_statement,\n"), 1);
}

/* The parameter's test for NULL is decided in the text, whatever stands around it; other texts keep theirs. */
static void test_emitted_givens(void **state)
{
	struct fixture *fixture = *state;
	struct sqlgen_list list = { 0 };
	struct sqlgen_module module = { .name = STR("m"), .file = STR("x.sql"), .statements = &list };
	struct buf source;

	describe_file(fixture,
	              "-- choice: t kind\n"
	              "-- name: things :page(sku, id | -id) slow row(thing) given(none | i8 | i8, t)\n"
	              "SELECT id, sku, t FROM s.t WHERE b = :b AND (:t?::text IS NULL OR t = :t?)\n"
	              "AND (:i8?::bigint is /* so */ null OR i8 = :i8? AND :i8?::bigint IS NOT NULL);\n",
	              &list);
	buf_init_arena(&source, fixture->arena, 1 << 16);
	sqlgen_emit_source(&module, &source);
	static const struct {
		const char *text;
		int count;
	} in_source[] = {
		{ "b = $1 AND ($2::text IS NULL OR t = $2)\\n\"\n\t\t\"AND ($3::bigint is   null OR i8 = $3 AND "
		  "$3::bigint IS NOT NULL)",
		  5 },
		{ "b = $1 AND (NULL::text IS NULL OR t = NULL)\\n\"\n\t\t\"AND (NULL::bigint is   null OR i8 = NULL "
		  "AND NULL::bigint IS NOT NULL)",
		  2 },
		{ "b = $1 AND (NULL::text IS NULL OR t = NULL)\\n\"\n\t\t\"AND (false OR i8 = $3 AND $3::bigint IS NOT "
		  "NULL)",
		  2 },
		{ "b = $1 AND (false OR t = $2)\\n\"\n\t\t\"AND (false OR i8 = $3 AND $3::bigint IS NOT NULL)", 2 },
		{ "WHERE (page.sku, page.id) > ($4, $5)", 4 },
		{ ".use = SQL_SLOW", 5 },
		{ ".use = SQL_READ", 6 },
		{ "static const struct sql_given things_givens[] = {\n\t{ .params = 0x0, .first = "
		  "&things_given_none_statement, "
		  ".after = &things_given_none_after_statement },\n\t{ .params = 0x4, .first = "
		  "&things_given_i8_statement, "
		  ".after = &things_given_i8_after_statement },\n\t{ .params = 0x6, .first = "
		  "&things_given_i8_t_statement, "
		  ".after = &things_given_i8_t_after_statement },\n};\n",
		  1 },
		{ "\t.givens = things_givens,\n\t.given_count = 3,\n", 1 },
		{ "\t.count = 11,\n", 1 },
	};
	for (size_t i = 0; i < ARRAY_COUNT(in_source); i++) {
		if (count_of(buf_view(&source), in_source[i].text) != in_source[i].count)
			fail_msg("<%s> is not %d times in <%.*s>", in_source[i].text, in_source[i].count,
			         STR_ARG(buf_view(&source)));
	}
}

static void test_emitted_pages(void **state)
{
	struct fixture *fixture = *state;
	struct sqlgen_list list = { 0 };
	struct sqlgen_module module = { .name = STR("m"), .file = STR("x.sql"), .statements = &list };
	struct buf header, source;

	describe_file(fixture,
	              "-- choice: v kind\n"
	              "-- name: things :page(name, id | -p.amount, -id | -p.amount, name, id | name, -p.amount, -id) "
	              "slow row(thing)\n"
	              "SELECT id, t AS name, i8 AS \"p.amount\", v AS \"p.currency\", v FROM s.t WHERE sku = :sku;\n",
	              &list);
	buf_init_arena(&header, fixture->arena, 1 << 16);
	buf_init_arena(&source, fixture->arena, 1 << 16);
	sqlgen_emit_header(&module, &header);
	sqlgen_emit_source(&module, &source);
	static const char *const in_header[] = {
		"struct sql_things_params {\n\tstruct sql_page page;\n\tstruct str sku;\n};\n",
		"\tstruct str name;\n\tstruct money p;\n\tint v;\n};\n",
		"extern const struct sql_list sql_things_list;\n",
		"struct sql_thing_rows sql_things_(struct db *db, const struct sql_things_params *params);\n",
	};
	static const char *const in_source[] = {
		"#include \"x_sql.h\"\n\nextern const struct choice kind_choice;\n",
		".type = SQL_CHOICE, .choice = &kind_choice, .offset = offsetof(struct sql_thing_row, v)",
		"{ .name = \"p.currency\", .type = SQL_CURRENCY, .offset = offsetof(struct sql_thing_row, p) }",
		"\t\t\"SELECT * FROM (\\n\"\n",
		"\t\t\"WHERE (page.name, page.id) > ($2, $3)\\n\"\n\t\t\"ORDER BY page.name, page.id\\n\"\n"
		"\t\t\"LIMIT $4\",\n",
		"WHERE (page.\\\"p.amount\\\", page.id) < ($2, $3)\\n",
		"ORDER BY page.\\\"p.amount\\\" DESC, page.id DESC\\n",
		".type = SQL_TEXT, .offset = offsetof(struct sql_things_params, page.after[0].text)",
		".type = SQL_I64, .offset = offsetof(struct sql_things_params, page.after[0].number)",
		".type = SQL_UUID, .offset = offsetof(struct sql_things_params, page.after[1].id)",
		"{ .name = \"p.amount\", .type = SQL_I64, .offset = offsetof(struct sql_thing_row, p.amount) }",
		"{ .name = \"-p\", .keys = things_by_p_desc_keys, .key_count = 2, "
		".first = &things_by_p_desc_statement, .after = &things_by_p_desc_after_statement }",
		"{ .name = \"-p,name\", .keys = things_by_p_desc_name_keys, .key_count = 3, ",
		"WHERE page.\\\"p.amount\\\" <= $2 AND (page.\\\"p.amount\\\" < $2 OR (page.name >= $3 AND (page.name "
		"> $3 OR page.id > $4)))\\n",
		"ORDER BY page.\\\"p.amount\\\" DESC, page.name, page.id\\n",
		"static const struct sql_value things_total_params[] = {\n\t{ .name = \"sku\",",
		"\"SELECT count(*) AS total FROM (SELECT FROM (\\n\"\n",
		") AS page LIMIT 10001) AS counted\"",
		"\t.total = &things_total_statement,\n",
		"sql_read_page(db, &sql_things_list, &params->page, params, &found.count)",
		"\t.count = 9,\n",
	};
	for (size_t i = 0; i < ARRAY_COUNT(in_header); i++) {
		if (count_of(buf_view(&header), in_header[i]) != 1)
			fail_msg("<%s> is not in <%.*s>", in_header[i], STR_ARG(buf_view(&header)));
	}
	for (size_t i = 0; i < ARRAY_COUNT(in_source); i++) {
		if (!count_of(buf_view(&source), in_source[i]))
			fail_msg("<%s> is not in <%.*s>", in_source[i], STR_ARG(buf_view(&source)));
	}
}

/* Behind the row(r) of this, with its columns id, t, ni, nt, v of a choice, p of money. */
#define ROW_R \
	"-- choice: v kind\n-- name: r :find read row(r)\n" \
	"SELECT id, t, ni, nt, v, i8 AS \"p.amount\", sku AS \"p.currency\" FROM s.t;\n"

static void test_rows_that_do_not_fit_a_write(void **state)
{
	static const struct {
		const char *text, *says;
	} writes[] = {
		{ "from(x)\nDELETE FROM s.t WHERE id = :id;", "a: no statement of the service gives row(x)" },
		{ "from(r)\nDELETE FROM s.t WHERE id = :other;", "a: takes no parameter from row(r)" },
		{ "from(r)\nUPDATE s.t SET i8 = :t WHERE id = :id;", "a: parameter t has another type" },
		{ "from(r)\nUPDATE s.t SET ni = :ni;", "a: parameter ni has another type" },
		{ "from(r)\nUPDATE s.t SET nt = :nt;", "a: parameter nt has another type" },
		{ "from(r)\nUPDATE s.t SET id = :id?;", "a: parameter id has another type" },
		{ "from(r)\nUPDATE s.t SET i8 = :p;", "a: parameter p has another type" },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_COUNT(writes); i++) {
		const struct sqlgen_statement *culprit;
		struct sqlgen_list list = { 0 };
		struct sqlgen_error error;

		forget_statements(fixture);
		read_file(fixture, str_printf(fixture->arena, ROW_R "-- name: a :exec write %s\n", writes[i].text),
		          &list);
		for (size_t k = 0; k < list.count; k++)
			assert_int_equal(sqlgen_describe(fixture->arena, fixture->conn, list.items[k], &error), 0);
		assert_int_equal(sqlgen_check_from(&list, &culprit, &error), -1);
		assert_ptr_equal(culprit, list.items[1]);
		assert_int_equal(error.line, 4);
		assert_int_equal(strncmp(error.message, writes[i].says, strlen(writes[i].says)), 0);
	}
}

static void test_writes_from_a_row(void **state)
{
	static const char *const in_header[] = {
		"struct sql_r_row;\nvoid sql_a(struct tx *tx, const struct sql_r_row *row);\n",
		"struct sql_b_params {\n\tint64_t now;\n};\n",
		"void sql_b_(struct tx *tx, const struct sql_r_row *row, const struct sql_b_params *params);\n",
		"#define sql_b(tx, row, ...) sql_b_((tx), (row), &(struct sql_b_params){ __VA_ARGS__ })\n",
	};
	static const char *const in_source[] = {
		"struct sql_b_sent {\n\tstruct str nt;\n\tint64_t now;\n\tstruct money p;\n\tint v;\n};\n",
		"static const struct sql_value b_params[] = {\n",
		".offset = offsetof(struct sql_b_sent, now) },\n",
		".type = SQL_CURRENCY, .offset = offsetof(struct sql_b_sent, p) },\n",
		("\t\t.nt = row->nt,\n\t\t.now = params->now,\n\t\t.p = row->p,\n\t\t.v = row->v,\n\t};\n\n"
		 "\tsql_in_tx(tx, &b_statement, &sent, NULL);\n"),
	};
	struct fixture *fixture = *state;
	struct sqlgen_list list = { 0 };
	struct sqlgen_module module = { .name = STR("m"), .file = STR("x.sql"), .statements = &list };
	const struct sqlgen_statement *culprit;
	struct sqlgen_error error;
	struct buf header, source;

	describe_file(fixture,
	              ROW_R "-- name: a :exec write from(r)\nDELETE FROM s.t WHERE id = :id AND ni = :ni?;\n"
	                    "-- name: b :expect(1) write from(r)\nUPDATE s.t SET nt = :nt?, at = :now,\n"
	                    "i8 = :p.amount, t = :p.currency, v = :v;\n",
	              &list);
	assert_int_equal(sqlgen_check_from(&list, &culprit, &error), 0);
	buf_init_arena(&header, fixture->arena, 1 << 16);
	buf_init_arena(&source, fixture->arena, 1 << 16);
	sqlgen_emit_header(&module, &header);
	sqlgen_emit_source(&module, &source);
	assert_int_equal(count_of(buf_view(&header), "struct sql_a_params"), 0);
	for (size_t i = 0; i < ARRAY_COUNT(in_header); i++) {
		if (count_of(buf_view(&header), in_header[i]) != 1)
			fail_msg("<%s> is not in <%.*s>", in_header[i], STR_ARG(buf_view(&header)));
	}
	for (size_t i = 0; i < ARRAY_COUNT(in_source); i++) {
		if (count_of(buf_view(&source), in_source[i]) != 1)
			fail_msg("<%s> is not in <%.*s>", in_source[i], STR_ARG(buf_view(&source)));
	}
}

/* The first file that gives a row has its struct; the others include that file's header. */
static void test_rows_across_files(void **state)
{
	struct fixture *fixture = *state;
	struct sqlgen_list list = { 0 };
	struct sqlgen_error error;
	struct buf one, other;

	forget_statements(fixture);
	assert_int_equal(sqlgen_read(fixture->arena, STR("packages/p/a.sql"),
	                             STR("-- name: a :find read row(u)\nSELECT id, name FROM s.u;\n"), &list, &error),
	                 0);
	assert_int_equal(sqlgen_read(fixture->arena, STR("services/n/b.sql"),
	                             STR("-- name: b :many read row(u)\nSELECT id, name FROM s.u;\n"), &list, &error),
	                 0);
	for (size_t i = 0; i < list.count; i++)
		assert_int_equal(sqlgen_describe(fixture->arena, fixture->conn, list.items[i], &error), 0);
	buf_init_arena(&one, fixture->arena, 1 << 16);
	buf_init_arena(&other, fixture->arena, 1 << 16);
	sqlgen_emit_header(&(struct sqlgen_module){ STR("a"), STR("packages/p/a.sql"), &list }, &one);
	sqlgen_emit_header(&(struct sqlgen_module){ STR("b"), STR("services/n/b.sql"), &list }, &other);
	assert_int_equal(count_of(buf_view(&one), "struct sql_u_row {"), 1);
	assert_int_equal(count_of(buf_view(&one), "struct sql_u_rows {"), 1);
	assert_int_equal(count_of(buf_view(&one), "_sql.h"), 0);
	assert_int_equal(count_of(buf_view(&one), "sql_b("), 0);
	assert_int_equal(count_of(buf_view(&other), "#include \"p/a_sql.h\"\n#include \"db/sql.h\"\n"), 1);
	assert_int_equal(count_of(buf_view(&other), "struct sql_u_rows {"), 0);
	assert_int_equal(count_of(buf_view(&other), "struct sql_u_rows sql_b(struct db *db);"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_batches),
		cmocka_unit_test(test_shared_rows),
		cmocka_unit_test(test_choices_need_a_text_and_a_use),
		cmocka_unit_test(test_emitted_text),
		cmocka_unit_test(test_emitted_pages),
		cmocka_unit_test(test_emitted_givens),
		cmocka_unit_test(test_rows_that_do_not_fit_a_write),
		cmocka_unit_test(test_writes_from_a_row),
		cmocka_unit_test(test_rows_across_files),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
