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

static void test_texts(void **state)
{
	static const struct {
		struct str text;
		enum text_fault line, block;
	} rows[] = {
		{ STR("Whole milk"), TEXT_OK, TEXT_OK },
		{ STR("\xc3\x84pfel, 1 kg"), TEXT_OK, TEXT_OK },
		{ STR(""), TEXT_OK, TEXT_OK },
		{ STR(" a"), TEXT_BLANK_END, TEXT_BLANK_END },
		{ STR("a "), TEXT_BLANK_END, TEXT_BLANK_END },
		{ STR(" "), TEXT_BLANK_END, TEXT_BLANK_END },
		{ STR("a\nb"), TEXT_CONTROL, TEXT_OK },
		{ STR("a\tb"), TEXT_CONTROL, TEXT_OK },
		{ STR("a\n"), TEXT_CONTROL, TEXT_BLANK_END },
		{ STR("a\rb"), TEXT_CONTROL, TEXT_CONTROL },
		{ STR("a\0b"), TEXT_CONTROL, TEXT_CONTROL },
		{ STR("a\x7f"), TEXT_CONTROL, TEXT_CONTROL },
		{ STR("a\x1b[31m"), TEXT_CONTROL, TEXT_CONTROL },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		assert_int_equal(text_line_check(rows[i].text), rows[i].line);
		assert_int_equal(text_block_check(rows[i].text), rows[i].block);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_skus), cmocka_unit_test(test_texts) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
