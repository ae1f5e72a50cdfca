/* SPDX-License-Identifier: Apache-2.0 */
/* Consumers with their relay: one effect for each event, whatever comes twice, fails, or dies in the middle. */
#include "events/test_bench.h"

#include <sys/wait.h>
#include <unistd.h>

#include "telemetry/trace.h"

/* What the handlers below shall do, and what they saw. Reset by each test. */
static struct {
	int calls, fail_first, conflict_first, unavailable_first;
	bool refuse, crash, slow, follow_up, wordy;
	int running, most_running;
	struct uuid correlation_id, causation_id;
} script;

#define UMLAUTS "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
static const char umlauts[] = UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS
        UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS
                UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS;

CONSUMER(handle, fact_happened)
{
	script.calls++;
	EXPECT(str_eq(data->text, STR("a \"quoted\" text")));
	effect_insert(consumption->tx, consumption->event->id, data->number);
	if (script.follow_up && data->number < 3)
		emit(consumption->tx, fact_happened, uuid_new_v7(clock_now_us()), 1,
		     &(struct fact){ .number = data->number + 1, .text = data->text });
	script.correlation_id = trace_current()->correlation_id;
	script.causation_id = trace_current()->causation_id;
	if (script.crash && data->number == 13)
		_exit(9);
	if (script.slow) {
		script.running++;
		script.most_running = script.running > script.most_running ? script.running : script.most_running;
		task_sleep_us(20 * US_PER_MS);
		script.running--;
	}
	if (script.unavailable_first && script.unavailable_first--)
		fail_unavailable(1, "gone for a moment");
	if (script.conflict_first && script.conflict_first--)
		fail_conflict("somebody was faster");
	if (script.wordy)
		fail("\xff%s", umlauts);
	if (script.fail_first && script.fail_first--)
		fail("attempt %d went wrong", script.calls);
	if (script.refuse)
		refuse(&problem_conflict, "never");
}

static const struct subscription one_and_two[] = {
	{ .name = "test.one",
	  .consumer = &handle_consumer,
	  .retry = { .attempts = 3, .base_us = 1000, .cap_us = 1000 } },
	{ .name = "test.two", .consumer = &handle_consumer, .concurrency = 4 },
};
static const struct subscriptions both = SUBSCRIPTIONS(one_and_two), only_one = { &one_and_two[0], 1 },
                                  only_two = { &one_and_two[1], 1 };

static struct consumers *start(struct bench *bench, struct subscriptions subscriptions, const char *name)
{
	struct consumers_options options = {
		.db = bench->db,
		.bus = bench->bus,
		.redis = bench->redis,
		.subscriptions = subscriptions,
		.consumer_name = name,
		.claim_idle_us = 500 * US_PER_MS,
		.handler_timeout_us = 2 * US_PER_S,
	};
	struct relay_options relay_options = { .db = bench->db,
		                               .bus = bench->bus,
		                               .redis = bench->redis,
		                               .subscriptions = both,
		                               .stream_max_bytes = 1 << 20 };

	relay_start(bench->loop, &relay_options);
	return consumers_start(bench->loop, &options);
}

static struct consumer_status status_of(const struct consumers *consumers, size_t at)
{
	const struct consumer_status *list;

	EXPECT(consumers_status(consumers, &list) > at);
	return list[at];
}

static int64_t effects(void)
{
	return bench_sql("SELECT count(*) FROM public.test_effect");
}

static void on_stopped(void *arg)
{
	*(bool *)arg = true;
}

static void stop(struct consumers *consumers)
{
	bool stopped = false;

	consumers_stop(consumers, on_stopped, &stopped);
	UNTIL(stopped);
}

static void prepare(void)
{
	memset(&script, 0, sizeof(script));
}

static void once(struct bench *bench)
{
	struct uuid last;

	prepare();
	struct consumers *consumers = start(bench, both, "me");
	for (int i = 0; i < 50; i++)
		last = bench_emit(bench, &fact_happened, i);
	UNTIL(effects() == 100);
	EXPECT(bench_sql("SELECT count(*) FROM (SELECT DISTINCT event_id FROM public.test_effect) e") == 50);
	EXPECT(bench_sql("SELECT count(*) FROM stoa.inbox") == 100);
	UNTIL(status_of(consumers, 0).handled == 50 && status_of(consumers, 1).handled == 50);
	EXPECT(status_of(consumers, 0).duplicates == 0 && status_of(consumers, 0).dead == 0);
	EXPECT(uuid_eq(script.correlation_id, last) && uuid_eq(script.causation_id, last));
	struct bus_depth depth = { .pending = 1 };
	UNTIL(bench->bus->ops->depth(bench->bus, STR("fact.happened"), &depth) == BUS_OK && depth.pending == 0);
	stop(consumers);
	EXPECT(script.calls == 100);
}

static void test_redis_once(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, once);
}

static void test_postgres_once(void **state)
{
	(void)state;
	bench_run(BENCH_POSTGRES, once);
}

/* Published again and again, as a rewind does. */
static void duplicates(struct bench *bench)
{
	prepare();
	struct consumers *consumers = start(bench, only_one, "me");
	for (int i = 0; i < 40; i++)
		bench_emit(bench, &fact_happened, i);
	UNTIL(effects() == 40);
	for (int round = 0; round < 3; round++) {
		UNTIL(bench_sql("SELECT position FROM stoa.relay") == 40);
		if (bench->redis)
			EXPECT(REDIS(bench->redis, STR("FLUSHALL")).kind == REDIS_STR);
		else
			bench_sql("UPDATE stoa.bus SET epoch = gen_random_uuid()");
		bench_sql("DELETE FROM stoa.inbox WHERE consumer = 'test.two'");
		task_sleep_us(1200 * US_PER_MS);
	}
	UNTIL(status_of(consumers, 0).duplicates >= 80);
	EXPECT(effects() == 40 && status_of(consumers, 0).handled == 40);
	stop(consumers);
}

static void test_redis_duplicates(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, duplicates);
}

static void test_postgres_duplicates(void **state)
{
	(void)state;
	bench_run(BENCH_POSTGRES, duplicates);
}

/* The first entries of the stream once more. */
static void publish_again(struct bench *bench, size_t most)
{
	struct redis_value all =
	        REDIS(bench->redis, STR("XRANGE"), STR("stoa:stream:fact.happened"), STR("-"), STR("+"));

	for (size_t j = 0; all.kind == REDIS_ARRAY && j < all.count && j < most; j++) {
		const struct redis_value *fields = &all.items[j].items[1];
		struct str *args = ARENA_ARRAY(task_arena(), struct str, fields->count + 3);
		args[0] = STR("XADD");
		args[1] = STR("stoa:stream:fact.happened");
		args[2] = STR("*");
		for (size_t k = 0; k < fields->count; k++)
			args[3 + k] = fields->items[k].str;
		redis_command(bench->redis, args, fields->count + 3);
	}
	REDIS(bench->redis, STR("PUBLISH"), STR("stoa:topic:fact.happened"), STR(""));
}

/* A process that has died counted an event that another one had handled: the one that sees the duplicate deletes the
 * count. */
static void stale_counts(struct bench *bench)
{
	prepare();
	struct consumers *consumers = start(bench, only_one, "me");
	UNTIL(bench_sql("SELECT count(*) FROM stoa.subscription") == 2);
	bench_emit(bench, &fact_happened, 1);
	UNTIL(status_of(consumers, 0).handled == 1);
	bench_sql(
	        "INSERT INTO stoa.event_suspect (consumer, event_id, starts) SELECT 'test.one', id, 1 FROM stoa.event");
	publish_again(bench, 1);
	UNTIL(status_of(consumers, 0).duplicates >= 1);
	EXPECT(effects() == 1 && bench_sql("SELECT count(*) FROM stoa.event_suspect") == 0);
	stop(consumers);
}

static void test_stale_counts(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, stale_counts);
}

/* Two of the same event at the same time: the inbox's key decides, not the look-up. */
static void race(struct bench *bench)
{
	prepare();
	script.slow = true;
	struct consumers *consumers = start(bench, only_one, "me");
	UNTIL(bench_sql("SELECT count(*) FROM stoa.subscription") == 2);
	for (int i = 0; i < 8; i++)
		bench_emit(bench, &fact_happened, i);
	UNTIL(script.calls > 0);
	for (int i = 0; i < 3; i++)
		publish_again(bench, 8);
	UNTIL(status_of(consumers, 0).handled == 8);
	UNTIL(status_of(consumers, 0).running == 0);
	task_sleep_us(600 * US_PER_MS);
	EXPECT(effects() == 8 && status_of(consumers, 0).handled == 8 && status_of(consumers, 0).duplicates > 0);
	EXPECT(bench_sql("SELECT count(*) FROM stoa.dead_letter") == 0 &&
	       bench_sql("SELECT count(*) FROM stoa.event_retry") == 0);
	stop(consumers);
}

static void test_race(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, race);
}

static void retried(struct bench *bench)
{
	prepare();
	script.fail_first = 2; /* of three attempts */
	struct consumers *consumers = start(bench, only_one, "me");
	bench_emit(bench, &fact_happened, 1);
	UNTIL(effects() == 1);
	UNTIL(status_of(consumers, 0).handled == 1);
	EXPECT(script.calls == 3 && status_of(consumers, 0).retried == 2 && status_of(consumers, 0).dead == 0);
	EXPECT(bench_sql("SELECT count(*) FROM stoa.event_retry") == 0);
	EXPECT(bench_sql("SELECT count(*) FROM stoa.inbox") == 1);
	stop(consumers);
}

static void test_redis_retried(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, retried);
}

static void test_postgres_retried(void **state)
{
	(void)state;
	bench_run(BENCH_POSTGRES, retried);
}

static void exhausted(struct bench *bench)
{
	prepare();
	script.fail_first = 100;
	struct consumers *consumers = start(bench, only_one, "me");
	bench_emit(bench, &fact_happened, 1);
	UNTIL(bench_sql("SELECT count(*) FROM stoa.dead_letter") == 1);
	EXPECT(script.calls == 3 && effects() == 0);
	EXPECT(bench_sql("SELECT attempts FROM stoa.dead_letter") == 3);
	EXPECT(bench_sql("SELECT jsonb_array_length(errors) FROM stoa.dead_letter") == 3);
	EXPECT(bench_sql("SELECT errors->0->>'error' = 'failed: attempt 1 went wrong' AND (errors->2->>'attempt')::int "
	                 "= 3 "
	                 "FROM stoa.dead_letter") == 1);
	EXPECT(bench_sql("SELECT count(*) FROM stoa.event_retry") == 0 &&
	       bench_sql("SELECT count(*) FROM stoa.inbox") == 0);
	/* The numbers in the reason do not make it another kind of failure. */
	bench_emit(bench, &fact_happened, 1);
	UNTIL(bench_sql("SELECT count(*) FROM stoa.dead_letter") == 2);
	EXPECT(bench_sql("SELECT count(DISTINCT fingerprint) FROM stoa.dead_letter") == 1);
	EXPECT(bench_sql("SELECT count(DISTINCT reason) FROM stoa.dead_letter") == 2);
	stop(consumers);
}

static void test_exhausted(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, exhausted);
}

static void permanent(struct bench *bench)
{
	prepare();
	script.refuse = true;
	struct consumers *consumers = start(bench, only_one, "me");
	bench_emit(bench, &fact_happened, 1);
	UNTIL(bench_sql("SELECT count(*) FROM stoa.dead_letter") == 1);
	UNTIL(status_of(consumers, 0).dead == 1);
	EXPECT(script.calls == 1 && effects() == 0 && status_of(consumers, 0).retried == 0);
	EXPECT(bench_sql("SELECT reason = 'conflict: never' AND attempts = 1 FROM stoa.dead_letter") == 1);
	stop(consumers);
}

static void test_permanent(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, permanent);
}

/* What a failure says may be cut anywhere and quote anything: it must still go into a column. */
static void cut_reasons(struct bench *bench)
{
	prepare();
	script.wordy = true;
	struct consumers *consumers = start(bench, only_one, "me");
	bench_emit(bench, &fact_happened, 1);
	UNTIL(bench_sql("SELECT count(*) FROM stoa.dead_letter") == 1);
	EXPECT(script.calls == 3);
	EXPECT(bench_sql("SELECT count(*) FROM stoa.dead_letter WHERE reason LIKE U&'failed: ?\\00e4%%\\00e4'") == 1);
	stop(consumers);
}

static void test_cut_reasons(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, cut_reasons);
}

/* Data that does not fit. A version from the future comes again, for it may meet a newer release. */
static void bad_payloads(struct bench *bench)
{
	static const char insert[] = "INSERT INTO stoa.event (id, type, version, aggregate, aggregate_id, "
	                             "aggregate_seq, occurred_at, source, "
	                             "correlation_id, data) VALUES (gen_random_uuid(), 'fact.happened', %d, "
	                             "'fact', gen_random_uuid(), 1, now(), 'test', "
	                             "gen_random_uuid(), '%s')";

	prepare();
	struct consumers *consumers = start(bench, only_one, "me");
	bench_sql(insert, 2, "{\"number\":1,\"text\":\"x\"}");
	bench_sql(insert, 1, "{\"number\":-1,\"text\":\"x\"}");
	bench_sql(insert, 1, "[]");
	bench_sql(insert, 1, "null");
	UNTIL(bench_sql("SELECT count(*) FROM stoa.dead_letter") == 3);
	UNTIL(bench_sql("SELECT count(*) FROM stoa.event_retry WHERE errors::text LIKE '%%newer than 1%%'") == 1);
	EXPECT(script.calls == 0);
	stop(consumers);
}

static void test_bad_payloads(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, bad_payloads);
}

static void conflicts(struct bench *bench)
{
	prepare();
	script.conflict_first = 4;
	struct consumers *consumers = start(bench, only_one, "me");
	bench_emit(bench, &fact_happened, 1);
	UNTIL(effects() == 1);
	UNTIL(status_of(consumers, 0).handled == 1);
	EXPECT(script.calls == 5 && status_of(consumers, 0).retried == 0);
	stop(consumers);
}

static void test_conflicts(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, conflicts);
}

static void unavailable(struct bench *bench)
{
	prepare();
	script.unavailable_first = 3;
	struct consumers *consumers = start(bench, only_one, "me");
	bench_emit(bench, &fact_happened, 1);
	UNTIL(effects() == 1);
	UNTIL(status_of(consumers, 0).handled == 1);
	EXPECT(script.calls == 4 && status_of(consumers, 0).retried == 0);
	stop(consumers);
}

static void test_unavailable(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, unavailable);
}

static void concurrency(struct bench *bench)
{

	prepare();
	script.slow = true;
	for (int i = 0; i < 30; i++)
		bench_emit(bench, &fact_happened, i);
	struct consumers *consumers = start(bench, only_two, "me");
	UNTIL(effects() == 30);
	EXPECT(script.most_running <= 4 && script.most_running > 1);
	stop(consumers);
}

static void test_concurrency(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, concurrency);
}

/* Events that handlers emit carry their cause, and come round again. */
static void chain(struct bench *bench)
{
	prepare();
	script.follow_up = true;
	struct consumers *consumers = start(bench, only_one, "me");
	struct uuid first = bench_emit(bench, &fact_happened, 0);
	UNTIL(effects() == 4);
	EXPECT(uuid_eq(script.correlation_id, first) && !uuid_eq(script.causation_id, first));
	EXPECT(bench_sql("SELECT count(*) FROM stoa.event a JOIN stoa.event b ON a.causation_id = b.id AND "
	                 "a.correlation_id = b.correlation_id AND a.traceparent LIKE '00-' || substr(b.traceparent, 4, "
	                 "32) || '%%'") >= 2);
	stop(consumers);
}

static void test_redis_chain(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, chain);
}

static void test_postgres_chain(void **state)
{
	(void)state;
	bench_run(BENCH_POSTGRES, chain);
}

/* What a stopped process had not begun goes to the next one, and a clean stop leaves no name behind. */
static void stops(struct bench *bench)
{
	prepare();
	script.slow = true;
	struct consumers *consumers = start(bench, only_one, "me");
	for (int i = 0; i < 200; i++)
		bench_emit(bench, &fact_happened, i);
	UNTIL(effects() > 10);
	stop(consumers);
	int64_t done = effects();
	EXPECT(done == script.calls && bench_sql("SELECT count(*) FROM stoa.inbox") == done);
	struct redis_value names =
	        REDIS(bench->redis, STR("XINFO"), STR("CONSUMERS"), STR("stoa:stream:fact.happened"), STR("test.one"));
	EXPECT(names.kind == REDIS_ARRAY && names.count == 0);
	script.slow = false;
	consumers = start(bench, only_one, "you");
	UNTIL(effects() == 200);
	EXPECT(bench_sql("SELECT count(DISTINCT event_id) FROM public.test_effect") == 200);
	stop(consumers);
}

static void test_stops(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, stops);
}

static void survives_both(struct bench *bench)
{
	prepare();
	struct consumers *consumers = start(bench, both, "me");
	for (int i = 0; i < 20; i++)
		bench_emit(bench, &fact_happened, i);
	UNTIL(effects() >= 10);
	stores_kill(bench_stores(), STORES_REDIS | STORES_POSTGRES);
	task_sleep_us(300 * US_PER_MS);
	stores_revive(bench_stores(), STORES_REDIS | STORES_POSTGRES);
	bench_sql("SELECT 1");
	UNTIL(effects() == 40);
	task_sleep_us(600 * US_PER_MS);
	EXPECT(effects() == 40);
	EXPECT(bench_sql("SELECT count(*) FROM stoa.dead_letter") +
	               bench_sql("SELECT count(*) FROM stoa.event_retry") ==
	       0);
	stop(consumers);
}

static void test_survives_both(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, survives_both);
}

/* ---- A message that kills its process ------------------------------------------------------------ */

/* A child of its own for each life of the consumer; the parent only looks at the database. */
static void one_life(struct bench *bench)
{
	prepare();
	script.crash = true;
	struct consumers *consumers = start(bench, only_one, "crashing");
	UNTIL(bench_sql("SELECT count(*) FROM stoa.dead_letter") == 1);
	UNTIL(effects() == 9);
	stop(consumers);
}

static void poison(void **state)
{
	int lives = 0, status = 0;

	(void)state;
	bench_empty(BENCH_REDIS);
	bench_sql("INSERT INTO stoa.event (id, type, version, aggregate, aggregate_id, aggregate_seq, occurred_at, "
	          "source, correlation_id, "
	          "data) SELECT gen_random_uuid(), 'fact.happened', 1, 'fact', gen_random_uuid(), 1, now(), 'test', "
	          "gen_random_uuid(), "
	          "json_build_object('number', n, 'text', 'a \"quoted\" text') FROM generate_series(11, 20) n");
	do {
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			_exit(bench_run_forked(BENCH_REDIS, one_life));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		lives++;
	} while (WEXITSTATUS(status) == 9 && lives < 15);
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_true(lives >= 5);
	assert_int_equal(bench_sql("SELECT count(*) FROM public.test_effect"), 9); /* its neighbours are not blamed */
	assert_int_equal(bench_sql("SELECT count(*) FROM stoa.dead_letter WHERE reason LIKE '%%crashed its consumer'"),
	                 1);
	assert_int_equal(bench_sql("SELECT count(*) FROM stoa.event_suspect"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_redis_once),       cmocka_unit_test(test_postgres_once),
		cmocka_unit_test(test_redis_duplicates), cmocka_unit_test(test_postgres_duplicates),
		cmocka_unit_test(test_stale_counts),     cmocka_unit_test(test_race),
		cmocka_unit_test(test_redis_retried),    cmocka_unit_test(test_postgres_retried),
		cmocka_unit_test(test_exhausted),        cmocka_unit_test(test_permanent),
		cmocka_unit_test(test_cut_reasons),      cmocka_unit_test(test_bad_payloads),
		cmocka_unit_test(test_conflicts),        cmocka_unit_test(test_unavailable),
		cmocka_unit_test(test_concurrency),      cmocka_unit_test(test_redis_chain),
		cmocka_unit_test(test_postgres_chain),   cmocka_unit_test(test_stops),
		cmocka_unit_test(test_survives_both),    cmocka_unit_test(poison),
	};

	return cmocka_run_group_tests(tests, bench_start, bench_stop);
}
