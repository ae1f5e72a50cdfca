/* SPDX-License-Identifier: Apache-2.0 */
/* The tail of the whole log: each reader is given every event of its type once, in order, from where it asked. */
#include "events/test_bench.h"

#include "events/tail.h"

enum { MOST = 2000 };

struct reader {
	struct tail_reader *joined;
	int64_t positions[MOST], numbers[MOST];
	size_t count;
	bool busy;
};

static void on_event(void *arg, const struct event *event)
{
	struct reader *reader = arg;
	const struct fact *fact = event_data(event, &fact_happened);

	if (reader->count < MOST) {
		reader->positions[reader->count] = event->position;
		reader->numbers[reader->count] = fact->number;
	}
	reader->count++;
}

static bool is_ready(void *arg)
{
	return !((const struct reader *)arg)->busy;
}

static void join(struct tail *tail, struct reader *reader, int64_t after, struct str type)
{
	reader->joined = tail_join(
	        tail,
	        &(struct tail_reader_options){
	                .after = after, .type = type, .on_event = on_event, .is_ready = is_ready, .arg = reader });
}

static void emit_some(struct bench *bench, int64_t from, int64_t to)
{
	for (int64_t at = from; at <= to; at += 100) {
		struct tx *tx = tx_collect(bench->db);

		for (int64_t number = at; number < at + 100 && number <= to; number++)
			emit_as(tx, fact, number % 2 ? &fact_happened : &fact_undone, uuid_new_v7(clock_now_us()), 1,
			        &(struct fact){ .number = number, .text = STR("x") });
		tx_commit(tx);
	}
}

/* from, from + step, ..., to */
static bool has(const struct reader *reader, int64_t from, int64_t to, int64_t step)
{
	if (reader->count != (size_t)((to - from) / step + 1))
		return false;
	for (size_t i = 0; i < reader->count; i++) {
		EXPECT(reader->numbers[i] == from + (int64_t)i * step);
		EXPECT(i == 0 || reader->positions[i] > reader->positions[i - 1]);
	}
	return true;
}

CONSUMER(nothing, fact_undone)
{
	(void)consumption;
}

static const struct subscription other[] = { { .name = "test.other", .consumer = &nothing_consumer } };
static const struct subscriptions subscriptions = SUBSCRIPTIONS(other);

static void readers(struct bench *bench)
{
	struct tail *tail = tail_open(bench->loop, bench->db, bench->redis);
	struct relay_options options = { .db = bench->db,
		                         .bus = bench->bus,
		                         .redis = bench->redis,
		                         .subscriptions = subscriptions,
		                         .stream_max_bytes = 1 << 20 };
	static struct reader all, odd, late, slow, none, gone, wordy;
	struct str long_type = str_printf(task_arena(), "%0*d", 400, 0); /* of a filter: as long as a client likes */

	all = odd = late = slow = none = gone = wordy = (struct reader){ 0 };
	relay_start(bench->loop, &options);
	emit_some(bench, 1, 450);
	join(tail, &all, 0, STR_NULL);
	join(tail, &odd, 0, STR("fact.happened"));
	join(tail, &none, 0, STR("fact.unheard_of"));
	join(tail, &wordy, 0, long_type);
	join(tail, &slow, 0, STR_NULL);
	join(tail, &gone, 0, STR_NULL);
	UNTIL(has(&all, 1, 450, 1) && has(&odd, 1, 449, 2) && has(&slow, 1, 450, 1));
	tail_leave(gone.joined);
	slow.busy = true;
	emit_some(bench, 451, 900);
	UNTIL(has(&all, 1, 900, 1) && has(&odd, 1, 899, 2));
	EXPECT(has(&slow, 1, 450, 1) && gone.count == 450);
	join(tail, &late, all.positions[99], STR_NULL);
	slow.busy = false;
	emit_some(bench, 901, 1000);
	UNTIL(has(&all, 1, 1000, 1) && has(&slow, 1, 1000, 1) && has(&late, 101, 1000, 1));
	EXPECT(none.count == 0 && wordy.count == 0);

	tail_leave(all.joined);
	tail_leave(odd.joined);
	tail_leave(late.joined);
	tail_leave(none.joined);
	tail_leave(wordy.joined);
	tail_leave(slow.joined);
	tail_close(tail);
}

static void test_readers(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, readers);
}

static void test_readers_without_redis(void **state)
{
	(void)state;
	bench_run(BENCH_POSTGRES, readers);
}

/* Readers come and go in the middle of their pages. */
static void comings(struct bench *bench)
{
	struct tail *tail = tail_open(bench->loop, bench->db, bench->redis);
	struct relay_options options = { .db = bench->db,
		                         .bus = bench->bus,
		                         .redis = bench->redis,
		                         .subscriptions = subscriptions,
		                         .stream_max_bytes = 1 << 20 };
	static struct reader each[40];

	memset(each, 0, sizeof(each));
	relay_start(bench->loop, &options);
	emit_some(bench, 1, 1000);
	for (size_t i = 0; i < ARRAY_COUNT(each); i++) {
		join(tail, &each[i], 0, STR_NULL);
		task_yield();
		if (i % 2)
			tail_leave(each[i - 1].joined);
	}
	for (size_t i = 1; i < ARRAY_COUNT(each); i += 2) {
		UNTIL(has(&each[i], 1, 1000, 1));
		tail_leave(each[i].joined);
	}
	tail_close(tail);
}

static void test_comings(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, comings);
}

/* A reader leaves while the tail waits for the database on its behalf; the address sanitizer sees a look back at it. */
static void leavings(struct bench *bench)
{
	struct tail *tail = tail_open(bench->loop, bench->db, bench->redis);
	static struct reader short_lived, stays;

	emit_some(bench, 1, 100);
	for (int turns = 0; turns < 200; turns++) {
		short_lived = (struct reader){ 0 };
		join(tail, &short_lived, 0, turns % 2 ? STR("fact.happened") : STR_NULL);
		for (int turn = 0; turn < turns % 8; turn++)
			task_yield();
		tail_leave(short_lived.joined);
	}
	stays = (struct reader){ 0 };
	join(tail, &stays, 0, STR_NULL);
	task_sleep_us(100 * US_PER_MS);
	tail_leave(stays.joined);
	tail_close(tail);
}

static void test_leavings(void **state)
{
	(void)state;
	bench_run(BENCH_POSTGRES, leavings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_readers),
		cmocka_unit_test(test_readers_without_redis),
		cmocka_unit_test(test_comings),
		cmocka_unit_test(test_leavings),
	};

	return cmocka_run_group_tests(tests, bench_start, bench_stop);
}
