/* SPDX-License-Identifier: Apache-2.0 */
/* Each row changes one member of a document that is fine, and names the refusal that follows. */
#include "base/test.h"

#include "json/json.h"
#include "json/sample.h"

#define ID   "\"00000000-0000-7000-8000-000000000001\""
#define LINE "{\"product_id\":" ID ",\"quantity\":1}"
#define X32  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X256 X32 X32 X32 X32 X32 X32 X32 X32
#define O8   "[[[[[[[["
#define C8   "]]]]]]]]"

struct member {
	const char *name;
	const char *value;
};

static const struct member fine[] = {
	{ "email", "\"ann@example.org\"" },
	{ "nickname", "null" },
	{ "priority", "0" },
	{ "gift", "true" },
	{ "placed_at", "\"2026-11-21T10:00:00Z\"" },
	{ "total", "{\"amount\":100,\"currency\":\"EUR\"}" },
	{ "lines", "[" LINE "]" },
};

static struct arena *arena;
static struct sample_order order;
static struct json_errors errors;

static int set_up(void **state)
{
	arena = arena_new(4096, 1 << 22, NULL, NULL);
	return 0;
}

static int tear_down(void **state)
{
	arena_free(arena);
	return 0;
}

/* The fine document with one member replaced, added, or left out where the value is NULL. */
static struct str document(const char *name, const char *value)
{
	bool first = true, done = !value;
	struct buf buf;

	buf_init_arena(&buf, arena, 1 << 16);
	buf_char(&buf, '{');
	for (size_t i = 0; i < ARRAY_COUNT(fine); i++) {
		bool changed = strcmp(fine[i].name, name) == 0;

		if (changed && !value)
			continue;
		buf_printf(&buf, "%s\"%s\":%s", first ? "" : ",", fine[i].name, changed ? value : fine[i].value);
		first = false;
		done = done || changed;
	}
	if (!done)
		buf_printf(&buf, ",\"%s\":%s", name, value);
	buf_char(&buf, '}');
	assert_false(buf.overflow);
	return buf_view(&buf);
}

static int read_order(struct str text)
{
	/* Of its exact size on the heap, so that a sanitizer sees one byte too many; never freed before the arena is,
	 * since strings borrow it. */
	return json_read(arena, &sample_order_schema, str_dup(arena, text), &order, &errors);
}

struct refusal {
	const char *name;
	const char *value;
	const char *pointer;
	const char *detail;
};

static const struct refusal refusals[] = {
	/* missing, null, unknown */
	{ "email", NULL, "#/email", "is required" },
	{ "gift", NULL, "#/gift", "is required" },
	{ "nickname", NULL, "#/nickname", "is required" },
	{ "lines", NULL, "#/lines", "is required" },
	{ "email", "null", "#/email", "must not be null" },
	{ "note", "null", "#/note", "must not be null" },
	{ "rank", "null", "#/rank", "must not be null" },
	{ "lines", "[null]", "#/lines/0", "must be an object" },
	{ "tags", "[\"a\",null]", "#/tags/1", "must be a string" },
	{ "address", "{\"street\":\"s\",\"city\":\"Ulm\",\"zip\":\"89073\"}", "#/address/zip",
	  "is not a field here; known: street, city, floor" },
	{ "address", "{\"a/b~c \\u00e9\":1,\"street\":\"s\",\"city\":\"Ulm\"}", "#/address/a~1b~0c%20%C3%A9",
	  "is not a field here; known: street, city, floor" },
	{ "address", "{\"" X32 X32 X32 "\":1,\"street\":\"s\",\"city\":\"Ulm\"}", "#/address/" X32 X32,
	  "is not a field here; known: street, city, floor" },
	{ "address", "{\"" X32 "12345678901234567890123456789é€\":1,\"street\":\"s\",\"city\":\"Ulm\"}",
	  "#/address/" X32 "12345678901234567890123456789%C3%A9", "is not a field here; known: street, city, floor" },
	{ "address", "{\"\":1,\"street\":\"s\",\"city\":\"Ulm\"}", "#/address/",
	  "is not a field here; known: street, city, floor" },
	{ "address", "{\"street\\u0000\":1,\"street\":\"s\",\"city\":\"Ulm\"}", "#/address/street%00",
	  "is not a field here; known: street, city, floor" },
	/* twice */
	{ "address", "{\"street\":\"s\",\"city\":\"Ulm\",\"street\":{}}", "#/address/street", "is given twice" },
	{ "address", "{\"street\":\"s\",\"city\":\"Ulm\",\"c\\u0069ty\":\"Ulm\"}", "#/address/city", "is given twice" },
	{ "total", "{\"amount\":1,\"currency\":\"EUR\",\"amount\":1}", "#/total/amount", "is given twice" },
	/* types */
	{ "note", "1", "#/note", "must be a string" },
	{ "note", "[{\"deep\":[1]}]", "#/note", "must be a string" },
	{ "priority", "\"1\"", "#/priority", "must be a whole number" },
	{ "priority", "{}", "#/priority", "must be a whole number" },
	{ "weight", "\"1\"", "#/weight", "must be a number" },
	{ "gift", "\"true\"", "#/gift", "must be true or false" },
	{ "gift", "1", "#/gift", "must be true or false" },
	{ "express", "\"\"", "#/express", "must be true or false" },
	{ "address", "[]", "#/address", "must be an object" },
	{ "lines", "{}", "#/lines", "must be a list" },
	{ "tags", "\"a\"", "#/tags", "must be a list" },
	{ "tags", "[1]", "#/tags/0", "must be a string" },
	{ "product_ids", "[1]", "#/product_ids/0", "must be a UUID" },
	{ "product_ids", "[\"1\"]", "#/product_ids/0", "must be a UUID" },
	{ "parent_id", "\"\"", "#/parent_id", "must be a UUID" },
	{ "parent_id", "7", "#/parent_id", "must be a string" },
	{ "placed_at", "\"tomorrow\"", "#/placed_at", "must be an RFC 3339 time such as 2026-11-21T10:00:00Z" },
	{ "placed_at", "1732183200", "#/placed_at", "must be a string" },
	{ "shortage", "\"maybe\"", "#/shortage", "must be one of: best_match, refund, ask_me" },
	{ "shortage", "\"\"", "#/shortage", "must be one of: best_match, refund, ask_me" },
	{ "fallbacks", "[\"refund\",\"x\"]", "#/fallbacks/1", "must be one of: best_match, refund, ask_me" },
	{ "total", "5", "#/total", "must be an object of amount and currency" },
	/* text */
	{ "note", "\"123456789012345678901\"", "#/note", "must have at most 20 characters" },
	{ "note", "\"ééééééééééééééééééééé\"", "#/note", "must have at most 20 characters" },
	{ "address", "{\"street\":\"\",\"city\":\"Ulm\"}", "#/address/street", "must have at least 1 character" },
	{ "address", "{\"street\":\"s\",\"city\":\"é\"}", "#/address/city", "must have at least 2 characters" },
	{ "password", "\"short\"", "#/password", "must have at least 8 characters" },
	{ "nickname", "\"a\\u0000b\"", "#/nickname", "must not contain U+0000" },
	{ "note", "\"a\\u0000b\"", "#/note", "must not contain control characters" },
	{ "note", "\"a\\u202eb\"", "#/note", "must not contain invisible characters or changes of direction" },
	{ "tags", "[\"a\\u0000b\"]", "#/tags/0", "must not contain control characters" },
	{ "tags", "[\"a\\r\\nb\"]", "#/tags/0", "must be one line" },
	{ "address", "{\"street\":\" \\u3000\\u00a0\",\"city\":\"Ulm\"}", "#/address/street", "must not be blank" },
	{ "address", "{\"street\":\"\\u200d\",\"city\":\"Ulm\"}", "#/address/street", "must not be blank" },
	{ "password", "\"longenough\\u0007\"", "#/password", "must not contain control characters" },
	{ "tags", "[\"12345\"]", "#/tags/0", "must have at most 4 characters" },
	{ "nickname", "\"" X256 X256 X256 X256 "\"", "#/nickname", "must have at most 1000 characters" },
	{ "email", "\"nobody\"", "#/email", "must be an e-mail address" },
	/* numbers */
	{ "priority", "1.0", "#/priority", "must be a whole number" },
	{ "priority", "1e2", "#/priority", "must be a whole number" },
	{ "priority", "9223372036854775808", "#/priority", "must be a whole number of at most 64 bits" },
	{ "priority", "-6", "#/priority", "must be at least -5" },
	{ "priority", "1", "#/priority", "must be at most 0" },
	{ "rank", "11", "#/rank", "must be at most 10" },
	{ "rank", "-1", "#/rank", "must be at least 0" },
	{ "lines", "[" LINE ",{\"product_id\":" ID ",\"quantity\":0}]", "#/lines/1/quantity", "must be at least 1" },
	{ "share", "1.5", "#/share", "must be at most 1" },
	{ "share", "-0.1", "#/share", "must be at least 0" },
	{ "weight", "1e999", "#/weight", "must be a number of at most 64 bits" },
	{ "weight", "1.0000000000000000000000000000000000000001", "#/weight",
	  "must be a number of at most 40 characters" },
	/* money */
	{ "total", "{}", "#/total/amount", "is required" },
	{ "total", "{\"amount\":1}", "#/total/currency", "is required" },
	{ "total", "{\"amount\":1.5,\"currency\":\"EUR\"}", "#/total/amount", "must be a whole number" },
	{ "total", "{\"amount\":100001,\"currency\":\"EUR\"}", "#/total/amount", "must be at most 100000" },
	{ "total", "{\"amount\":-1,\"currency\":\"EUR\"}", "#/total/amount", "must be at least 0" },
	{ "total", "{\"amount\":1,\"currency\":\"eur\"}", "#/total/currency",
	  "must be the ISO 4217 code of a currency, such as EUR" },
	{ "total", "{\"amount\":1,\"currency\":\"QQQ\"}", "#/total/currency",
	  "must be the ISO 4217 code of a currency, such as EUR" },
	{ "total", "{\"amount\":1,\"currency\":\"EURO\"}", "#/total/currency", "must have at most 3 characters" },
	{ "tip", "{\"amount\":null,\"currency\":\"EUR\"}", "#/tip/amount", "must not be null" },
	/* lists */
	{ "lines", "[]", "#/lines", "must have at least 1 item" },
	{ "lines", "[" LINE "," LINE "," LINE "," LINE "]", "#/lines", "must have at most 3 items" },
	{ "lines", "[" LINE "," LINE "," LINE ",17,{\"x\":[]}]", "#/lines", "must have at most 3 items" },
	{ "tags", "[\"a\",\"b\",\"c\"]", "#/tags", "must have at most 2 items" },
	/* raw */
	{ "extra", "{\"a\":1,\"b\":{\"a\":2,\"\\u0061\":3}}", "#/extra", "must not give a name twice in one object" },
	{ "extra", "[\"\\u0000\"]", "#/extra", "must not contain U+0000" },
	{ "extra", "{\"\\u0000\":1}", "#/extra", "must not contain U+0000" },
	{ "extra", "\"" X256 "\"", "#/extra", "must have at most 200 bytes" },
	{ "extra", "[12345678901234567890123456789012345678901]", "#/extra",
	  "must not have numbers of more than 40 characters" },
};

static void test_each_rule_is_refused_in_its_words(void **state)
{
	for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
		const struct refusal *row = &refusals[i];

		print_message("%s: %s\n", row->name, row->value ? row->value : "(left out)");
		assert_int_equal(read_order(document(row->name, row->value)), -1);
		assert_false(errors.syntax);
		assert_str(errors.items[0].pointer, str_from(row->pointer));
		assert_str(errors.items[0].detail, str_from(row->detail));
	}
}

static const struct member accepted[] = {
	{ "note", "\"12345678901234567890\"" },
	{ "note", "\"éééééééééééééééééééé\"" },
	{ "note", "\"\"" },
	{ "nickname", "\"\\ud83d\\ude00\\/\\b\\f\\n\\r\\t\\\\\\\"\"" },
	{ "priority", "-0" },
	{ "priority", "-5" },
	{ "weight", "-1.5e-300" },
	{ "weight", "1E+2" },
	{ "share", "1" },
	{ "due_at", "\"2026-11-21T12:00:00+02:00\"" },
	{ "shortage", "null" },
	{ "shortage", "\"\\u0072efund\"" },
	{ "address", "null" },
	{ "address", " { \"city\" : \"Ulm\" ,\t\"street\":\"s\"\r\n} " },
	{ "parent_id", "\"00000000-0000-7000-8000-00000000000A\"" },
	{ "extra", "null" },
	{ "extra", "[{\"a\":1},{\"a\":1}]" },
	{ "extra", "{\"a\":{\"a\":{}},\"b\":{\"a\":1}}" },
	{ "extra", "-1.5e-10000" },
	{ "tree", "{\"label\":\"\",\"children\":[{\"label\":\"\",\"children\":[{\"label\":\"\"}]}]}" },
};

static void test_edges_are_accepted(void **state)
{
	for (size_t i = 0; i < ARRAY_COUNT(accepted); i++) {
		if (read_order(document(accepted[i].name, accepted[i].value)))
			fail_msg("%s: %s: %.*s", accepted[i].name, accepted[i].value, STR_ARG(errors.items[0].detail));
	}
}

static void test_values_arrive(void **state)
{
	assert_int_equal(read_order(document("nickname", "\"\\ud83d\\ude00\\/\\b\\f\\n\\r\\t\\\\\\\"\"")), 0);
	assert_str(order.nickname, STR("\xf0\x9f\x98\x80/\b\f\n\r\t\\\""));
	assert_true(str_is_null(order.note));
	assert_int_equal(read_order(document("nickname", "\"\"")), 0);
	assert_true(str_is_null(order.nickname));
	assert_false(order.rank.set);
	assert_null(order.address);
	assert_null(order.tags.items);
	assert_int_equal(read_order(document("due_at", "\"1970-01-01T02:00:01+02:00\"")), 0);
	assert_true(order.due_at.set);
	assert_int_equal(order.due_at.value, 1000000);
	assert_int_equal(read_order(document("extra", " { \"a\" : [1 , 2] } ")), 0);
	assert_str(order.extra, STR("{ \"a\" : [1 , 2] }"));
	assert_int_equal(read_order(document("note", "\"\\u3000 Cafe\\u0301 \\r\\nau lait\\u2028\"")), 0);
	assert_str(order.note, STR("Caf\u00e9 \nau lait"));
	assert_int_equal(read_order(document("email", "\"Ann@Example.ORG\"")), 0);
	assert_str(order.email, STR("ann@example.org"));
	assert_int_equal(read_order(document("tags", "[]")), 0);
	assert_non_null(order.tags.items);
	assert_int_equal(order.tags.count, 0);
	assert_int_equal(read_order(document("total", "{\"currency\":\"JPY\",\"amount\":0}")), 0);
	assert_string_equal(order.total.currency, "JPY");
}

/* What is in the log may be older than the rules of today. */
static void test_stored_text_is_taken_as_it_is(void **state)
{
	struct str text = document("note", "\" \\u202e\\r\\n123456789012345678901\"");

	assert_int_equal(json_read_stored(arena, &sample_order_schema, text, &order, &errors), 0);
	assert_str(order.note, STR(" \u202e\r\n123456789012345678901"));
	assert_int_equal(json_read_stored(arena, &sample_order_schema, STR("{}"), &order, &errors), -1);
}

static void test_strings_without_escapes_borrow_the_text(void **state)
{
	struct str text = document("note", "\"as it is\"");

	assert_int_equal(json_read(arena, &sample_order_schema, text, &order, &errors), 0);
	assert_true(order.note.ptr > text.ptr && order.note.ptr < text.ptr + text.len);
}

struct syntax {
	const char *text;
	const char *detail;
};

static const struct syntax syntaxes[] = {
	{ "", "is not JSON: the text ends too early at byte 0" },
	{ "  ", "is not JSON: the text ends too early at byte 2" },
	{ "{", "is not JSON: the text ends too early at byte 1" },
	{ "{\"", "is not JSON: the text ends too early at byte 2" },
	{ "{\"note", "is not JSON: the text ends too early at byte 6" },
	{ "{\"note\"", "is not JSON: the text ends too early at byte 7" },
	{ "{\"note\":", "is not JSON: the text ends too early at byte 8" },
	{ "{\"note\":\"a\"", "is not JSON: the text ends too early at byte 11" },
	{ "{\"note\":\"a\",", "is not JSON: the text ends too early at byte 12" },
	{ "{\"note\":\"a\",}", "is not JSON: a member's name expected at byte 12" },
	{ "{\"note\":\"a\" \"tags\":[]}", "is not JSON: ',' or '}' expected at byte 12" },
	{ "{\"note\" \"a\"}", "is not JSON: ':' expected at byte 8" },
	{ "{note:\"a\"}", "is not JSON: a member's name expected at byte 1" },
	{ "{'note':\"a\"}", "is not JSON: a member's name expected at byte 1" },
	{ "{\"tags\":[\"a\" \"b\"]}", "is not JSON: ',' or ']' expected at byte 13" },
	{ "{\"tags\":[\"a\",]}", "is not JSON: a value expected at byte 13" },
	{ "{\"tags\":[,\"a\"]}", "is not JSON: a value expected at byte 9" },
	{ "{\"note\":}", "is not JSON: a value expected at byte 8" },
	{ "{\"note\":nul}", "is not JSON: a value expected at byte 8" },
	{ "{\"gift\":tru}", "is not JSON: a value expected at byte 8" },
	{ "{\"gift\":True}", "is not JSON: a value expected at byte 8" },
	{ "{\"note\":/**/\"a\"}", "is not JSON: a value expected at byte 8" },
	{ "{\"note\":\"a\nb\"}", "is not JSON: control character in a string at byte 10" },
	{ "{\"note\":\"\\na\tb\"}", "is not JSON: control character in a string at byte 12" },
	{ "{\"note\":\"\\x\"}", "is not JSON: unknown escape at byte 10" },
	{ "{\"note\":\"\\", "is not JSON: the text ends too early at byte 10" },
	{ "{\"note\":\"\\u12", "is not JSON: four hexadecimal digits expected at byte 11" },
	{ "{\"note\":\"\\u12g4\"}", "is not JSON: four hexadecimal digits expected at byte 11" },
	{ "{\"note\":\"\\ud800\"}", "is not JSON: half of a surrogate pair at byte 15" },
	{ "{\"note\":\"\\ud800\\u0041\"}", "is not JSON: half of a surrogate pair at byte 21" },
	{ "{\"note\":\"\\udc00\\ud800\"}", "is not JSON: half of a surrogate pair at byte 15" },
	{ "{\"note\":\"\xc3\x28\"}", "is not JSON: not UTF-8 at byte 9" },
	{ "{\"note\":\"\xed\xa0\x80\"}", "is not JSON: not UTF-8 at byte 9" },
	{ "{\"note\":\"é\xe2\x82", "is not JSON: not UTF-8 at byte 11" },
	{ "\xef\xbb\xbf{}", "is not JSON: a value expected at byte 0" },
	{ "{\"priority\":01}", "is not JSON: a number with a leading zero at byte 13" },
	{ "{\"priority\":+1}", "is not JSON: a value expected at byte 12" },
	{ "{\"priority\":-}", "is not JSON: a digit expected at byte 13" },
	{ "{\"priority\":1.}", "is not JSON: a digit expected at byte 14" },
	{ "{\"priority\":.5}", "is not JSON: a value expected at byte 12" },
	{ "{\"priority\":1e}", "is not JSON: a digit expected at byte 14" },
	{ "{\"priority\":0x1}", "is not JSON: ',' or '}' expected at byte 13" },
	{ "{\"weight\":NaN}", "is not JSON: a value expected at byte 10" },
	{ "{} {}", "is not JSON: something follows the value at byte 3" },
	{ "{\"extra\":" O8 O8 O8 O8 C8 C8 C8 C8 "}", "is not JSON: nested deeper than 32 levels at byte 40" },
};

static void test_what_is_not_json(void **state)
{
	for (size_t i = 0; i < ARRAY_COUNT(syntaxes); i++) {
		print_message("%s\n", syntaxes[i].text);
		assert_int_equal(read_order(str_from(syntaxes[i].text)), -1);
		assert_true(errors.syntax);
		assert_int_equal(errors.count, 1);
		assert_str(errors.items[0].pointer, STR("#"));
		assert_str(errors.items[0].detail, str_from(syntaxes[i].detail));
	}
}

static void test_the_whole_must_be_an_object(void **state)
{
	static const char *const others[] = { "[]", "1", "\"a\"", "null", "true" };

	for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
		assert_int_equal(read_order(str_from(others[i])), -1);
		assert_false(errors.syntax);
		assert_str(errors.items[0].pointer, STR("#"));
		assert_str(errors.items[0].detail, STR("must be an object"));
	}
}

static void test_a_nul_byte_is_not_the_end(void **state)
{
	assert_int_equal(read_order((struct str){ "{}\0", 3 }), -1);
	assert_true(errors.syntax);
	assert_str(errors.items[0].detail, STR("is not JSON: something follows the value at byte 2"));
}

static void test_all_that_is_wrong_is_told(void **state)
{
	static const char *const pointers[] = { "#/email",    "#/bogus", "#/lines/0/quantity", "#/lines/1/product_id",
		                                "#/nickname", "#/gift",  "#/placed_at",        "#/total" };

	assert_int_equal(read_order(STR("{\"email\":\"x\",\"bogus\":1,\"priority\":0,"
	                                "\"lines\":[{\"product_id\":" ID ",\"quantity\":0},{\"quantity\":1}]}")),
	                 -1);
	assert_int_equal(errors.count, ARRAY_COUNT(pointers));
	for (size_t i = 0; i < ARRAY_COUNT(pointers); i++)
		assert_str(errors.items[i].pointer, str_from(pointers[i]));
}

static void test_errors_have_a_ceiling(void **state)
{
	struct buf buf;

	buf_init_arena(&buf, arena, 1 << 16);
	buf_str(&buf, STR("{\"tags\":\""));
	for (int i = 0; i < 1000; i++)
		buf_printf(&buf, "\",\"%d\":\"", i);
	buf_str(&buf, STR("\"}"));
	assert_int_equal(read_order(buf_view(&buf)), -1);
	assert_int_equal(errors.count, JSON_ERRORS_MAX);
	assert_false(errors.syntax);
}

static void test_a_client_finds_nothing_of_its_values_in_errors(void **state)
{
	static const char *const names[] = { "password", "email",     "priority", "total", "placed_at", "shortage",
		                             "lines",    "parent_id", "gift",     "tags",  "extra",     "bogus" };

	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		assert_int_equal(
		        read_order(document(names[i], "[\"hunter2\",\"hunter2\",{\"a\":1,\"a\":\"hunter2\"}]")), -1);
		for (size_t k = 0; k < errors.count; k++) {
			assert_null(strstr(str_cstr(arena, errors.items[k].detail), "hunter"));
			assert_null(strstr(str_cstr(arena, errors.items[k].pointer), "hunter"));
		}
	}
}

static void test_depth_ends_at_the_limit(void **state)
{
	assert_int_equal(json_check(STR(O8 O8 O8 O8 C8 C8 C8 C8)), 0);
	assert_int_equal(json_check(STR("[" O8 O8 O8 O8 C8 C8 C8 C8 "]")), -1);
	/* The order itself is one level. */
	assert_int_equal(read_order(document("extra", O8 O8 O8 "[[[[[[[" C8 C8 C8 "]]]]]]]")), 0);
}

static void test_too_many_items_take_no_memory(void **state)
{
	struct buf buf;
	size_t before;

	buf_init_arena(&buf, arena, 1 << 20);
	buf_str(&buf, STR("{\"tags\":[\"\""));
	for (int i = 0; i < 100000; i++)
		buf_str(&buf, STR(",\"\""));
	buf_str(&buf, STR("]}"));
	before = arena_used(arena);
	assert_int_equal(json_read(arena, &sample_order_schema, buf_view(&buf), &order, &errors), -1);
	assert_true(arena_used(arena) - before < 4096);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_rule_is_refused_in_its_words),
		TEST(test_edges_are_accepted),
		TEST(test_values_arrive),
		TEST(test_stored_text_is_taken_as_it_is),
		TEST(test_strings_without_escapes_borrow_the_text),
		TEST(test_what_is_not_json),
		TEST(test_the_whole_must_be_an_object),
		TEST(test_a_nul_byte_is_not_the_end),
		TEST(test_all_that_is_wrong_is_told),
		TEST(test_errors_have_a_ceiling),
		TEST(test_a_client_finds_nothing_of_its_values_in_errors),
		TEST(test_depth_ends_at_the_limit),
		TEST(test_too_many_items_take_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
