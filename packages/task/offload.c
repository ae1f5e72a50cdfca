/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread pool is libuv's and the process's, four threads unless the environment says otherwise; ours is the
 * bound on what may stand in its queue. The work's record lives on the waiting task's stack, so the task never unwinds
 * before the pool is done with it: work that still queues is called off, work that runs is waited for.
 */
#include <stdatomic.h>

#include "base/check.h"
#include "task/internal.h"

enum { OFFLOAD_MAX = 4 + 256, RETRY_AFTER_S = 1 };

static atomic_int offloads;

struct offload {
	uv_work_t work;
	struct task *task;
	void (*fn)(void *arg);
	void *arg;
	bool done;
};

static void on_pool_thread(uv_work_t *work)
{
	struct offload *offload = work->data;

	offload->fn(offload->arg);
}

static void on_offloaded(uv_work_t *work, int status)
{
	struct offload *offload = work->data;

	(void)status;
	offload->done = true;
	task_wake(offload->task);
}

static void wait_without_end(struct offload *offload)
{
	while (!offload->done) {
		offload->task->state = TASK_WAITING;
		task_suspend(offload->task);
	}
	offload->task->woken = false;
}

static void enter_queue(void)
{
	if (atomic_fetch_add(&offloads, 1) < OFFLOAD_MAX)
		return;
	atomic_fetch_sub(&offloads, 1);
	fail_unavailable(RETRY_AFTER_S, "the thread pool's queue is full (%d)", OFFLOAD_MAX);
}

void task_offload(void (*fn)(void *arg), void *arg)
{
	struct offload offload = { .task = task_must_self(), .fn = fn, .arg = arg };
	enum wake why = WAKE_DONE;

	enter_queue();
	offload.work.data = &offload;
	CHECK(uv_queue_work(loop_uv(offload.task->loop), &offload.work, on_pool_thread, on_offloaded) == 0);
	while (!offload.done && why == WAKE_DONE)
		why = task_wait();
	if (why != WAKE_DONE) {
		uv_cancel((uv_req_t *)&offload.work);
		wait_without_end(&offload);
	}
	atomic_fetch_sub(&offloads, 1);
	if (why != WAKE_DONE)
		task_end(why);
}
