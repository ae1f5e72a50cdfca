/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "accounts/domain/lockout.h"

enum { MAX = 3, WINDOW = 100 };

static void test_the_lock_ends_when_the_oldest_that_counts_is_forgotten(void **state)
{
	static const int64_t tries[] = { 10, 20, 30, 40 };
	static const struct {
		size_t count;
		int64_t now, until;
	} cases[] = {
		{ 0, 50, 0 },  { 1, 50, 0 },   { 2, 50, 0 },   { 3, 50, 110 },  { 3, 109, 110 },
		{ 3, 110, 0 }, { 3, 1000, 0 }, { 4, 50, 120 }, { 4, 119, 120 }, { 4, 120, 0 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		assert_int_equal(lockout_until(tries, cases[i].count, cases[i].now, MAX, WINDOW), cases[i].until);
}

static void test_no_limit(void **state)
{
	static const int64_t tries[] = { 1, 2, 3 };

	assert_int_equal(lockout_until(tries, 3, 3, 0, WINDOW), 0);
	assert_int_equal(lockout_until(tries, 3, 3, 1, WINDOW), 3 + WINDOW);
	assert_int_equal(lockout_until(NULL, 0, 3, 0, WINDOW), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_lock_ends_when_the_oldest_that_counts_is_forgotten),
		cmocka_unit_test(test_no_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
