/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "base/money.h"

static void sums_and_products_are_checked(void **state)
{
	struct money result = EUR(5);

	assert_int_equal(money_add(EUR(150), EUR(-50), &result), 0);
	assert_int_equal(result.amount, 100);
	assert_string_equal(result.currency, "EUR");
	assert_int_equal(money_add(EUR(INT64_MAX), EUR(1), &result), -1);
	assert_int_equal(money_add(EUR(INT64_MIN), EUR(-1), &result), -1);
	assert_int_equal(money_add(EUR(1), money_of(1, STR("USD")), &result), -1);
	assert_int_equal(money_times(EUR(INT64_MAX / 2), 3, &result), -1);
	assert_int_equal(result.amount, 100);
	assert_int_equal(money_times(money_of(-250, STR("JPY")), 4, &result), 0);
	assert_int_equal(result.amount, -1000);
	assert_true(money_same_currency(result, money_of(0, STR("JPY"))));
	assert_false(money_same_currency(result, EUR(0)));
}

static void exponents(void **state)
{
	static const struct {
		struct str currency;
		int exponent;
	} cases[] = {
		{ STR("AED"), 2 },  { STR("ZWG"), 2 },  { STR("EUR"), 2 },  { STR("USD"), 2 },  { STR("JPY"), 0 },
		{ STR("BIF"), 0 },  { STR("XPF"), 0 },  { STR("KWD"), 3 },  { STR("TND"), 3 },  { STR("UYW"), 4 },
		{ STR("QQQ"), -1 }, { STR("XXX"), -1 }, { STR("XTS"), -1 }, { STR("XAU"), -1 }, { STR("CHE"), -1 },
		{ STR("CLF"), -1 }, { STR("HRK"), -1 }, { STR("eur"), -1 }, { STR("EU"), -1 },  { STR("EURO"), -1 },
		{ STR("E R"), -1 }, { STR("D|A"), -1 }, { STR_NULL, -1 },   { STR(""), -1 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		assert_int_equal(money_exponent(cases[i].currency), cases[i].exponent);
}

/* In the order of the alphabet, so that none is there twice, with one byte between two. */
static void currencies_are_a_table(void **state)
{
	static const struct {
		const char *codes;
		size_t count;
	} rows[] = { { CURRENCIES_0, 16 }, { CURRENCIES_2, 132 }, { CURRENCIES_3, 7 }, { CURRENCIES_4, 1 } };

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct str rest = str_from(rows[i].codes), last = STR("");

		assert_int_equal(rest.len + 1, 4 * rows[i].count);
		while (!str_is_null(rest)) {
			struct str code = str_cut(&rest, '|');

			assert_true(str_cmp(last, code) < 0);
			assert_int_equal(money_exponent(code),
			                 money_exponent(str_slice(str_from(rows[i].codes), 0, 3)));
			last = code;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_and_products_are_checked),
		cmocka_unit_test(exponents),
		cmocka_unit_test(currencies_are_a_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
