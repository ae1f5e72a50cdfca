/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "task/internal.h"

/* Assertions of the test library jump to the test's own stack, so tasks only note what they see. */

static const struct task_options plain = { .name = "plain" };

static char trace[512];
static size_t trace_len;
static struct loop *loop;

static void note(char c)
{
	if (trace_len < sizeof(trace) - 1)
		trace[trace_len++] = c;
	trace[trace_len] = '\0';
}

static int set_up(void **state)
{
	(void)state;
	trace_len = 0;
	trace[0] = '\0';
	loop = loop_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	loop_free(loop);
	return 0;
}

static struct task *spawn(task_fn *fn, void *arg)
{
	struct task *task = task_spawn(loop, &plain, fn, arg);

	assert_non_null(task);
	return task;
}

static void note_arg(void *arg)
{
	note(*(const char *)arg);
}

/* The thread sanitizer has room for 8,000 fibers. */
#ifdef __SANITIZE_THREAD__
enum { MANY = 2000 };
#else
enum { MANY = 10000 };
#endif

static struct wait_queue queue;
static size_t alive_at_once;

static void wait_with_the_others(void *arg)
{
	(void)arg;
	if (tasks_running(task_loop()) > alive_at_once)
		alive_at_once = tasks_running(task_loop());
	wait_queue_wait(&queue);
}

static void wake_all(void *arg)
{
	(void)arg;
	wait_queue_wake_all(&queue);
}

static void ten_thousand_live_at_once_and_no_more(void **state)
{
	(void)state;
	wait_queue_init(&queue);
	alive_at_once = 0;
	if (MANY != 10000)
		tasks_limit(loop, MANY);
	for (int i = 0; i < MANY - 1; i++)
		spawn(wait_with_the_others, NULL);
	spawn(wake_all, NULL);
	assert_null(task_spawn(loop, &plain, wake_all, NULL));
	loop_run(loop);
	assert_int_equal(alive_at_once, MANY);
	assert_int_equal(tasks_running(loop), 0);
	assert_in_range(loop->idle_count, 1, 4096);
}

static void the_limit_can_be_set(void **state)
{
	(void)state;
	tasks_limit(loop, 2);
	spawn(note_arg, (void *)"a");
	spawn(note_arg, (void *)"b");
	assert_null(task_spawn(loop, &plain, note_arg, (void *)"c"));
	loop_run(loop);
	spawn(note_arg, (void *)"d");
	loop_run(loop);
	assert_string_equal(trace, "abd");
}

static void idle_stacks_go_back_in_time(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++)
		spawn(note_arg, (void *)"a");
	loop_run(loop);
	assert_int_equal(loop->idle_count, 1000);
	for (int second = 1; second <= 10; second++) {
		loop->now_us += US_PER_S + 2000;
		timers_advance(&loop->timers, loop->now_us);
		if (second == 1)
			assert_int_equal(loop->idle_count, 500);
	}
	assert_int_equal(loop->idle_count, 64);
	assert_false(timer_is_set(&loop->trim));
}

struct sized {
	size_t max;
	struct task *task;
	enum failure_kind kind;
};

static void take_half_of(void *arg)
{
	struct sized *sized = arg;

	arena_alloc(task_arena(), sized->max / 2);
	sized->kind = FAILURE_NONE;
	arena_alloc(task_arena(), sized->max);
}

static void attempt_half_of(void *arg)
{
	struct sized *sized = arg;

	sized->task = task_self();
	sized->kind = task_attempt(take_half_of, arg).kind;
}

static void pooled_tasks_have_the_arena_they_ask_for(void **state)
{
	struct sized sizes[] = { { 64 * 1024 }, { 256 * 1024 }, { 64 * 1024 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
		const struct task_options options = { .name = "sized", .arena_max = sizes[i].max };
		assert_non_null(task_spawn(loop, &options, attempt_half_of, &sizes[i]));
		loop_run(loop);
		assert_ptr_equal(sizes[i].task, sizes[0].task);
		assert_int_equal(sizes[i].kind, FAILURE_FAILED);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ten_thousand_live_at_once_and_no_more),
		TEST(the_limit_can_be_set),
		TEST(idle_stacks_go_back_in_time),
		TEST(pooled_tasks_have_the_arena_they_ask_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
