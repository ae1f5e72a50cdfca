/* SPDX-License-Identifier: Apache-2.0 */
/* A view over a wider row is read, written and described as a struct of its own would be. */
#include "base/test.h"

#include "json/json.h"
#include "json/sample.h"

_Static_assert(__builtin_types_compatible_p(SHAPE(sample_view), struct sample_row), "the row it is shown of");
_Static_assert(__builtin_types_compatible_p(SHAPE(sample_copy), struct sample_copy), "a struct of its own");
_Static_assert(__builtin_types_compatible_p(SHAPE(nothing), struct nothing), "a struct of its own");

#define ID(last) "\"00000000-0000-7000-8000-00000000000" last "\""
#define ALL \
	"{\"id\":" ID("1") ",\"name\":\"A \\\"b\\\"\",\"active\":true,\"total\":{\"amount\":-5," \
	                   "\"currency\":\"EUR\"},\"shortage\":\"refund\",\"closed_at\":" \
	                   "\"2026-11-21T10:00:00Z\",\"address\":{\"street\":\"s\",\"city\":\"Ulm\"," \
	                   "\"floor\":3},\"lines\":[{\"product_id\":" ID("2") ",\"quantity\":1}]}"
#define FEW \
	"{\"id\":" ID("3") ",\"name\":\"\",\"active\":false,\"total\":{\"amount\":0,\"currency\":\"JPY\"}," \
	                   "\"shortage\":null,\"closed_at\":null,\"lines\":[]}"

static struct arena *arena;
static struct json_errors errors;

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

static struct str written(const struct schema *schema, const void *value)
{
	struct buf buf;

	buf_init_arena(&buf, arena, 1 << 16);
	json_write(&buf, schema, value);
	assert_false(buf.overflow);
	return buf_view(&buf);
}

static struct str described(const struct schema *schema)
{
	struct buf buf;

	buf_init_arena(&buf, arena, 1 << 16);
	json_schema_write(&buf, schema);
	assert_false(buf.overflow);
	return buf_view(&buf);
}

static void test_a_view_is_written_as_a_struct_of_its_own(void **state)
{
	static const char *const texts[] = { ALL, FEW };

	for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
		struct str text = str_from(texts[i]);
		SHAPE(sample_view) row;
		SHAPE(sample_copy) copy;

		assert_int_equal(json_read(arena, &sample_view_schema, text, &row, &errors), 0);
		assert_int_equal(json_read(arena, &sample_copy_schema, text, &copy, &errors), 0);
		assert_true(uuid_eq(row.id, copy.id) && row.total.amount == copy.total.amount);
		assert_str(written(&sample_view_schema, &row), text);
		assert_str(written(&sample_copy_schema, &copy), text);
	}
}

static void test_what_is_not_shown_is_left_alone(void **state)
{
	static const struct str refused[] = { STR("{\"version\":1}"), STR("{\"secret\":\"x\"}") };
	struct sample_row row;

	assert_int_equal(json_read(arena, &sample_view_schema, STR(ALL), &row, &errors), 0);
	assert_true(str_is_null(row.secret) && row.version == 0);
	row.secret = STR("hidden");
	row.version = 7;
	assert_str(written(&sample_view_schema, &row), STR(ALL));
	for (size_t i = 0; i < ARRAY_COUNT(refused); i++) {
		assert_int_equal(json_read(arena, &sample_view_schema, refused[i], &row, &errors), -1);
		assert_true(str_starts(errors.items[0].detail, STR("is not a field here")));
	}
}

static void test_a_view_is_described_as_a_struct_of_its_own(void **state)
{
	assert_str(described(&sample_view_schema), described(&sample_copy_schema));
	assert_str(described(&sample_wide_order_schema), described(&sample_order_schema));
}

static void test_a_page_of_rows(void **state)
{
	struct str text = STR("{\"data\":[" ALL "," FEW "],\"has_more\":true,\"next_cursor\":\"abc\"}");
	struct sample_view_page page;

	assert_int_equal(json_read(arena, &sample_view_page_schema, text, &page, &errors), 0);
	assert_int_equal(page.data.count, 2);
	assert_str(page.data.items[0].name, STR("A \"b\""));
	assert_string_equal(page.data.items[1].total.currency, "JPY");
	page.data.items[1].version = 7;
	assert_str(written(&sample_view_page_schema, &page), text);
}

static void test_nothing(void **state)
{
	struct nothing none;

	assert_int_equal(json_read(arena, &nothing_schema, STR(" {} "), &none, &errors), 0);
	assert_str(written(&nothing_schema, &none), STR("{}"));
	assert_int_equal(json_read(arena, &nothing_schema, STR("{\"a\":1}"), &none, &errors), -1);
	assert_str(errors.items[0].pointer, STR("#/a"));
	assert_str(errors.items[0].detail, STR("is not a field here; there are none"));
	assert_int_equal(json_check(described(&nothing_schema)), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_view_is_written_as_a_struct_of_its_own),
		TEST(test_what_is_not_shown_is_left_alone),
		TEST(test_a_view_is_described_as_a_struct_of_its_own),
		TEST(test_a_page_of_rows),
		TEST(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
