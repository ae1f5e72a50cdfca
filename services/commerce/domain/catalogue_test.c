/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "commerce/domain/catalogue.h"

static void test_skus(void **state)
{
	static const struct {
		struct str sku;
		bool valid;
	} rows[] = {
		{ STR("A"), true },     { STR("7"), true },     { STR("MILK-1L"), true },   { STR("a.b_c-d/e9"), true },
		{ STR(""), false },     { STR("-A"), false },   { STR("/A"), false },       { STR("A B"), false },
		{ STR("A\n"), false },  { STR("A+B"), false },  { STR("\xc3\x84"), false }, { STR("A\xc3\xa4"), false },
		{ STR("A\0B"), false }, { STR("A%2F"), false },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_int_equal(sku_valid(rows[i].sku), rows[i].valid);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_skus) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
