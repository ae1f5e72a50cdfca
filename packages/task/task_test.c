/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

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

/* ---- Order ------------------------------------------------------------------------------------ */

static void note_arg(void *arg)
{
	note(*(const char *)arg);
}

static void spawn_two(void *arg)
{
	note_arg(arg);
	task_spawn(task_loop(), &plain, note_arg, (void *)"x");
	task_spawn(task_loop(), &plain, note_arg, (void *)"y");
	note('.');
}

static void tasks_first_run_later_and_in_order(void **state)
{
	(void)state;
	spawn(spawn_two, (void *)"a");
	spawn(note_arg, (void *)"b");
	assert_string_equal(trace, "");
	assert_int_equal(tasks_running(loop), 2);
	loop_run(loop);
	assert_string_equal(trace, "a.bxy");
	assert_int_equal(tasks_running(loop), 0);
}

static void note_and_yield(void *arg)
{
	const char *letters = arg;

	for (; *letters; letters++) {
		note(*letters);
		task_yield();
	}
}

static void yielding_takes_turns(void **state)
{
	(void)state;
	spawn(note_and_yield, (void *)"abc");
	spawn(note_and_yield, (void *)"123");
	loop_run(loop);
	assert_string_equal(trace, "a1b2c3");
}

static void note_waits(void *arg)
{
	int count = *(int *)arg;

	while (count-- > 0)
		note("DCL"[task_wait()]);
}

static void wake_arg(void *arg)
{
	task_wake(arg);
	task_wake(arg);
	note('w');
}

static void waking_twice_is_once(void **state)
{
	int two = 2;
	struct task *task = spawn(note_waits, &two);

	(void)state;
	spawn(wake_arg, task);
	loop_stop(loop);
	loop_run(loop);
	assert_string_equal(trace, "wD");
	task_wake(task);
	loop_run(loop);
	assert_string_equal(trace, "wDD");
}

static void a_wake_before_the_wait_is_kept(void **state)
{
	int one = 1;

	(void)state;
	task_wake(spawn(note_waits, &one));
	loop_run(loop);
	assert_string_equal(trace, "D");
}

/* ---- Sleep ------------------------------------------------------------------------------------ */

struct sleeper {
	int64_t us;
	char name;
	int64_t slept_us;
};

static void sleep_and_note(void *arg)
{
	struct sleeper *sleeper = arg;
	int64_t began_us = clock_mono_us();

	task_sleep_us(sleeper->us);
	sleeper->slept_us = clock_mono_us() - began_us;
	note(sleeper->name);
}

static void sleepers_wake_by_their_time(void **state)
{
	struct sleeper sleepers[] = { { 12000, 'c' }, { 3000, 'a' }, { 7000, 'b' }, { 0, '0' } };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(sleepers); i++)
		spawn(sleep_and_note, &sleepers[i]);
	loop_run(loop);
	assert_string_equal(trace, "0abc");
	for (size_t i = 0; i < ARRAY_COUNT(sleepers); i++)
		assert_true(sleepers[i].slept_us >= sleepers[i].us);
}

static void a_stray_wake_does_not_shorten_sleep(void **state)
{
	struct sleeper sleeper = { 5000, 'a' };

	(void)state;
	task_wake(spawn(sleep_and_note, &sleeper));
	loop_run(loop);
	assert_true(sleeper.slept_us >= 5000);
}

/* ---- Cancelling and deadlines ------------------------------------------------------------------- */

static void sleep_long(void *arg)
{
	(void)arg;
	task_sleep_us(3600 * US_PER_S);
	note('!');
}

static struct wait_queue queue;

static void wait_in_queue(void *arg)
{
	wait_queue_wait(&queue);
	note(*(const char *)arg);
}

static void note_ending(void *arg)
{
	task_fn *const *fn = arg;
	struct failure failure = task_attempt(*fn, (void *)"q");

	note("0RFUXDC"[failure.kind]);
	/* Every later wait ends in the same way. */
	failure = task_attempt(sleep_long, NULL);
	note("0RFUXDC"[failure.kind]);
}

static void cancel_arg(void *arg)
{
	task_cancel(arg);
}

static void wait_plainly(void *arg)
{
	enum wake why = task_wait();

	(void)arg;
	if (why != WAKE_DONE)
		task_end(why);
}

static task_fn *const waits[] = { wait_plainly, sleep_long, wait_in_queue };

static void cancelling_ends_each_kind_of_wait(void **state)
{
	(void)state;
	wait_queue_init(&queue);
	for (size_t i = 0; i < ARRAY_COUNT(waits); i++) {
		set_up(NULL);
		spawn(cancel_arg, spawn(note_ending, (void *)&waits[i]));
		loop_run(loop);
		assert_string_equal(trace, "CC");
		assert_int_equal(timers_next_us(&loop->timers), INT64_MAX);
		assert_true(list_is_empty(&queue.waiting));
		tear_down(NULL);
	}
}

static void cancelling_before_the_first_run_counts(void **state)
{
	(void)state;
	task_cancel(spawn(note_ending, (void *)&waits[0]));
	loop_run(loop);
	assert_string_equal(trace, "CC");
}

static void deadlines_end_each_kind_of_wait(void **state)
{
	const struct task_options late = { .name = "late", .timeout_us = 2000 };

	(void)state;
	wait_queue_init(&queue);
	for (size_t i = 0; i < ARRAY_COUNT(waits); i++) {
		set_up(NULL);
		assert_non_null(task_spawn(loop, &late, note_ending, (void *)&waits[i]));
		loop_run(loop);
		assert_string_equal(trace, "DD");
		assert_int_equal(timers_next_us(&loop->timers), INT64_MAX);
		tear_down(NULL);
	}
}

static void wake_and_cancel(void *arg)
{
	task_cancel(arg);
	task_wake(arg);
}

static void a_wake_that_came_wins_over_cancelling(void **state)
{
	int two = 2;

	(void)state;
	spawn(wake_and_cancel, spawn(note_waits, &two));
	loop_run(loop);
	assert_string_equal(trace, "DC");
}

static int64_t deadlines[5];

static void move_deadline(void *arg)
{
	(void)arg;
	deadlines[0] = task_deadline_us();
	task_set_timeout(1000 * US_PER_S);
	deadlines[1] = task_deadline_us();
	task_set_timeout(2000 * US_PER_S);
	deadlines[2] = task_deadline_us();
	task_set_timeout(500 * US_PER_S);
	deadlines[3] = task_deadline_us();
	note("0RFUXDC"[task_attempt_within(1000, sleep_long, NULL).kind]);
	deadlines[4] = task_deadline_us();
	task_sleep_us(2000);
	note('s');
	task_set_timeout(0);
	note("0RFUXDC"[task_attempt(sleep_long, NULL).kind]);
}

static void deadlines_only_come_nearer(void **state)
{
	(void)state;
	spawn(move_deadline, NULL);
	loop_run(loop);
	assert_int_equal(deadlines[0], 0);
	assert_true(deadlines[1] > 0);
	assert_int_equal(deadlines[2], deadlines[1]);
	assert_true(deadlines[3] < deadlines[1]);
	assert_int_equal(deadlines[4], deadlines[3]);
	assert_string_equal(trace, "DsD");
}

/* ---- Wait queues ------------------------------------------------------------------------------ */

static void serve_queue(void *arg)
{
	struct task **tasks = arg;

	task_cancel(tasks[2]);
	for (int i = 0; i < 2; i++)
		note(wait_queue_wake_one(&queue) ? 't' : 'f');
	task_yield();
	note('|');
	wait_queue_wake_all(&queue);
	note(wait_queue_wake_one(&queue) ? 't' : 'f');
}

static void queues_serve_first_come_first_and_skip_the_cancelled(void **state)
{
	struct task *tasks[5];

	(void)state;
	wait_queue_init(&queue);
	for (size_t i = 0; i < ARRAY_COUNT(tasks); i++)
		tasks[i] = spawn(wait_in_queue, (void *)&"abcde"[i]);
	spawn(serve_queue, tasks);
	loop_run(loop);
	assert_string_equal(trace, "ttab|fde");
	assert_true(list_is_empty(&queue.waiting));
}

static void a_stray_wake_does_not_leave_the_queue(void **state)
{
	struct task *task;

	(void)state;
	wait_queue_init(&queue);
	task = spawn(wait_in_queue, (void *)"a");
	task_wake(task);
	loop_stop(loop);
	loop_run(loop);
	assert_string_equal(trace, "");
	assert_true(wait_queue_wake_one(&queue));
	loop_run(loop);
	assert_string_equal(trace, "a");
}

/* ---- What a task carries ------------------------------------------------------------------------ */

struct carried {
	int error;
	int slot_value;
	bool ok;
};

static void carry(void *arg)
{
	struct carried *carried = arg;
	struct task *me = task_self();

	carried->ok = !task_slot(TASK_SLOT_TRACE) && !task_slot(TASK_SLOT_REQUEST) && arena_used(task_arena()) == 0;
	task_set_slot(TASK_SLOT_REQUEST, &carried->slot_value);
	for (int i = 0; i < 3; i++) {
		errno = carried->error;
		task_yield();
		carried->ok = carried->ok && errno == carried->error && task_self() == me &&
		              task_slot(TASK_SLOT_REQUEST) == &carried->slot_value && task_loop() == loop;
	}
	carried->ok = carried->ok && strcmp(task_name(me), "plain") == 0;
	arena_alloc(task_arena(), 100);
}

static void errno_and_slots_belong_to_the_task(void **state)
{
	(void)state;
	for (int again = 0; again < 2; again++) {
		struct carried tasks[] = { { .error = ENOENT }, { .error = EINTR }, { .error = 0 } };
		for (size_t i = 0; i < ARRAY_COUNT(tasks); i++)
			spawn(carry, &tasks[i]);
		errno = EPIPE;
		loop_run(loop);
		for (size_t i = 0; i < ARRAY_COUNT(tasks); i++)
			assert_true(tasks[i].ok);
		assert_null(task_self());
		assert_null(task_slot(TASK_SLOT_TRACE));
	}
}

/* ---- Who runs --------------------------------------------------------------------------------- */

struct identity {
	struct loop *loop;
	struct task *task; /* as task_spawn gave it */
	bool ok;
};

static void see_nobody(void *arg)
{
	*(bool *)arg = !task_self();
}

static void fail_after_a_switch(void *arg)
{
	task_yield();
	fail("on purpose");
}

static bool is_same_task(const struct identity *identity, const struct arena *arena)
{
	return task_self() == identity->task && task_arena() == arena && task_loop() == identity->loop;
}

/* Through every way a task is left and comes back, and through a jump out of an attempt. */
static void stay_the_same_task(void *arg)
{
	struct identity *identity = arg;
	struct arena *arena = task_arena();
	bool pool_is_nobody = false;

	identity->ok = is_same_task(identity, arena);
	for (int i = 0; i < 20; i++) {
		task_yield();
		identity->ok = identity->ok && is_same_task(identity, arena);
		task_sleep_us(100);
		identity->ok = identity->ok && is_same_task(identity, arena);
		identity->ok = identity->ok && task_attempt(fail_after_a_switch, NULL).kind == FAILURE_FAILED &&
		               is_same_task(identity, arena);
		arena_reset(arena);
	}
	task_offload(see_nobody, &pool_is_nobody);
	identity->ok = identity->ok && pool_is_nobody && is_same_task(identity, arena);
}

enum { CROWD = 8 };

static void *run_crowd(void *arg)
{
	struct identity crowd[CROWD];
	struct loop *own = loop_new();
	bool ok = true;

	for (int i = 0; i < CROWD; i++) {
		crowd[i] = (struct identity){ .loop = own };
		crowd[i].task = task_spawn(own, &plain, stay_the_same_task, &crowd[i]);
	}
	loop_run(own);
	for (int i = 0; i < CROWD; i++)
		ok = ok && crowd[i].ok;
	*(bool *)arg = ok && !task_self();
	loop_free(own);
	return NULL;
}

static void tasks_of_each_thread_know_themselves(void **state)
{
	pthread_t threads[3];
	bool ok[ARRAY_COUNT(threads)] = { false };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run_crowd, &ok[i]), 0);
	for (size_t i = 0; i < ARRAY_COUNT(threads); i++) {
		pthread_join(threads[i], NULL);
		assert_true(ok[i]);
	}
}

static struct identity inner;

static void spawn_inner(struct loop_post *post)
{
	inner = (struct identity){ .loop = loop_self() };
	inner.task = task_spawn(inner.loop, &plain, stay_the_same_task, &inner);
}

static void run_inner_loop(struct loop_flush *flush)
{
	struct loop *own = loop_new();
	struct loop_post post = { .run = spawn_inner };
	bool nobody = !task_self();

	loop_post(own, &post);
	loop_run(own);
	note(nobody && inner.ok && inner.loop == own && !task_self() && loop_self() == loop ? '+' : '-');
	loop_free(own);
}

static struct loop_flush inner_loop = { .run = run_inner_loop };

static void ask_for_inner_loop(void *arg)
{
	struct task *me = task_self();

	loop_flush_soon(loop, &inner_loop);
	task_sleep_us(1000);
	note(task_self() == me ? '=' : '!');
}

static void a_loop_within_a_callback_has_tasks_of_its_own(void **state)
{
	(void)state;
	spawn(ask_for_inner_loop, NULL);
	loop_run(loop);
	assert_string_equal(trace, "+=");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tasks_first_run_later_and_in_order),
		TEST(yielding_takes_turns),
		TEST(waking_twice_is_once),
		TEST(a_wake_before_the_wait_is_kept),
		TEST(sleepers_wake_by_their_time),
		TEST(a_stray_wake_does_not_shorten_sleep),
		cmocka_unit_test(cancelling_ends_each_kind_of_wait),
		TEST(cancelling_before_the_first_run_counts),
		cmocka_unit_test(deadlines_end_each_kind_of_wait),
		TEST(a_wake_that_came_wins_over_cancelling),
		TEST(deadlines_only_come_nearer),
		TEST(queues_serve_first_come_first_and_skip_the_cancelled),
		TEST(a_stray_wake_does_not_leave_the_queue),
		TEST(errno_and_slots_belong_to_the_task),
		TEST(tasks_of_each_thread_know_themselves),
		TEST(a_loop_within_a_callback_has_tasks_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
