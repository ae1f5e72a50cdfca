/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A task is a stackful coroutine on a loop: every request, event and job is one, so code reads top to
 * bottom and waits without blocking. Tasks never move between threads and are resumed from the loop, never
 * inside a library's callback. Stacks are 64 KiB (four times that under the address sanitizer) with a guard
 * page below, pooled per loop.
 *
 * Failure is an exit, not a return code. Shell code calls functions that succeed or end the current *attempt*: refuse()
 * for the caller's fault, fail() for ours. task_attempt() is the boundary: one each for HTTP, events and jobs. What an
 * attempt acquires hangs on the task's arena, whose hooks run when the boundary resets it; so no clean-up can be
 * forgotten. Hooks must neither fail nor wait. Domain code never does any of this.
 *
 * All functions without a `struct task *` argument act on the running task and may be called only inside one.
 */
#ifndef STOA_TASK_TASK_H
#define STOA_TASK_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/list.h"
#include "base/problem.h"
#include "base/str.h"
#include "task/loop.h"

struct task;
typedef void task_fn(void *arg);

struct task_options {
	const char *name;   /* static; for logs and dumps */
	int64_t timeout_us; /* from now; 0 = none */
	size_t arena_max;   /* bytes; 0 = 1 MiB */
	bool background;    /* does not keep loop_run alive, is cancelled by tasks_cancel_all */
};

/* Starts `fn(arg)` in a new task, which first runs at the end of this turn. NULL when the loop's limit of
 * tasks (tasks_limit) is reached: the caller sheds load. The pointer is valid until fn returns. */
struct task *task_spawn(struct loop *loop, const struct task_options *options, task_fn *fn, void *arg);

/* Ends the task's wait, and every later one, with CANCELLED: the running attempt unwinds to its boundary. What
 * runs after that (clean-up hooks, the boundary) must not wait: every wait would fail again. A cancelled task
 * keeps loop_run alive until it ended, background or not. */
void task_cancel(struct task *task);
/* Cancels every task of the loop: the last step of a drain. */
void tasks_cancel_all(struct loop *loop);
size_t tasks_running(const struct loop *loop);
void tasks_limit(struct loop *loop, size_t max); /* default 10,000 */

/* The task that runs on this thread; NULL outside any task. Nobody but task.c writes it. */
extern _Thread_local struct task *task_running;
static inline struct task *task_self(void)
{
	return task_running;
}
struct arena *task_arena(void);
struct loop *task_loop(void);
const char *task_name(const struct task *task);

/* Wall-clock time of the attempt's start, microseconds: one instant for everything an attempt writes. */
int64_t task_now_us(void);
/* The same, read again: for an attempt that has waited before anything of it was stamped. */
int64_t task_now_again_us(void);
/* The same, moved on where it is not after `before_us`: what is stamped from here on in this attempt comes after what was
 * stamped then, by whichever process. */
int64_t task_now_after_us(int64_t before_us);

/* Deadline, monotonic microseconds; 0 = none. It can only come nearer. */
int64_t task_deadline_us(void);
void task_set_timeout(int64_t from_now_us);

/* Per-task pointers that packages above hang on a task (trace context, request). */
enum task_slot { TASK_SLOT_TRACE, TASK_SLOT_REQUEST, TASK_SLOT_COUNT };
void *task_slot(enum task_slot slot); /* NULL when unset or outside a task */
void task_set_slot(enum task_slot slot, void *value);

/* ---- Failure ---------------------------------------------------------------------------------- */

enum failure_kind {
	FAILURE_NONE,
	FAILURE_REFUSED,     /* the caller's fault: problem, detail, fields */
	FAILURE_FAILED,      /* ours: a bug or a broken dependency; the detail is for the log, not for the caller */
	FAILURE_UNAVAILABLE, /* a dependency is away or a queue is full: try again after retry_after_s */
	FAILURE_CONFLICT,    /* a concurrent change won: the same attempt may succeed when repeated */
	FAILURE_DEADLINE,    /* the task's deadline passed */
	FAILURE_CANCELLED,   /* nobody waits for the answer any more, or the process drains */
};

struct failure {
	enum failure_kind kind;
	const struct problem *problem;    /* REFUSED: never NULL; else may be NULL */
	struct str detail;                /* in the task's arena: valid until it is reset; up to 511 bytes printed */
	const struct field_error *fields; /* same; may be NULL */
	size_t field_count;
	const struct problem_member *members; /* extension members of the problem; may be NULL */
	size_t member_count;
	int retry_after_s;
};

/* Runs fn(arg) as an attempt. FAILURE_NONE when it returned; otherwise what ended it. Attempts nest.
 * The arena is NOT reset: the caller does that when it has used the failure. */
struct failure task_attempt(task_fn *fn, void *arg);

/* The same with a deadline of its own, no later than the task's, which applies again afterwards: so that the
 * boundary of a job that took too long may still wait for the database to write that down. */
struct failure task_attempt_within(int64_t timeout_us, task_fn *fn, void *arg);

/* Called when a failure reaches a task's end without having met a boundary, before its arena goes; NULL is the
 * default, a line on stderr. Not called for CANCELLED, which is how background tasks end. Process-wide. */
void tasks_on_unhandled(void (*fn)(const char *task_name, const struct failure *failure));

NORETURN void refuse(const struct problem *problem, const char *format, ...) PRINTF_LIKE(2, 3);
NORETURN void refuse_fields(const struct problem *problem, const struct field_error *fields, size_t count);
/* The same for one: refuse_field(&problem_invalid_body, "#/reason", "is required"). */
NORETURN void refuse_field(const struct problem *problem, const char *pointer, const char *detail);
/* invalid_parameter, of a header. */
NORETURN void refuse_header(const char *name, const char *detail);
NORETURN void refuse_with(const struct problem *problem, struct str detail, const struct problem_member *members,
                          size_t count);
/* cmocka has a macro of this name: tests include cmocka.h before this header. */
#undef fail
NORETURN void fail(const char *format, ...) PRINTF_LIKE(1, 2);
NORETURN void fail_unavailable(int retry_after_s, const char *format, ...) PRINTF_LIKE(2, 3);
NORETURN void fail_conflict(const char *format, ...) PRINTF_LIKE(1, 2);
/* Ends the attempt with a failure caught earlier (after a nested task_attempt). */
NORETURN void fail_again(const struct failure *failure);

/* ---- Waiting ---------------------------------------------------------------------------------- */

/* For packages that turn callbacks into straight lines. The pattern:
 *
 *     op.task = task_self();
 *     start(&op);                       // its callback calls task_wake(op.task)
 *     enum wake why = task_wait();
 *     if (why != WAKE_DONE) {
 *             detach(&op);              // the callback must not touch this stack any more
 *             task_end(why);            // unwinds: CANCELLED or DEADLINE
 *     }
 */
enum wake { WAKE_DONE, WAKE_CANCELLED, WAKE_DEADLINE };
/* At once when the task is already cancelled, past its deadline, or woken. A wake that came wins over the other two,
 * because something may have been handed over with it. */
MUST_CHECK enum wake task_wait(void);
void task_wake(struct task *task); /* from the loop's thread; puts it on the ready queue; waking twice is once */
NORETURN void task_end(enum wake why);

/* Sleeps; ends the attempt when cancelled or past the deadline. */
void task_sleep_us(int64_t duration_us);
/* Lets the other ready tasks and I/O run first. Never ends the attempt. */
void task_yield(void);

/* Runs fn(arg) on the thread pool (Argon2, name look-ups, big CSV) and waits. `arg` must stay valid: it may
 * live on this stack, because a cancelled or late offload is waited for before the attempt ends. At most 4
 * run and 256 wait per process; beyond that fail_unavailable. fn must not touch the task. */
void task_offload(void (*fn)(void *arg), void *arg);

/* A queue of tasks that wait for what other tasks or callbacks release: a connection, a slot, a change. First come,
 * first served. */
struct wait_queue {
	struct list waiting;
};
void wait_queue_init(struct wait_queue *queue);
void wait_queue_wait(struct wait_queue *queue);     /* until woken; ends the attempt on cancel or deadline */
bool wait_queue_wake_one(struct wait_queue *queue); /* false when nobody waits */
void wait_queue_wake_all(struct wait_queue *queue);

/* High-water mark of stack use over all tasks of this process, bytes; measured in debug builds, else 0. */
size_t task_stack_high_water(void);

#endif
