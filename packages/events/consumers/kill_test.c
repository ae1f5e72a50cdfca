/* SPDX-License-Identifier: Apache-2.0 */
/* A process with relay and consumer is killed at each step of its work, again and again, in children of this test; in
 * the end every event has had its effect once. */
#include "events/test_bench.h"

#include <sys/wait.h>
#include <unistd.h>

enum { DIED = 9 };

static int64_t emitted;

static const char *deadly; /* the step */
static int survive;        /* so many of them first */

static void on_step(const char *step)
{
	if (deadly && strcmp(step, deadly) == 0 && survive-- <= 0)
		_exit(DIED);
}

CONSUMER(handle, fact_happened)
{
	effect_insert(consumption->tx, consumption->event->id, data->number);
}

static const struct subscription one[] = { { .name = "test.one", .consumer = &handle_consumer } };
static const struct subscriptions subscriptions = SUBSCRIPTIONS(one);

static int64_t effects(void)
{
	return bench_sql("SELECT count(*) FROM public.test_effect");
}

static void on_stopped(void *arg)
{
	*(bool *)arg = true;
}

static void live_on(struct bench *bench)
{
	struct relay_options relay_options = { .db = bench->db,
		                               .bus = bench->bus,
		                               .redis = bench->redis,
		                               .subscriptions = subscriptions,
		                               .stream_max_bytes = 1 << 20,
		                               .on_step = on_step };
	struct consumers_options options = { .db = bench->db,
		                             .bus = bench->bus,
		                             .redis = bench->redis,
		                             .subscriptions = subscriptions,
		                             .consumer_name = "killed",
		                             .claim_idle_us = 200 * US_PER_MS,
		                             .on_step = on_step };

	relay_start(bench->loop, &relay_options);
	struct consumers *consumers = consumers_start(bench->loop, &options);
	bool stopped = false;
	UNTIL(effects() >= emitted && bench_sql("SELECT position FROM stoa.relay") == emitted);
	deadly = NULL;
	consumers_stop(consumers, on_stopped, &stopped);
	UNTIL(stopped);
}

static int child(enum bench_kind kind, const char *step, int after)
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		deadly = step;
		survive = after;
		_exit(bench_run_forked(kind, live_on));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void more_events(int64_t count)
{
	bench_sql("INSERT INTO stoa.event (id, type, version, aggregate, aggregate_id, aggregate_seq, occurred_at, "
	          "source, correlation_id, "
	          "data) SELECT gen_random_uuid(), 'fact.happened', 1, 'fact', gen_random_uuid(), 1, now(), 'test', "
	          "gen_random_uuid(), "
	          "json_build_object('number', n, 'text', 'x') FROM generate_series(1, %lld) n",
	          (long long)count);
	emitted += count;
}

static void killed_everywhere(enum bench_kind kind)
{
	static const struct {
		const char *step;
		int after;
	} rows[] = { { "read", 0 },   { "published", 0 }, { "saved", 0 }, { "before", 0 }, { "before", 3 },
		     { "inside", 0 }, { "inside", 3 },    { "after", 0 }, { "after", 3 } };

	bench_empty(kind);
	emitted = 0;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		more_events(5);
		assert_int_equal(child(kind, rows[i].step, rows[i].after), DIED);
	}
	assert_int_equal(child(kind, NULL, 0), 0);
	assert_int_equal(effects(), emitted);
	assert_int_equal(bench_sql("SELECT count(DISTINCT event_id) FROM public.test_effect"), emitted);
	assert_int_equal(bench_sql("SELECT count(*) FROM stoa.dead_letter"), 0);
}

static void test_redis_killed(void **state)
{
	(void)state;
	killed_everywhere(BENCH_REDIS);
}

static void test_postgres_killed(void **state)
{
	(void)state;
	killed_everywhere(BENCH_POSTGRES);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_redis_killed),
		                            cmocka_unit_test(test_postgres_killed) };

	return cmocka_run_group_tests(tests, bench_start, bench_stop);
}
