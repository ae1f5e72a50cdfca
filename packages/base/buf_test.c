/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "base/arena.h"
#include "base/buf.h"

static void writers_append(void **state)
{
	struct buf buf;

	buf_init(&buf, 1000);
	assert_str(buf_view(&buf), STR(""));
	buf_str(&buf, STR("a="));
	buf_i64(&buf, INT64_MIN);
	buf_char(&buf, ' ');
	buf_append(&buf, "xyz", 2);
	buf_append(&buf, NULL, 0);
	buf_str(&buf, STR_NULL);
	buf_printf(&buf, " %s:%d", "n", 7);
	assert_str(buf_view(&buf), STR("a=-9223372036854775808 xy n:7"));
	assert_false(buf.overflow);
	buf_clear(&buf);
	assert_str(buf_view(&buf), STR(""));
	buf_done(&buf);
	buf_done(&buf);
}

static void fills_to_the_ceiling_and_no_further(void **state)
{
	struct arena *arena = arena_new(64, 1 << 16, NULL, NULL);

	for (int on_arena = 0; on_arena < 2; on_arena++) {
		struct buf buf;

		buf_init_arena(&buf, on_arena ? arena : NULL, 1000);
		for (int i = 0; i < 333; i++)
			buf_str(&buf, STR("abc"));
		buf_char(&buf, 'd');
		assert_int_equal(buf.len, 1000);
		assert_false(buf.overflow);
		buf_append(&buf, "", 0);
		assert_false(buf.overflow);
		buf_char(&buf, 'e');
		assert_true(buf.overflow);
		assert_int_equal(buf.len, 1000);
		buf_consume(&buf, 500);
		buf_char(&buf, 'f');
		assert_true(buf.overflow);
		assert_int_equal(buf.len, 500);
		buf_clear(&buf);
		buf_char(&buf, 'g');
		assert_str(buf_view(&buf), STR("g"));
		assert_null(buf_reserve(&buf, SIZE_MAX));
		buf_done(&buf);
	}
	arena_free(arena);
}

static void printf_fills_exactly(void **state)
{
	struct buf buf;

	for (int width = 1; width <= 600; width += 23) {
		buf_init(&buf, (size_t)width);
		buf_printf(&buf, "%*d", width, 5);
		assert_int_equal(buf.len, width);
		assert_false(buf.overflow);
		buf_printf(&buf, "%d", 5);
		assert_true(buf.overflow);
		assert_int_equal(buf.len, width);
		buf_done(&buf);
	}
	buf_init(&buf, 0);
	buf_printf(&buf, "%s", "");
	assert_false(buf.overflow);
	buf_printf(&buf, "x");
	assert_true(buf.overflow);
	buf_done(&buf);
}

static void reserve_and_consume(void **state)
{
	struct buf buf;
	char *to;

	buf_init(&buf, 1 << 20);
	to = buf_reserve(&buf, 100000);
	assert_non_null(to);
	memset(to, 'z', 100000);
	buf.len += 100000;
	buf_str(&buf, STR("tail"));
	buf_consume(&buf, 0);
	buf_consume(&buf, 100000);
	assert_str(buf_view(&buf), STR("tail"));
	buf_consume(&buf, 4);
	assert_int_equal(buf.len, 0);
	buf_done(&buf);
}

static void zeroed_buf_is_done(void **state)
{
	struct buf buf = { 0 };

	buf_done(&buf);
	buf_char(&buf, 'x');
	assert_true(buf.overflow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writers_append),       cmocka_unit_test(fills_to_the_ceiling_and_no_further),
		cmocka_unit_test(printf_fills_exactly), cmocka_unit_test(reserve_and_consume),
		cmocka_unit_test(zeroed_buf_is_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
