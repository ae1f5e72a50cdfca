/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "base/arena.h"

static struct arena *arena;

static void equality_tells_null_from_empty(void **state)
{
	assert_true(str_eq(STR_NULL, STR_NULL));
	assert_false(str_eq(STR_NULL, STR("")));
	assert_false(str_eq(STR(""), STR_NULL));
	assert_true(str_eq(STR("abc"), STR("abc")));
	assert_false(str_eq(STR("abc"), STR("abd")));
	assert_false(str_eq(STR("abc"), STR("abcd")));
	assert_true(str_eq_nocase(STR("Content-Type"), STR("cONTENT-tYPE")));
	assert_false(str_eq_nocase(STR("@"), STR("`")));
	assert_false(str_eq_nocase(STR("["), STR("{")));
	assert_false(str_eq_nocase(STR_NULL, STR("")));
	assert_true(str_is_null(str_from(NULL)));
	assert_str(str_from("x"), STR("x"));
}

static void order_is_by_bytes_then_length(void **state)
{
	assert_true(str_cmp(STR("a"), STR("b")) < 0);
	assert_true(str_cmp(STR("ab"), STR("a")) > 0);
	assert_true(str_cmp(STR("a"), STR("\xff")) < 0);
	assert_int_equal(str_cmp(STR("same"), STR("same")), 0);
	assert_true(str_cmp(STR_NULL, STR("a")) < 0);
}

static void parts_of_strings(void **state)
{
	assert_true(str_starts(STR("prefix"), STR("pre")));
	assert_true(str_starts(STR_NULL, STR("")));
	assert_false(str_starts(STR("pr"), STR("pre")));
	assert_true(str_ends(STR("file.sql"), STR(".sql")));
	assert_false(str_ends(STR("sql"), STR(".sql")));
	assert_true(str_ends(STR("x"), STR("")));
	assert_true(str_has_char(STR("a,b"), ','));
	assert_false(str_has_char(STR_NULL, ','));
	assert_str(str_slice(STR("hello"), 1, 3), STR("el"));
	assert_str(str_slice(STR("hello"), 5, 5), STR(""));
	assert_str(str_slice(STR_NULL, 0, 0), STR_NULL);
	assert_str(str_trim(STR(" \t a b\t ")), STR("a b"));
	assert_str(str_trim(STR(" \t ")), STR(""));
	assert_str(str_trim(STR("\n")), STR("\n"));
	assert_str(str_trim(STR_NULL), STR_NULL);
}

static void cut_walks_the_parts(void **state)
{
	static const struct {
		struct str text;
		struct str joined; /* parts in brackets */
	} cases[] = {
		{ STR("a,b,c"), STR("[a][b][c]") },
		{ STR("a"), STR("[a]") },
		{ STR(""), STR("[]") },
		{ STR(","), STR("[][]") },
		{ STR("a,,b,"), STR("[a][][b][]") },
		{ STR_NULL, STR("") },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct str rest = cases[i].text, joined = STR("");

		while (!str_is_null(rest)) {
			struct str part = str_cut(&rest, ',');

			joined = str_printf(arena, "%.*s[%.*s]", STR_ARG(joined), STR_ARG(part));
		}
		assert_str(joined, cases[i].joined);
	}
}

static void integers_are_read_whole_or_not_at_all(void **state)
{
	static const struct {
		struct str text;
		int result;
		int64_t value;
	} cases[] = {
		{ STR("0"), 0, 0 },
		{ STR("-0"), 0, 0 },
		{ STR("+17"), 0, 17 },
		{ STR("007"), 0, 7 },
		{ STR("9223372036854775807"), 0, INT64_MAX },
		{ STR("-9223372036854775808"), 0, INT64_MIN },
		{ STR("9223372036854775808"), -1 },
		{ STR("-9223372036854775809"), -1 },
		{ STR("99999999999999999999999"), -1 },
		{ STR(""), -1 },
		{ STR_NULL, -1 },
		{ STR("-"), -1 },
		{ STR("+"), -1 },
		{ STR("--1"), -1 },
		{ STR(" 1"), -1 },
		{ STR("1 "), -1 },
		{ STR("1.0"), -1 },
		{ STR("0x10"), -1 },
		{ STR("1\0"), -1 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		int64_t value = 42;

		assert_int_equal(str_to_i64(cases[i].text, &value), cases[i].result);
		assert_int_equal(value, cases[i].result == 0 ? cases[i].value : 42);
	}
}

static void integers_are_written_like_printf_does(void **state)
{
	static const int64_t values[] = { 0, 7, 10, 99, 100, 101, 12345, -1, -10, -999, INT64_MAX, INT64_MIN, 1000000 };

	for (size_t i = 0; i < ARRAY_COUNT(values); i++) {
		char text[I64_TEXT_MAX];
		size_t len = i64_format(values[i], text);

		assert_str(((struct str){ text, len }), str_printf(arena, "%lld", (long long)values[i]));
	}
}

static void copies(void **state)
{
	char original[] = "MiXed-ÄÖ";
	struct str text = str_from(original);
	struct str copy = str_dup(arena, text), small = str_lower(arena, text);
	char *cstr = str_cstr(arena, text);

	original[0] = '?';
	assert_str(copy, STR("MiXed-ÄÖ"));
	assert_str(small, STR("mixed-ÄÖ"));
	assert_string_equal(cstr, "MiXed-ÄÖ");
	assert_string_equal(str_cstr(arena, STR("")), "");
	assert_str(str_dup(arena, STR("")), STR(""));
	assert_str(str_dup(arena, STR_NULL), STR_NULL);
	assert_str(str_lower(arena, STR_NULL), STR_NULL);
	assert_null(str_cstr(arena, STR_NULL));
}

static void printf_grows(void **state)
{
	for (int width = 250; width < 260; width++)
		assert_int_equal(str_printf(arena, "%*d", width, 1).len, width);
	assert_str(str_printf(arena, "%s", ""), STR(""));
	assert_int_equal(str_printf(arena, "%5000d", 1).len, 5000);
}

static int make_arena(void **state)
{
	arena = arena_new(1024, 1 << 20, NULL, NULL);
	return 0;
}

static int drop_arena(void **state)
{
	arena_free(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equality_tells_null_from_empty),
		cmocka_unit_test(order_is_by_bytes_then_length),
		cmocka_unit_test(parts_of_strings),
		cmocka_unit_test(cut_walks_the_parts),
		cmocka_unit_test(integers_are_read_whole_or_not_at_all),
		cmocka_unit_test(integers_are_written_like_printf_does),
		cmocka_unit_test(copies),
		cmocka_unit_test(printf_grows),
	};

	return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
