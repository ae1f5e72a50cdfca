/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept from the libraries that read tokens. */
#include "base/test.h"

#include "auth/jose.h"
#include "base/arena.h"
#include "base/encode.h"

static void test_base64url(void **state)
{
	static const struct {
		struct str part;
		bool good;
	} rows[] = {
		{ STR("e30"), true },
		{ STR("AA"), true },
		{ STR("A-_z09"), true },
		{ STR(""), false },
		{ STR_NULL, false },
		{ STR("A"), false },
		{ STR("AAAAA"), false },
		{ STR("e30="), false },
		{ STR("e3+0"), false },
		{ STR("e3/0"), false },
		{ STR("e3\0"
		      "0"),
		  false },
		{ STR("e3 0"), false },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_int_equal(jose_is_base64url(rows[i].part), rows[i].good);
}

static void test_depth(void **state)
{
	static const struct {
		const char *json;
		bool shallow;
	} rows[] = {
		{ "{\"alg\":\"HS256\"}", true },
		{ "[[[[[[[[]]]]]]]]", true },
		{ "[[[[[[[[[]]]]]]]]]", false },
		{ "[{\"a\":[{\"a\":[{\"a\":[{\"a\":[]}]}]}]}]", false },
		{ "[[[[[[[[],[],[],[]]]]]]]]", true },
		{ "{\"a\":\"[[[[[[[[[[[[\"}", true },
		{ "{\"a\":\"\\\"[[[[[[[[[[[[\"}", true },
		{ "{\"a\":\"\\\\\",\"b\":[[[[[[[[[[]]]]]]]]]]}", false },
		{ "\"[[[[[[[[[[[[", true },
		{ "\"\\", true },
		{ "]]]][[[[[[[[[[[[[[[[", false },
		{ "", true },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_int_equal(jose_text_is_shallow(str_from(rows[i].json)), rows[i].shallow);
}

static void test_depth_of_a_part(void **state)
{
	struct arena *arena = arena_new(4096, 1024 * 1024, NULL, NULL);
	char deep[6000];

	memset(deep, '[', sizeof(deep));
	assert_true(jose_is_shallow(base64url_encode(arena, STR("{\"alg\":\"HS256\"}"))));
	assert_false(jose_is_shallow(base64url_encode(arena, (struct str){ deep, JOSE_DEPTH_MAX + 1 })));
	assert_false(jose_is_shallow(base64url_encode(arena, (struct str){ deep, sizeof(deep) })));
	assert_false(jose_is_shallow(STR("")));
	assert_false(jose_is_shallow(STR("no base64")));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base64url),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_depth_of_a_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
