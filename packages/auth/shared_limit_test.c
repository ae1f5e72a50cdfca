/* SPDX-License-Identifier: Apache-2.0 */
/* Rate limits in a real Redis: instances share a quota, and a Redis that hangs costs a moment, not an outage. */
#include "base/test.h"
#undef fail /* ours ends an attempt */

#include "auth/rate_limit.h"
#include "base/clock.h"
#include "db/test_stores.h"
#include "redis/redis.h"
#include "task/task.h"

#define HOUR (3600 * US_PER_S)

/* cmocka's asserts would jump off the task's stack. */
#define EXPECT(expression) \
	do { \
		if (!(expression)) \
			fail("line %d: %s", __LINE__, #expression); \
	} while (0)

static struct stores *stores;
static struct redis *redis;
static struct rate_limiter *limiters[2];
static bool passed;

static void run_body(void *arg)
{
	struct failure failure = task_attempt((task_fn *)arg, NULL);

	if (failure.kind)
		print_error("%.*s\n", STR_ARG(failure.detail));
	passed = !failure.kind;
	arena_reset(task_arena());
	redis_close(redis);
}

static void run(task_fn *body)
{
	struct loop *loop = loop_new();

	redis = redis_open(loop, &(struct redis_options){ .url = stores_redis_url(stores) });
	for (size_t i = 0; i < ARRAY_COUNT(limiters); i++)
		limiters[i] = rate_limiter_new(loop, redis);
	passed = false;
	assert_non_null(task_spawn(loop, &(struct task_options){ .name = "test", .timeout_us = 60 * US_PER_S },
	                           run_body, (void *)body));
	loop_run(loop);
	for (size_t i = 0; i < ARRAY_COUNT(limiters); i++)
		rate_limiter_free(limiters[i]);
	loop_free(loop);
	assert_true(passed);
}

static void arrive(void)
{
	while (!redis_connected(redis))
		task_sleep_us(US_PER_MS);
	REDIS(redis, STR("FLUSHALL"));
}

static void sharing(void *arg)
{
	const struct rate_rule rule = { .name = "test", .quota = 10, .window_us = HOUR };
	struct rate_verdict verdict;

	arrive();
	for (int i = 0; i < 10; i++) {
		verdict = rate_take(limiters[i % 2], &rule, STR("ip:10.0.0.1"));
		EXPECT(verdict.allowed && verdict.remaining == 9 - i && verdict.retry_after_us == 0);
	}
	for (int i = 0; i < 4; i++) {
		verdict = rate_take(limiters[i % 2], &rule, STR("ip:10.0.0.1"));
		EXPECT(!verdict.allowed && verdict.remaining == 0);
		EXPECT(verdict.retry_after_us > 0 && verdict.retry_after_us <= HOUR / 10);
	}
	EXPECT(rate_take(limiters[0], &rule, STR("ip:10.0.0.2")).allowed);
	struct redis_value left = REDIS(redis, STR("PTTL"), STR("stoa:rate:test:ip:10.0.0.2"));

	EXPECT(left.kind == REDIS_INT && left.integer > 0 && left.integer <= HOUR / 10 / US_PER_MS + 1);
}

static void test_instances_share_a_quota(void **state)
{
	run(sharing);
}

static void refilling(void *arg)
{
	const struct rate_rule rule = { .name = "test", .quota = 2, .window_us = 20 * US_PER_MS };
	struct rate_verdict verdict;

	arrive();
	while ((verdict = rate_take(limiters[0], &rule, STR("ip:10.0.0.1"))).allowed)
		;
	/* Redis's clock is not ours: a refusal's hint is good to a millisecond. */
	task_sleep_us(verdict.retry_after_us + US_PER_MS);
	EXPECT(rate_take(limiters[1], &rule, STR("ip:10.0.0.1")).allowed);
}

static void test_it_comes_back_at_the_pace(void **state)
{
	run(refilling);
}

static void forgotten(void *arg)
{
	const struct rate_rule rule = { .name = "test", .quota = 1, .window_us = HOUR };

	arrive();
	EXPECT(rate_take(limiters[0], &rule, STR("ip:10.0.0.1")).allowed);
	EXPECT(!rate_take(limiters[0], &rule, STR("ip:10.0.0.1")).allowed);
	REDIS(redis, STR("SCRIPT"), STR("FLUSH"));
	EXPECT(!rate_take(limiters[0], &rule, STR("ip:10.0.0.1")).allowed);
	REDIS(redis, STR("SET"), STR("stoa:rate:test:ip:10.0.0.1"), STR("not a number"));
	EXPECT(rate_take(limiters[0], &rule, STR("ip:10.0.0.1")).allowed);
	REDIS(redis, STR("DEL"), STR("stoa:rate:test:ip:10.0.0.2"));
	REDIS(redis, STR("RPUSH"), STR("stoa:rate:test:ip:10.0.0.2"), STR("a list"));
	EXPECT(rate_take(limiters[0], &rule, STR("ip:10.0.0.2")).allowed);
	EXPECT(!rate_take(limiters[0], &rule, STR("ip:10.0.0.2")).allowed);
}

static void test_a_redis_that_forgot_or_was_tampered_with(void **state)
{
	run(forgotten);
}

/* Paused, Redis accepts commands and answers none: fifty requests are decided long before it goes on. */
static void hanging(void *arg)
{
	const struct rate_rule rule = { .name = "test", .quota = 30, .window_us = HOUR };
	int allowed = 0;

	arrive();
	EXPECT(rate_take(limiters[0], &rule, STR("ip:10.0.0.1")).allowed);
	EXPECT(REDIS(redis, STR("CLIENT"), STR("PAUSE"), STR("30000")).kind == REDIS_STR);
	int64_t began = clock_mono_us();

	for (int i = 0; i < 50; i++)
		allowed += rate_take(limiters[0], &rule, STR("ip:10.0.0.1")).allowed;
	EXPECT(allowed == 30);
	EXPECT(clock_mono_us() - began < 20 * US_PER_S);
}

static void test_a_redis_that_hangs(void **state)
{
	run(hanging);
	stores_kill(stores, STORES_REDIS);
}

/* Killed by the test before. */
static void away(void *arg)
{
	const struct rate_rule rule = { .name = "test", .quota = 5, .window_us = HOUR };

	for (int i = 0; i < 5; i++)
		EXPECT(rate_take(limiters[0], &rule, STR("ip:10.0.0.1")).allowed);
	EXPECT(!rate_take(limiters[0], &rule, STR("ip:10.0.0.1")).allowed);
	stores_revive(stores, STORES_REDIS);
	arrive();
	EXPECT(rate_take(limiters[0], &rule, STR("ip:10.0.0.1")).allowed);
}

static void test_a_redis_that_is_away_and_returns(void **state)
{
	run(away);
}

static int start(void **state)
{
	stores = stores_start(STORES_REDIS);
	return 0;
}

static int stop(void **state)
{
	stores_stop(stores);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_instances_share_a_quota),
		cmocka_unit_test(test_it_comes_back_at_the_pace),
		cmocka_unit_test(test_a_redis_that_forgot_or_was_tampered_with),
		cmocka_unit_test(test_a_redis_that_hangs),
		cmocka_unit_test(test_a_redis_that_is_away_and_returns),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
