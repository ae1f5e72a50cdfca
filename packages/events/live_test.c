/* SPDX-License-Identifier: Apache-2.0 */
/* Live tails: in order, from the log, whether a bell rings or not. */
#include "events/test_bench.h"

#include "events/live.h"

struct tail {
	struct live_watch *watch, *other;
	int64_t seqs[200];
	size_t count, stop_after;
	bool outside;
};

static void on_event(void *arg, const struct event *event)
{
	struct tail *tail = arg;

	tail->outside = task_self() == NULL;
	tail->seqs[tail->count++] = event->aggregate_seq;
	if (tail->count != tail->stop_after)
		return;
	live_unwatch(tail->watch);
	live_unwatch(tail->other);
	tail->watch = tail->other = NULL;
}

static void happen(struct bench *bench, struct uuid aggregate_id, int64_t from, int64_t to)
{
	struct tx *tx = tx_collect(bench->db);

	for (int64_t seq = from; seq <= to; seq++)
		emit(tx, &fact_happened, aggregate_id, seq, &(struct fact){ .number = seq, .text = STR("x") });
	tx_commit(tx);
}

static bool counts(const struct tail *tail, int64_t from, int64_t to)
{
	if (tail->count != (size_t)(to - from + 1))
		return false;
	for (size_t i = 0; i < tail->count; i++)
		if (tail->seqs[i] != from + (int64_t)i)
			return false;
	return true;
}

static void nothing(struct consumption *consumption)
{
	(void)consumption;
}

static const struct subscription other = { .type = &fact_undone, .name = "test.other", .handle = nothing };
static const struct subscription *const subscriptions[] = { &other, NULL };

static void tails(struct bench *bench)
{
	struct live *live = live_open(bench->loop, bench->db, bench->redis);
	struct relay_options options = { .db = bench->db,
		                         .bus = bench->bus,
		                         .redis = bench->redis,
		                         .subscriptions = subscriptions,
		                         .stream_max_bytes = 1 << 20 };
	struct uuid a = uuid_new_v7(clock_now_us()), b = uuid_new_v7(clock_now_us());
	struct tail all = { 0 }, late = { 0 }, both = { 0 }, short_one = { .stop_after = 2 };

	relay_start(bench->loop, &options);
	happen(bench, a, 1, 3);
	all.watch = live_watch(live, a, 0, on_event, &all);
	late.watch = live_watch(live, a, 3, on_event, &late);
	both.watch = live_watch(live, b, 0, on_event, &both);
	UNTIL(counts(&all, 1, 3));
	EXPECT(all.outside && late.count == 0 && both.count == 0);
	happen(bench, b, 1, 1);
	happen(bench, a, 4, 10);
	UNTIL(counts(&all, 1, 10) && counts(&late, 4, 10) && counts(&both, 1, 1));

	/* One that ends itself and its neighbour in the middle of a hand-out. */
	short_one.watch = live_watch(live, a, 0, on_event, &short_one);
	short_one.other = late.watch;
	UNTIL(short_one.count == 2);
	happen(bench, a, 11, 100);
	UNTIL(counts(&all, 1, 100));
	EXPECT(short_one.count == 2 && counts(&late, 4, 10) && live_watch_count(live) == 2);

	live_unwatch(all.watch);
	live_unwatch(both.watch);
	EXPECT(live_watch_count(live) == 0);
	live_close(live);
}

static void test_redis_tails(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, tails);
}

static void test_without_redis_tails(void **state)
{
	(void)state;
	bench_run(BENCH_POSTGRES, tails);
}

/* More than one round's rows, and a watch behind all of them. */
static void long_tail(struct bench *bench)
{
	struct live *live = live_open(bench->loop, bench->db, NULL);
	struct tail tails_of[30] = { 0 };

	for (size_t i = 0; i < ARRAY_COUNT(tails_of); i++) {
		struct uuid id = uuid_new_v7(clock_now_us());
		happen(bench, id, 1, 100);
		tails_of[i].watch = live_watch(live, id, 0, on_event, &tails_of[i]);
	}
	for (size_t i = 0; i < ARRAY_COUNT(tails_of); i++)
		UNTIL(counts(&tails_of[i], 1, 100));
	for (size_t i = 0; i < ARRAY_COUNT(tails_of); i++)
		live_unwatch(tails_of[i].watch);
	live_close(live);
}

static void test_long_tail(void **state)
{
	(void)state;
	bench_run(BENCH_POSTGRES, long_tail);
}

/* The message that should have told us is lost: the poll finds it. */
static void lost_bell(struct bench *bench)
{
	struct live *live = live_open(bench->loop, bench->db, bench->redis); /* and no relay to ring */
	struct uuid id = uuid_new_v7(clock_now_us());
	struct tail tail = { 0 };

	tail.watch = live_watch(live, id, 0, on_event, &tail);
	task_sleep_us(50 * US_PER_MS);
	happen(bench, id, 1, 2);
	UNTIL(counts(&tail, 1, 2));
	live_unwatch(tail.watch);
	live_close(live);
}

static void test_lost_bell(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, lost_bell);
}

static void bad_bells(struct bench *bench)
{
	static const char *const messages[] = { "",
		                                ",",
		                                "zz",
		                                "0123456789abcdef0123456789abcde",
		                                "0123456789abcdef0123456789abcdeg,,",
		                                "0123456789ABCDEF0123456789ABCDEF" };
	struct live *live = live_open(bench->loop, bench->db, bench->redis);
	struct tail tail = { 0 };

	tail.watch = live_watch(live, uuid_new_v7(clock_now_us()), 0, on_event, &tail);
	for (size_t i = 0; i < ARRAY_COUNT(messages); i++)
		EXPECT(REDIS(bench->redis, STR("PUBLISH"), STR("stoa:live"), str_from(messages[i])).kind == REDIS_INT);
	task_sleep_us(20 * US_PER_MS);
	EXPECT(tail.count == 0);
	live_unwatch(tail.watch);
	live_close(live);
}

static void test_bad_bells(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, bad_bells);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_redis_tails), cmocka_unit_test(test_without_redis_tails),
		cmocka_unit_test(test_long_tail),   cmocka_unit_test(test_lost_bell),
		cmocka_unit_test(test_bad_bells),
	};

	return cmocka_run_group_tests(tests, bench_start, bench_stop);
}
