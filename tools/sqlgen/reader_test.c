/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/test.h"
#include "tools/sqlgen/reader.h"

struct fixture {
	struct arena *arena;
	struct sqlgen_list list;
	struct sqlgen_error error;
};

static int setup(void **state)
{
	struct fixture *fixture = test_calloc(1, sizeof(*fixture));

	fixture->arena = arena_new(1 << 16, 1 << 24, NULL, NULL);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	arena_free(fixture->arena);
	test_free(fixture);
	return 0;
}

static void reset(struct fixture *fixture)
{
	arena_reset(fixture->arena);
	fixture->list = (struct sqlgen_list){ 0 };
	fixture->error = (struct sqlgen_error){ 0 };
}

static int read_text(struct fixture *fixture, const char *text)
{
	return sqlgen_read(fixture->arena, STR("x.sql"), str_from(text), &fixture->list, &fixture->error);
}

static void assert_text(const char *name, struct str got, const char *wanted)
{
	if (!str_eq(got, str_from(wanted)))
		fail_msg("%s: got <%.*s>, wanted <%s>", name, STR_ARG(got), wanted);
}

/* "id,name?" */
static struct str params_text(struct arena *arena, const struct sqlgen_statement *statement)
{
	struct buf out;

	buf_init_arena(&out, arena, 4096);
	buf_str(&out, STR(""));
	for (size_t i = 0; i < statement->param_count; i++)
		buf_printf(&out, "%s%.*s%s", i ? "," : "", STR_ARG(statement->params[i].name),
		           statement->params[i].nullable ? "?" : "");
	return out.len ? buf_view(&out) : STR("");
}

/* The one statement of a file with this heading and text. */
static const struct sqlgen_statement *read_one(struct fixture *fixture, const char *name, const char *heading,
                                               const char *text)
{
	reset(fixture);
	struct str file = str_printf(fixture->arena, "-- name: %s\n%s\n;\n", heading, text);
	if (sqlgen_read(fixture->arena, STR("x.sql"), file, &fixture->list, &fixture->error) != 0)
		fail_msg("%s: line %d: %s", name, fixture->error.line, fixture->error.message);
	assert_int_equal(fixture->list.count, 1);
	return fixture->list.items[0];
}

/* ---- Texts and parameters ----------------------------------------------------------------------------------- */

static const struct {
	const char *name, *text, *wanted, *params;
} texts[] = {
	{ "no parameter", "SELECT 1", "SELECT 1", "" },
	{ "one", "SELECT :a", "SELECT $1", "a" },
	{ "in order of use, twice the same", "SELECT :b, :a, :b", "SELECT $1, $2, $1", "b,a" },
	{ "nullable in one place is nullable", "SELECT :a, :b?, :a?", "SELECT $1, $2, $1", "a?,b?" },
	{ "digits and underscores", "SELECT :a_1", "SELECT $1", "a_1" },
	{ "casts", "SELECT :a::text, b::uuid[], ':x'::text", "SELECT $1::text, b::uuid[], ':x'::text", "a" },
	{ "cast of a nullable one", "SELECT :a?::text", "SELECT $1::text", "a?" },
	{ "words do not grow together", "SELECT 1 IN(:a), 2 AND:b?2, :a?:b", "SELECT 1 IN($1), 2 AND $2 2, $1 $2",
	  "a?,b?" },
	{ "a dollar before a name", "SELECT $:a", "SELECT $ $1", "a" },
	{ "question mark operator", "SELECT d ? :key, d ?| :keys", "SELECT d ? $1, d ?| $2", "key,keys" },
	{ "string", "SELECT 'a :b c'", "SELECT 'a :b c'", "" },
	{ "doubled quote", "SELECT 'it''s :b', :a", "SELECT 'it''s :b', $1", "a" },
	{ "backslash is plain in a string", "SELECT 'a\\', :a", "SELECT 'a\\', $1", "a" },
	{ "backslash in an E string", "SELECT E'a\\':b', :a", "SELECT E'a\\':b', $1", "a" },
	{ "lower case e string", "SELECT e'\\\\', :a", "SELECT e'\\\\', $1", "a" },
	{ "a name that ends in e is no E string", "SELECT date'\\', :a", "SELECT date'\\', $1", "a" },
	{ "unicode string", "SELECT U&'\\0061:x', :a", "SELECT U&'\\0061:x', $1", "a" },
	{ "quoted name", "SELECT \"a :b\"\"c\", :a", "SELECT \"a :b\"\"c\", $1", "a" },
	{ "dollar quotes", "SELECT $$a :b ; 'c$$, :a", "SELECT $$a :b ; 'c$$, $1", "a" },
	{ "tagged dollar quotes", "SELECT $x$a $$ :b $y$ $x$, :a", "SELECT $x$a $$ :b $y$ $x$, $1", "a" },
	{ "a dollar inside a name", "SELECT a$b$c, :d", "SELECT a$b$c, $1", "d" },
	{ "line comment", "SELECT 1, -- :b ' \" $$\n\t:a", "SELECT 1,\n\t$1", "a" },
	{ "comment at the end", "SELECT :a -- done", "SELECT $1", "a" },
	{ "block comment", "SELECT /* :b ' */ :a", "SELECT   $1", "a" },
	{ "nested comments", "SELECT/* /* :b */ :c */:a", "SELECT $1", "a" },
	{ "a comment keeps words apart", "SELECT/**/1", "SELECT 1", "" },
	{ "comment mark in a string", "SELECT '--', '/*', :a", "SELECT '--', '/*', $1", "a" },
	{ "empty lines go", "SELECT 1,\n\n  \n\t2", "SELECT 1,\n\t2", "" },
	{ "lines in a string stay", "SELECT 'a\n\n b ', 2", "SELECT 'a\n\n b ', 2", "" },
	{ "carriage returns", "SELECT 1,\r\n\t:a", "SELECT 1,\n\t$1", "a" },
	{ "a colon alone", "SELECT a[1: 2], a[:n]", "SELECT a[1: 2], a[$1]", "n" },
	{ "money", "SELECT :a.amount, :b, :a.currency, :a.amount", "SELECT $1, $2, $3, $1", "a.amount,b,a.currency" },
	{ "half a nullable sum is all of it", "SELECT :a.amount?, :a.currency", "SELECT $1, $2",
	  "a.amount?,a.currency?" },
	{ "a dot that is no name's", "SELECT (:a).b, :c.", "SELECT ($1).b, $2.", "a,c" },
	{ "numbers", "SELECT 1e5, 1.5, .5, :a", "SELECT 1e5, 1.5, .5, $1", "a" },
	{ "a name with a NOT ASCII letter", "SELECT größe, :a", "SELECT größe, $1", "a" },
	{ "count(*) and products", "SELECT count(*), a * b, (a) * 2", "SELECT count(*), a * b, (a) * 2", "" },
};

static void test_texts(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
		const struct sqlgen_statement *statement =
		        read_one(fixture, texts[i].name, "s :exec write", texts[i].text);

		assert_text(texts[i].name, statement->text, texts[i].wanted);
		assert_text(texts[i].name, params_text(fixture->arena, statement), texts[i].params);
	}
}

#define CHECKED(count) \
	"\nRETURNING 1)\nSELECT CASE WHEN count(*) = " count " THEN 0 ELSE stoa.expect_failed('s') END\nFROM touched"

static const struct {
	const char *name, *heading, *text, *wanted, *params;
} expects[] = {
	{ "a number", "s :expect(2) write", "UPDATE t SET a = :a", "WITH touched AS (UPDATE t SET a = $1" CHECKED("2"),
	  "a" },
	{ "a parameter", "s :expect(:n) write", "DELETE FROM t WHERE a = :a",
	  "WITH touched AS (DELETE FROM t WHERE a = $1" CHECKED("$2::bigint"), "a,n" },
	{ "a parameter in use", "s :expect(:a) write", "DELETE FROM t WHERE a = :a",
	  "WITH touched AS (DELETE FROM t WHERE a = $1" CHECKED("$1::bigint"), "a" },
	{ "own WITH", "s :expect(1) write", "WITH x AS (SELECT 1)\nINSERT INTO t (a) SELECT b FROM x",
	  "WITH x AS (SELECT 1),\ntouched AS (INSERT INTO t (a) SELECT b FROM x" CHECKED("1"), "" },
	{ "own WITH that writes", "s :expect(1) write",
	  "WITH x AS (DELETE FROM u RETURNING b) INSERT INTO t SELECT b FROM x",
	  "WITH x AS (DELETE FROM u RETURNING b),\ntouched AS (INSERT INTO t SELECT b FROM x" CHECKED("1"), "" },
	{ "comment at the end", "s :expect(1) write", "DELETE FROM t -- all",
	  "WITH touched AS (DELETE FROM t" CHECKED("1"), "" },
};

static void test_expects(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_COUNT(expects); i++) {
		const struct sqlgen_statement *statement =
		        read_one(fixture, expects[i].name, expects[i].heading, expects[i].text);

		assert_int_equal(statement->rows, SQL_EXPECT);
		assert_text(expects[i].name, statement->text, expects[i].wanted);
		assert_text(expects[i].name, params_text(fixture->arena, statement), expects[i].params);
	}
}

/* ---- Headings and comments ------------------------------------------------------------------------------------ */

static const struct {
	const char *heading;
	enum sql_rows rows;
	enum sql_use use;
	const char *name, *row;
} headings[] = {
	{ "a :find read", SQL_FIND, SQL_READ, "a", "a" },
	{ "a_b2  :many   slow ", SQL_MANY, SQL_SLOW, "a_b2", "a_b2" },
	{ "a :find write row(thing)", SQL_FIND, SQL_WRITE, "a", "thing" },
	{ "a :many lock", SQL_MANY, SQL_LOCK, "a", "a" },
	{ "a_get :get read row(a)", SQL_GET, SQL_READ, "a_get", "a" },
	{ "a_lock :get lock", SQL_GET, SQL_LOCK, "a_lock", "a_lock" },
	{ "a_find :find slow", SQL_FIND, SQL_SLOW, "a_find", "a_find" },
	{ "get :many read", SQL_MANY, SQL_READ, "get", "get" },
	{ "a :exec lock", SQL_EXEC, SQL_LOCK, "a", "a" },
	{ "a :exec write\r", SQL_EXEC, SQL_WRITE, "a", "a" },
};

static void test_headings(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_COUNT(headings); i++) {
		const struct sqlgen_statement *statement =
		        read_one(fixture, headings[i].heading, headings[i].heading, "SELECT 1");

		assert_int_equal(statement->rows, headings[i].rows);
		assert_int_equal(statement->use, headings[i].use);
		assert_text("name", statement->name, headings[i].name);
		assert_text("row", statement->row, headings[i].row);
	}
}

static void test_files_with_comments(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(read_text(fixture, "-- A heading.\n/* And more. */\n\n"
	                                    "-- name: a :find read\n-- First.\n--\n--  Indented. \nSELECT 1;\n"
	                                    "-- Between.\n-- name: b :find read\n\n-- Not this.\nSELECT 2; -- end\n"
	                                    "-- name: c :find read\nSELECT 3;"),
	                 0);
	assert_int_equal(fixture->list.count, 3);
	const struct sqlgen_statement *first = fixture->list.items[0];
	assert_int_equal(first->doc_count, 3);
	assert_text("doc", first->doc[0], "First.");
	assert_text("doc", first->doc[1], "");
	assert_text("doc", first->doc[2], " Indented.");
	assert_int_equal(first->line, 4);
	assert_int_equal(fixture->list.items[1]->doc_count, 0);
	assert_text("text", fixture->list.items[1]->text, "SELECT 2");
	assert_int_equal(fixture->list.items[2]->line, 14);
}

static void test_nothing_to_read(void **state)
{
	struct fixture *fixture = *state;
	static const char *const files[] = { "", "\n", "-- only a comment", "/* x */" };

	for (size_t i = 0; i < ARRAY_COUNT(files); i++) {
		assert_int_equal(read_text(fixture, files[i]), 0);
		assert_int_equal(fixture->list.count, 0);
	}
}

static void test_lines(void **state)
{
	struct fixture *fixture = *state;
	const struct sqlgen_statement *statement =
	        read_one(fixture, "lines", "s :expect(1) write", "-- doc\nUPDATE t\n\n-- gone\nSET a = :a");
	const char *text = statement->text.ptr;

	assert_int_equal(sqlgen_line_at(statement, 0), 1);
	assert_int_equal(sqlgen_line_at(statement, (size_t)(strstr(text, "UPDATE") - text)), 3);
	assert_int_equal(sqlgen_line_at(statement, (size_t)(strstr(text, "SET") - text)), 6);
	assert_int_equal(sqlgen_line_at(statement, (size_t)(strstr(text, "SET") - text - 2)), 3);
	assert_int_equal(sqlgen_line_at(statement, statement->text.len), 6);
}

/* ---- Outer joins ------------------------------------------------------------------------------------------------ */

static const struct {
	const char *text, *tables; /* "*": everything */
} outers[] = {
	{ "SELECT a FROM s.t JOIN s.u ON true", "" },
	{ "SELECT left(a, 1), right(b, 2) FROM s.t", "" },
	{ "SELECT a FROM s.t -- LEFT JOIN s.u ON true", "" },
	{ "SELECT a FROM s.t LEFT JOIN s.u ON true", "s.u" },
	{ "SELECT a FROM s.t left outer join S.U AS x USING (id)", "s.u" },
	{ "SELECT a FROM s.t LEFT JOIN s.u ON true LEFT JOIN s.v AS v ON true JOIN s.w ON true", "s.u,s.v" },
	{ "SELECT a FROM s.t JOIN (SELECT b FROM s.u LEFT JOIN s.v ON true) x ON true", "s.v" },
	{ "SELECT a FROM s.t LEFT JOIN s.u JOIN s.v ON true ON true", "*" },
	{ "SELECT a FROM s.t LEFT JOIN u ON true", "*" },
	{ "SELECT a FROM s.t LEFT JOIN \"s\".u ON true", "*" },
	{ "SELECT a FROM s.t LEFT JOIN (SELECT b FROM s.u) x ON true", "*" },
	{ "SELECT a FROM s.t LEFT JOIN LATERAL (SELECT b FROM s.u) x ON true", "*" },
	{ "SELECT a FROM s.t NATURAL LEFT JOIN s.u", "*" },
	{ "SELECT a FROM s.t RIGHT JOIN s.u ON true", "*" },
	{ "SELECT a FROM s.t FULL OUTER JOIN s.u ON true", "*" },
	{ "SELECT a, count(*) FROM s.t GROUP BY ROLLUP (a)", "*" },
	{ "SELECT a, count(*) FROM s.t GROUP BY GROUPING SETS ((a), ())", "*" },
};

static void test_outer_joins(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_COUNT(outers); i++) {
		const struct sqlgen_statement *statement =
		        read_one(fixture, outers[i].text, "s :many read", outers[i].text);
		struct buf tables;

		buf_init_arena(&tables, fixture->arena, 256);
		buf_str(&tables, STR(""));
		for (size_t k = 0; k < statement->outer_count; k++)
			buf_printf(&tables, "%s%.*s", k ? "," : "", STR_ARG(statement->outer_tables[k]));
		if (statement->outer)
			assert_text(outers[i].text, STR("*"), outers[i].tables);
		else
			assert_text(outers[i].text, tables.len ? buf_view(&tables) : STR(""), outers[i].tables);
	}
}

/* ---- Fragments ------------------------------------------------------------------------------------------------ */

static const struct {
	const char *name, *fragment, *text, *wanted, *params;
} fragments[] = {
	{ "once", "\nFROM t WHERE a = :a\n", "SELECT 1 :{f}", "SELECT 1 FROM t WHERE a = $1", "a" },
	{ "twice, with the same parameters", "\n:a + :b?\n", "SELECT :{f}, :b, :{f}", "SELECT $1 + $2 , $2, $1 + $2",
	  "a,b?" },
	{ "words do not grow together", " AND true ", "SELECT true:{f}AND false", "SELECT true AND true AND false",
	  "" },
	{ "its comments go", "\n-- why\na -- what\n", "SELECT :{f} FROM t", "SELECT a FROM t", "" },
	{ "not in strings", "1", "SELECT ':{f}', :{f}", "SELECT ':{f}', 1", "" },
	{ "nothing else is one", "1", "SELECT :{f}, '{}', :{ f}", "SELECT 1 , '{}', :{ f}", "" },
	{ "a semicolon in a string", "';'", "SELECT :{f}", "SELECT ';'", "" },
};

static void test_fragments(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_COUNT(fragments); i++) {
		const char *name = fragments[i].name;

		reset(fixture);
		struct str file = str_printf(fixture->arena, "-- fragment: f\n%s;\n-- name: s :exec write\n%s;\n",
		                             fragments[i].fragment, fragments[i].text);
		if (sqlgen_read(fixture->arena, STR("x.sql"), file, &fixture->list, &fixture->error) != 0)
			fail_msg("%s: line %d: %s", name, fixture->error.line, fixture->error.message);
		assert_int_equal(fixture->list.count, 1);
		assert_text(name, fixture->list.items[0]->text, fragments[i].wanted);
		assert_text(name, params_text(fixture->arena, fixture->list.items[0]), fragments[i].params);
	}
}

/* An error in what came from a fragment is an error of the fragment's line. */
static void test_lines_of_fragments(void **state)
{
	struct fixture *fixture = *state;
	const struct sqlgen_statement *statement;

	assert_int_equal(
	        read_text(fixture, "-- fragment: f\nb,\nc;\n\n-- name: s :find read\nSELECT a,\n:{f}\nFROM t;"), 0);
	statement = fixture->list.items[0];
	assert_text("text", statement->text, "SELECT a,\nb,\nc\nFROM t");
	for (size_t i = 0; i < statement->text.len; i++) {
		static const struct {
			char byte;
			int line;
		} at[] = { { 'S', 6 }, { 'b', 2 }, { 'c', 3 }, { 'F', 8 } };

		for (size_t k = 0; k < ARRAY_COUNT(at); k++) {
			if (statement->text.ptr[i] == at[k].byte)
				assert_int_equal(sqlgen_line_at(statement, i), at[k].line);
		}
	}
}

/* Few bytes must not unfold to many. */
static void test_fragments_have_a_ceiling(void **state)
{
	struct fixture *fixture = *state;
	struct buf text;

	buf_init_arena(&text, fixture->arena, SQLGEN_FILE_MAX);
	buf_str(&text, STR("-- fragment: f\n'"));
	for (int i = 0; i < SQLGEN_FILE_MAX / 64; i++)
		buf_char(&text, 'x');
	buf_str(&text, STR("';\n-- name: s :find read\nSELECT 1"));
	for (int i = 0; i < 64; i++)
		buf_str(&text, STR(",:{f}"));
	buf_char(&text, ';');
	assert_int_equal(sqlgen_read(fixture->arena, STR("x.sql"), buf_view(&text), &fixture->list, &fixture->error),
	                 -1);
	assert_non_null(strstr(fixture->error.message, "unfolds to more than a megabyte"));
}

/* ---- Pages and choices ------------------------------------------------------------------------------------------ */

/* "name:name,id -updated_at:-updated_at,-id", stems below. */
static const struct {
	const char *keys, *orders, *stems;
} pages[] = {
	{ "id", "id:id", "s_by_id" },
	{ "name, id | -updated_at, -id", "name:name,id -updated_at:-updated_at,-id", "s_by_name s_by_updated_at_desc" },
	{ " name,id|-name , -id ", "name:name,id -name:-name,-id", "s_by_name s_by_name_desc" },
	{ "price.amount, id", "price:price.amount,id", "s_by_price" },
	{ "name=sort_name, id | -name=sort_name, -id", "name:sort_name,id -name:-sort_name,-id",
	  "s_by_name s_by_name_desc" },
	{ "a, b, id | -a, b, id | a | -price.amount, name=sort_name, -b, -id",
	  "a,b:a,b,id -a,b:-a,b,id a:a -price,name,-b:-price.amount,sort_name,-b,-id",
	  "s_by_a_b s_by_a_desc_b s_by_a s_by_price_desc_name_b_desc" },
};

static void put_order(struct buf *out, const struct sqlgen_order *order)
{
	buf_printf(out, "%s%.*s:", out->len ? " " : "", STR_ARG(order->name));
	for (size_t k = 0; k < order->key_count; k++)
		buf_printf(out, "%s%s%.*s", k ? "," : "", order->keys[k].descending ? "-" : "",
		           STR_ARG(order->keys[k].name));
}

static void test_pages(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_COUNT(pages); i++) {
		char heading[128];
		struct buf orders, stems;

		snprintf(heading, sizeof(heading), "s :page(%s) slow row(thing)", pages[i].keys);
		const struct sqlgen_statement *statement =
		        read_one(fixture, heading, heading, "SELECT a, (SELECT b FROM u ORDER BY b LIMIT 1) FROM t");
		buf_init_arena(&orders, fixture->arena, 256);
		buf_init_arena(&stems, fixture->arena, 256);
		assert_int_equal(statement->rows, SQL_MANY);
		assert_text("row", statement->row, "thing");
		for (size_t k = 0; k < statement->order_count; k++) {
			put_order(&orders, &statement->orders[k]);
			buf_printf(&stems, "%s%.*s", k ? " " : "", STR_ARG(statement->orders[k].stem));
		}
		assert_text(pages[i].keys, buf_view(&orders), pages[i].orders);
		assert_text(pages[i].keys, buf_view(&stems), pages[i].stems);
	}
}

/* A choice is of its whole file, whatever stands above it, and of no other file. */
static void test_choices(void **state)
{
	struct fixture *fixture = *state;
	const struct sqlgen_choices *choices;

	assert_int_equal(read_text(fixture, "-- name: a :find read\nSELECT 1;\n-- choice: status order_status\n"
	                                    "--  Not this.\n-- choice:  kind   item_kind \n"),
	                 0);
	assert_int_equal(sqlgen_read(fixture->arena, STR("y.sql"), STR("-- name: b :find read\nSELECT 1;"),
	                             &fixture->list, &fixture->error),
	                 0);
	choices = fixture->list.items[0]->choices;
	assert_int_equal(choices->count, 2);
	assert_text("name", choices->items[0].name, "status");
	assert_text("table", choices->items[0].table, "order_status");
	assert_int_equal(choices->items[0].line, 3);
	assert_text("name", choices->items[1].name, "kind");
	assert_text("table", choices->items[1].table, "item_kind");
	assert_int_equal(fixture->list.items[1]->choices->count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_texts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_expects, setup, teardown),
		cmocka_unit_test_setup_teardown(test_headings, setup, teardown),
		cmocka_unit_test_setup_teardown(test_files_with_comments, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing_to_read, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_outer_joins, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fragments, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lines_of_fragments, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fragments_have_a_ceiling, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_choices, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
