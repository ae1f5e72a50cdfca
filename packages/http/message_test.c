/* SPDX-License-Identifier: Apache-2.0 */
#include "http/test_main.h"

#include "base/check.h"
#include "http/message.h"

static struct arena *arena;

static int set_up(void **state)
{
	arena = arena_new(4096, 1024 * 1024, NULL, NULL);
	return 0;
}

static int tear_down(void **state)
{
	arena_free(arena);
	return 0;
}

static struct str written(const struct failure *failure)
{
	struct buf buf;

	buf_init_arena(&buf, arena, 4096);
	problem_write(&buf, failure, STR("/api/orders/7"), STR("r1"));
	assert_false(buf.overflow);
	return buf_view(&buf);
}

static void test_problem(void **state)
{
	const struct field_error fields[] = {
		{ STR("#/lines/0/quantity"), STR("at least 1") },
		{ STR("#/note"), STR("no \"quotes\"") },
	};
	const struct problem_member members[] = { { STR("allowed"), STR("[\"a\",\"b\"]") } };
	const struct failure refused = {
		.kind = FAILURE_REFUSED,
		.problem = &problem_invalid_body,
		.detail = STR("2 fields"),
		.fields = fields,
		.field_count = 2,
		.members = members,
		.member_count = 1,
	};

	assert_str(
	        written(&refused),
	        STR("{\"type\":\"/problems/invalid_body\",\"title\":\"The body breaks the rules listed in errors\","
	            "\"status\":422,\"detail\":\"2 fields\",\"instance\":\"/api/orders/7\",\"code\":\"invalid_body\","
	            "\"request_id\":\"r1\",\"errors\":[{\"pointer\":\"#/lines/0/quantity\",\"detail\":\"at least 1\"},"
	            "{\"pointer\":\"#/note\",\"detail\":\"no \\\"quotes\\\"\"}],\"allowed\":[\"a\",\"b\"]}"));
}

static void test_problem_keeps_our_secrets(void **state)
{
	const struct failure failed = { .kind = FAILURE_FAILED, .detail = STR("password is hunter2") };

	assert_str(
	        written(&failed),
	        STR("{\"type\":\"/problems/internal\",\"title\":\"We failed; the error is recorded under request_id\","
	            "\"status\":500,\"detail\":\"We failed; the error is recorded under "
	            "request_id\",\"instance\":\"/api/orders/7\",\"code\":\"internal\",\"request_id\":\"r1\"}"));
}

#define STRING(text) (text), sizeof(text) - 1

static void test_problem_names_the_place(void **state)
{
	static const struct field_error fields[] = {
		{ STR("If-Match"), STR("must be a tag"), true },
		{ STR("limit"), STR("at most 100"), false },
	};
	const struct failure refused = {
		.kind = FAILURE_REFUSED, .problem = &problem_invalid_parameter, .fields = fields, .field_count = 2
	};
	struct str text = written(&refused);

	assert_non_null(memmem(text.ptr, text.len, STRING("\"detail\":\"If-Match must be a tag; errors lists more\"")));
	assert_non_null(memmem(text.ptr, text.len,
	                       STRING("\"errors\":[{\"header\":\"If-Match\",\"detail\":\"must be a tag\"},"
	                              "{\"parameter\":\"limit\",\"detail\":\"at most 100\"}]")));
}

static void test_problem_of(void **state)
{
	static const struct {
		struct failure failure;
		const struct problem *problem;
	} rows[] = {
		{ { .kind = FAILURE_REFUSED, .problem = &problem_forbidden }, &problem_forbidden },
		{ { .kind = FAILURE_FAILED, .problem = &problem_forbidden }, &problem_internal },
		{ { .kind = FAILURE_UNAVAILABLE }, &problem_unavailable },
		{ { .kind = FAILURE_CONFLICT }, &problem_conflict },
		{ { .kind = FAILURE_DEADLINE }, &problem_deadline },
		{ { .kind = FAILURE_CANCELLED }, &problem_unavailable },
		{ { .kind = FAILURE_NONE }, &problem_internal },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_ptr_equal(problem_of(&rows[i].failure), rows[i].problem);
}

static void test_registered_type(void **state)
{
	static const struct problem quota = { .code = "quota", .status = 429, .title = "T", .type = "https://x/#q" };
	const struct failure refused = { .kind = FAILURE_REFUSED, .problem = &quota };

	assert_true(str_starts(written(&refused), STR("{\"type\":\"https://x/#q\",\"title\":\"T\",\"status\":429,")));
}

static void test_etag(void **state)
{
	static const struct {
		struct str header;
		int version; /* 42 is the current one */
		int known;   /* "v42-00000000000000ab" is the current tag */
	} rows[] = {
		{ STR("\"v42-00000000000000ab\""), 1, 1 },
		{ STR("\"v42-00000000000000ac\""), 1, 0 },
		{ STR("\"v42\""), 1, 0 },
		{ STR("\"v42-\""), 1, 0 },
		{ STR("*"), 1, 1 },
		{ STR(" * "), 1, 1 },
		{ STR("\"v41\""), 0, 0 },
		{ STR("\"v41-00000000000000ab\""), 0, 0 },
		{ STR("\"00000000000000ab\""), 0, 0 },
		{ STR("\"v420\""), 0, 0 },
		{ STR("\"v4\", \"2\""), 0, 0 },
		{ STR("\"V42\""), 0, 0 },
		{ STR("\"\""), 0, 0 },
		{ STR("W/\"v42-00000000000000ab\""), 0, 1 },
		{ STR("\"a,b\", \"v42-00000000000000ab\""), 1, 1 },
		{ STR("\"v1\" ,\t\"v42-00000000000000ab\" , \"v3\""), 1, 1 },
		{ STR("\"v1\",W/\"v42\""), 0, 0 },
		{ STR(""), -1, -1 },
		{ STR("v42"), -1, -1 },
		{ STR("\"v42"), -1, -1 },
		{ STR("\"v42\" x"), -1, -1 },
		{ STR("\"v42\","), 1, 0 },
		{ STR(", ,\"v41\",\t, \"v42\""), 1, 0 },
		{ STR(",\"v41\","), 0, 0 },
		{ STR(" , ,"), -1, -1 },
		{ STR("\"v42\" \"v43\""), -1, -1 },
		{ STR("*, \"v42\""), -1, -1 },
		{ STR("w/\"v42\""), -1, -1 },
		{ STR("\"v4 2\""), -1, -1 },
	};
	struct str etag = etag_of(arena, 42, 0xab);

	assert_str(etag, STR("\"v42-00000000000000ab\""));
	assert_str(etag_of(arena, 42, 0), STR("\"v42\""));
	assert_str(etag_of(arena, 0, UINT64_MAX), STR("\"ffffffffffffffff\""));
	assert_str(etag_of(arena, INT64_MAX, 1), STR("\"v9223372036854775807-0000000000000001\""));
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		assert_int_equal(etag_has_version(rows[i].header, 42), rows[i].version);
		assert_int_equal(etag_is_known(rows[i].header, etag), rows[i].known);
	}
}

static void test_idempotency_key(void **state)
{
	static const struct {
		struct str header;
		struct str key; /* null: refused */
	} rows[] = {
		{ STR("abc-123"), STR("abc-123") },
		{ STR("  abc  "), STR("abc") },
		{ STR("\"abc\""), STR("abc") },
		{ STR("\"a b, c\""), STR("a b, c") },
		{ STR("\"a\\\"b\\\\c\""), STR("a\"b\\c") },
		{ STR(""), STR_NULL },
		{ STR("\"\""), STR_NULL },
		{ STR("\""), STR_NULL },
		{ STR("\"abc"), STR_NULL },
		{ STR("abc\""), STR_NULL },
		{ STR("\"a\"b\""), STR_NULL },
		{ STR("\"a\\\""), STR_NULL },
		{ STR("\"a\\nb\""), STR_NULL },
		{ STR("a b"), STR_NULL },
		{ STR("a,b"), STR_NULL },
		{ STR("a\tb"), STR_NULL },
		{ STR("a\xc3\xa9"), STR_NULL },
	};
	char longest[257];
	struct str key;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		key = STR_NULL;
		assert_int_equal(idempotency_key_parse(arena, rows[i].header, &key), str_is_null(rows[i].key) ? -1 : 0);
		assert_str(key, rows[i].key);
	}
	memset(longest, 'k', sizeof(longest));
	assert_int_equal(idempotency_key_parse(arena, (struct str){ longest, 255 }, &key), 0);
	assert_int_equal(idempotency_key_parse(arena, (struct str){ longest, 256 }, &key), -1);
}

static void test_query(void **state)
{
	static const struct {
		struct str query;
		const char *expected; /* NULL: refused */
	} rows[] = {
		{ STR_NULL, "" },
		{ STR(""), "" },
		{ STR("a=b"), "a=b;" },
		{ STR("a"), "a=;" },
		{ STR("a=&=b"), "a=;=b;" },
		{ STR("&a=b&&c=d&"), "a=b;c=d;" },
		{ STR("q=a+b%20c%2Bd"), "q=a b c+d;" },
		{ STR("filter[status]=a,b"), "filter[status]=a,b;" },
		{ STR("filter%5Bx%5D=1=2"), "filter[x]=1=2;" },
		{ STR("a=1&a=2"), "a=1;a=2;" },
		{ STR("a=1&b=2&c=3&d=4"), NULL },
		{ STR("a=%"), NULL },
		{ STR("a=%4"), NULL },
		{ STR("a=%zz"), NULL },
		{ STR("%00=1"), NULL },
		{ STR("a=%ff"), NULL },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct http_pair *pairs;
		size_t count = 0;
		struct buf told;

		assert_int_equal(query_parse(arena, rows[i].query, 3, &pairs, &count), rows[i].expected ? 0 : -1);
		buf_init_arena(&told, arena, 1024);
		for (size_t k = 0; rows[i].expected && k < count; k++)
			buf_printf(&told, "%.*s=%.*s;", STR_ARG(pairs[k].name), STR_ARG(pairs[k].value));
		if (rows[i].expected && *rows[i].expected)
			assert_str(buf_view(&told), str_from(rows[i].expected));
		else
			assert_int_equal(told.len, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_problem),
		cmocka_unit_test(test_problem_keeps_our_secrets),
		cmocka_unit_test(test_problem_names_the_place),
		cmocka_unit_test(test_problem_of),
		cmocka_unit_test(test_registered_type),
		cmocka_unit_test(test_etag),
		cmocka_unit_test(test_idempotency_key),
		cmocka_unit_test(test_query),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
