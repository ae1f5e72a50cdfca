/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "json/json.h"
#include "json/sample.h"

enum { PAIRS_MAX = 8 };

#define ID "00000000-0000-7000-8000-000000000001"

static struct arena *arena;
static struct sample_query query;
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

/* "a=1&b=2", already decoded: neither sign occurs in the values here. filter[name], which is required, is added. */
static int read_query(const char *text)
{
	struct json_pair pairs[PAIRS_MAX] = { { STR("filter[name]"), STR("n") } };
	struct str rest = str_from(text);
	size_t count = 1;

	while (!str_is_null(rest) && rest.len) {
		struct str value = str_cut(&rest, '&');

		assert_true(count < PAIRS_MAX);
		pairs[count].name = str_cut(&value, '=');
		pairs[count++].value = value;
	}
	return json_read_pairs(arena, &sample_query_schema, pairs, count, &query, &errors);
}

#define KNOWN \
	"is not a field here; known: q, limit, active, radius, filter[status], filter[product_id], " \
	"filter[created_at][gte], shortage, owner, filter[name]"

static const struct {
	const char *text;
	const char *pointer;
	const char *detail;
} refusals[] = {
	{ "bogus=1", "bogus", KNOWN },
	{ "filter[bogus]=1", "filter[bogus]", KNOWN },
	{ "filter-status=1", "filter-status", KNOWN },
	{ "filter[status=1", "filter[status", KNOWN },
	{ "filterstatus]=1", "filterstatus]", KNOWN },
	{ "filter[status]]=1", "filter[status]]", KNOWN },
	{ "filter[[status]=1", "filter[[status]", KNOWN },
	{ "filter[sta]tus=1", "filter[sta]tus", KNOWN },
	{ "]limit=1", "]limit", KNOWN },
	{ "=1", "", KNOWN },
	{ "limi=1", "limi", KNOWN },
	{ "limits=1", "limits", KNOWN },
	{ "limit=1&limit=1", "limit", "is given twice" },
	{ "filter[status]=a&filter_status=b", "filter_status", "is given twice" },
	{ "filter[name]=", "filter[name]", "is given twice" },
	{ "limit=0", "limit", "must be at least 1" },
	{ "limit=101", "limit", "must be at most 100" },
	{ "limit=", "limit", "must be a whole number" },
	{ "limit", "limit", "must be a whole number" },
	{ "limit= 1", "limit", "must be a whole number" },
	{ "limit=+1", "limit", "must be a whole number" },
	{ "limit=-", "limit", "must be a whole number" },
	{ "limit=99999999999999999999", "limit", "must be a whole number of at most 64 bits" },
	{ "active=1", "active", "must be true or false" },
	{ "active=", "active", "must be true or false" },
	{ "radius=51", "radius", "must be at most 50" },
	{ "radius=-1", "radius", "must be at least 0" },
	{ "radius=0x10", "radius", "must be a number" },
	{ "radius= 1", "radius", "must be a number" },
	{ "radius=\n1", "radius", "must be a number" },
	{ "radius=nan", "radius", "must be a number" },
	{ "radius=", "radius", "must be a number" },
	{ "radius=1111111111111111111111111111111111111111111", "radius", "must be a number of at most 40 characters" },
	{ "q=12345678901", "q", "must have at most 10 characters" },
	{ "q=\xff", "q", "must be UTF-8" },
	{ "\xff=1", "?", KNOWN },
	{ "filter[status]=a,b,c,d", "filter[status]", "must have at most 3 items" },
	{ "filter[status]=a,12345678901", "filter[status]", "must have at most 10 characters" },
	{ "filter[product_id]=" ID ",", "filter[product_id]", "must be a UUID" },
	{ "filter[created_at][gte]=now", "filter[created_at][gte]",
	  "must be an RFC 3339 time such as 2026-11-21T10:00:00Z" },
	{ "shortage=x", "shortage", "must be one of: best_match, refund, ask_me" },
	{ "owner=x", "owner", "must be a UUID" },
};

static void test_refusals(void **state)
{
	for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
		print_message("%s\n", refusals[i].text);
		assert_int_equal(read_query(refusals[i].text), -1);
		assert_false(errors.syntax);
		assert_int_equal(errors.count, 1);
		assert_str(errors.items[0].pointer, str_from(refusals[i].pointer));
		assert_str(errors.items[0].detail, str_from(refusals[i].detail));
	}
}

static void test_values_arrive(void **state)
{
	assert_int_equal(
	        read_query("q=&limit=20&active=false&radius=1.5e1&filter[status]=picking,ready&shortage=refund"), 0);
	assert_str(query.q, STR(""));
	assert_int_equal(query.limit, 20);
	assert_true(query.active.set && !query.active.value);
	assert_true(query.radius == 15);
	assert_int_equal(query.filter_status.count, 2);
	assert_str(query.filter_status.items[1], STR("ready"));
	assert_int_equal(query.shortage, SAMPLE_SHORTAGE_refund);
	assert_str(query.filter_name, STR("n"));
	assert_false(query.owner.set);
	assert_null(query.filter_product_id.items);

	assert_int_equal(read_query("filter[product_id]=" ID "," ID "&filter[created_at][gte]=1970-01-01T00:00:01Z"),
	                 0);
	assert_int_equal(query.filter_product_id.count, 2);
	assert_int_equal(query.filter_created_at_gte.value, 1000000);
	assert_true(str_is_null(query.q));
}

static void test_an_empty_list_is_empty(void **state)
{
	assert_int_equal(read_query("filter[status]="), 0);
	assert_non_null(query.filter_status.items);
	assert_int_equal(query.filter_status.count, 0);
}

static void test_what_is_required(void **state)
{
	assert_int_equal(json_read_pairs(arena, &sample_query_schema, NULL, 0, &query, &errors), -1);
	assert_int_equal(errors.count, 1);
	assert_str(errors.items[0].pointer, STR("filter[name]"));
	assert_str(errors.items[0].detail, STR("is required"));
}

static void test_long_names_are_cut(void **state)
{
	struct json_pair pair = { .value = STR("1") };
	char name[200];

	memset(name, 'x', sizeof(name));
	pair.name = (struct str){ name, sizeof(name) };
	assert_int_equal(json_read_pairs(arena, &sample_query_schema, &pair, 1, &query, &errors), -1);
	assert_int_equal(errors.items[0].pointer.len, JSON_ECHO_MAX);
}

static void test_errors_have_a_ceiling(void **state)
{
	struct json_pair pairs[100];

	for (size_t i = 0; i < ARRAY_COUNT(pairs); i++)
		pairs[i] = (struct json_pair){ STR("x"), STR("y") };
	assert_int_equal(json_read_pairs(arena, &sample_query_schema, pairs, ARRAY_COUNT(pairs), &query, &errors), -1);
	assert_int_equal(errors.count, JSON_ERRORS_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_refusals),         TEST(test_values_arrive),      TEST(test_an_empty_list_is_empty),
		TEST(test_what_is_required), TEST(test_long_names_are_cut), TEST(test_errors_have_a_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
