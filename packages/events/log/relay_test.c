/* SPDX-License-Identifier: Apache-2.0 */
/* The relay against real stores: nothing that was committed is left out, whatever the order of commits, whatever is
 * lost. */
#include "events/test_bench.h"

#include <libpq-fe.h>

CONSUMER(nothing, fact_happened)
{
	(void)consumption;
}

static const struct subscription one_and_two[] = {
	{ .name = "test.one", .consumer = &nothing_consumer },
	{ .name = "test.two", .consumer = &nothing_consumer },
};
static const struct subscriptions subscriptions = SUBSCRIPTIONS(one_and_two);

static struct relay *start(struct bench *bench)
{
	struct relay_options options = { .db = bench->db,
		                         .bus = bench->bus,
		                         .redis = bench->redis,
		                         .subscriptions = subscriptions,
		                         .stream_max_bytes = 1 << 20 };

	return relay_start(bench->loop, &options);
}

/* Takes and acknowledges until `count` events came for this group; their ids in order. */
static struct uuid *collect(struct bench *bench, const char *group, size_t count)
{
	struct uuid *ids = ARENA_ARRAY(task_arena(), struct uuid, count + 100);
	int64_t until_us = clock_mono_us() + 20 * US_PER_S;
	size_t have = 0;

	while (have < count) {
		struct bus_batch batch;
		EXPECT(clock_mono_us() < until_us);
		enum bus_result result = bench->bus->ops->consume(bench->bus, STR("fact.happened"), str_from(group),
		                                                  STR("me"), 100, 100 * US_PER_MS, &batch);
		for (size_t i = 0; result == BUS_OK && i < batch.count && have < count + 100; i++) {
			ids[have++] = batch.entries[i].event.id;
			(void)bench->bus->ops->acknowledge(bench->bus, STR("fact.happened"), str_from(group),
			                                   &batch.entries[i].entry_id, 1);
		}
		if (result != BUS_OK)
			task_sleep_us(10 * US_PER_MS);
	}
	EXPECT(have == count);
	return ids;
}

static bool holds(const struct uuid *ids, size_t count, struct uuid id)
{
	for (size_t i = 0; i < count; i++)
		if (uuid_eq(ids[i], id))
			return true;
	return false;
}

static void carries(struct bench *bench)
{
	struct uuid sent[20];

	struct relay *relay = start(bench);
	for (int i = 0; i < 20; i++) {
		sent[i] = bench_emit(bench, &fact_happened, i);
		bench_emit(bench, &fact_undone, i); /* nobody listens: stays in the log */
	}
	struct uuid *one = collect(bench, "test.one", 20), *two = collect(bench, "test.two", 20);
	for (int i = 0; i < 20; i++)
		EXPECT(uuid_eq(one[i], sent[i]) && uuid_eq(two[i], sent[i]));
	struct relay_status status = relay_status(relay);
	EXPECT(status.leading && status.published == 20 && status.gaps == 0);
	UNTIL(relay_status(relay).position == 40);
	UNTIL(bench_sql("SELECT position FROM stoa.relay") == 40);
}

static void test_redis_carries(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, carries);
}

static void test_postgres_carries(void **state)
{
	(void)state;
	bench_run(BENCH_POSTGRES, carries);
}

/* An event by SQL on a connection that the test keeps open. */
static const char *raw_insert = "INSERT INTO stoa.event (id, type, version, aggregate, aggregate_id, aggregate_seq, "
                                "occurred_at, source, correlation_id, data) "
                                "VALUES (gen_random_uuid(), 'fact.happened', 1, 'fact', gen_random_uuid(), 1, now(), "
                                "'test', gen_random_uuid(), "
                                "'{\"number\":1,\"text\":\"raw\"}')";

static PGconn *connect_raw(void)
{
	PGconn *conn = PQconnectdb(stores_conninfo(bench_stores()));

	EXPECT(PQstatus(conn) == CONNECTION_OK);
	return conn;
}

static void exec_raw(PGconn *conn, const char *sql)
{
	PGresult *result = PQexec(conn, sql);
	ExecStatusType status = PQresultStatus(result);

	PQclear(result);
	EXPECT(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK);
}

/* Two transactions draw positions and stay open; later ones pass them by; one commits, the other rolls back. */
static void fills_gaps(struct bench *bench)
{
	PGconn *slow = connect_raw(), *aborted = connect_raw();
	struct relay *relay = start(bench);

	UNTIL(relay_status(relay).leading);
	exec_raw(slow, "BEGIN");
	exec_raw(slow, raw_insert);
	exec_raw(aborted, "BEGIN");
	exec_raw(aborted, raw_insert);
	struct uuid early = bench_emit(bench, &fact_happened, 1);
	EXPECT(uuid_eq(collect(bench, "test.one", 1)[0], early)); /* not held up */
	UNTIL(relay_status(relay).gaps == 1);                     /* of two positions */
	task_sleep_us(200 * US_PER_MS);
	EXPECT(relay_status(relay).gaps == 1);
	UNTIL(bench_sql("SELECT gap_to[1] - gap_from[1] FROM stoa.relay") == 1);

	exec_raw(aborted, "ROLLBACK");
	task_sleep_us(200 * US_PER_MS);
	exec_raw(slow, "COMMIT");
	collect(bench, "test.one", 1);
	UNTIL(relay_status(relay).gaps == 0);
	EXPECT(relay_status(relay).published == 2 && bench_sql("SELECT count(*) FROM stoa.event") == 2);
	PQfinish(slow);
	PQfinish(aborted);
}

static void test_fills_gaps(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, fills_gaps);
}

/* A bus whose publishing ends by a jump a few times, as it does in PostgreSQL when that is away. */
static int jumps_left;
static const struct bus_ops *jumping_inner;

static enum bus_result jumping_publish(struct bus *bus, const struct event *events, size_t count, int64_t offset)
{
	if (count > 0 && jumps_left > 0) {
		jumps_left--;
		fail_unavailable(1, "away");
	}
	return jumping_inner->publish(bus, events, count, offset);
}

static void jumps_over_gaps(struct bench *bench)
{
	static struct bus_ops ops;
	PGconn *slow = connect_raw();

	jumping_inner = bench->bus->ops;
	ops = *jumping_inner;
	ops.publish = jumping_publish;
	bench->bus->ops = &ops;
	jumps_left = 3;
	struct relay *relay = start(bench);
	UNTIL(relay_status(relay).leading);
	exec_raw(slow, "BEGIN");
	exec_raw(slow, raw_insert);
	struct uuid behind = bench_emit(bench, &fact_happened, 1);
	EXPECT(uuid_eq(collect(bench, "test.one", 1)[0], behind));
	EXPECT(jumps_left == 0);
	UNTIL(relay_status(relay).gaps == 1);
	jumps_left = 1;
	exec_raw(slow, "COMMIT");
	collect(bench, "test.one", 1);
	UNTIL(relay_status(relay).gaps == 0);
	bench->bus->ops = jumping_inner;
	PQfinish(slow);
}

static void test_jumps_over_gaps(void **state)
{
	(void)state;
	bench_run(BENCH_POSTGRES, jumps_over_gaps);
}

/* What is stored of the gaps is out of order: the relay says so and does not lead, until it is mended. */
static void refuses_bad_gaps(struct bench *bench)
{
	bench_sql("UPDATE stoa.relay SET gap_from = '{5,3}', gap_to = '{6,4}', gap_bound = '{0,0}', position = 9");
	struct relay *relay = start(bench);

	task_sleep_us(500 * US_PER_MS);
	EXPECT(!relay_status(relay).leading);
	bench_sql("UPDATE stoa.relay SET gap_from = '{3}'");
	task_sleep_us(500 * US_PER_MS);
	EXPECT(!relay_status(relay).leading);
	bench_sql("UPDATE stoa.relay SET gap_from = '{}', gap_to = '{}', gap_bound = '{}', position = 0");
	UNTIL(relay_status(relay).leading);
}

static void test_refuses_bad_gaps(void **state)
{
	(void)state;
	bench_run(BENCH_POSTGRES, refuses_bad_gaps);
}

/* A younger transaction ends while an older one is still to fill its gap: the bound must be the gap's own, not the
 * snapshot's. */
static void waits_for_the_right_one(struct bench *bench)
{
	PGconn *first = connect_raw(), *second = connect_raw(), *third = connect_raw();
	struct relay *relay = start(bench);

	UNTIL(relay_status(relay).leading);
	exec_raw(third, "BEGIN");
	exec_raw(third, "SELECT pg_current_xact_id()"); /* the oldest id, and the greatest position */
	exec_raw(first, "BEGIN");
	exec_raw(first, "SELECT pg_current_xact_id()");
	exec_raw(second, "BEGIN");
	exec_raw(second, raw_insert); /* position 1 under the youngest id */
	exec_raw(third, raw_insert);
	exec_raw(third, "COMMIT");
	collect(bench, "test.one", 1);
	UNTIL(relay_status(relay).gaps == 1);
	exec_raw(first, "COMMIT");
	task_sleep_us(300 * US_PER_MS);
	EXPECT(relay_status(relay).gaps == 1);
	exec_raw(second, "COMMIT");
	collect(bench, "test.one", 1);
	UNTIL(relay_status(relay).gaps == 0);
	PQfinish(first);
	PQfinish(second);
	PQfinish(third);
}

static void test_waits_for_the_right_one(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, waits_for_the_right_one);
}

static void resumes(struct bench *bench)
{
	PGconn *slow = connect_raw();
	struct relay *relay = start(bench);

	UNTIL(relay_status(relay).leading);
	exec_raw(slow, "BEGIN");
	exec_raw(slow, raw_insert);
	bench_emit(bench, &fact_happened, 1);
	collect(bench, "test.one", 1);
	UNTIL(bench_sql("SELECT position = 2 AND cardinality(gap_from) = 1 FROM stoa.relay") == 1);
	relay_stop(relay);
	exec_raw(slow, "COMMIT");
	bench_emit(bench, &fact_happened, 2);
	relay = start(bench);
	collect(bench, "test.one", 2); /* the gap's and the new one; the first not again */
	UNTIL(relay_status(relay).gaps == 0);
	EXPECT(bench_sql("SELECT term FROM stoa.leader") == 2);
	PQfinish(slow);
}

static void test_resumes(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, resumes);
}

static void handled(const char *group, struct uuid id)
{
	struct str text = uuid_text(task_arena(), id);

	bench_sql("INSERT INTO stoa.inbox (consumer, event_id, position) SELECT '%s', id, position FROM stoa.event "
	          "WHERE id = '%.*s'",
	          group, STR_ARG(text));
}

/* Everything up to the first event that somebody still owes is settled; the rest comes again. */
static void rewinds_after_flush(struct bench *bench)
{
	struct relay *relay = start(bench);
	struct uuid sent[6];

	UNTIL(relay_status(relay).leading);
	for (int i = 0; i < 6; i++)
		sent[i] = bench_emit(bench, &fact_happened, i);
	collect(bench, "test.one", 6);
	for (int i = 0; i < 6; i++) {
		handled("test.one", sent[i]);
		if (i != 3)
			handled("test.two", sent[i]);
	}
	EXPECT(REDIS(bench->redis, STR("FLUSHALL")).kind == REDIS_STR);
	UNTIL(relay_status(relay).rewinds == 2); /* the first is for finding a bus that is new */
	struct uuid *again = collect(bench, "test.two", 3);
	EXPECT(uuid_eq(again[0], sent[3]) && uuid_eq(again[1], sent[4]) && uuid_eq(again[2], sent[5]));
	struct uuid after = bench_emit(bench, &fact_happened, 7);
	EXPECT(uuid_eq(collect(bench, "test.two", 1)[0], after));
	EXPECT(relay_status(relay).rewinds == 2);
}

static void test_rewinds_after_flush(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, rewinds_after_flush);
}

static void survives_redis(struct bench *bench)
{
	struct relay *relay = start(bench);
	struct uuid sent[4];

	UNTIL(relay_status(relay).leading);
	sent[0] = bench_emit(bench, &fact_happened, 0);
	collect(bench, "test.one", 1);
	stores_kill(bench_stores(), STORES_REDIS);
	for (int i = 1; i < 4; i++)
		sent[i] = bench_emit(bench, &fact_happened, i);
	task_sleep_us(100 * US_PER_MS);
	stores_revive(bench_stores(), STORES_REDIS); /* empty */
	struct uuid *again = collect(bench, "test.one", 4);
	for (int i = 0; i < 4; i++)
		EXPECT(holds(again, 4, sent[i]));
}

static void test_survives_redis(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, survives_redis);
}

/* The leader before was on the detour when it died, and Redis is well again: what PostgreSQL holds goes back. */
static void ends_the_detour_of_another(struct bench *bench)
{
	struct relay *relay = start(bench);

	UNTIL(relay_status(relay).leading);
	struct uuid id = bench_emit(bench, &fact_happened, 1);
	collect(bench, "test.one", 1);
	UNTIL(bench_sql("SELECT position FROM stoa.relay") == 1);
	relay_stop(relay);
	bench_sql("INSERT INTO stoa.bus_group (topic, name) VALUES ('fact.happened', 'test.one')");
	bench_sql("INSERT INTO stoa.bus_entry (topic, name, event_position, event_id) "
	          "SELECT type, 'test.one', position, id FROM stoa.event");
	relay = start(bench);
	UNTIL(relay_status(relay).leading && bench_sql("SELECT count(*) = 0 FROM stoa.bus_entry") == 1);
	EXPECT(uuid_eq(collect(bench, "test.one", 1)[0], id));
}

static void test_ends_the_detour_of_another(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, ends_the_detour_of_another);
}

static void latest_lost(struct bench *bench)
{
	struct relay *relay = start(bench);

	UNTIL(relay_status(relay).leading);
	bench_emit(bench, &fact_happened, 1);
	struct uuid second = bench_emit(bench, &fact_happened, 2);
	collect(bench, "test.one", 2);
	UNTIL(relay_status(relay).position == 2);
	/* As after a fail-over to a replica that had not seen the last write. */
	EXPECT(REDIS(bench->redis, STR("XTRIM"), STR("stoa:stream:fact.happened"), STR("MAXLEN"), STR("0")).integer ==
	       2);
	bench_sql("INSERT INTO stoa.inbox (consumer, event_id, position) SELECT c, id, position FROM stoa.event, "
	          "unnest(ARRAY['test.one', 'test.two']) c WHERE position = 1");
	EXPECT(REDIS(bench->redis, STR("SET"), STR("stoa:place"), STR("1")).kind == REDIS_STR);
	EXPECT(uuid_eq(collect(bench, "test.two", 1)[0], second));
	EXPECT(relay_status(relay).rewinds == 2);
}

static void test_latest_lost(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, latest_lost);
}

/* The database is restored to before the last events, whose positions are then drawn anew. */
static void log_went_back(struct bench *bench)
{
	struct relay *relay = start(bench);

	UNTIL(relay_status(relay).leading);
	for (int i = 0; i < 5; i++)
		bench_emit(bench, &fact_happened, i);
	UNTIL(bench_sql("SELECT position FROM stoa.relay") == 5);
	bench_sql("DELETE FROM stoa.event WHERE position > 2");
	bench_sql("UPDATE stoa.relay SET position = 2");
	bench_sql("SELECT setval('stoa.event_position', 2)");
	UNTIL(relay_status(relay).rewinds == 2);
	struct uuid fresh = bench_emit(bench, &fact_happened, 9);
	struct uuid *ids = collect(bench, "test.one", 3); /* the two that are still there, and no ghosts */
	EXPECT(uuid_eq(ids[2], fresh));
}

static void test_log_went_back(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, log_went_back);
}

static void one_leads(struct bench *bench)
{
	struct relay *one = start(bench), *two = start(bench);

	UNTIL(relay_status(one).leading || relay_status(two).leading);
	for (int i = 0; i < 10; i++)
		bench_emit(bench, &fact_happened, i);
	collect(bench, "test.one", 10);
	EXPECT(relay_status(one).leading != relay_status(two).leading);
	EXPECT(relay_status(one).published + relay_status(two).published == 10);
	bool first = relay_status(one).leading;
	relay_stop(first ? one : two);
	UNTIL(relay_status(first ? two : one).leading);
	struct uuid last = bench_emit(bench, &fact_happened, 10);
	/* What was not saved yet may come again, but not less. */
	bool seen = false;
	while (!seen) {
		struct bus_batch batch;
		EXPECT(bench->bus->ops->consume(bench->bus, STR("fact.happened"), STR("test.one"), STR("me"), 100,
		                                US_PER_S, &batch) == BUS_OK);
		for (size_t i = 0; i < batch.count; i++)
			seen |= uuid_eq(batch.entries[i].event.id, last);
	}
}

static void test_one_leads(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, one_leads);
}

static void survives_postgres(struct bench *bench)
{
	struct relay *relay = start(bench);

	UNTIL(relay_status(relay).leading);
	bench_emit(bench, &fact_happened, 0);
	collect(bench, "test.one", 1);
	stores_kill(bench_stores(), STORES_POSTGRES);
	task_sleep_us(50 * US_PER_MS);
	stores_revive(bench_stores(), STORES_POSTGRES);
	bench_sql("SELECT 1");
	db_wait_connected(bench->db);
	bench_sql("%s", raw_insert); /* by SQL: a commit of ours may find its outcome unknown */
	UNTIL(relay_status(relay).position >= bench_sql("SELECT max(position) FROM stoa.event"));
	EXPECT(relay_status(relay).leading);
	UNTIL(relay_status(relay).gaps == 0); /* the sequence jumped */
}

static void test_survives_postgres(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, survives_postgres);
}

/* A consumer of newer code, of a type that the leading relay does not know. */
static void newer_subscription(struct bench *bench)
{
	struct relay *relay = start(bench);
	struct bus_batch batch = { 0 };
	bool lost;

	UNTIL(relay_status(relay).leading);
	bench_emit(bench, &fact_undone, 1); /* before it was there */
	UNTIL(relay_status(relay).position == 1);
	bench_sql("INSERT INTO stoa.subscription (consumer, type, since) VALUES ('test.newer', 'fact.undone', 1)");
	struct uuid id = bench_emit(bench, &fact_undone, 2);
	UNTIL(relay_status(relay).position == 2);
	task_sleep_us(1200 * US_PER_MS); /* within a second it has the group, so trimming spares what that needs */
	EXPECT(bench->bus->ops->trim(bench->bus, 1 << 20, &lost) == BUS_OK && !lost);
	EXPECT(bench->bus->ops->consume(bench->bus, STR("fact.undone"), STR("test.newer"), STR("me"), 9, 0, &batch) ==
	       BUS_OK);
	EXPECT(batch.count == 1 && uuid_eq(batch.entries[0].event.id, id));
}

static void test_newer_subscription(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, newer_subscription);
}

/* What the default partition caught moves into its month; months that are over for long go. */
static void partitions(struct bench *bench)
{
	(void)bench;
	bench_sql("INSERT INTO stoa.event (id, type, version, aggregate, aggregate_id, aggregate_seq, occurred_at, "
	          "source, correlation_id, "
	          "data) VALUES (gen_random_uuid(), 't', 1, 'a', gen_random_uuid(), 1, '2001-02-03Z', 's', "
	          "gen_random_uuid(), '1')");
	EXPECT(bench_sql("SELECT count(*) FROM ONLY stoa.event_rest") == 1);
	EXPECT(bench_sql("SELECT stoa.event_partition_ensure('2001-02-28 23:59:59Z')") == 1);
	EXPECT(bench_sql("SELECT stoa.event_partition_ensure('2001-02-01Z')") == 0);
	EXPECT(bench_sql("SELECT count(*) FROM ONLY stoa.event_rest") == 0);
	EXPECT(bench_sql("SELECT count(*) FROM stoa.event_2001_02") == 1 &&
	       bench_sql("SELECT count(*) FROM stoa.event") == 1);
	EXPECT(bench_sql("SELECT count(*) FROM pg_indexes WHERE tablename = 'event_2001_02'") ==
	       bench_sql("SELECT count(*) FROM pg_indexes WHERE schemaname = 'stoa' AND tablename = 'event'"));
	EXPECT(bench_sql("SELECT stoa.event_partitions_expire('2001-02-28Z')") == 0);
	EXPECT(bench_sql("SELECT stoa.event_partitions_expire('2001-03-01Z')") == 1);
	EXPECT(bench_sql("SELECT count(*) FROM stoa.event") == 0);
	EXPECT(bench_sql("SELECT stoa.event_partitions_ensure(now())") == 0); /* the migration made them */
}

static void test_partitions(void **state)
{
	(void)state;
	bench_run(BENCH_POSTGRES, partitions);
}

/* More than one batch, from many tasks at once. */
enum { MANY = 3000 };

static void emit_some(void *arg)
{
	struct bench *bench = arg;

	for (int i = 0; i < 100; i++)
		bench_emit(bench, &fact_happened, i);
}

static void many(struct bench *bench)
{
	struct relay *relay = start(bench);

	for (int i = 0; i < MANY / 100; i++)
		CHECK(task_spawn(bench->loop, &(struct task_options){ .name = "emit", .arena_max = 64 << 20 },
		                 emit_some, bench));
	struct uuid *ids = collect(bench, "test.one", MANY);
	EXPECT(ids);
	UNTIL(relay_status(relay).position == MANY && relay_status(relay).gaps == 0);
	EXPECT(relay_status(relay).published == MANY);
}

static void test_many(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, many);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_redis_carries),
		cmocka_unit_test(test_postgres_carries),
		cmocka_unit_test(test_fills_gaps),
		cmocka_unit_test(test_jumps_over_gaps),
		cmocka_unit_test(test_refuses_bad_gaps),
		cmocka_unit_test(test_waits_for_the_right_one),
		cmocka_unit_test(test_resumes),
		cmocka_unit_test(test_rewinds_after_flush),
		cmocka_unit_test(test_survives_redis),
		cmocka_unit_test(test_ends_the_detour_of_another),
		cmocka_unit_test(test_latest_lost),
		cmocka_unit_test(test_log_went_back),
		cmocka_unit_test(test_one_leads),
		cmocka_unit_test(test_survives_postgres),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_newer_subscription),
		cmocka_unit_test(test_partitions),
	};

	return cmocka_run_group_tests(tests, bench_start, bench_stop);
}
