/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The turn hangs on libuv's prepare phase, which comes after all callbacks and right before the poll. It runs
 * rounds of tasks, then the flush hooks, and again while the hooks woke somebody; rounds are bounded, so that two
 * tasks which keep waking each other cannot keep the sockets from being read. What is left makes the next poll return
 * at once.
 *
 * libuv's timers are used once per loop, to end the poll; the wheel in timers.c does the rest.
 */
#include "task/loop.h"

#include "base/clock.h"
#include "task/internal.h"

enum { ROUNDS_MAX = 64, FLUSHES_MAX = 8 };

static _Thread_local struct loop *current_loop;

struct loop *loop_self(void)
{
	return current_loop;
}

uv_loop_t *loop_uv(struct loop *loop)
{
	return &loop->uv;
}

/* ---- Time ------------------------------------------------------------------------------------- */

static void read_clock(struct loop *loop)
{
	loop->now_us = clock_mono_us();
	loop->now_seen_ms = uv_now(&loop->uv);
}

int64_t loop_now_us(const struct loop *loop)
{
	/* libuv reads its clock after a poll: then ours is stale, by as long as the poll slept. */
	if (uv_now(&loop->uv) != loop->now_seen_ms)
		read_clock((struct loop *)loop);
	return loop->now_us;
}

static void measure_lag(struct loop *loop)
{
	uint64_t idle_ns = uv_metrics_idle_time(&loop->uv);

	if (loop->turn_began_us) {
		int64_t slept_us = (int64_t)(idle_ns - loop->idle_ns) / 1000;
		int64_t busy_us = loop->now_us - loop->turn_began_us - slept_us;
		if (busy_us > loop->lag_us)
			loop->lag_us = busy_us;
	}
	loop->turn_began_us = loop->now_us;
	loop->idle_ns = idle_ns;
}

int64_t loop_take_lag_us(struct loop *loop)
{
	int64_t lag_us = loop->lag_us;

	loop->lag_us = 0;
	return lag_us;
}

static void on_alarm(uv_timer_t *alarm)
{
	struct loop *loop = alarm->data;

	loop->alarm_us = INT64_MAX;
}

/* A later alarm is left to an earlier one: it rings for nothing, once, and is set again. */
static void set_alarm(struct loop *loop)
{
	int64_t due_us = timers_next_us(&loop->timers);

	if (due_us >= loop->alarm_us)
		return;
	int64_t wait_us = due_us > loop->now_us ? due_us - loop->now_us : 0;
	loop->alarm_us = due_us;
	uv_timer_start(&loop->alarm, on_alarm, (uint64_t)(wait_us + US_PER_MS - 1) / US_PER_MS, 0);
}

/* ---- The turn --------------------------------------------------------------------------------- */

static void run_flushes(struct loop *loop)
{
	struct list asked;

	list_init(&asked);
	list_move_all(&asked, &loop->flushes);
	for (struct list *node; (node = list_pop_front(&asked));) {
		struct loop_flush *flush = CONTAINER_OF(node, struct loop_flush, node);
		flush->run(flush);
	}
}

static void run_rounds(struct loop *loop)
{
	for (int flushed = 0; flushed < FLUSHES_MAX; flushed++) {
		for (int round = 0; round < ROUNDS_MAX && !list_is_empty(&loop->ready); round++)
			tasks_run_ready(loop);
		if (list_is_empty(&loop->flushes))
			return;
		run_flushes(loop);
	}
}

static void on_busy(uv_idle_t *busy)
{
	(void)busy;
}

static void run_turn(struct loop *loop)
{
	read_clock(loop);
	measure_lag(loop);
	timers_advance(&loop->timers, loop->now_us);
	run_rounds(loop);
	list_move_all(&loop->ready, &loop->yielded);
	if (list_is_empty(&loop->ready) && list_is_empty(&loop->flushes))
		uv_idle_stop(&loop->busy);
	else
		uv_idle_start(&loop->busy, on_busy);
	set_alarm(loop);
}

void loop_timer_set(struct loop *loop, struct timer *timer, int64_t due_us)
{
	timer_set(&loop->timers, timer, due_us);
}

void loop_timer_clear(struct loop *loop, struct timer *timer)
{
	timer_clear(&loop->timers, timer);
}

static void on_turn(uv_prepare_t *turn)
{
	run_turn(turn->data);
}

void loop_flush_soon(struct loop *loop, struct loop_flush *flush)
{
	if (list_is_empty(&flush->node))
		list_push_back(&loop->flushes, &flush->node);
}

void loop_flush_cancel(struct loop_flush *flush)
{
	list_remove(&flush->node);
}

/* ---- Posts ------------------------------------------------------------------------------------ */

static void run_posts(struct loop *loop)
{
	struct list taken;

	list_init(&taken);
	pthread_mutex_lock(&loop->posts_lock);
	list_move_all(&taken, &loop->posts);
	pthread_mutex_unlock(&loop->posts_lock);
	for (struct list *node; (node = list_pop_front(&taken));) {
		struct loop_post *post = CONTAINER_OF(node, struct loop_post, node);
		post->run(post);
	}
}

static void on_posted(uv_async_t *posted)
{
	run_posts(posted->data);
}

void loop_post(struct loop *loop, struct loop_post *post)
{
	pthread_mutex_lock(&loop->posts_lock);
	list_push_back(&loop->posts, &post->node);
	pthread_mutex_unlock(&loop->posts_lock);
	uv_async_send(&loop->posted);
}

/* ---- Life ------------------------------------------------------------------------------------- */

struct loop *loop_new(void)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	CHECK(loop && uv_loop_init(&loop->uv) == 0);
	CHECK(uv_loop_configure(&loop->uv, UV_METRICS_IDLE_TIME) == 0);
	CHECK(uv_prepare_init(&loop->uv, &loop->turn) == 0 && uv_prepare_start(&loop->turn, on_turn) == 0);
	CHECK(uv_idle_init(&loop->uv, &loop->busy) == 0);
	CHECK(uv_timer_init(&loop->uv, &loop->alarm) == 0);
	CHECK(uv_async_init(&loop->uv, &loop->posted, on_posted) == 0);
	uv_handle_t *const own[] = { (uv_handle_t *)&loop->turn, (uv_handle_t *)&loop->busy,
		                     (uv_handle_t *)&loop->alarm, (uv_handle_t *)&loop->posted };
	for (size_t i = 0; i < ARRAY_COUNT(own); i++) {
		own[i]->data = loop;
		uv_unref(own[i]);
	}
	CHECK(pthread_mutex_init(&loop->posts_lock, NULL) == 0);
	list_init(&loop->posts);
	list_init(&loop->flushes);
	read_clock(loop);
	loop->alarm_us = INT64_MAX;
	timers_init(&loop->timers, loop->now_us);
	tasks_init(loop);
	return loop;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	CHECK(loop->running == 0);
	tasks_done(loop);
	uv_close((uv_handle_t *)&loop->turn, NULL);
	uv_close((uv_handle_t *)&loop->busy, NULL);
	uv_close((uv_handle_t *)&loop->alarm, NULL);
	uv_close((uv_handle_t *)&loop->posted, NULL);
	uv_run(&loop->uv, UV_RUN_NOWAIT);
	CHECK(uv_loop_close(&loop->uv) == 0);
	pthread_mutex_destroy(&loop->posts_lock);
	free(loop);
}

static bool posts_are_left(struct loop *loop)
{
	pthread_mutex_lock(&loop->posts_lock);
	bool left = !list_is_empty(&loop->posts);
	pthread_mutex_unlock(&loop->posts_lock);
	return left;
}

void loop_run(struct loop *loop)
{
	struct loop *outer = current_loop;

	CHECK(!task_running);
	current_loop = loop;
	loop->turn_began_us = 0;
	do {
		uv_run(&loop->uv, UV_RUN_DEFAULT);
		/* What the last poll's callbacks woke and posted has not had its turn yet. */
		run_posts(loop);
		run_turn(loop);
	} while (!loop->stopping && (uv_loop_alive(&loop->uv) || posts_are_left(loop)));
	loop->stopping = false;
	current_loop = outer;
}

void loop_stop(struct loop *loop)
{
	loop->stopping = true;
	uv_stop(&loop->uv);
}
