/* SPDX-License-Identifier: Apache-2.0 */
/* What the reader refuses: at which line, and in which words. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/test.h"
#include "tools/sqlgen/lex.h"
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

/* ---- Refusals ------------------------------------------------------------------------------------------------- */

static const struct {
	const char *text;
	int line;
	const char *message; /* part of it */
} refusals[] = {
	{ "SELECT 1;", 1, "outside of any statement" },
	{ "--name: a :find read\nSELECT 1;", 2, "outside of any statement" },
	{ "-- name: a :find read\nSELECT 1; SELECT 2;", 2, "outside of any statement" },
	{ "-- name:\nSELECT 1;", 1, "cannot be a statement's name" },
	{ "-- name: A :find read\nSELECT 1;", 1, "cannot be a statement's name" },
	{ "-- name: a-b :find read\nSELECT 1;", 1, "cannot be a statement's name" },
	{ "-- name: switch :find read\nSELECT 1;", 1, "cannot be a statement's name" },
	{ "-- name: system :find read\nSELECT 1;", 1, "cannot be a statement's name" },
	{ "-- name: read :find read\nSELECT 1;", 1, "cannot be a statement's name" },
	{ "-- name: a1234567890123456789012345678901234567890123456789012345678901234567890 :find read\nSELECT 1;", 1,
	  "cannot be a statement's name" },
	{ "-- name: a\nSELECT 1;", 1, "a: after the name comes" },
	{ "-- name: a :two read\nSELECT 1;", 1, "a: after the name comes" },
	{ "-- name: a :expect() write\nDELETE FROM t;", 1, "a: after the name comes" },
	{ "-- name: a :expect(-1) write\nDELETE FROM t;", 1, "a: after the name comes" },
	{ "-- name: a :expect(1;drop) write\nDELETE FROM t;", 1, "a: after the name comes" },
	{ "-- name: a :expect(:) write\nDELETE FROM t;", 1, "a: after the name comes" },
	{ "-- name: a :expect(:Int) write\nDELETE FROM t;", 1, "a: after the name comes" },
	{ "-- name: a :find\nSELECT 1;", 1, "a: after the cardinality" },
	{ "-- name: a :find reads\nSELECT 1;", 1, "a: after the cardinality" },
	{ "-- name: a :find read row()\nSELECT 1;", 1, "a: after the use" },
	{ "-- name: a :find read row(int)\nSELECT 1;", 1, "a: after the use" },
	{ "-- name: a :find read more\nSELECT 1;", 1, "a: after the use" },
	{ "-- name: a :find read row(b) more\nSELECT 1;", 1, "a: after the use" },
	{ "-- name: a :exec write from()\nDELETE FROM t;", 1, "a: after the use" },
	{ "-- name: a :exec write from(b) row(b)\nDELETE FROM t;", 1, "a: after the use" },
	{ "-- name: a :find read from(b)\nSELECT 1;", 1, "a: from(row) is of :exec and :expect(n)" },
	{ "-- name: a :many write from(b)\nDELETE FROM t RETURNING 1;", 1, "a: from(row) is of :exec and :expect(n)" },
	{ "-- name: a :exec read\nSELECT 1;", 1, "a: a read gives" },
	{ "-- name: a :one read\nSELECT 1;", 1, "a: after the name comes" },
	{ "-- name: a_get :find read\nSELECT 1;", 1, "a_get: a name that ends in _get is of a :get" },
	{ "-- name: a_get :many read\nSELECT 1;", 1, "a_get: a name that ends in _get is of a :get" },
	{ "-- name: a_find :get read\nSELECT 1;", 1, "a_find: a name that ends in _find is of a :find" },
	{ "-- name: a :find read\nSELECT :p.amount;", 1, "a: parameter p.amount has no p.currency beside it" },
	{ "-- name: a :find read\nSELECT :p.currency;", 1, "a: parameter p.currency has no p.amount beside it" },
	{ "-- name: a :find read\nSELECT :p, :p.amount, :p.currency;", 1, "a: a parameter is called p, and so is" },
	{ "-- name: a :find read\nSELECT\n:p.cents;", 3, "a: \"p.cents\" cannot be a parameter's name; a dot is of" },
	{ "-- name: a :find read\nSELECT :int.amount;", 2, "a: \"int.amount\" cannot be a parameter's name" },
	{ "-- choice: status\n", 1, "after `-- choice:` comes" },
	{ "-- choice: Status order_status\n", 1, "after `-- choice:` comes" },
	{ "-- choice: status order_status more\n", 1, "after `-- choice:` comes" },
	{ "-- choice: a b\n-- choice: a c\n", 2, "this name has a choice already" },
	{ "-- name: a :find read\n-- choice: a b\nSELECT 1;", 2, "a: ends without a semicolon" },
	{ "-- name: a :page() read\nSELECT 1;", 1, "a: a key is a column's name" },
	{ "-- name: a :page read\nSELECT 1;", 1, "a: after the name comes" },
	{ "-- name: a :page(id read\nSELECT 1;", 1, "a: after the name comes" },
	{ "-- name: a :page(id,) read\nSELECT 1;", 1, "a: a key is a column's name" },
	{ "-- name: a :page(id |) read\nSELECT 1;", 1, "a: a key is a column's name" },
	{ "-- name: a :page(p.currency) read\nSELECT 1;", 1, "a: a key is a column's name" },
	{ "-- name: a :page(=id) read\nSELECT 1;", 1, "a: what a key is called is a word" },
	{ "-- name: a :page(id, a b=name) read\nSELECT 1;", 1, "a: what a key is called is a word" },
	{ "-- name: a :page(id=) read\nSELECT 1;", 1, "a: a key is a column's name" },
	{ "-- name: a :page(name, -id) read\nSELECT 1;", 1, "a: the last key goes the way of the one before it" },
	{ "-- name: a :page(id, id) read\nSELECT 1;", 1, "a: a key stands twice" },
	{ "-- name: a :page(a, b, c, d, e) read\nSELECT 1;", 1, "a: an order has at most 4 keys" },
	{ "-- name: a :page(a|b|c|d|e|f|g|h|i) read\nSELECT 1;", 1, "a: a list has at most 8 orders" },
	{ "-- name: a :page(name, id | name, at) read\nSELECT 1;", 1, "a: two orders are called the same" },
	{ "-- name: a :page(a12345678901234567890123456789012345678901234567) read\nSELECT 1;", 1,
	  "a: the statement's name and its keys' are too long" },
	{ "-- name: a_get :page(id) read\nSELECT 1;", 1, "a_get: a name that ends in _get is of a :get" },
	{ "-- name: a :page(id) lock\nSELECT 1;", 1, "a: :page is of read or slow" },
	{ "-- name: a :page(id) read\nVALUES (1);", 1, "a: :page stands over a SELECT" },
	{ "-- name: a :page(id) read\nSELECT id FROM t\nORDER BY id;", 3, "a: no ORDER in a :page" },
	{ "-- name: a :page(id) read\nSELECT id FROM t LIMIT 5;", 2, "a: no LIMIT in a :page" },
	{ "-- name: a :page(id) read\nSELECT id FROM t FETCH FIRST ROW ONLY;", 2, "a: no FETCH in a :page" },
	{ "-- name: a :page(id) read\nSELECT id FROM t OFFSET 1;", 2, "a: no OFFSET in a :page" },
	{ "-- name: a :page(id) read\nSELECT id FROM t WHERE a = :page;", 2, "a: page is what a :page takes" },
	{ "-- name: a :page(id) slow given(b) more\nSELECT 1;", 1, "a: after the use nothing comes but" },
	{ "-- name: a :page(id) slow row(b) given\nSELECT 1;", 1, "a: after the use nothing comes but" },
	{ "-- name: a :many read row(b) given(c)\nSELECT 1;", 1, "a: given(..) is of a :page" },
	{ "-- name: a :page(id) slow row(b) given()\nSELECT 1;", 1, "a: what is given is a parameter, once" },
	{ "-- name: a :page(id) slow row(b) given(c, c)\nSELECT 1;", 1, "a: what is given is a parameter, once" },
	{ "-- name: a :page(id) slow row(b) given(c | none | c)\nSELECT 1;", 1, "a: the same is given twice" },
	{ "-- name: a :page(id) slow row(b) given(c)\nSELECT :d?::int;", 1,
	  "a: what is given is a parameter that may be NULL" },
	{ "-- name: a :page(id) slow row(b) given(c)\nSELECT :c::int;", 1,
	  "a: what is given is a parameter that may be NULL" },
	{ "-- name: a :page(id) slow row(b) given(a|b|c|d|e|f|g|h|i)\nSELECT 1;", 1, "a: too many combinations" },
	{ "-- name: a :page(id) slow row(b) given(a1234567890123456789012345678901234567890123456789012)\nSELECT 1;", 1,
	  "a: the statement's name and what is given are too long" },
	{ "-- name: a :expect(1) slow\nDELETE FROM t;", 1, "a: a read gives" },
	{ "-- name: a :find read\nSELECT 1;\n-- name: a :find read\nSELECT 1;", 3, "a: is already at x.sql:1" },
	{ "-- name: a :find read\nSELECT 1", 2, "a: ends without a semicolon" },
	{ "-- name: a :find read\nSELECT 1\n-- name: b :find read\nSELECT 2;", 3, "a: ends without a semicolon" },
	{ "-- name: a :find read\n;", 1, "a: no SELECT" },
	{ "-- name: a :find read\n-- nothing\n;", 1, "a: no SELECT" },
	{ "-- name: a :exec write\nTRUNCATE t;", 1, "a: no SELECT" },
	{ "-- name: a :find read\nSELECT (1;", 2, "a: parentheses" },
	{ "-- name: a :find read\nSELECT 1);", 2, "a: parentheses" },
	{ "-- name: a :find read\nSELECT\n'x;", 3, "a: this quote or comment never ends" },
	{ "-- name: a :find read\nSELECT \"x;", 2, "a: this quote or comment never ends" },
	{ "-- name: a :find read\nSELECT E'\\';", 2, "a: this quote or comment never ends" },
	{ "-- name: a :find read\nSELECT $x$ $$;", 2, "a: this quote or comment never ends" },
	{ "-- name: a :find read\nSELECT /* /* */ 1;", 2, "a: this quote or comment never ends" },
	{ "-- name: a :find read\nSELECT $1;", 2, "a: parameters are :name" },
	{ "-- name: a :find read\nSELECT :A;", 2, "a: \"A\" cannot be a parameter's name" },
	{ "-- name: a :find read\nSELECT\n:int;", 3, "a: \"int\" cannot be a parameter's name" },
	{ "-- name: a :find read\nSELECT * FROM t;", 2, "a: name the columns" },
	{ "-- name: a :find read\nSELECT t.* FROM t;", 2, "a: name the columns" },
	{ "-- name: a :find read\nSELECT a,\n\t* FROM t;", 3, "a: name the columns" },
	{ "-- name: a :find read\nSELECT DISTINCT * FROM t;", 2, "a: name the columns" },
	{ "-- name: a :find write\nDELETE FROM t RETURNING *;", 2, "a: name the columns" },
	{ "-- name: a :find read\nSELECT EXISTS (SELECT /* x */ * FROM t);", 2, "a: name the columns" },
	{ "-- name: a :find read\ninsert INTO t VALUES (1);", 2, "a: insert in a read" },
	{ "-- name: a :find slow\nUPDATE t SET a = 1;", 2, "a: UPDATE in a read" },
	{ "-- name: a :find read\nWITH x AS (DELETE FROM t RETURNING a) SELECT a FROM x;", 2, "a: DELETE in a read" },
	{ "-- name: a :find read\nSELECT a FROM t\nFOR UPDATE;", 3, "a: UPDATE in a read" },
	{ "-- name: a :find read\nSELECT a FROM t FOR SHARE;", 2, "a: SHARE in a read" },
	{ "-- name: a :find read\nSELECT a FROM t FOR KEY SHARE;", 2, "a: SHARE in a read" },
	{ "-- name: a :find lock\nUPDATE t SET a = 1 RETURNING a;", 1, "a: a lock selects" },
	{ "-- name: a :expect(1) write\nSELECT 1;", 1, "a: :expect counts" },
	{ "-- name: a :expect(1) write\nMERGE INTO t USING u ON true WHEN MATCHED THEN DELETE;", 1,
	  "a: :expect counts" },
	{ "-- name: a :expect(1) write\nDELETE FROM t\nRETURNING a;", 3, "a: no RETURNING" },
	{ "-- name: a :find read\nSELECT '\xff';", 1, "not UTF-8" },
	{ "-- fragment: F\n1;", 1, "cannot be a fragment's name" },
	{ "-- fragment:\n1;", 1, "cannot be a fragment's name" },
	{ "-- fragment: f\n-- nothing\n;", 1, "f: has no text" },
	{ "-- fragment: f\n1", 2, "f: ends without a semicolon" },
	{ "-- fragment: f\n1\n-- name: a :find read\nSELECT :{f};", 3, "f: ends without a semicolon" },
	{ "-- fragment: f\n(1;", 2, "f: parentheses" },
	{ "-- fragment: f\n1;\n-- fragment: f\n2;", 3, "f: is there already" },
	{ "-- fragment: f\n1;\n-- fragment: g\n2 + :{f};", 4, "g: holds another" },
	{ "-- fragment: f\n1;\n-- name: a :find read\nSELECT 1;", 1, "f: no statement below uses it" },
	{ "-- name: a :find read\nSELECT\n:{f};\n-- fragment: f\n1;", 3, "a: no fragment above is called :{f}" },
	{ "-- fragment: f\nFROM t\nFOR UPDATE;\n-- name: a :find read\nSELECT a :{f};", 3, "a: UPDATE in a read" },
};

static void test_refusals(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
		reset(fixture);
		if (read_text(fixture, refusals[i].text) != -1)
			fail_msg("not refused: %s", refusals[i].text);
		if (!strstr(fixture->error.message, refusals[i].message) || fixture->error.line != refusals[i].line)
			fail_msg("%s: got line %d, %s", refusals[i].text, fixture->error.line, fixture->error.message);
	}
}

static void test_ceilings(void **state)
{
	struct fixture *fixture = *state;
	struct buf text;

	buf_init_arena(&text, fixture->arena, 8192);
	buf_str(&text, STR("-- name: a :find read\nSELECT 1"));
	for (int i = 0; i < SQLGEN_VALUES_MAX; i++)
		buf_printf(&text, ", :p%d", i);
	size_t fits = text.len;
	buf_str(&text, STR(";"));
	assert_int_equal(sqlgen_read(fixture->arena, STR("x.sql"), buf_view(&text), &fixture->list, &fixture->error),
	                 0);
	text.len = fits;
	buf_str(&text, STR(", :more;"));
	fixture->list.count = 0;
	assert_int_equal(sqlgen_read(fixture->arena, STR("x.sql"), buf_view(&text), &fixture->list, &fixture->error),
	                 -1);
	assert_non_null(strstr(fixture->error.message, "more than 128 parameters"));

	struct str big = { arena_alloc(fixture->arena, SQLGEN_FILE_MAX + 1), SQLGEN_FILE_MAX + 1 };
	assert_int_equal(sqlgen_read(fixture->arena, STR("x.sql"), big, &fixture->list, &fixture->error), -1);
	assert_non_null(strstr(fixture->error.message, "megabyte"));
	struct str nul = STR("-- name: a :find read\nSELECT '\0';");
	assert_int_equal(sqlgen_read(fixture->arena, STR("x.sql"), nul, &fixture->list, &fixture->error), -1);
}

/* ---- Tokens ------------------------------------------------------------------------------------------------------ */

static void test_tokens_join_to_the_text(void **state)
{
	for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
		struct str text = str_from(refusals[i].text);
		struct lexer lexer;
		struct lex_token token;
		size_t at = 0;
		int line = 1;

		lexer_init(&lexer, text);
		while (token = lexer_next(&lexer), token.kind != LEX_END) {
			assert_ptr_equal(token.text.ptr, text.ptr + at);
			assert_int_equal(token.line, line);
			assert_true(token.text.len > 0);
			for (size_t k = 0; k < token.text.len; k++)
				line += token.text.ptr[k] == '\n';
			at += token.text.len;
		}
		assert_int_equal(at, text.len);
		assert_int_equal(lexer_next(&lexer).kind, LEX_END);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ceilings, setup, teardown),
		cmocka_unit_test(test_tokens_join_to_the_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
