/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Life of a task. Tasks are pooled with their stack and arena, newest first, for those are warm. A pool that
 * grew in a rush is halved every second down to IDLE_KEEP; above IDLE_MAX nothing is kept at all.
 */
#include "task/task.h"

#include <malloc.h>

#include "base/check.h"
#include "base/clock.h"
#include "task/internal.h"

enum {
	LIMIT_DEFAULT = 10000,
	IDLE_KEEP = 64,
	IDLE_MAX = 2048,
	ARENA_BLOCK = 8 * 1024,
	ARENA_MAX = 1024 * 1024,
};

#define TRIM_EVERY_US US_PER_S

/* A compiler may take this variable's address once and use it again behind a switch of stacks, for it knows of threads
 * and not of fibers. That is right here and only here: a task ends on the thread that it began on. The value is read
 * again, as behind any call that is not seen through. */
_Thread_local struct task *task_running;

/* ---- The pool --------------------------------------------------------------------------------- */

static void task_free(struct task *task)
{
	arena_free(task->arena);
	fiber_close(&task->fiber);
	free(task);
}

static struct task *task_new(struct loop *loop, size_t arena_max)
{
	struct task *task = calloc(1, sizeof(*task));

	if (!task || fiber_open(&task->fiber, &loop->home)) {
		free(task);
		return NULL;
	}
	task->loop = loop;
	task->arena_max = arena_max;
	task->arena = arena_new(ARENA_BLOCK, arena_max, task_on_exhausted, task);
	return task;
}

static struct task *take_task(struct loop *loop, size_t arena_max)
{
	struct list *node = list_pop_front(&loop->idle);

	if (!node)
		return task_new(loop, arena_max);
	struct task *task = CONTAINER_OF(node, struct task, node);
	loop->idle_count--;
	if (task->arena_max != arena_max) {
		arena_free(task->arena);
		task->arena_max = arena_max;
		task->arena = arena_new(ARENA_BLOCK, arena_max, task_on_exhausted, task);
	}
	return task;
}

static void give_task(struct loop *loop, struct task *task)
{
	if (loop->idle_count >= IDLE_MAX) {
		task_free(task);
		return;
	}
	list_push_front(&loop->idle, &task->node);
	loop->idle_count++;
	if (loop->idle_count > IDLE_KEEP && !timer_is_set(&loop->trim))
		timer_set(&loop->timers, &loop->trim, loop->now_us + TRIM_EVERY_US);
}

static void on_trim(struct timer *trim)
{
	struct loop *loop = CONTAINER_OF(trim, struct loop, trim);

	for (size_t excess = (loop->idle_count + 1) / 2; excess && loop->idle_count > IDLE_KEEP; excess--) {
		struct task *task = CONTAINER_OF(loop->idle.prev, struct task, node);
		list_remove(&task->node);
		loop->idle_count--;
		task_free(task);
	}
	if (loop->idle_count > IDLE_KEEP)
		timer_set(&loop->timers, trim, loop->now_us + TRIM_EVERY_US);
	else
		malloc_trim(0); /* what a rush left in the heap, below what is still used, goes back to the system */
}

void tasks_init(struct loop *loop)
{
	list_init(&loop->ready);
	list_init(&loop->yielded);
	list_init(&loop->all);
	list_init(&loop->idle);
	loop->limit = LIMIT_DEFAULT;
	loop->trim.run = on_trim;
}

void tasks_done(struct loop *loop)
{
	timer_clear(&loop->timers, &loop->trim);
	for (struct list *node; (node = list_pop_front(&loop->idle));)
		task_free(CONTAINER_OF(node, struct task, node));
}

/* ---- Running ---------------------------------------------------------------------------------- */

static void hold_loop(struct loop *loop)
{
	if (loop->foreground++ == 0)
		uv_ref((uv_handle_t *)&loop->posted);
}

static void release_loop(struct loop *loop)
{
	if (--loop->foreground == 0)
		uv_unref((uv_handle_t *)&loop->posted);
}

void task_make_ready(struct task *task, struct list *queue)
{
	task->state = TASK_READY;
	list_push_back(queue, &task->node);
}

void task_suspend(struct task *task)
{
	CHECK(task_running == task);
	fiber_leave(&task->fiber);
}

static void end(struct task *task)
{
	struct loop *loop = task->loop;

	timer_clear(&loop->timers, &task->deadline);
	list_remove(&task->all_node);
	task->state = TASK_IDLE;
	loop->running--;
	if (!task->background)
		release_loop(loop);
	fiber_exit(&task->fiber);
}

/* The outermost boundary: nothing passes it. */
static void task_main(struct fiber *fiber)
{
	struct task *task = (struct task *)fiber;
	struct failure failure = task_attempt(task->fn, task->arg);

	/* To be cancelled is how background tasks end. */
	if (failure.kind != FAILURE_NONE && failure.kind != FAILURE_CANCELLED)
		task_report_unhandled(task, &failure);
	arena_reset(task->arena);
	end(task);
}

void tasks_run_ready(struct loop *loop)
{
	struct list batch;

	list_init(&batch);
	list_move_all(&batch, &loop->ready);
	for (struct list *node; (node = list_pop_front(&batch));) {
		struct task *task = CONTAINER_OF(node, struct task, node);
		task->state = TASK_RUNNING;
		task_running = task;
		fiber_enter(&task->fiber);
		task_running = NULL;
		if (task->state == TASK_IDLE)
			give_task(loop, task);
	}
}

static void on_deadline(struct timer *deadline)
{
	struct task *task = CONTAINER_OF(deadline, struct task, deadline);

	if (task->state == TASK_WAITING)
		task_make_ready(task, &task->loop->ready);
}

static int64_t after(int64_t now_us, int64_t duration_us)
{
	int64_t due_us;

	return __builtin_add_overflow(now_us, duration_us, &due_us) ? INT64_MAX : due_us;
}

struct task *task_spawn(struct loop *loop, const struct task_options *options, task_fn *fn, void *arg)
{
	struct task *task;

	CHECK(!loop_self() || loop_self() == loop);
	if (loop->running >= loop->limit)
		return NULL;
	task = take_task(loop, options->arena_max ? options->arena_max : ARENA_MAX);
	if (!task)
		return NULL;
	task->background = options->background;
	task->cancelled = false;
	task->woken = false;
	task->name = options->name ? options->name : "task";
	task->fn = fn;
	task->arg = arg;
	memset(task->slots, 0, sizeof(task->slots));
	task->deadline.run = on_deadline;
	task->deadline_us = options->timeout_us ? after(loop_now_us(loop), options->timeout_us) : 0;
	fiber_start(&task->fiber, task_main);
	list_push_back(&loop->all, &task->all_node);
	loop->running++;
	if (!task->background)
		hold_loop(loop);
	task_make_ready(task, &loop->ready);
	return task;
}

void task_cancel(struct task *task)
{
	task->cancelled = true;
	if (task->background) {
		task->background = false;
		hold_loop(task->loop);
	}
	if (task->state == TASK_WAITING)
		task_make_ready(task, &task->loop->ready);
}

void tasks_cancel_all(struct loop *loop)
{
	LIST_FOR (node, &loop->all)
		task_cancel(CONTAINER_OF(node, struct task, all_node));
}

size_t tasks_running(const struct loop *loop)
{
	return loop->running;
}

void tasks_limit(struct loop *loop, size_t max)
{
	loop->limit = max;
}

/* ---- What a task knows of itself --------------------------------------------------------------- */

struct arena *task_arena(void)
{
	return task_must_self()->arena;
}

struct loop *task_loop(void)
{
	return task_must_self()->loop;
}

const char *task_name(const struct task *task)
{
	return task->name;
}

int64_t task_now_us(void)
{
	struct attempt *attempt = task_must_self()->attempt;

	return attempt ? attempt->now_us : clock_now_us();
}

int64_t task_now_again_us(void)
{
	struct attempt *attempt = task_must_self()->attempt;

	CHECK(attempt);
	attempt->now_us = clock_now_us();
	return attempt->now_us;
}

int64_t task_now_after_us(int64_t before_us)
{
	struct attempt *attempt = task_must_self()->attempt;

	CHECK(attempt);
	if (attempt->now_us <= before_us)
		attempt->now_us = before_us + 1;
	return attempt->now_us;
}

int64_t task_deadline_us(void)
{
	return task_must_self()->deadline_us;
}

void task_move_deadline(struct task *task, int64_t deadline_us)
{
	/* The next wait sets the timer: most tasks that come and go at once never need it. */
	timer_clear(&task->loop->timers, &task->deadline);
	task->deadline_us = deadline_us;
}

void task_set_timeout(int64_t from_now_us)
{
	struct task *task = task_must_self();
	int64_t deadline_us = after(clock_mono_us(), from_now_us);

	if (!task->deadline_us || deadline_us < task->deadline_us)
		task_move_deadline(task, deadline_us);
}

void *task_slot(enum task_slot slot)
{
	struct task *task = task_self();

	return task ? task->slots[slot] : NULL;
}

void task_set_slot(enum task_slot slot, void *value)
{
	task_must_self()->slots[slot] = value;
}

size_t task_stack_high_water(void)
{
	return fiber_high_water();
}
