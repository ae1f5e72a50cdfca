/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include <math.h>

#include "json/json.h"
#include "json/sample.h"

#define FULL \
	"{\"note\":\"a\\nb\",\"email\":\"ann@example.org\",\"password\":\"s3cret-word\",\"nickname\":null," \
	"\"priority\":-5,\"any_number\":-9223372036854775808,\"rank\":10,\"weight\":0.1,\"share\":1,\"gift\":true," \
	"\"express\":false,\"parent_id\":\"00000000-0000-7000-8000-000000000001\"," \
	"\"placed_at\":\"2026-11-21T10:00:00.500000Z\",\"due_at\":null,\"total\":{\"amount\":100,\"currency\":" \
	"\"EUR\"}," \
	"\"tip\":{\"amount\":-1,\"currency\":\"JPY\"},\"shortage\":\"refund\"," \
	"\"address\":{\"street\":\"A \\u0001 \\\"B\\\"\",\"city\":\"Köln\",\"floor\":null}," \
	"\"lines\":[{\"product_id\":\"00000000-0000-7000-8000-000000000001\",\"quantity\":1}," \
	"{\"product_id\":\"00000000-0000-7000-8000-000000000002\",\"quantity\":999,\"on_short\":\"ask_me\"}]," \
	"\"tags\":[\"a\",\"\"],\"fallbacks\":[\"refund\"]," \
	"\"product_ids\":[\"00000000-0000-7000-8000-000000000001\"],\"extra\":{\"x\":[1, 2.50]}," \
	"\"tree\":{\"label\":\"root\",\"children\":[{\"label\":\"leaf\",\"children\":[]}]}}"

static struct arena *arena;

static int set_up(void **state)
{
	arena = arena_new(4096, 1 << 20, NULL, NULL);
	return 0;
}

static int tear_down(void **state)
{
	arena_free(arena);
	return 0;
}

static void assert_text(struct buf *buf, const char *expected)
{
	assert_false(buf->overflow);
	assert_string_equal(str_cstr(arena, buf_view(buf)), expected);
}

static struct buf new_buf(void)
{
	struct buf buf;

	buf_init_arena(&buf, arena, 1 << 16);
	return buf;
}

static void test_what_is_read_is_written(void **state)
{
	struct sample_order order;
	struct json_errors errors;
	struct buf buf = new_buf();

	if (json_read_stored(arena, &sample_order_schema, STR(FULL), &order, &errors))
		fail_msg("%.*s: %.*s", STR_ARG(errors.items[0].pointer), STR_ARG(errors.items[0].detail));
	assert_true(order.any_number == INT64_MIN);
	assert_true(order.rank.set && order.rank.value == 10);
	assert_true(order.express.set && !order.express.value);
	assert_int_equal(order.shortage, SAMPLE_SHORTAGE_refund);
	assert_int_equal(order.lines.count, 2);
	assert_int_equal(order.lines.items[1].quantity, 999);
	assert_int_equal(order.lines.items[0].on_short, sample_shortage_none);
	assert_string_equal(order.tip.value.currency, "JPY");
	assert_int_equal(order.address->city.len, 5);
	assert_true(str_eq(order.tree->children.items[0].label, STR("leaf")));
	json_write(&buf, &sample_order_schema, &order);
	assert_text(&buf, FULL);
}

static void test_absent_fields(void **state)
{
	struct sample_address address = { .street = STR_NULL, .city = STR("Ulm") };
	struct sample_line_page page = { .has_more = true };
	struct sample_query query = { .filter_name = STR("n") };
	struct buf buf = new_buf();

	json_write(&buf, &sample_line_page_schema, &page);
	buf_char(&buf, ' ');
	json_write(&buf, &sample_address_schema, &address);
	buf_char(&buf, ' ');
	json_write(&buf, &sample_query_schema, &query);
	assert_text(&buf, "{\"data\":[],\"has_more\":true,\"next_cursor\":null} "
	                  "{\"street\":null,\"city\":\"Ulm\",\"floor\":null} "
	                  "{\"limit\":0,\"radius\":0,\"filter_name\":\"n\"}");
}

static void test_strings_are_escaped(void **state)
{
	static const struct {
		struct str text;
		const char *json;
	} rows[] = {
		{ STR(""), "\"\"" },
		{ STR_NULL, "null" },
		{ STR("\"\\/"), "\"\\\"\\\\/\"" },
		{ STR("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"" },
		{ STR("\0\x01\x1f\x7f"), "\"\\u0000\\u0001\\u001f\x7f\"" },
		{ STR("1234567\"90123456\n"), "\"1234567\\\"90123456\\n\"" },
		{ STR("12345678\x19"), "\"12345678\\u0019\"" },
		{ STR("!#[] ~\xe2\x82\xac\xf0\x9f\x98\x80"), "\"!#[] ~\xe2\x82\xac\xf0\x9f\x98\x80\"" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct buf buf = new_buf();

		json_write_str(&buf, rows[i].text);
		assert_text(&buf, rows[i].json);
	}
}

/* Every byte value at every place of a word: the search for escapes looks at eight bytes at a time. */
static void test_each_byte_at_each_place(void **state)
{
	for (int c = 0; c < 128; c++) {
		for (size_t at = 0; at < 17; at++) {
			char text[] = "aaaaaaaaaaaaaaaaa", letter = (char)c;
			struct buf buf = new_buf();
			bool plain = c >= 0x20 && c != '"' && c != '\\';

			text[at] = letter;
			json_write_str(&buf, (struct str){ text, 17 });
			assert_int_equal(buf.len == 19, plain);
			assert_int_equal(json_check(buf_view(&buf)), c == 0 ? -1 : 0);
		}
		arena_reset(arena);
	}
}

static void test_numbers_are_short_and_exact(void **state)
{
	static const struct {
		double number;
		const char *json;
	} rows[] = {
		{ 0, "0" },
		{ 1, "1" },
		{ -2.5, "-2.5" },
		{ 0.1, "0.1" },
		{ 1e21, "1e+21" },
		{ 0.1 + 0.2, "0.30000000000000004" },
		{ 1e-7, "1e-07" },
		{ 1.7976931348623157e308, "1.7976931348623157e+308" },
		{ -0.0, "-0" },
		{ -999999999999999, "-999999999999999" },
		{ 1e15, "1e+15" },
		{ 1000000000000001, "1000000000000001" },
		{ NAN, "null" },
		{ -INFINITY, "null" },
		{ 5e-324, "4.94065645841247e-324" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct sample_query query = { .radius = rows[i].number };
		struct buf buf = new_buf();

		json_write(&buf, &sample_query_schema, &query);
		assert_text(&buf, str_cstr(arena, str_printf(arena, "{\"limit\":0,\"radius\":%s,\"filter_name\":null}",
		                                             rows[i].json)));
	}
}

static void test_times_beyond_the_calendar_are_null(void **state)
{
	static const struct {
		int64_t time;
		const char *json;
	} rows[] = {
		{ 0, "{\"at\":\"1970-01-01T00:00:00Z\"}" },
		{ -1, "{\"at\":null}" },
		{ INT64_C(253402300799999999), "{\"at\":\"9999-12-31T23:59:59.999999Z\"}" },
		{ INT64_C(253402300800000000), "{\"at\":null}" },
		{ INT64_MAX, "{\"at\":null}" },
		{ INT64_MIN, "{\"at\":null}" },
	};
	static const struct schema_field field = { .name = "at", .key = ",\"at\":", .name_len = 2, .kind = JSON_time };
	static const struct schema schema = { .name = "t", .size = 8, .fields = &field, .field_count = 1 };

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct buf buf = new_buf();

		json_write(&buf, &schema, &rows[i].time);
		assert_text(&buf, rows[i].json);
	}
}

static void test_money(void **state)
{
	struct buf buf = new_buf();

	json_write_money(&buf, EUR(-5));
	assert_text(&buf, "{\"amount\":-5,\"currency\":\"EUR\"}");
}

static void test_a_full_buffer_says_so(void **state)
{
	struct sample_line line = { .quantity = 1 };
	struct buf buf;

	for (size_t max = 0; max < 80; max++) {
		buf_init_arena(&buf, arena, max);
		json_write(&buf, &sample_line_schema, &line);
		assert_int_equal(buf.overflow, max < 66);
		assert_true(buf.len <= max);
	}
}

static void test_check(void **state)
{
	static const char *const good[] = { "null",
		                            " true ",
		                            "-0.5e-3",
		                            "\"\"",
		                            "[]",
		                            "{}",
		                            "[1,\"a\",{\"b\":[]}]",
		                            "{\"a\":1,\"A\":1}",
		                            "1e999",
		                            "123456789012345678901234567890" };
	static const char *const bad[] = { "",      "nul",         "[1,]", "{\"a\":1,\"a\":2}",
		                           "[1] 2", "\"\\u0000\"", "\xff", "{\"a\":{\"b\":1,\"c\":2,\"\\u0062\":3}}" };

	for (size_t i = 0; i < ARRAY_COUNT(good); i++)
		assert_int_equal(json_check(str_from(good[i])), 0);
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
		assert_int_equal(json_check(str_from(bad[i])), -1);
	assert_int_equal(json_check(STR_NULL), -1);
	assert_int_equal(json_check((struct str){ "1\0", 2 }), -1);
}

static void test_repeated_names_among_many(void **state)
{
	struct buf buf = new_buf();

	buf_char(&buf, '{');
	for (int i = 0; i < 1000; i++)
		buf_printf(&buf, "%s\"n%d\":{\"n0\":[{\"n0\":0}],\"n1\":1}", i ? "," : "", i);
	assert_int_equal(json_check(str_printf(arena, "%.*s}", STR_ARG(buf_view(&buf)))), 0);
	assert_int_equal(json_check(str_printf(arena, "%.*s,\"n500\":1}", STR_ARG(buf_view(&buf)))), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_read_is_written),
		TEST(test_absent_fields),
		TEST(test_strings_are_escaped),
		TEST(test_each_byte_at_each_place),
		TEST(test_numbers_are_short_and_exact),
		TEST(test_times_beyond_the_calendar_are_null),
		TEST(test_money),
		TEST(test_a_full_buffer_says_so),
		TEST(test_check),
		TEST(test_repeated_names_among_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
