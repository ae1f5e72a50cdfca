/* SPDX-License-Identifier: Apache-2.0 */
/* Live tails: in order, from the log, whether a notice comes or not. */
#include "events/test_bench.h"

#include "events/live.h"

struct tail {
	struct live_watch *watch, *other;
	int64_t seqs[200];
	size_t count, stop_after;
	bool outside;
	int room; /* it takes so many; 0: any number, -1: none */
};

static bool is_ready(void *arg)
{
	return ((const struct tail *)arg)->room >= 0;
}

static void on_event(void *arg, const struct event *event)
{
	struct tail *tail = arg;

	tail->outside = task_self() == NULL;
	tail->seqs[tail->count++] = event->aggregate_seq;
	if (tail->room > 0 && --tail->room == 0)
		tail->room = -1;
	if (tail->count != tail->stop_after)
		return;
	live_unwatch(tail->watch);
	live_unwatch(tail->other);
	tail->watch = tail->other = NULL;
}

static struct live_watch *watch(struct live *live, struct uuid id, int64_t after_seq, struct tail *tail)
{
	return live_watch(live, &(struct live_watch_options){ .aggregate_id = id,
	                                                      .after_seq = after_seq,
	                                                      .on_event = on_event,
	                                                      .is_ready = is_ready,
	                                                      .arg = tail });
}

static void happen(struct bench *bench, struct uuid aggregate_id, int64_t from, int64_t to)
{
	struct tx *tx = tx_collect(bench->db);

	for (int64_t seq = from; seq <= to; seq++)
		emit(tx, fact_happened, aggregate_id, seq, &(struct fact){ .number = seq, .text = STR("x") });
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

CONSUMER(nothing, fact_undone)
{
	(void)consumption;
}

static const struct subscription other[] = { { .name = "test.other", .consumer = &nothing_consumer } };
static const struct subscriptions subscriptions = SUBSCRIPTIONS(other);

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
	all.watch = watch(live, a, 0, &all);
	late.watch = watch(live, a, 3, &late);
	both.watch = watch(live, b, 0, &both);
	UNTIL(counts(&all, 1, 3));
	EXPECT(all.outside && late.count == 0 && both.count == 0);
	happen(bench, b, 1, 1);
	happen(bench, a, 4, 10);
	UNTIL(counts(&all, 1, 10) && counts(&late, 4, 10) && counts(&both, 1, 1));

	/* One that ends itself and its neighbour in the middle of a hand-out. */
	short_one.watch = watch(live, a, 0, &short_one);
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
		tails_of[i].watch = watch(live, id, 0, &tails_of[i]);
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

/* One that takes little at a time, beside one that takes all, on the same aggregate. */
static void not_ready(struct bench *bench)
{
	struct live *live = live_open(bench->loop, bench->db, NULL);
	struct uuid id = uuid_new_v7(clock_now_us());
	struct tail slow = { .room = 3 }, fast = { 0 };

	happen(bench, id, 1, 20);
	slow.watch = watch(live, id, 0, &slow);
	fast.watch = watch(live, id, 0, &fast);
	UNTIL(counts(&fast, 1, 20));
	EXPECT(counts(&slow, 1, 3));
	happen(bench, id, 21, 30);
	UNTIL(counts(&fast, 1, 30));
	EXPECT(counts(&slow, 1, 3));
	slow.room = 12;
	UNTIL(counts(&slow, 1, 15));
	slow.room = 0;
	UNTIL(counts(&slow, 1, 30));
	live_unwatch(slow.watch);
	live_unwatch(fast.watch);
	live_close(live);
}

static void test_not_ready(void **state)
{
	(void)state;
	bench_run(BENCH_POSTGRES, not_ready);
}

/* Who joins while the log is being asked for others, who have had more, is not given what they lack. */
static void joining(struct bench *bench)
{
	enum { LAST = 60 };
	struct live *live = live_open(bench->loop, bench->db, bench->redis);
	static struct tail each[LAST];
	struct uuid id = uuid_new_v7(clock_now_us());

	memset(each, 0, sizeof(each));
	for (int i = 0; i < LAST; i++) {
		happen(bench, id, i + 1, i + 1);
		for (int turns = 0; turns < i % 7; turns++)
			task_yield();
		each[i].watch = watch(live, id, 0, &each[i]);
	}
	for (int i = 0; i < LAST; i++) {
		UNTIL(each[i].count >= LAST);
		EXPECT(counts(&each[i], 1, LAST));
		live_unwatch(each[i].watch);
	}
	live_close(live);
}

static void test_joining(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, joining);
}

/* The message that should have told us is lost: the poll finds it. */
static void lost_notice(struct bench *bench)
{
	struct live *live = live_open(bench->loop, bench->db, bench->redis); /* and no relay to notify */
	struct uuid id = uuid_new_v7(clock_now_us());
	struct tail tail = { 0 };

	tail.watch = watch(live, id, 0, &tail);
	task_sleep_us(50 * US_PER_MS);
	happen(bench, id, 1, 2);
	UNTIL(counts(&tail, 1, 2));
	live_unwatch(tail.watch);
	live_close(live);
}

static void test_lost_notice(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, lost_notice);
}

static void bad_notices(struct bench *bench)
{
	static const char *const messages[] = { "",
		                                ",",
		                                "zz",
		                                "0123456789abcdef0123456789abcde",
		                                "0123456789abcdef0123456789abcdeg,,",
		                                "0123456789ABCDEF0123456789ABCDEF",
		                                "0123456789abcdef0123456789abcdef000000000000000g",
		                                "0123456789abcdef0123456789abcdefffffffffffffffff" };
	struct live *live = live_open(bench->loop, bench->db, bench->redis);
	struct tail tail = { 0 };

	tail.watch = watch(live, uuid_new_v7(clock_now_us()), 0, &tail);
	for (size_t i = 0; i < ARRAY_COUNT(messages); i++)
		EXPECT(REDIS(bench->redis, STR("PUBLISH"), STR("stoa:live"), str_from(messages[i])).kind == REDIS_INT);
	task_sleep_us(20 * US_PER_MS);
	EXPECT(tail.count == 0);
	live_unwatch(tail.watch);
	live_close(live);
}

static void test_bad_notices(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, bad_notices);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_redis_tails), cmocka_unit_test(test_without_redis_tails),
		cmocka_unit_test(test_long_tail),   cmocka_unit_test(test_lost_notice),
		cmocka_unit_test(test_bad_notices), cmocka_unit_test(test_not_ready),
		cmocka_unit_test(test_joining),
	};

	return cmocka_run_group_tests(tests, bench_start, bench_stop);
}
