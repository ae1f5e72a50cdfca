/* SPDX-License-Identifier: Apache-2.0 */
#include "task/loop.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/clock.h"
#include "task/task.h"

static const struct task_options plain = { .name = "plain" };
static const struct task_options background = { .name = "background", .background = true };

/* ---- Posts ------------------------------------------------------------------------------------ */

enum { POSTERS = 3, POSTS = 2000 };

struct counted_post {
	struct loop_post post;
	int *count;
	int poster;
	int number;
};

static int last_number[POSTERS];
static bool out_of_order;
static bool on_foreign_thread;
static struct loop *posted_to;
static struct task *post_waiter;

static void on_post(struct loop_post *post)
{
	struct counted_post *counted = CONTAINER_OF(post, struct counted_post, post);

	if (counted->number != last_number[counted->poster] + 1)
		out_of_order = true;
	if (loop_self() != posted_to || task_self())
		on_foreign_thread = true;
	last_number[counted->poster] = counted->number;
	if (++*counted->count == POSTERS * POSTS)
		task_wake(post_waiter);
}

static struct counted_post posts[POSTERS][POSTS];

static void *post_many(void *arg)
{
	struct counted_post *mine = arg;

	for (int i = 0; i < POSTS; i++)
		loop_post(posted_to, &mine[i].post);
	return NULL;
}

static bool posts_waited;

static void wait_for_posts(void *arg)
{
	(void)arg;
	post_waiter = task_self();
	posts_waited = task_wait() == WAKE_DONE;
}

static void posts_from_other_threads_all_run_in_order(void **state)
{
	struct loop *loop = loop_new();
	pthread_t threads[POSTERS];
	int count = 0;

	(void)state;
	posted_to = loop;
	assert_non_null(post_waiter = task_spawn(loop, &plain, wait_for_posts, NULL));
	for (int poster = 0; poster < POSTERS; poster++) {
		for (int i = 0; i < POSTS; i++)
			posts[poster][i] = (struct counted_post){
				.post.run = on_post, .count = &count, .poster = poster, .number = i + 1
			};
		assert_int_equal(pthread_create(&threads[poster], NULL, post_many, posts[poster]), 0);
	}
	loop_run(loop);
	for (int poster = 0; poster < POSTERS; poster++)
		pthread_join(threads[poster], NULL);
	assert_int_equal(count, POSTERS * POSTS);
	assert_true(posts_waited);
	assert_false(out_of_order);
	assert_false(on_foreign_thread);
	loop_free(loop);
}

static void on_single_post(struct loop_post *post)
{
	post->run = NULL;
}

static void a_post_runs_even_when_nothing_else_lives(void **state)
{
	struct loop *loop = loop_new();
	struct loop_post post = { .run = on_single_post };

	(void)state;
	loop_post(loop, &post);
	loop_run(loop);
	assert_null(post.run);
	loop_free(loop);
}

/* ---- Flush hooks ------------------------------------------------------------------------------- */

static char trace[256];
static size_t trace_len;

static void note(char c)
{
	if (trace_len < sizeof(trace) - 1)
		trace[trace_len++] = c;
	trace[trace_len] = '\0';
}

static void clear_trace(void)
{
	trace_len = 0;
	trace[0] = '\0';
}

struct named_flush {
	struct loop_flush flush;
	char name;
	struct task *wakes;
};

static void on_flush(struct loop_flush *flush)
{
	struct named_flush *named = CONTAINER_OF(flush, struct named_flush, flush);

	note(named->name);
	if (named->wakes)
		task_wake(named->wakes);
	named->wakes = NULL;
}

static struct named_flush flush_a;
static struct named_flush flush_b;
static struct named_flush flush_c;

static void ask_twice(void *arg)
{
	note('1');
	loop_flush_soon(task_loop(), &flush_b.flush);
	loop_flush_soon(task_loop(), &flush_a.flush);
	loop_flush_soon(task_loop(), &flush_b.flush);
	loop_flush_soon(task_loop(), &flush_c.flush);
	flush_b.wakes = task_self();
	if (task_wait() != WAKE_DONE)
		note('!');
	note('3');
	loop_flush_soon(task_loop(), &flush_a.flush);
	(void)arg;
}

static void ask_once(void *arg)
{
	note('2');
	loop_flush_soon(task_loop(), &flush_b.flush);
	loop_flush_cancel(&flush_c.flush);
	(void)arg;
}

static void on_poll_done(uv_check_t *check)
{
	(void)check;
	note('P');
}

static void flush_hooks_run_once_after_all_tasks_of_a_turn(void **state)
{
	struct loop *loop = loop_new();
	uv_check_t check;

	(void)state;
	clear_trace();
	flush_a = (struct named_flush){ .flush.run = on_flush, .name = 'a' };
	flush_b = (struct named_flush){ .flush.run = on_flush, .name = 'b' };
	flush_c = (struct named_flush){ .flush.run = on_flush, .name = 'c' };
	assert_int_equal(uv_check_init(loop_uv(loop), &check), 0);
	uv_check_start(&check, on_poll_done);
	uv_unref((uv_handle_t *)&check);
	assert_non_null(task_spawn(loop, &plain, ask_twice, NULL));
	assert_non_null(task_spawn(loop, &plain, ask_once, NULL));
	loop_run(loop);
	assert_string_equal(trace, "12ba3aP");
	uv_close((uv_handle_t *)&check, NULL);
	loop_run(loop);
	loop_free(loop);
}

/* A hook that always asks again must not keep the loop from polling. */
static void on_greedy_flush(struct loop_flush *flush)
{
	loop_flush_soon(loop_self(), flush);
}

static void on_stop_timer(uv_timer_t *timer)
{
	loop_stop(loop_self());
	uv_close((uv_handle_t *)timer, NULL);
}

static void wait_for_ever(void *arg)
{
	enum wake *why = arg;

	*why = task_wait();
}

static void greedy_hooks_and_tasks_let_the_loop_poll(void **state)
{
	struct loop *loop = loop_new();
	struct loop_flush greedy = { .run = on_greedy_flush };
	uv_timer_t timer;

	(void)state;
	assert_int_equal(uv_timer_init(loop_uv(loop), &timer), 0);
	uv_timer_start(&timer, on_stop_timer, 2, 0);
	loop_flush_soon(loop, &greedy);
	loop_run(loop);
	loop_flush_cancel(&greedy);
	loop_run(loop);
	loop_free(loop);
}

static bool game_over;
static struct task *ping_tasks[2];

static void ping(void *arg)
{
	struct task **other = arg;
	struct task *me = task_self();

	while (!game_over) {
		task_wake(*other);
		if (task_wait() != WAKE_DONE)
			break;
	}
	/* The other one, if it still runs, waits for us: let it find the game over. */
	if (*other)
		task_wake(*other);
	if (ping_tasks[0] == me)
		ping_tasks[0] = NULL;
	else
		ping_tasks[1] = NULL;
}

static void spin_yielding(void *arg)
{
	(void)arg;
	while (!game_over)
		task_yield();
}

static void on_game_timer(uv_timer_t *timer)
{
	game_over = true;
	uv_close((uv_handle_t *)timer, NULL);
}

static void tasks_that_wake_each_other_let_the_loop_poll(void **state)
{
	struct loop *loop = loop_new();
	uv_timer_t timer;

	(void)state;
	game_over = false;
	assert_int_equal(uv_timer_init(loop_uv(loop), &timer), 0);
	uv_timer_start(&timer, on_game_timer, 2, 0);
	for (size_t i = 0; i < 2; i++)
		assert_non_null(ping_tasks[i] = task_spawn(loop, &plain, ping, &ping_tasks[1 - i]));
	loop_run(loop);
	assert_true(game_over);
	assert_int_equal(tasks_running(loop), 0);
	loop_free(loop);
}

static void yielding_tasks_let_the_loop_poll(void **state)
{
	struct loop *loop = loop_new();
	uv_timer_t timer;

	(void)state;
	game_over = false;
	assert_int_equal(uv_timer_init(loop_uv(loop), &timer), 0);
	uv_timer_start(&timer, on_game_timer, 2, 0);
	for (int i = 0; i < 3; i++)
		assert_non_null(task_spawn(loop, &plain, spin_yielding, NULL));
	loop_run(loop);
	assert_int_equal(tasks_running(loop), 0);
	loop_free(loop);
}

/* ---- Life ------------------------------------------------------------------------------------- */

static void stop_soon(void *arg)
{
	(void)arg;
	loop_stop(task_loop());
}

static void stop_leaves_the_waiting_and_run_takes_them_up_again(void **state)
{
	struct loop *loop = loop_new();
	enum wake why = WAKE_CANCELLED;
	struct task *waiting = task_spawn(loop, &plain, wait_for_ever, &why);

	(void)state;
	assert_non_null(waiting);
	assert_non_null(task_spawn(loop, &plain, stop_soon, NULL));
	assert_null(loop_self());
	loop_run(loop);
	assert_null(loop_self());
	assert_int_equal(tasks_running(loop), 1);
	task_wake(waiting);
	loop_run(loop);
	assert_int_equal(tasks_running(loop), 0);
	assert_int_equal(why, WAKE_DONE);
	loop_free(loop);
}

static void background_tasks_hold_the_loop_only_when_cancelled(void **state)
{
	struct loop *loop = loop_new();
	enum wake why = WAKE_DONE;

	(void)state;
	assert_non_null(task_spawn(loop, &background, wait_for_ever, &why));
	loop_run(loop);
	assert_int_equal(tasks_running(loop), 1);
	tasks_cancel_all(loop);
	loop_run(loop);
	assert_int_equal(tasks_running(loop), 0);
	assert_int_equal(why, WAKE_CANCELLED);
	loop_free(loop);
}

static void spin_5_ms(void *arg)
{
	int64_t until_us = clock_mono_us() + 5000;

	while (clock_mono_us() < until_us)
		;
	(void)arg;
}

static void lag_is_the_longest_turn_and_is_taken_once(void **state)
{
	struct loop *loop = loop_new();

	(void)state;
	int64_t before_us = loop_now_us(loop);
	assert_non_null(task_spawn(loop, &plain, spin_5_ms, NULL));
	loop_run(loop);
	assert_true(loop_now_us(loop) - before_us >= 5000);
	assert_true(loop_take_lag_us(loop) >= 5000);
	assert_int_equal(loop_take_lag_us(loop), 0);
	loop_free(loop);
}

static void *run_loop(void *arg)
{
	struct loop *loop = loop_new();
	enum wake *why = arg;

	task_cancel(task_spawn(loop, &plain, wait_for_ever, why));
	loop_run(loop);
	loop_free(loop);
	return NULL;
}

static void threads_run_loops_of_their_own(void **state)
{
	enum wake whys[2] = { WAKE_DONE, WAKE_DONE };
	pthread_t threads[2];

	(void)state;
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run_loop, &whys[i]), 0);
	for (size_t i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(whys[i], WAKE_CANCELLED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(posts_from_other_threads_all_run_in_order),
		cmocka_unit_test(a_post_runs_even_when_nothing_else_lives),
		cmocka_unit_test(flush_hooks_run_once_after_all_tasks_of_a_turn),
		cmocka_unit_test(greedy_hooks_and_tasks_let_the_loop_poll),
		cmocka_unit_test(tasks_that_wake_each_other_let_the_loop_poll),
		cmocka_unit_test(yielding_tasks_let_the_loop_poll),
		cmocka_unit_test(stop_leaves_the_waiting_and_run_takes_them_up_again),
		cmocka_unit_test(background_tasks_hold_the_loop_only_when_cancelled),
		cmocka_unit_test(lag_is_the_longest_turn_and_is_taken_once),
		cmocka_unit_test(threads_run_loops_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
