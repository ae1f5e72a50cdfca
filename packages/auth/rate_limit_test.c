/* SPDX-License-Identifier: Apache-2.0 */
/* Rate limits without Redis: the burst is the quota, the pace is kept, principals do not meet, memory is bounded. */
#include "base/test.h"
#undef fail /* ours ends an attempt */

#include "auth/rate_limit.h"
#include "base/clock.h"
#include "task/task.h"

#define HOUR (3600 * US_PER_S)

/* cmocka's asserts would jump off the task's stack. */
#define EXPECT(expression) \
	do { \
		if (!(expression)) \
			fail("line %d: %s", __LINE__, #expression); \
	} while (0)

static struct rate_limiter *limiter;
static bool passed;

static void run_body(void *arg)
{
	struct failure failure = task_attempt((task_fn *)arg, NULL);

	if (failure.kind)
		print_error("%.*s\n", STR_ARG(failure.detail));
	passed = !failure.kind;
	arena_reset(task_arena());
}

static void run(task_fn *body)
{
	struct loop *loop = loop_new();

	limiter = rate_limiter_new(loop, NULL);
	passed = false;
	assert_non_null(task_spawn(loop, &(struct task_options){ .name = "test", .timeout_us = 60 * US_PER_S },
	                           run_body, (void *)body));
	loop_run(loop);
	rate_limiter_free(limiter);
	loop_free(loop);
	assert_true(passed);
}

/* An hour's window: nothing comes back while the test runs. */
static void bursts(void *arg)
{
	static const int64_t quotas[] = { 1, 2, 3, 7, 60, 100, 997, 9999 };

	for (size_t i = 0; i < ARRAY_COUNT(quotas); i++) {
		const struct rate_rule rule = { .name = "test", .quota = quotas[i], .window_us = HOUR };
		struct str who = str_printf(task_arena(), "ip:10.0.0.%zu", i);
		struct rate_verdict verdict;

		for (int64_t n = 1; n <= rule.quota; n++) {
			verdict = rate_take(limiter, &rule, who);
			EXPECT(verdict.allowed && verdict.retry_after_us == 0);
			EXPECT(verdict.remaining >= rule.quota - n && verdict.remaining <= rule.quota - n + 1);
			EXPECT(verdict.reset_us > 0 && verdict.reset_us <= HOUR);
			if (n % 1000 == 0)
				arena_reset(task_arena()), who = str_printf(task_arena(), "ip:10.0.0.%zu", i);
		}
		for (int n = 0; n < 3; n++) {
			verdict = rate_take(limiter, &rule, who);
			EXPECT(!verdict.allowed && verdict.remaining == 0);
			EXPECT(verdict.retry_after_us > 0 && verdict.retry_after_us <= HOUR / rule.quota);
		}
	}
}

static void test_the_burst_is_the_quota(void **state)
{
	run(bursts);
}

static void refills(void *arg)
{
	const struct rate_rule rule = { .name = "test", .quota = 4, .window_us = 40 * US_PER_MS };
	struct rate_verdict verdict;

	while ((verdict = rate_take(limiter, &rule, STR("ip:10.0.0.1"))).allowed)
		;
	for (int round = 0; round < 3; round++) {
		EXPECT(verdict.retry_after_us > 0 && verdict.retry_after_us <= 10 * US_PER_MS);
		task_sleep_us(verdict.retry_after_us);
		EXPECT(rate_take(limiter, &rule, STR("ip:10.0.0.1")).allowed);
		while ((verdict = rate_take(limiter, &rule, STR("ip:10.0.0.1"))).allowed)
			;
	}
	task_sleep_us(verdict.reset_us);
	verdict = rate_take(limiter, &rule, STR("ip:10.0.0.1"));
	EXPECT(verdict.allowed && verdict.remaining == 3);
}

static void test_it_comes_back_at_the_pace(void **state)
{
	run(refills);
}

static void separate(void *arg)
{
	const struct rate_rule one = { .name = "one", .quota = 1, .window_us = HOUR };
	const struct rate_rule two = { .name = "two", .quota = 1, .window_us = HOUR };
	const struct rate_rule none = { .name = "none", .quota = 0, .window_us = HOUR };

	EXPECT(rate_take(limiter, &one, STR("ip:10.0.0.1")).allowed);
	EXPECT(!rate_take(limiter, &one, STR("ip:10.0.0.1")).allowed);
	EXPECT(rate_take(limiter, &one, STR("ip:10.0.0.2")).allowed);
	EXPECT(rate_take(limiter, &two, STR("ip:10.0.0.1")).allowed);
	for (int i = 0; i < 1000; i++)
		EXPECT(rate_take(limiter, &none, STR("ip:10.0.0.1")).allowed);
}

static void test_rules_and_principals_do_not_meet(void **state)
{
	run(separate);
}

static void extremes(void *arg)
{
	const struct rate_rule fast = { .name = "fast", .quota = 1000000, .window_us = 1000 };
	const struct rate_rule slow = { .name = "slow", .quota = 1, .window_us = 365 * 24 * HOUR };

	for (int i = 0; i < 100; i++)
		EXPECT(rate_take(limiter, &fast, STR("x")).allowed);
	EXPECT(rate_take(limiter, &slow, STR("x")).allowed);
	EXPECT(!rate_take(limiter, &slow, STR("x")).allowed);
	EXPECT(rate_take(limiter, &slow, STR("")).allowed);
}

static void test_extreme_rules(void **state)
{
	run(extremes);
}

/* Newcomers take the places of those who have been away the longest, or who will be back the soonest: a crowd is
 * served, and most of the few who are over their quota by much stay so. */
static void crowd(void *arg)
{
	enum { CROWD = 200000, OFFENDERS = 100 };
	const struct rate_rule mild = { .name = "mild", .quota = 100, .window_us = US_PER_S };
	const struct rate_rule hard = { .name = "hard", .quota = 1, .window_us = HOUR };
	int still = 0;

	for (int i = 0; i < OFFENDERS; i++)
		rate_take(limiter, &hard, str_printf(task_arena(), "ip:%d", i));
	for (int i = 0; i < CROWD; i++) {
		EXPECT(rate_take(limiter, &mild, str_printf(task_arena(), "ip:%d", i)).allowed);
		if (i % 1000 == 0)
			arena_reset(task_arena());
	}
	for (int i = 0; i < OFFENDERS; i++)
		still += !rate_take(limiter, &hard, str_printf(task_arena(), "ip:%d", i)).allowed;
	EXPECT(still > OFFENDERS * 9 / 10);
}

static void test_a_crowd_fits(void **state)
{
	run(crowd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_burst_is_the_quota),
		cmocka_unit_test(test_it_comes_back_at_the_pace),
		cmocka_unit_test(test_rules_and_principals_do_not_meet),
		cmocka_unit_test(test_extreme_rules),
		cmocka_unit_test(test_a_crowd_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
