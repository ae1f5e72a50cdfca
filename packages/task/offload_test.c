/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "task/task.h"

enum { RUNNING_MAX = 4, OFFLOAD_MAX = RUNNING_MAX + 256 };

static const struct task_options plain = { .name = "plain" };

/* Work that holds its pool thread until the gate opens. */
static pthread_mutex_t gate_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_moved = PTHREAD_COND_INITIALIZER;
static bool gate_open;
static int at_gate;
static atomic_int done;

static void open_gate(bool open)
{
	pthread_mutex_lock(&gate_lock);
	gate_open = open;
	pthread_cond_broadcast(&gate_moved);
	pthread_mutex_unlock(&gate_lock);
}

static void pass_gate(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&gate_lock);
	at_gate++;
	pthread_cond_broadcast(&gate_moved);
	while (!gate_open)
		pthread_cond_wait(&gate_moved, &gate_lock);
	at_gate--;
	pthread_mutex_unlock(&gate_lock);
	atomic_fetch_add(&done, 1);
}

static void await_at_gate(int count)
{
	pthread_mutex_lock(&gate_lock);
	while (at_gate < count)
		pthread_cond_wait(&gate_moved, &gate_lock);
	pthread_mutex_unlock(&gate_lock);
}

static int counts[FAILURE_CANCELLED + 1];

static void offload_gate(void *arg)
{
	task_offload(pass_gate, arg);
}

static void offload_and_count(void *arg)
{
	counts[task_attempt(offload_gate, arg).kind]++;
}

static int set_up(void **state)
{
	(void)state;
	memset(counts, 0, sizeof(counts));
	open_gate(false);
	at_gate = 0;
	atomic_store(&done, 0);
	return 0;
}

struct sum {
	int a;
	int b;
	int result;
	pthread_t thread;
};

static void add(void *arg)
{
	struct sum *sum = arg;

	sum->thread = pthread_self();
	sum->result = sum->a + sum->b;
}

static void offload_sum(void *arg)
{
	struct sum sum = { .a = 19, .b = 23 };

	task_offload(add, &sum);
	*(struct sum *)arg = sum;
}

static void work_runs_elsewhere_and_its_result_is_here(void **state)
{
	struct loop *loop = loop_new();
	struct sum sum = { 0 };

	(void)state;
	assert_non_null(task_spawn(loop, &plain, offload_sum, &sum));
	loop_run(loop);
	assert_int_equal(sum.result, 42);
	assert_false(pthread_equal(sum.thread, pthread_self()));
	loop_free(loop);
}

static void open_when_full(void *arg)
{
	counts[task_attempt(offload_gate, arg).kind]++;
	open_gate(true);
}

static void the_queue_is_bounded(void **state)
{
	struct loop *loop = loop_new();

	(void)state;
	for (int i = 0; i < OFFLOAD_MAX; i++)
		assert_non_null(task_spawn(loop, &plain, offload_and_count, NULL));
	assert_non_null(task_spawn(loop, &plain, open_when_full, NULL));
	loop_run(loop);
	assert_int_equal(counts[FAILURE_UNAVAILABLE], 1);
	assert_int_equal(counts[FAILURE_NONE], OFFLOAD_MAX);
	assert_int_equal(atomic_load(&done), OFFLOAD_MAX);
	/* All places are free again. */
	assert_non_null(task_spawn(loop, &plain, offload_and_count, NULL));
	loop_run(loop);
	assert_int_equal(counts[FAILURE_NONE], OFFLOAD_MAX + 1);
	loop_free(loop);
}

static bool ended_before_work;

static void offload_and_watch(void *arg)
{
	int *work_done = arg;
	struct failure failure = task_attempt(offload_gate, NULL);

	counts[failure.kind]++;
	if (atomic_load(&done) < *work_done)
		ended_before_work = true;
}

/* Cancels everyone while one piece of work is held and, if `queued`, many more stand behind it. */
static void cancel_then_open(void *arg)
{
	struct task **tasks = arg;

	await_at_gate(1);
	for (; *tasks; tasks++)
		task_cancel(*tasks);
	task_yield();
	open_gate(true);
}

static void running_work_is_waited_for(void **state)
{
	struct loop *loop = loop_new();
	struct task *tasks[2] = { NULL };
	int work_done = 1;

	(void)state;
	ended_before_work = false;
	tasks[0] = task_spawn(loop, &plain, offload_and_watch, &work_done);
	assert_non_null(tasks[0]);
	assert_non_null(task_spawn(loop, &plain, cancel_then_open, tasks));
	loop_run(loop);
	assert_int_equal(counts[FAILURE_CANCELLED], 1);
	assert_int_equal(atomic_load(&done), 1);
	assert_false(ended_before_work);
	loop_free(loop);
}

static void queued_work_is_called_off(void **state)
{
	enum { COUNT = 100 };
	struct loop *loop = loop_new();
	struct task *tasks[COUNT + 1] = { NULL };

	(void)state;
	for (int i = 0; i < COUNT; i++)
		assert_non_null(tasks[i] = task_spawn(loop, &plain, offload_and_count, NULL));
	assert_non_null(task_spawn(loop, &plain, cancel_then_open, tasks));
	loop_run(loop);
	assert_int_equal(counts[FAILURE_CANCELLED], COUNT);
	assert_in_range(atomic_load(&done), 1, COUNT - 1);
	loop_free(loop);
}

/* The work has begun by then, or it would be called off. */
enum { LATE_US = 200000 };

static void open_after_deadline(void *arg)
{
	(void)arg;
	await_at_gate(1);
	task_sleep_us(LATE_US);
	open_gate(true);
}

static void late_work_is_waited_for_and_ends_the_attempt(void **state)
{
	const struct task_options late = { .name = "late", .timeout_us = LATE_US };
	struct loop *loop = loop_new();

	(void)state;
	assert_non_null(task_spawn(loop, &late, offload_and_count, NULL));
	assert_non_null(task_spawn(loop, &plain, open_after_deadline, NULL));
	loop_run(loop);
	assert_int_equal(counts[FAILURE_DEADLINE], 1);
	assert_int_equal(atomic_load(&done), 1);
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(work_runs_elsewhere_and_its_result_is_here, set_up),
		cmocka_unit_test_setup(the_queue_is_bounded, set_up),
		cmocka_unit_test_setup(running_work_is_waited_for, set_up),
		cmocka_unit_test_setup(queued_work_is_called_off, set_up),
		cmocka_unit_test_setup(late_work_is_waited_for_and_ends_the_attempt, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
