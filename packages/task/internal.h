/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of loops and tasks. Only the files of this package include it. */
#ifndef STOA_TASK_INTERNAL_H
#define STOA_TASK_INTERNAL_H

#include <pthread.h>
#include <setjmp.h>

#include "base/check.h"
#include "task/fiber.h"
#include "task/task.h"
#include "task/timers.h"

struct attempt {
	jmp_buf env;
	struct attempt *outer;
	int64_t now_us; /* wall clock */
};

enum task_state {
	TASK_IDLE,    /* in the pool */
	TASK_READY,   /* on a queue of its loop, by `node` */
	TASK_RUNNING, /* the one task of its loop that is on the processor */
	TASK_WAITING, /* left its stack; `node` is free */
};

enum { TASK_DETAIL_MAX = 512 };

struct task {
	struct fiber fiber; /* must stay first: a fiber's task is found by a cast */
	struct loop *loop;
	struct list node; /* in ready, yielded, or the pool's idle list */
	struct list all_node;
	struct list queue_node; /* in the wait queue it waits in */
	enum task_state state;
	bool background;
	bool cancelled;
	bool woken;
	const char *name;
	task_fn *fn;
	void *arg;
	void *slots[TASK_SLOT_COUNT];
	struct arena *arena;
	size_t arena_max;
	struct timer deadline;
	int64_t deadline_us;
	struct attempt *attempt;         /* innermost running; NULL while hooks run at the very end */
	struct failure failure;          /* on its way to the boundary */
	const struct failure *reporting; /* set while its texts are copied into the arena */
	char detail[TASK_DETAIL_MAX];    /* where a detail survives an arena that is full */
};

struct loop {
	uv_loop_t uv;
	uv_prepare_t turn; /* runs a turn just before each poll */
	uv_idle_t busy;    /* active: work is left, so the poll must not block */
	uv_timer_t alarm;  /* ends the poll when a timer is due */
	uv_async_t posted; /* referenced while foreground tasks run, so that loop_run stays */
	pthread_mutex_t posts_lock;
	struct list posts;
	struct list flushes;
	struct timers timers;
	bool stopping;

	int64_t now_us;
	uint64_t now_seen_ms; /* uv_now when now_us was read */
	int64_t alarm_us;     /* INT64_MAX: not armed */
	int64_t turn_began_us;
	uint64_t idle_ns; /* spent in polls until then */
	int64_t lag_us;

	struct fiber_home home;
	struct list ready;
	struct list yielded;
	struct list all;
	size_t running;
	size_t foreground;
	size_t limit;
	struct list idle;
	size_t idle_count;
	struct timer trim;
};

void tasks_init(struct loop *loop);
void tasks_done(struct loop *loop);
/* Runs what is ready now once; what gets ready meanwhile is left for the next call. */
void tasks_run_ready(struct loop *loop);

static inline struct task *task_must_self(void)
{
	struct task *task = task_self();

	CHECK(task);
	return task;
}

/* Leaves the running task until it is made ready again. */
void task_suspend(struct task *task);
void task_make_ready(struct task *task, struct list *queue);
/* The task's arena is full: ends the attempt without needing memory. */
void task_on_exhausted(void *arg);
void task_report_unhandled(const struct task *task, const struct failure *failure);
void task_move_deadline(struct task *task, int64_t deadline_us);

#endif
