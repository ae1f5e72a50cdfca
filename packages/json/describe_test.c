/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "json/json.h"
#include "json/sample.h"

static struct arena *arena;
static struct buf buf;

static int set_up(void **state)
{
	arena = arena_new(4096, 1 << 20, NULL, NULL);
	buf_init_arena(&buf, arena, 1 << 16);
	return 0;
}

static int tear_down(void **state)
{
	arena_free(arena);
	return 0;
}

static const char *text(void)
{
	assert_false(buf.overflow);
	return str_cstr(arena, buf_view(&buf));
}

static void test_a_small_shape_whole(void **state)
{
	json_schema_write(&buf, &sample_line_schema);
	assert_string_equal(
	        text(),
	        "{\"type\":\"object\",\"description\":\"One line of an order\",\"properties\":{"
	        "\"product_id\":{\"type\":\"string\",\"format\":\"uuid\",\"description\":\"The product ordered\"},"
	        "\"quantity\":{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":1,\"maximum\":999,"
	        "\"description\":\"Whole units\"},"
	        "\"on_short\":{\"type\":\"string\",\"enum\":[\"best_match\",\"refund\",\"ask_me\"],"
	        "\"description\":\"What to do when short\"}},"
	        "\"required\":[\"product_id\",\"quantity\"],\"additionalProperties\":false}");
}

static void test_each_kind(void **state)
{
	static const char *const parts[] = {
		"\"note\":{\"type\":\"string\",\"maxLength\":20,\"pattern\":\"^[^\\\\u0000-\\\\u0008",
		"]*$\",\"description\":\"Says \\\"hello\\\"\",\"examples\":[\"Ring\"]}",
		"\"email\":{\"type\":\"string\",\"maxLength\":254,\"format\":\"email\"}",
		"\"password\":{\"type\":\"string\",\"minLength\":8,\"maxLength\":100,\"format\":\"password\"}",
		"\"nickname\":{\"type\":[\"string\",\"null\"]}",
		"\"priority\":{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":-5,\"maximum\":0}",
		"\"any_number\":{\"type\":\"integer\",\"format\":\"int64\"}",
		"\"rank\":{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":0,\"maximum\":10}",
		"\"weight\":{\"type\":\"number\"}",
		"\"gift\":{\"type\":\"boolean\"}",
		"\"parent_id\":{\"type\":\"string\",\"format\":\"uuid\"}",
		"\"placed_at\":{\"type\":\"string\",\"format\":\"date-time\"}",
		"\"due_at\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}",
		"\"total\":{\"$ref\":\"#/components/schemas/Money\",\"properties\":{\"amount\":{\"type\":\"integer\","
		"\"minimum\":0,\"maximum\":100000}}}",
		"\"shortage\":{\"type\":[\"string\",\"null\"],\"enum\":[\"best_match\",\"refund\",\"ask_me\",null]}",
		"\"address\":{\"anyOf\":[{\"$ref\":\"#/components/schemas/sample_address\"},{\"type\":\"null\"}]}",
		"\"lines\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":3,"
		"\"items\":{\"$ref\":\"#/components/schemas/sample_line\"}}",
		"\"tags\":{\"type\":\"array\",\"maxItems\":2,\"items\":{\"type\":\"string\",\"maxLength\":4,"
		"\"pattern\":\"^[^\\\\u0000-\\\\u001F",
		"\"fallbacks\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":"
		"[\"best_match\",\"refund\",\"ask_me\"]}}",
		"\"product_ids\":{\"type\":\"array\",\"maxItems\":2,\"items\":{\"type\":\"string\",\"format\":\"uuid\"}"
		"}",
		"\"extra\":{\"type\":[\"object\",\"array\",\"string\",\"number\",\"boolean\",\"null\"]}",
		"\"required\":[\"email\",\"nickname\",\"priority\",\"gift\",\"placed_at\",\"total\",\"lines\"]",
	};

	json_schema_write(&buf, &sample_order_schema);
	for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
		if (!strstr(text(), parts[i]))
			fail_msg("%s\nis not in\n%s", parts[i], text());
	}
	assert_int_equal(json_check(buf_view(&buf)), 0);
}

static void test_money_and_pages_are_json(void **state)
{
	json_schema_write_money(&buf);
	assert_int_equal(json_check(buf_view(&buf)), 0);
	assert_non_null(strstr(text(), "\"pattern\":\"^(BIF|CLP|"));
	buf_clear(&buf);
	json_schema_write(&buf, &sample_line_page_schema);
	assert_int_equal(json_check(buf_view(&buf)), 0);
}

/* Patterns hold backslashes, so they must survive being JSON text. */
static void test_each_format_is_json(void **state)
{
	static const struct format *const formats[] = { &line_format,     &block_format,    &code_format,
		                                        &email_format,    &uri_format,      &phone_format,
		                                        &slug_format,     &currency_format, &country_format,
		                                        &password_format, &secret_format };

	for (size_t i = 0; i < ARRAY_COUNT(formats); i++) {
		struct schema_field field = { .name = "f", .key = ",\"f\":", .name_len = 1, .format = formats[i] };
		struct schema schema = { .name = "s", .fields = &field, .field_count = 1 };

		buf_clear(&buf);
		json_schema_write(&buf, &schema);
		assert_int_equal(json_check(buf_view(&buf)), 0);
	}
}

static void list_name(const struct schema *schema, void *arg)
{
	buf_printf(arg, "%s ", schema->name);
}

static void test_closure_ends_on_shapes_that_hold_themselves(void **state)
{
	json_schema_closure(&sample_order_schema, list_name, &buf);
	assert_string_equal(text(), "sample_order sample_address sample_line sample_node ");
}

static void test_parameter_names(void **state)
{
	static const struct {
		const char *field;
		const char *parameter;
	} rows[] = {
		{ "limit", "limit" },
		{ "filter_status", "filter[status]" },
		{ "filter_created_at", "filter[created_at]" },
		{ "filter_created_at_gte", "filter[created_at][gte]" },
		{ "filter_created_at_lt", "filter[created_at][lt]" },
		{ "filter_gte", "filter[gte]" },
		{ "filtered", "filtered" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct schema_field field = { .name = rows[i].field, .name_len = (uint16_t)strlen(rows[i].field) };

		assert_str(json_pair_name(arena, &field), str_from(rows[i].parameter));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_small_shape_whole),
		TEST(test_each_kind),
		TEST(test_money_and_pages_are_json),
		TEST(test_each_format_is_json),
		TEST(test_closure_ends_on_shapes_that_hold_themselves),
		TEST(test_parameter_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
