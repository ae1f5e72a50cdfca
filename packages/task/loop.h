/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A loop is one thread's event loop (libuv) with everything tied to it: its tasks, database lanes, Redis
 * connections, sockets. Threads share nothing but counters; only loop_post may be called from another thread.
 *
 * A turn: libuv polls and runs callbacks, which wake tasks; then all ready tasks run; then the flush hooks
 * send what the tasks gathered (one write per connection, one Sync per group of queries); then poll again.
 * That deferral is where the batching comes from.
 */
#ifndef STOA_TASK_LOOP_H
#define STOA_TASK_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/list.h"
#include "task/timers.h"

struct loop;

struct loop *loop_new(void);       /* aborts when the kernel has no epoll */
void loop_free(struct loop *loop); /* all handles closed and tasks ended before; asserted */

/* Runs until loop_stop, or until nothing is left to wait for. Must be called on the loop's thread; the
 * loop of the calling thread is then loop_self(). */
void loop_run(struct loop *loop);
/* Ends loop_run after this turn. From the loop's own thread. */
void loop_stop(struct loop *loop);
struct loop *loop_self(void);
uv_loop_t *loop_uv(struct loop *loop);

/* Cached per turn, like uv_now but in microseconds of the monotonic clock. */
int64_t loop_now_us(const struct loop *loop);

/* `run` is called once on the loop's thread, soon; callable from any thread. The caller keeps `post` alive
 * until it ran and does not queue it twice. */
struct loop_post {
	struct list node;
	void (*run)(struct loop_post *post);
};
void loop_post(struct loop *loop, struct loop_post *post);

/* Called at the end of each turn in which loop_flush_soon(hook) was called, after all ready tasks ran; in
 * the order of asking. A hook may wake tasks: they run in the same turn and hooks are asked again. */
struct loop_flush {
	struct list node;
	void (*run)(struct loop_flush *flush);
};
void loop_flush_soon(struct loop *loop, struct loop_flush *flush); /* once per turn, however often asked */
void loop_flush_cancel(struct loop_flush *flush);

/* `timer->run` is called once, on the loop's thread and outside of tasks, not before due_us (as loop_now_us). One that
 * is set is moved. Clear it before its memory goes; a set timer keeps no loop running. */
void loop_timer_set(struct loop *loop, struct timer *timer, int64_t due_us);
void loop_timer_clear(struct loop *loop, struct timer *timer);

/* Longest time one turn took since the last call, microseconds; for the loop lag metric. */
int64_t loop_take_lag_us(struct loop *loop);

#endif
