/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "auth/code.h"

static struct arena *arena;

static struct uuid id_of(uint8_t last)
{
	return (struct uuid){ .bytes = { [15] = last } };
}

static void test_codes_are_digits_and_differ(void **state)
{
	bool differ = false;
	struct str first = code_new(arena);

	for (int i = 0; i < 1000; i++) {
		struct str code = code_new(arena);

		assert_int_equal(code.len, CODE_DIGITS);
		for (size_t k = 0; k < code.len; k++)
			assert_in_range(code.ptr[k], '0', '9');
		differ |= !str_eq(code, first);
	}
	assert_true(differ);
}

static void test_a_hash_depends_on_all_of_it(void **state)
{
	struct str hash = code_hash(arena, STR("key"), id_of(1), STR("123456"));

	assert_true(code_hash_eq(hash, code_hash(arena, STR("key"), id_of(1), STR("123456"))));
	assert_false(code_hash_eq(hash, code_hash(arena, STR("kez"), id_of(1), STR("123456"))));
	assert_false(code_hash_eq(hash, code_hash(arena, STR("key"), id_of(2), STR("123456"))));
	assert_false(code_hash_eq(hash, code_hash(arena, STR("key"), id_of(1), STR("123457"))));
	assert_false(code_hash_eq(hash, STR("")));
	assert_false(code_hash_eq(STR_NULL, STR_NULL));
	assert_false(code_hash_eq(hash, str_slice(hash, 0, 31)));
}

static int start(void **state)
{
	arena = arena_new(4096, 1 << 20, NULL, NULL);
	return 0;
}

static int stop(void **state)
{
	arena_free(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codes_are_digits_and_differ),
		cmocka_unit_test(test_a_hash_depends_on_all_of_it),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
