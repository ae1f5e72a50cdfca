/* SPDX-License-Identifier: Apache-2.0 */
/* A name with two addresses, of which the first says nothing at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#undef fail /* ours ends an attempt */

#include "base/clock.h"
#include "db/test_network.h"
#include "db/test_stores.h"
#include "redis/redis.h"
#include "task/task.h"

static const struct redis_options options = { .url = "redis://" NETWORK_NAME, .timeout_us = 200 * US_PER_MS };

static bool pings(struct redis *redis)
{
	return REDIS(redis, STR("PING")).kind == REDIS_STR;
}

static void wait_pinged(void *arg)
{
	while (!pings(arg))
		task_sleep_us(20 * US_PER_MS);
}

static void pop_nothing(void *arg)
{
	const struct str pop[] = { STR("BLPOP"), STR("nothing"), STR("0.01") };

	if (redis_blocking(arg, pop, ARRAY_COUNT(pop), US_PER_S).kind != REDIS_NIL)
		fail("the second connection went elsewhere");
}

/* The first connection finds the address that answers; the second one, for blocking commands, begins there. */
static void look_for_redis(void *arg)
{
	struct redis *redis = redis_open(task_loop(), &options);
	bool *done = arg;

	*done = task_attempt_within(20 * US_PER_S, wait_pinged, redis).kind == FAILURE_NONE &&
	        task_attempt(pop_nothing, redis).kind == FAILURE_NONE;
	redis_close(redis);
}

static void test_the_address_that_answers_is_found_and_kept(void **state)
{
	struct loop *loop = loop_new();
	bool done = false;

	(void)state;
	task_spawn(loop, &(struct task_options){ .name = "test" }, look_for_redis, &done);
	loop_run(loop);
	loop_free(loop);
	assert_true(done);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_the_address_that_answers_is_found_and_kept) };
	struct stores *stores;
	int failed;

	if (!network_begin(6379))
		return NETWORK_SKIPPED;
	stores = stores_start(STORES_REDIS);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	stores_stop(stores);
	return failed;
}
