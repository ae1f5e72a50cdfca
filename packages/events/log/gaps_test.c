/* SPDX-License-Identifier: Apache-2.0 */
#include "events/log/gaps.h"

#include "base/test.h"

static void expect(const struct gaps *gaps, const struct gap *want, size_t count)
{
	assert_int_equal(gaps->count, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(gaps->items[i].from, want[i].from);
		assert_int_equal(gaps->items[i].to, want[i].to);
		assert_int_equal(gaps->items[i].bound, want[i].bound);
	}
}

#define EXPECT_GAPS(gaps, ...) \
	expect((gaps), (const struct gap[]){ __VA_ARGS__ }, \
	       sizeof((const struct gap[]){ __VA_ARGS__ }) / sizeof(struct gap))

static void test_fill(void **state)
{
	struct gaps gaps = { 0 };

	(void)state;
	gaps_add(&gaps, 3, 7, 0);
	gaps_add(&gaps, 10, 10, 0);
	assert_true(gaps_lack_bound(&gaps));
	gaps_set_bound(&gaps, 50);
	assert_false(gaps_lack_bound(&gaps));
	gaps_add(&gaps, 12, 13, 0);
	gaps_fill(&gaps, 5);
	EXPECT_GAPS(&gaps, { 3, 4, 50 }, { 6, 7, 50 }, { 10, 10, 50 }, { 12, 13, 0 });
	gaps_fill(&gaps, 3);
	gaps_fill(&gaps, 10);
	gaps_fill(&gaps, 13);
	gaps_fill(&gaps, 9); /* of no gap */
	EXPECT_GAPS(&gaps, { 4, 4, 50 }, { 6, 7, 50 }, { 12, 12, 0 });
	gaps_done(&gaps);
}

static void test_drop(void **state)
{
	struct gaps gaps = { 0 };

	(void)state;
	gaps_add(&gaps, 1, 1, 10);
	gaps_add(&gaps, 3, 3, 20);
	gaps_add(&gaps, 5, 5, 0);
	gaps_drop(&gaps, 9);
	assert_int_equal(gaps.count, 3);
	gaps_drop(&gaps, 10); /* ids below 10 have ended; so has every transaction that could fill the first */
	EXPECT_GAPS(&gaps, { 3, 3, 20 }, { 5, 5, 0 });
	gaps_drop(&gaps, 1000);
	EXPECT_GAPS(&gaps, { 5, 5, 0 });
	gaps_done(&gaps);
}

static void test_cut(void **state)
{
	struct gaps gaps = { 0 };

	(void)state;
	gaps_add(&gaps, 1, 4, 10);
	gaps_add(&gaps, 6, 9, 10);
	gaps_add(&gaps, 20, 29, 10);
	gaps_cut(&gaps, 7);
	EXPECT_GAPS(&gaps, { 1, 4, 10 }, { 6, 7, 10 });
	gaps_cut(&gaps, 0);
	assert_int_equal(gaps.count, 0);
	gaps_done(&gaps);
}

/* Of a row that somebody else may have written. */
static void test_load(void **state)
{
	struct gaps gaps = { 0 };

	(void)state;
	assert_true(gaps_load(&gaps, 3, 7, 50));
	assert_false(gaps_load(&gaps, 7, 9, 50));
	assert_false(gaps_load(&gaps, 3, 7, 50));
	assert_false(gaps_load(&gaps, 10, 9, 50));
	assert_true(gaps_load(&gaps, 8, 9, 0));
	EXPECT_GAPS(&gaps, { 3, 7, 50 }, { 8, 9, 0 });
	gaps_done(&gaps);
}

static void test_many(void **state)
{
	struct gaps gaps = { 0 };

	(void)state;
	gaps_add(&gaps, 1, 2001, 7);
	for (int64_t i = 2; i <= 2000; i += 2)
		gaps_fill(&gaps, i);
	assert_int_equal(gaps.count, 1001);
	for (int64_t i = 1; i <= 2001; i += 2)
		gaps_fill(&gaps, i);
	assert_int_equal(gaps.count, 0);
	gaps_done(&gaps);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_fill), cmocka_unit_test(test_drop),
		                            cmocka_unit_test(test_cut), cmocka_unit_test(test_load),
		                            cmocka_unit_test(test_many) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
