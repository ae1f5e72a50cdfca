/* SPDX-License-Identifier: Apache-2.0 */
#include "task/timers.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { TICK_US = 1024, ORIGIN_US = 777 };

static uint64_t random_state;

static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

struct probe {
	struct timer timer;
	int64_t due_us;
	int runs;
};

static int64_t now_us;
static uint64_t last_tick;

static void on_probe(struct timer *timer)
{
	struct probe *probe = CONTAINER_OF(timer, struct probe, timer);

	probe->runs++;
	assert_false(timer_is_set(timer));
	assert_true(probe->due_us <= now_us);
	assert_true(timer->tick >= last_tick);
	last_tick = timer->tick;
}

static void runs_each_once_and_never_early(void **state)
{
	enum { COUNT = 3000 };
	static const int64_t spans[] = { 0, 3000, 70 * 1000, 5 * 1000000, 400LL * 1000000, 90000LL * 1000000000 };
	static struct probe probes[COUNT];
	static struct timers timers;
	size_t cleared = 0;

	(void)state;
	random_state = 42;
	now_us = ORIGIN_US;
	timers_init(&timers, now_us);
	for (size_t i = 0; i < COUNT; i++) {
		int64_t span = spans[i % ARRAY_COUNT(spans)];
		probes[i] = (struct probe){ .timer.run = on_probe };
		probes[i].due_us = now_us + (span ? (int64_t)(next_random() % (uint64_t)span) : -5);
		timer_set(&timers, &probes[i].timer, probes[i].due_us);
		assert_true(timer_is_set(&probes[i].timer));
	}
	for (int64_t next_us; (next_us = timers_next_us(&timers)) != INT64_MAX;) {
		assert_true(next_us > now_us);
		now_us = next_us + (int64_t)(next_random() % 3) * 700;
		last_tick = 0;
		timers_advance(&timers, now_us);
		struct probe *victim = &probes[next_random() % COUNT];
		if (timer_is_set(&victim->timer)) {
			timer_clear(&timers, &victim->timer);
			victim->runs = 1;
			cleared++;
		}
		for (size_t i = 0; i < COUNT; i++) {
			bool overdue = probes[i].due_us + 2 * TICK_US <= now_us;
			assert_int_equal(probes[i].runs, !timer_is_set(&probes[i].timer));
			assert_false(overdue && timer_is_set(&probes[i].timer));
		}
	}
	assert_true(cleared > 10);
}

static struct timers chain_timers;
static struct probe chain[3];

static void on_chain(struct timer *timer)
{
	chain[0].runs++;
	timer_clear(&chain_timers, &chain[1].timer);
	timer_set(&chain_timers, timer, now_us + 10 * TICK_US);
}

static void callbacks_may_set_and_clear(void **state)
{
	(void)state;
	now_us = 0;
	last_tick = 0;
	timers_init(&chain_timers, now_us);
	for (size_t i = 0; i < ARRAY_COUNT(chain); i++) {
		chain[i] = (struct probe){ .timer.run = i ? on_probe : on_chain, .due_us = TICK_US };
		timer_set(&chain_timers, &chain[i].timer, TICK_US);
	}
	now_us = TICK_US;
	timers_advance(&chain_timers, now_us);
	assert_int_equal(chain[0].runs, 1);
	assert_int_equal(chain[1].runs, 0);
	assert_int_equal(chain[2].runs, 1);
	assert_int_equal(timers_next_us(&chain_timers), 11 * TICK_US);
	timers_advance(&chain_timers, 11 * TICK_US);
	assert_int_equal(chain[0].runs, 2);
}

static void moving_and_clearing_leave_nothing(void **state)
{
	static struct timers timers;
	struct timer timer = { .run = on_probe };

	(void)state;
	timers_init(&timers, ORIGIN_US);
	assert_int_equal(timers_next_us(&timers), INT64_MAX);
	timer_clear(&timers, &timer);
	timer_set(&timers, &timer, ORIGIN_US + 50 * TICK_US);
	timer_set(&timers, &timer, ORIGIN_US + 3 * TICK_US);
	assert_int_equal(timers_next_us(&timers), ORIGIN_US + 3 * TICK_US);
	timer_clear(&timers, &timer);
	timer_clear(&timers, &timer);
	assert_int_equal(timers_next_us(&timers), INT64_MAX);
	timer_set(&timers, &timer, INT64_MAX);
	timers_advance(&timers, ORIGIN_US + INT64_C(1000000000000));
	assert_true(timer_is_set(&timer));
	timer_clear(&timers, &timer);
	assert_int_equal(timers_next_us(&timers), INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_each_once_and_never_early),
		cmocka_unit_test(callbacks_may_set_and_clear),
		cmocka_unit_test(moving_and_clearing_leave_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
