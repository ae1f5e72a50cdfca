/* SPDX-License-Identifier: Apache-2.0 */
/* Each row sends a patch and names the members of the target that are different afterwards. */
#include "base/test.h"

#include "json/json.h"
#include "json/sample.h"

#define ID(last) "\"00000000-0000-7000-8000-00000000000" last "\""

/* Every kind; where a plain and an opt_ kind exist, each once into itself and once into the other. */
#define THING_PATCH(X, T) \
	X(T, str, line, name, .max = 9, .optional = true) \
	X(T, str, block, note, .max = 9, .optional = true, .nullable = true) \
	X(T, i64, _, i64_to_plain, .min = -9, .max = 99, .optional = true) \
	X(T, i64, _, i64_to_opt, .min = -9, .max = 99, .optional = true) \
	X(T, opt_i64, _, opt_i64_to_plain, .max = 99) \
	X(T, opt_i64, _, opt_i64_to_opt, .max = 99, .nullable = true) \
	X(T, f64, _, weight, .optional = true) \
	X(T, opt_boolean, _, active) \
	X(T, opt_boolean, _, asked, .nullable = true) \
	X(T, boolean, _, told, .optional = true) \
	X(T, opt_uuid, _, owner) \
	X(T, opt_uuid, _, parent, .nullable = true) \
	X(T, uuid, _, root, .optional = true) \
	X(T, opt_time, _, opens) \
	X(T, opt_time, _, closes, .nullable = true) \
	X(T, time, _, moved, .optional = true) \
	X(T, opt_money, _, price, .min = -9, .max = 99) \
	X(T, money, _, tip, .max = 99, .optional = true, .nullable = true) \
	X(T, money, _, fee, .max = 99, .optional = true) \
	X(T, choice, sample_shortage, shortage, .optional = true, .nullable = true) \
	X(T, object, sample_address, address, .optional = true, .nullable = true) \
	X(T, list, sample_line, lines, .optional = true) \
	X(T, strs, line, tags, .optional = true, .nullable = true) \
	X(T, uuids, _, others, .optional = true) \
	X(T, raw, _, extra, .optional = true)

#define THING(X, T) \
	X(T, raw, _, extra, .optional = true) \
	X(T, uuids, _, others) \
	X(T, strs, line, tags, .optional = true) \
	X(T, list, sample_line, lines) \
	X(T, object, sample_address, address, .nullable = true) \
	X(T, choice, sample_shortage, shortage, .nullable = true) \
	X(T, opt_money, _, fee) \
	X(T, money, _, tip, .optional = true) \
	X(T, money, _, price, .min = -9, .max = 99) \
	X(T, opt_time, _, moved) \
	X(T, opt_time, _, closes, .nullable = true) \
	X(T, time, _, opens) \
	X(T, opt_uuid, _, root) \
	X(T, opt_uuid, _, parent, .nullable = true) \
	X(T, uuid, _, owner) \
	X(T, opt_boolean, _, told) \
	X(T, opt_boolean, _, asked) \
	X(T, boolean, _, active) \
	X(T, f64, _, weight) \
	X(T, opt_i64, _, opt_i64_to_opt) \
	X(T, i64, _, opt_i64_to_plain) \
	X(T, opt_i64, _, i64_to_opt) \
	X(T, i64, _, i64_to_plain) \
	X(T, str, block, note, .nullable = true) \
	X(T, str, line, name) \
	X(T, i64, _, version)

#define THING_SHAPES(STRUCT, OVER) \
	STRUCT(thing_patch, THING_PATCH, "A thing's change") \
	STRUCT(thing, THING, "A thing")
SCHEMA_DECLARE(THING_SHAPES)
SCHEMA_DEFINE(THING_SHAPES)

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

static struct str written(const struct thing *thing)
{
	struct buf buf;

	buf_init_arena(&buf, arena, 1 << 16);
	json_write(&buf, &thing_schema, thing);
	assert_false(buf.overflow);
	return buf_view(&buf);
}

static int patch_with(struct thing *thing, const char *body)
{
	struct thing_patch patch;
	uint64_t sent;

	if (json_read_sent(arena, &thing_patch_schema, str_from(body), &patch, &sent, &errors))
		return -1;
	json_patch(&thing_patch_schema, &patch, sent, &thing_schema, thing);
	return 0;
}

/* Whether the written thing has the member just so. */
static bool has_member(const struct thing *thing, const char *member)
{
	return strstr(str_cstr(arena, written(thing)), member) != NULL;
}

#define LINE "{\"product_id\":" ID("7") ",\"quantity\":2}"

/* member: as the whole is written afterwards. NULL: without the member. */
static const struct {
	const char *name;
	const char *value;
	const char *member;
} rows[] = {
	{ "name", "\"new\"", "\"new\"" },
	{ "name", "\"\"", "\"\"" },
	{ "note", "\"new\"", "\"new\"" },
	{ "note", "null", "null" },
	{ "i64_to_plain", "7", "7" },
	{ "i64_to_plain", "0", "0" },
	{ "i64_to_opt", "7", "7" },
	{ "i64_to_opt", "0", "0" },
	{ "opt_i64_to_plain", "7", "7" },
	{ "opt_i64_to_plain", "0", "0" },
	{ "opt_i64_to_opt", "7", "7" },
	{ "opt_i64_to_opt", "0", "0" },
	{ "opt_i64_to_opt", "null", NULL },
	{ "weight", "0.5", "0.5" },
	{ "active", "false", "false" },
	{ "asked", "false", "false" },
	{ "asked", "null", NULL },
	{ "told", "false", "false" },
	{ "owner", ID("7"), ID("7") },
	{ "parent", ID("7"), ID("7") },
	{ "parent", "null", "null" },
	{ "root", ID("7"), ID("7") },
	{ "opens", "\"2026-12-01T00:00:00Z\"", "\"2026-12-01T00:00:00Z\"" },
	{ "closes", "\"2026-12-01T00:00:00Z\"", "\"2026-12-01T00:00:00Z\"" },
	{ "closes", "null", "null" },
	{ "moved", "\"2026-12-01T00:00:00Z\"", "\"2026-12-01T00:00:00Z\"" },
	{ "price", "{\"amount\":-7,\"currency\":\"JPY\"}", "{\"amount\":-7,\"currency\":\"JPY\"}" },
	{ "tip", "{\"amount\":7,\"currency\":\"JPY\"}", "{\"amount\":7,\"currency\":\"JPY\"}" },
	{ "tip", "null", NULL },
	{ "fee", "{\"amount\":7,\"currency\":\"JPY\"}", "{\"amount\":7,\"currency\":\"JPY\"}" },
	{ "shortage", "\"ask_me\"", "\"ask_me\"" },
	{ "shortage", "null", "null" },
	{ "address", "{\"street\":\"t\",\"city\":\"Hof\"}", "{\"street\":\"t\",\"city\":\"Hof\",\"floor\":null}" },
	{ "address", "null", "null" },
	{ "lines", "[" LINE "," LINE "]", "[" LINE "," LINE "]" },
	{ "lines", "[]", "[]" },
	{ "tags", "[\"x\"]", "[\"x\"]" },
	{ "tags", "[]", "[]" },
	{ "tags", "null", NULL },
	{ "others", "[" ID("7") "]", "[" ID("7") "]" },
	{ "extra", "{\"b\":[2]}", "{\"b\":[2]}" },
};

#define FULL \
	"{\"extra\":{\"a\":1},\"others\":[" ID("1") "],\"tags\":[\"a\",\"b\"],\"lines\":[{\"product_id\":" ID( \
	        "1") ",\"quantity\":1}],\"address\":{\"street\":\"s\",\"city\":\"Ulm\",\"floor\":1},\"shortage\":" \
	             "\"refund\"," \
	             "\"fee\":{\"amount\":1,\"currency\":\"EUR\"},\"tip\":{\"amount\":1,\"currency\":\"EUR\"}," \
	             "\"price\":{\"amount\":1,\"currency\":\"EUR\"},\"moved\":\"2026-11-21T10:00:00Z\"," \
	             "\"closes\":\"2026-11-21T10:00:00Z\",\"opens\":\"2026-11-21T10:00:00Z\",\"root\":" ID( \
	                     "1") ",\"parent\":" ID("1") ",\"owner\":" ID("1") ",\"told\":true,\"asked\":true," \
	                                                                       "\"active\":true,\"weight\":1," \
	                                                                       "\"opt_i64_to_opt\":1,\"opt_i64_to_" \
	                                                                       "plain\":1,\"i64_to_opt\":1,\"i64_to_" \
	                                                                       "plain\":1,\"note\":\"old\"," \
	                                                                       "\"name\":\"old\",\"version\":3}"

static struct thing full(void)
{
	struct thing thing;

	assert_int_equal(json_read(arena, &thing_schema, STR(FULL), &thing, &errors), 0);
	return thing;
}

static void test_each_kind(void **state)
{
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct str name = str_printf(arena, "\"%s\":", rows[i].name);
		struct thing thing = full();

		print_message("%s: %s\n", rows[i].name, rows[i].value);
		assert_int_equal(patch_with(&thing, str_cstr(arena, str_printf(arena, "{%.*s%s}", STR_ARG(name),
		                                                               rows[i].value))),
		                 0);
		if (rows[i].member)
			assert_true(has_member(
			        &thing, str_cstr(arena, str_printf(arena, "%.*s%s", STR_ARG(name), rows[i].member))));
		else
			assert_false(has_member(&thing, str_cstr(arena, name)));
		assert_true(has_member(&thing, "\"version\":3"));
		arena_reset(arena);
	}
}

/* The other members: the same patch on a thing that had nothing else, and on one that had everything. */
static void test_what_is_not_sent_is_kept(void **state)
{
	struct thing thing = full(), before = thing;

	assert_int_equal(patch_with(&thing, "{}"), 0);
	assert_str(written(&thing), written(&before));
	assert_int_equal(patch_with(&thing, "{\"name\":\"new\"}"), 0);
	assert_str(thing.name, STR("new"));
	thing.name = before.name;
	assert_str(written(&thing), written(&before));
	thing = (struct thing){ .version = 9 };
	assert_int_equal(patch_with(&thing, "{\"i64_to_opt\":0,\"note\":null}"), 0);
	assert_true(thing.i64_to_opt.set && thing.i64_to_opt.value == 0 && str_is_null(thing.note));
	assert_true(thing.version == 9 && str_is_null(thing.name) && !thing.asked.set && !thing.fee.set);
}

static void test_what_was_sent(void **state)
{
	static const struct {
		const char *body;
		uint64_t sent;
	} cases[] = {
		{ "{}", 0 },
		{ "{\"name\":\"a\"}", 1 },
		{ "{\"note\":null}", 2 },
		{ "{\"i64_to_opt\":0,\"name\":\"\"}", 1 | 8 },
		{ "{\"tip\":{\"currency\":\"EUR\",\"amount\":1}}", UINT64_C(1) << 17 },
		{ "{\"extra\":{\"name\":1},\"lines\":[" LINE "]}", UINT64_C(1) << 24 | UINT64_C(1) << 21 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct thing_patch patch;
		uint64_t sent = 99;

		print_message("%s\n", cases[i].body);
		assert_int_equal(
		        json_read_sent(arena, &thing_patch_schema, str_from(cases[i].body), &patch, &sent, &errors), 0);
		assert_true(sent == cases[i].sent);
	}
}

static void test_null_is_refused_where_it_removes_nothing(void **state)
{
	for (size_t i = 0; i < thing_patch_schema.field_count; i++) {
		const struct schema_field *field = &thing_patch_schema.fields[i];
		struct str body = str_printf(arena, "{\"%s\":null}", field->name);
		struct thing_patch patch;
		uint64_t sent = 99;

		if (field->nullable || field->kind == JSON_raw)
			continue;
		assert_int_equal(json_read_sent(arena, &thing_patch_schema, body, &patch, &sent, &errors), -1);
		assert_str(errors.items[0].pointer, str_printf(arena, "#/%s", field->name));
		assert_str(errors.items[0].detail, STR("must not be null"));
		assert_true(sent == 99);
	}
}

/* ---- What start finds ---------------------------------------------------------------------------- */

#define ITS_NAME(X, T)       X(T, str, line, name, .optional = true)
#define ITS_NULL_NAME(X, T)  X(T, str, line, name, .optional = true, .nullable = true)
#define ITS_TITLE(X, T)      X(T, str, line, title, .optional = true)
#define ITS_RANK(X, T)       X(T, opt_i64, _, rank)
#define ITS_NULL_RANK(X, T)  X(T, opt_i64, _, rank, .nullable = true)
#define ITS_BARE_RANK(X, T)  X(T, i64, _, rank, .optional = true, .nullable = true)
#define ITS_PLAIN_RANK(X, T) X(T, i64, _, rank)
#define ITS_RANK_TIME(X, T)  X(T, opt_time, _, rank)
#define ITS_MUST_NAME(X, T)  X(T, str, line, name)
#define ITS_SHORTAGE(X, T)   X(T, choice, sample_shortage, kind, .optional = true)
#define ITS_COLOUR(X, T)     X(T, choice, colour, kind, .optional = true)
#define ITS_LINE(X, T)       X(T, object, sample_line, part, .optional = true)
#define ITS_ADDRESS(X, T)    X(T, object, sample_address, part, .optional = true)
#define ITS_LINES(X, T)      X(T, list, sample_line, part, .optional = true)
#define ITS_NULL_LINES(X, T) X(T, list, sample_line, part, .optional = true, .nullable = true)
#define ITS_MUST_LINES(X, T) X(T, list, sample_line, part)

#define COLOURS(X) X(COLOUR, red)
CHOICE_ENUM(colour, COLOURS)
CHOICE_TABLE(colour, COLOURS)

#define PIECES(STRUCT, OVER) \
	STRUCT(its_name, ITS_NAME, "") \
	STRUCT(its_null_name, ITS_NULL_NAME, "") \
	STRUCT(its_title, ITS_TITLE, "") \
	STRUCT(its_rank, ITS_RANK, "") \
	STRUCT(its_null_rank, ITS_NULL_RANK, "") \
	STRUCT(its_bare_rank, ITS_BARE_RANK, "") \
	STRUCT(its_plain_rank, ITS_PLAIN_RANK, "") \
	STRUCT(its_rank_time, ITS_RANK_TIME, "") \
	STRUCT(its_must_name, ITS_MUST_NAME, "") \
	STRUCT(its_shortage, ITS_SHORTAGE, "") \
	STRUCT(its_colour, ITS_COLOUR, "") \
	STRUCT(its_line, ITS_LINE, "") \
	STRUCT(its_address, ITS_ADDRESS, "") \
	STRUCT(its_lines, ITS_LINES, "") \
	STRUCT(its_null_lines, ITS_NULL_LINES, "") \
	STRUCT(its_must_lines, ITS_MUST_LINES, "")
SCHEMA_DECLARE(PIECES)
SCHEMA_DEFINE(PIECES)

static const struct {
	const struct schema *patch, *target;
	const char *why; /* NULL: fits */
} pairs[] = {
	{ &thing_patch_schema, &thing_schema, NULL },
	{ &nothing_schema, &thing_schema, NULL },
	{ &its_name_schema, &its_must_name_schema, NULL },
	{ &its_name_schema, &its_title_schema, "its_name.name has no namesake in its_title" },
	{ &its_null_name_schema, &its_name_schema, NULL },
	{ &its_name_schema, &its_null_name_schema,
	  "its_name.name is not nullable, and its namesake could not be emptied in its_null_name" },
	{ &its_null_name_schema, &its_must_name_schema,
	  "its_null_name.name is nullable, and its namesake is never absent in its_must_name" },
	{ &its_rank_schema, &its_plain_rank_schema, NULL },
	{ &its_plain_rank_schema, &its_rank_schema, NULL },
	{ &its_null_rank_schema, &its_rank_schema, NULL },
	{ &its_null_rank_schema, &its_plain_rank_schema,
	  "its_null_rank.rank is nullable, and its namesake is never absent in its_plain_rank" },
	{ &its_bare_rank_schema, &its_rank_schema,
	  "its_bare_rank.rank is nullable, and its kind cannot tell null from zero in its_rank" },
	{ &its_rank_schema, &its_rank_time_schema,
	  "its_rank.rank is of another kind than its namesake in its_rank_time" },
	{ &its_shortage_schema, &its_colour_schema,
	  "its_shortage.kind is another choice than its namesake in its_colour" },
	{ &its_line_schema, &its_address_schema, "its_line.part is of another shape than its namesake in its_address" },
	{ &its_line_schema, &its_lines_schema, "its_line.part is of another kind than its namesake in its_lines" },
	{ &its_lines_schema, &its_must_lines_schema, NULL },
	{ &its_null_lines_schema, &its_must_lines_schema,
	  "its_null_lines.part is nullable, and its namesake is never absent in its_must_lines" },
};

static void test_what_fits(void **state)
{
	for (size_t i = 0; i < ARRAY_COUNT(pairs); i++) {
		char why[160] = "";

		print_message("%s -> %s\n", pairs[i].patch->name, pairs[i].target->name);
		assert_int_equal(json_patch_check(pairs[i].patch, pairs[i].target, why, sizeof(why)),
		                 pairs[i].why ? -1 : 0);
		assert_string_equal(why, pairs[i].why ? pairs[i].why : "");
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_kind),     TEST(test_what_is_not_sent_is_kept),
		TEST(test_what_was_sent), TEST(test_null_is_refused_where_it_removes_nothing),
		TEST(test_what_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
