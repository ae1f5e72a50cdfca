/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "base/choice.h"

#define NUMBERS(X) \
	X(NUMBER, one) \
	X(NUMBER, two)
CHOICE_ENUM(number, NUMBERS)
CHOICE_TABLE(number, NUMBERS)

static void test_choices_go_both_ways(void **state)
{
	assert_int_equal(number_none, 0);
	assert_int_equal(number_count, 3);
	assert_int_equal(choice_parse(&number_choice, STR("two")), NUMBER_two);
	assert_int_equal(choice_parse(&number_choice, STR("three")), 0);
	assert_int_equal(choice_parse(&number_choice, STR("")), 0);
	assert_int_equal(choice_parse(&number_choice, STR_NULL), 0);
	assert_str(choice_text(&number_choice, NUMBER_one), STR("one"));
	assert_str(choice_text(&number_choice, number_none), STR_NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choices_go_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
