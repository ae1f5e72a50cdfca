/* SPDX-License-Identifier: Apache-2.0 */
#include "task/fiber.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/check.h"

static struct fiber_home home;

struct counter {
	struct fiber fiber;
	int left;
	int entered;
	double sum;
};

static void count_down(struct fiber *fiber)
{
	struct counter *counter = (struct counter *)fiber;

	while (counter->left-- > 0) {
		counter->entered++;
		counter->sum = counter->sum * 2 + 0.5;
		fiber_leave(fiber);
	}
	fiber_exit(fiber);
}

static void fibers_go_on_where_they_left_and_start_anew(void **state)
{
	struct counter counters[40];

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(counters); i++)
		assert_int_equal(fiber_open(&counters[i].fiber, &home), 0);
	for (int again = 0; again < 3; again++) {
		for (size_t i = 0; i < ARRAY_COUNT(counters); i++) {
			counters[i].left = 4;
			counters[i].entered = 0;
			counters[i].sum = (double)i;
			fiber_start(&counters[i].fiber, count_down);
		}
		for (int round = 0; round < 5; round++)
			for (size_t i = 0; i < ARRAY_COUNT(counters); i++)
				fiber_enter(&counters[i].fiber);
		for (size_t i = 0; i < ARRAY_COUNT(counters); i++) {
			assert_int_equal(counters[i].entered, 4);
			assert_true(counters[i].sum == (double)i * 16 + 7.5);
		}
	}
	for (size_t i = 0; i < ARRAY_COUNT(counters); i++) {
		fiber_close(&counters[i].fiber);
		fiber_close(&counters[i].fiber);
	}
}

static volatile int depth_wanted;

static __attribute__((noinline)) int dig(int depth)
{
	volatile char room[512];

	room[depth % 512] = (char)depth;
	if (depth >= depth_wanted)
		return room[depth % 512];
	return dig(depth + 1) + room[depth % 512];
}

/* Only its lowest byte is touched, as a function of a library may that does not fill its buffer. */
static __attribute__((noinline)) int leap(void)
{
	__attribute__((uninitialized)) volatile char room[40 * 1024];

	room[0] = 1;
	return room[0];
}

static size_t left_wanted;

static __attribute__((noinline)) int dig_and_leap(const struct fiber *fiber)
{
	volatile char room[512];

	room[0] = 1;
	if ((size_t)((char *)__builtin_frame_address(0) - fiber->bottom) > left_wanted)
		return dig_and_leap(fiber) + room[0];
	return leap() + room[0];
}

static void dig_leap_and_exit(struct fiber *fiber)
{
	(void)dig_and_leap(fiber);
	fiber_exit(fiber);
}

static void dig_and_exit(struct fiber *fiber)
{
	(void)dig(0);
	fiber_exit(fiber);
}

static void dig_in_fiber(int depth)
{
	struct fiber fiber;

	depth_wanted = depth;
	CHECK(fiber_open(&fiber, &home) == 0);
	fiber_start(&fiber, dig_and_exit);
	fiber_enter(&fiber);
	fiber_close(&fiber);
}

/* Beside others, so that there is something to leap into. */
static void leap_from_fiber(int left)
{
	struct fiber fibers[8];

	left_wanted = (size_t)left;
	for (size_t i = 0; i < ARRAY_COUNT(fibers); i++)
		CHECK(fiber_open(&fibers[i], &home) == 0);
	fiber_start(&fibers[3], dig_leap_and_exit);
	fiber_enter(&fibers[3]);
	for (size_t i = 0; i < ARRAY_COUNT(fibers); i++)
		fiber_close(&fibers[i]);
}

/* How a child ended that dug so deep: true when it died. */
static bool child_dies(void (*run)(int depth), int depth)
{
	const struct rlimit no_core = { 0, 0 };
	int status = 0;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGSEGV, SIG_DFL);
		if (!freopen("/dev/null", "w", stderr))
			_exit(2);
		run(depth);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

static void overflowing_a_stack_kills_the_process(void **state)
{
	(void)state;
	assert_false(child_dies(dig_in_fiber, 50));
	assert_true(child_dies(dig_in_fiber, 1000000));
}

static void no_frame_leaps_over_the_guard(void **state)
{
	(void)state;
	assert_false(child_dies(leap_from_fiber, 50 * 1024));
	assert_true(child_dies(leap_from_fiber, 8 * 1024));
}

static void the_stack_may_be_used_nearly_whole(void **state)
{
	(void)state;
	dig_in_fiber(80);
	assert_true(fiber_high_water() == 0 || fiber_high_water() > 80 * 512);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fibers_go_on_where_they_left_and_start_anew),
		cmocka_unit_test(overflowing_a_stack_kills_the_process),
		cmocka_unit_test(no_frame_leaps_over_the_guard),
		cmocka_unit_test(the_stack_may_be_used_nearly_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
