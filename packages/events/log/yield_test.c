/* SPDX-License-Identifier: Apache-2.0 */
/* Who yields to whom, by what stands in the inbox. */
#include "events/test_bench.h"

/* Seconds from now; what was handled in times to come is as fresh as it must be, however slow this machine is. */
static const struct handled {
	const char *consumer;
	int64_t made, handled; /* the newest event */
	bool waits;
} cases[] = {
	{ "test.prompt", 30, 30, false },
	{ "test.behind", 25, 30, true },
	{ "test.at_rest", -60, -50, false }, /* was behind then; nobody is at work now */
	{ "test.odd", 60, 30, false },
};

static void note(const struct handled *handled)
{
	int64_t now_us = clock_now_us(), handled_us = now_us + handled->handled * US_PER_S;
	struct str id = uuid_text(task_arena(), uuid_new_v7(now_us + handled->made * US_PER_S));

	bench_sql("INSERT INTO stoa.inbox (consumer, event_id, position, handled_at) "
	          "VALUES ('%s', '%.*s', 1, timestamptz 'epoch' + %lld * interval '1 microsecond')",
	          handled->consumer, STR_ARG(id), (long long)handled_us);
}

static void yields(struct bench *bench)
{
	EXPECT(events_yield(bench->db, "test.never") == 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		note(&cases[i]);
		EXPECT((events_yield(bench->db, cases[i].consumer) > 0) == cases[i].waits);
	}
}

struct call {
	struct db *db;
	int64_t waited_us;
	bool done;
};

static void call(void *arg)
{
	struct call *call = arg;

	call->waited_us = events_yield(call->db, "test.behind");
	call->done = true;
}

/* The first after a rest looks again; who comes before it knows does not wait for what was true before. */
static void forgets(struct bench *bench)
{
	struct call calls[2] = { { .db = bench->db }, { .db = bench->db } };

	note(&cases[1]);
	EXPECT(events_yield(bench->db, "test.behind") > 0);
	EXPECT(events_yield(bench->db, "test.behind") > 0);
	bench_sql("DELETE FROM stoa.inbox");
	task_sleep_us(1100 * US_PER_MS);
	for (int i = 0; i < 2; i++)
		CHECK(task_spawn(bench->loop, &(struct task_options){ .name = "call" }, call, &calls[i]));
	UNTIL(calls[0].done && calls[1].done);
	EXPECT(!calls[0].waited_us && !calls[1].waited_us);
}

static void test_forgets(void **state)
{
	(void)state;
	bench_run(BENCH_POSTGRES, forgets);
}

static void test_yields(void **state)
{
	(void)state;
	bench_run(BENCH_POSTGRES, yields);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_yields),
		cmocka_unit_test(test_forgets),
	};

	return cmocka_run_group_tests(tests, bench_start, bench_stop);
}
