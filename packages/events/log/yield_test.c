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

static void yields(struct bench *bench)
{
	EXPECT(events_yield(bench->db, "test.never") == 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t now_us = clock_now_us(), handled_us = now_us + cases[i].handled * US_PER_S;
		struct str id = uuid_text(task_arena(), uuid_new_v7(now_us + cases[i].made * US_PER_S));

		bench_sql("INSERT INTO stoa.inbox (consumer, event_id, position, handled_at) "
		          "VALUES ('%s', '%.*s', 1, timestamptz 'epoch' + %lld * interval '1 microsecond')",
		          cases[i].consumer, STR_ARG(id), (long long)handled_us);
		EXPECT((events_yield(bench->db, cases[i].consumer) > 0) == cases[i].waits);
	}
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
	};

	return cmocka_run_group_tests(tests, bench_start, bench_stop);
}
