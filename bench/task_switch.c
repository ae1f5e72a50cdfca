/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Costs of the task runtime, in nanoseconds of processor time, best of several runs:
 *
 *     ninja -C build bench_task && build/packages/task/bench_task
 *
 * "resume" is one task resumed and left again (two switches and the queue around them).
 */
#include <inttypes.h>

#include "base/check.h"
#include "task/task.h"

enum { RUNS = 7 };

static const struct task_options plain = { .name = "bench" };
static const struct task_options timed = { .name = "bench", .timeout_us = 30 * INT64_C(1000000) };

static int64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static struct wait_queue queue;

static void nothing(void *arg)
{
	(void)arg;
}

static void wait_once(void *arg)
{
	(void)arg;
	wait_queue_wait(&queue);
}

static void wake_all(void *arg)
{
	(void)arg;
	wait_queue_wake_all(&queue);
}

static void yield_many(void *arg)
{
	for (int left = *(int *)arg; left > 0; left--)
		task_yield();
}

static void spawn_all(struct loop *loop, const struct task_options *options, task_fn *fn, void *arg, int count)
{
	for (int i = 0; i < count; i++)
		CHECK(task_spawn(loop, options, fn, arg));
}

static void spawn_and_finish(struct loop *loop, int count)
{
	spawn_all(loop, &plain, nothing, NULL, count);
	loop_run(loop);
}

static void spawn_wait_and_finish(struct loop *loop, int count)
{
	spawn_all(loop, &timed, wait_once, NULL, count);
	CHECK(task_spawn(loop, &plain, wake_all, NULL));
	loop_run(loop);
}

static void resume_some(struct loop *loop, int count)
{
	enum { TASKS = 50 };
	int each = count / TASKS;

	spawn_all(loop, &plain, yield_many, &each, TASKS);
	loop_run(loop);
}

static void resume_thousands(struct loop *loop, int count)
{
	enum { TASKS = 5000 };
	int each = count / TASKS;

	spawn_all(loop, &plain, yield_many, &each, TASKS);
	loop_run(loop);
}

static void attempt_many(void *arg)
{
	for (int left = *(int *)arg; left > 0; left--)
		CHECK(task_attempt(nothing, NULL).kind == FAILURE_NONE);
}

static void attempts(struct loop *loop, int count)
{
	spawn_all(loop, &plain, attempt_many, &count, 1);
	loop_run(loop);
}

static const struct {
	const char *what;
	void (*run)(struct loop *loop, int count);
	int count;
} rows[] = {
	{ "spawn + run + finish, pooled", spawn_and_finish, 1000 },
	{ "the same with a deadline and one wait", spawn_wait_and_finish, 1000 },
	{ "resume, 50 tasks", resume_some, 500000 },
	{ "resume, 5,000 tasks", resume_thousands, 500000 },
	{ "attempt", attempts, 500000 },
};

int main(void)
{
	struct loop *loop = loop_new();

	wait_queue_init(&queue);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		double best = 1e18;
		for (int run = 0; run < RUNS; run++) {
			int64_t began_ns = cpu_ns();
			rows[i].run(loop, rows[i].count);
			double each = (double)(cpu_ns() - began_ns) / rows[i].count;
			best = each < best ? each : best;
		}
		printf("%-40s %7.1f ns\n", rows[i].what, best);
	}
	loop_free(loop);
	return 0;
}
