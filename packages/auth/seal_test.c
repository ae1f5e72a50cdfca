/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/seal.h"

#include "base/encode.h"
#include "base/test.h"

#define SECRET STR("a secret of the installation, long enough")
#define PLACE  STR("row 1")

static struct arena *arena;

static void test_what_is_sealed_opens_again(void **state)
{
	static const char *const texts[] = { "", "x", "{\"key\":\"stoa_very_secret\"}" };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
		struct str text = str_from(texts[i]), sealed = seal(arena, SECRET, PLACE, text);

		assert_true(str_eq(unseal(arena, SECRET, PLACE, sealed), text));
		assert_false(str_is_null(unseal(arena, SECRET, PLACE, sealed)));
		assert_false(str_eq(sealed, seal(arena, SECRET, PLACE, text)));
	}
}

static void test_it_opens_nowhere_else(void **state)
{
	struct str sealed = seal(arena, SECRET, PLACE, STR("text")), bytes;

	(void)state;
	assert_true(str_is_null(unseal(arena, STR("another secret, long enough as well"), PLACE, sealed)));
	assert_true(str_is_null(unseal(arena, SECRET, STR("row 2"), sealed)));
	assert_true(str_is_null(unseal(arena, SECRET, PLACE, STR(""))));
	assert_true(str_is_null(unseal(arena, SECRET, PLACE, STR("{\"id\":1}"))));
	assert_true(str_is_null(unseal(arena, SECRET, PLACE, str_slice(sealed, 0, 52))));
	assert_int_equal(base64url_decode(arena, sealed, &bytes), 0);
	for (size_t i = 0; i < bytes.len; i++) {
		char *changed = arena_copy(arena, bytes.ptr, bytes.len);

		changed[i] ^= 1;
		assert_true(str_is_null(
		        unseal(arena, SECRET, PLACE, base64url_encode(arena, (struct str){ changed, bytes.len }))));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_sealed_opens_again),
		cmocka_unit_test(test_it_opens_nowhere_else),
	};

	arena = arena_new(4096, 1 << 20, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
