/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting. A wake that came is never lost: it wins over a cancellation or deadline that came too, because the
 * waker may have handed something over that the task must now take and release. So whether a wait ends, and why, is
 * decided by the task itself when it runs again.
 */
#include "base/check.h"
#include "base/clock.h"
#include "task/internal.h"

static bool is_late(const struct task *task)
{
	return task->deadline_us && loop_now_us(task->loop) >= task->deadline_us;
}

static void wait_once(struct task *task)
{
	if (task->deadline_us && !timer_is_set(&task->deadline))
		timer_set(&task->loop->timers, &task->deadline, task->deadline_us);
	task->state = TASK_WAITING;
	task_suspend(task);
}

enum wake task_wait(void)
{
	struct task *task = task_must_self();

	while (!task->woken) {
		if (task->cancelled)
			return WAKE_CANCELLED;
		if (is_late(task))
			return WAKE_DEADLINE;
		wait_once(task);
	}
	task->woken = false;
	return WAKE_DONE;
}

void task_wake(struct task *task)
{
	CHECK(task->state != TASK_IDLE);
	task->woken = true;
	if (task->state == TASK_WAITING)
		task_make_ready(task, &task->loop->ready);
}

void task_yield(void)
{
	struct task *task = task_must_self();

	task_make_ready(task, &task->loop->yielded);
	task_suspend(task);
}

/* ---- Sleep ------------------------------------------------------------------------------------ */

struct sleep {
	struct timer timer;
	struct task *task;
};

static void on_slept(struct timer *timer)
{
	task_wake(CONTAINER_OF(timer, struct sleep, timer)->task);
}

void task_sleep_us(int64_t duration_us)
{
	struct sleep sleep = { .timer.run = on_slept, .task = task_must_self() };
	struct timers *timers = &sleep.task->loop->timers;
	int64_t due_us;

	if (__builtin_add_overflow(clock_mono_us(), duration_us, &due_us))
		due_us = INT64_MAX;
	timer_set(timers, &sleep.timer, due_us);
	while (timer_is_set(&sleep.timer)) {
		enum wake why = task_wait();
		if (why != WAKE_DONE) {
			timer_clear(timers, &sleep.timer);
			task_end(why);
		}
	}
}

/* ---- Wait queues ------------------------------------------------------------------------------ */

void wait_queue_init(struct wait_queue *queue)
{
	list_init(&queue->waiting);
}

void wait_queue_wait(struct wait_queue *queue)
{
	struct task *task = task_must_self();

	list_push_back(&queue->waiting, &task->queue_node);
	while (!list_is_empty(&task->queue_node)) {
		enum wake why = task_wait();
		if (why != WAKE_DONE) {
			list_remove(&task->queue_node);
			task_end(why);
		}
	}
}

bool wait_queue_wake_one(struct wait_queue *queue)
{
	struct list *node = list_pop_front(&queue->waiting);

	if (!node)
		return false;
	task_wake(CONTAINER_OF(node, struct task, queue_node));
	return true;
}

void wait_queue_wake_all(struct wait_queue *queue)
{
	while (wait_queue_wake_one(queue))
		;
}
