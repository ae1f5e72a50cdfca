/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of a bus, held by both transports; then what only Redis can lose. */
#include "events/test_bench.h"

#define TOPIC STR("fact.happened")
#define GROUP STR("test.group")
#define ME    STR("me")
#define OTHER STR("other")

/* Events of the log, for the transport in PostgreSQL points there. */
static struct event *made(struct bench *bench, size_t count, size_t text_len)
{
	struct event *events = ARENA_ARRAY(task_arena(), struct event, count);
	char *text = arena_alloc(task_arena(), text_len + 1);

	(void)bench;
	memset(text, 'x', text_len);
	for (size_t i = 0; i < count; i++) {
		struct uuid id = uuid_new_v7(clock_now_us()), aggregate_id = uuid_new_v7(clock_now_us());
		struct str hex = uuid_text(task_arena(), id), aggregate_hex = uuid_text(task_arena(), aggregate_id);
		int64_t at = clock_now_us();
		int64_t position = bench_sql("INSERT INTO stoa.event (id, type, version, aggregate, aggregate_id, "
		                             "aggregate_seq, occurred_at, source, "
		                             "correlation_id, data) VALUES ('%.*s', 'fact.happened', 1, 'fact', "
		                             "'%.*s', 1, to_timestamp(%lld / 1e6), 'test', "
		                             "'%.*s', '{\"text\":\"%s\"}') RETURNING position",
		                             STR_ARG(hex), STR_ARG(aggregate_hex), (long long)at, STR_ARG(hex), text);
		events[i] = (struct event){ .id = id,
			                    .position = position,
			                    .type = TOPIC,
			                    .version = 1,
			                    .aggregate = STR("fact"),
			                    .aggregate_id = aggregate_id,
			                    .aggregate_seq = 1,
			                    .occurred_at = at,
			                    .source = STR("test"),
			                    .correlation_id = id,
			                    .data = str_printf(task_arena(), "{\"text\":\"%s\"}", text) };
	}
	return events;
}

static struct bus_batch consume_as(struct bench *bench, struct str group, struct str consumer, size_t max)
{
	struct bus_batch batch;

	EXPECT(bench->bus->ops->consume(bench->bus, TOPIC, group, consumer, max, 0, &batch) == BUS_OK);
	return batch;
}

static struct bus_batch consume(struct bench *bench, size_t max)
{
	return consume_as(bench, GROUP, ME, max);
}

static void ensure(struct bench *bench)
{
	EXPECT(bench->bus->ops->ensure_group(bench->bus, TOPIC, GROUP) == BUS_OK);
}

static void publish(struct bench *bench, const struct event *events, size_t count)
{
	int64_t offset = count ? events[count - 1].position : 0;

	EXPECT(bench->bus->ops->publish(bench->bus, events, count, offset) == BUS_OK);
}

static void acknowledge(struct bench *bench, const struct bus_batch *batch, size_t count)
{
	struct str *ids = ARENA_ARRAY(task_arena(), struct str, count);

	for (size_t i = 0; i < count; i++)
		ids[i] = batch->entries[i].entry_id;
	EXPECT(bench->bus->ops->acknowledge(bench->bus, TOPIC, GROUP, ids, count) == BUS_OK);
}

static struct bus_depth depth(struct bench *bench)
{
	struct bus_depth depth;

	EXPECT(bench->bus->ops->depth(bench->bus, TOPIC, &depth) == BUS_OK);
	return depth;
}

static void order_and_content(struct bench *bench)
{
	struct event *events = made(bench, 7, 10);

	ensure(bench);
	ensure(bench);
	publish(bench, events, 7);
	struct bus_batch first = consume(bench, 5), second = consume(bench, 5);
	EXPECT(first.count == 5 && second.count == 2 && consume(bench, 5).count == 0);
	for (size_t i = 0; i < 7; i++) {
		const struct bus_entry *entry = i < 5 ? &first.entries[i] : &second.entries[i - 5];
		EXPECT(uuid_eq(entry->event.id, events[i].id) && entry->deliveries == 1);
		EXPECT(entry->event.position == events[i].position && entry->event.version == 1);
		EXPECT(str_eq(entry->event.type, TOPIC) && str_eq(entry->event.data, events[i].data));
		EXPECT(uuid_eq(entry->event.aggregate_id, events[i].aggregate_id) && entry->event.aggregate_seq == 1);
		EXPECT(str_eq(entry->event.aggregate, STR("fact")) && str_eq(entry->event.source, STR("test")));
		EXPECT(uuid_eq(entry->event.correlation_id, events[i].correlation_id));
		EXPECT(!entry->event.causation_id.set && entry->event.traceparent.len == 0);
		EXPECT(entry->event.occurred_at == events[i].occurred_at);
	}
	EXPECT(depth(bench).pending == 7);
	acknowledge(bench, &first, 5);
	acknowledge(bench, &second, 2);
	EXPECT(depth(bench).pending == 0);
}

static void groups_and_consumers(struct bench *bench)
{
	struct event *events = made(bench, 10, 10);

	ensure(bench);
	EXPECT(bench->bus->ops->ensure_group(bench->bus, TOPIC, STR("test.second")) == BUS_OK);
	publish(bench, events, 10);
	EXPECT(consume_as(bench, GROUP, ME, 6).count == 6);
	EXPECT(consume_as(bench, GROUP, OTHER, 6).count == 4);              /* shared within a group */
	EXPECT(consume_as(bench, STR("test.second"), ME, 100).count == 10); /* each group sees all */
}

static void claims(struct bench *bench)
{
	struct event *events = made(bench, 4, 10);
	struct bus_batch batch;

	ensure(bench);
	publish(bench, events, 4);
	struct bus_batch taken = consume(bench, 4);
	acknowledge(bench, &taken, 1);
	EXPECT(bench->bus->ops->claim(bench->bus, TOPIC, GROUP, OTHER, 10, 60 * US_PER_S, &batch) == BUS_OK);
	EXPECT(batch.count == 0); /* too young */
	task_sleep_us(5 * US_PER_MS);
	EXPECT(bench->bus->ops->claim(bench->bus, TOPIC, GROUP, OTHER, 2, US_PER_MS, &batch) == BUS_OK);
	EXPECT(batch.count == 2 && batch.entries[0].deliveries == 2 &&
	       uuid_eq(batch.entries[0].event.id, events[1].id));
	acknowledge(bench, &batch, 2);
	for (int64_t deliveries = 2; deliveries <= 4; deliveries++) {
		task_sleep_us(5 * US_PER_MS);
		batch = (struct bus_batch){ 0 };
		for (int i = 0; i < 3 && batch.count == 0; i++) /* a cursor may have to come round */
			EXPECT(bench->bus->ops->claim(bench->bus, TOPIC, GROUP, OTHER, 2, US_PER_MS, &batch) == BUS_OK);
		EXPECT(batch.count == 1 && batch.entries[0].deliveries == deliveries &&
		       uuid_eq(batch.entries[0].event.id, events[3].id));
	}
}

static void marks(struct bench *bench)
{
	struct bus_mark first, second;
	struct event *events = made(bench, 2, 10);

	EXPECT(bench->bus->ops->mark(bench->bus, &first) == BUS_OK && !uuid_is_nil(first.epoch) && first.offset == 0);
	ensure(bench);
	publish(bench, events, 2);
	EXPECT(bench->bus->ops->mark(bench->bus, &second) == BUS_OK);
	EXPECT(uuid_eq(first.epoch, second.epoch) && second.offset == events[1].position);
	EXPECT(bench->bus->ops->publish(bench->bus, NULL, 0, 1) == BUS_OK);
	EXPECT(bench->bus->ops->mark(bench->bus, &second) == BUS_OK && second.offset == 1);
	EXPECT(bench->bus->ops->reset(bench->bus) == BUS_OK);
	EXPECT(bench->bus->ops->mark(bench->bus, &second) == BUS_OK);
	EXPECT(!uuid_eq(first.epoch, second.epoch) && second.offset == 0);
	ensure(bench);
	EXPECT(consume(bench, 10).count == 0);
}

struct later {
	struct bench *bench;
	struct event *events;
};

static void publish_later(void *arg)
{
	struct later *later = arg;

	task_sleep_us(20 * US_PER_MS);
	(void)later->bench->bus->ops->publish(later->bench->bus, later->events, 1, 1);
}

static void waits_for_a_notice(struct bench *bench)
{
	struct later later = { bench, made(bench, 1, 10) };
	struct bus_batch batch;

	ensure(bench);
	CHECK(task_spawn(bench->loop, &(struct task_options){ .name = "later" }, publish_later, &later));
	EXPECT(bench->bus->ops->consume(bench->bus, TOPIC, GROUP, ME, 10, 10 * US_PER_S, &batch) == BUS_OK);
	EXPECT(batch.count == 1 && uuid_eq(batch.entries[0].event.id, later.events[0].id));
	EXPECT(bench->bus->ops->consume(bench->bus, TOPIC, GROUP, ME, 10, 10 * US_PER_MS, &batch) == BUS_OK);
	EXPECT(batch.count == 0);
}

static void forgets_consumers(struct bench *bench)
{
	ensure(bench);
	publish(bench, made(bench, 1, 10), 1);
	struct bus_batch batch = consume(bench, 1);
	EXPECT(bench->bus->ops->forget_consumer(bench->bus, TOPIC, GROUP, ME) == BUS_OK); /* holds one: stays */
	EXPECT(depth(bench).pending == 1);
	acknowledge(bench, &batch, 1);
	EXPECT(bench->bus->ops->forget_consumer(bench->bus, TOPIC, GROUP, ME) == BUS_OK);
	if (bench->redis) {
		struct redis_value rows =
		        REDIS(bench->redis, STR("XINFO"), STR("CONSUMERS"), STR("stoa:stream:fact.happened"), GROUP);
		EXPECT(rows.kind == REDIS_ARRAY && rows.count == 0);
	}
}

static void trims_what_is_done(struct bench *bench)
{
	struct event *events = made(bench, 20, 10);
	bool lost = true;

	ensure(bench);
	EXPECT(bench->bus->ops->ensure_group(bench->bus, TOPIC, STR("test.slow")) == BUS_OK);
	publish(bench, events, 20);
	struct bus_batch batch = consume(bench, 20);
	acknowledge(bench, &batch, 20);
	struct bus_batch slow = consume_as(bench, STR("test.slow"), ME, 15);
	EXPECT(bench->bus->ops->acknowledge(bench->bus, TOPIC, STR("test.slow"), &slow.entries[0].entry_id, 1) ==
	       BUS_OK);
	EXPECT(bench->bus->ops->acknowledge(bench->bus, TOPIC, STR("test.slow"), &slow.entries[2].entry_id, 1) ==
	       BUS_OK);
	EXPECT(bench->bus->ops->trim(bench->bus, 1 << 20, &lost) == BUS_OK && !lost);
	EXPECT(depth(bench).entries == (bench->redis ? 19 : 18)); /* a stream is cut at its first open entry */
	for (size_t i = 0; i < 15; i++)
		EXPECT(bench->bus->ops->acknowledge(bench->bus, TOPIC, STR("test.slow"), &slow.entries[i].entry_id,
		                                    1) == BUS_OK);
	EXPECT(bench->bus->ops->trim(bench->bus, 1 << 20, &lost) == BUS_OK && !lost);
	EXPECT(depth(bench).entries == 5);
	EXPECT(consume_as(bench, STR("test.slow"), ME, 15).count == 5);
}

#define CONTRACT(X) \
	X(order_and_content) \
	X(groups_and_consumers) \
	X(claims) \
	X(marks) \
	X(waits_for_a_notice) \
	X(forgets_consumers) \
	X(trims_what_is_done)

#define CONTRACT_TESTS(name) \
	static void test_redis_##name(void **state) \
	{ \
		(void)state; \
		bench_run(BENCH_REDIS, name); \
	} \
	static void test_postgres_##name(void **state) \
	{ \
		(void)state; \
		bench_run(BENCH_POSTGRES, name); \
	}
#define CONTRACT_ROWS(name) cmocka_unit_test(test_redis_##name), cmocka_unit_test(test_postgres_##name),

CONTRACT(CONTRACT_TESTS)

/* ---- What Redis can lose ------------------------------------------------------------------------ */

static void keeps_its_budget(struct bench *bench)
{
	struct event *events = made(bench, 200, 900);
	bool lost = false;

	ensure(bench);
	publish(bench, events, 200);
	struct bus_batch batch = consume(bench, 10);
	acknowledge(bench, &batch, 10);
	EXPECT(depth(bench).bytes > 100000);
	EXPECT(bench->bus->ops->trim(bench->bus, 50000, &lost) == BUS_OK && lost);
	EXPECT(depth(bench).bytes < 60000 && depth(bench).entries > 10);
	EXPECT(bench->bus->ops->trim(bench->bus, 60000, &lost) == BUS_OK && !lost);
}

static void test_keeps_its_budget(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, keeps_its_budget);
}

static void group_lost(struct bench *bench)
{
	struct event *events = made(bench, 5, 10);
	struct bus_batch batch;

	ensure(bench);
	publish(bench, events, 3);
	EXPECT(consume(bench, 2).count == 2);
	EXPECT(REDIS(bench->redis, STR("XGROUP"), STR("DESTROY"), STR("stoa:stream:fact.happened"), GROUP).integer ==
	       1);
	EXPECT(bench->bus->ops->claim(bench->bus, TOPIC, GROUP, ME, 9, 0, &batch) == BUS_OK && batch.count == 0);
	EXPECT(consume(bench, 9).count == 3); /* made again from the start */
	EXPECT(REDIS(bench->redis, STR("FLUSHALL")).kind == REDIS_STR);
	EXPECT(consume(bench, 9).count == 0);
	publish(bench, events + 3, 2);
	EXPECT(consume(bench, 9).count == 2);
}

static void test_group_lost(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, group_lost);
}

static struct uuid epoch_of(struct bench *bench)
{
	struct bus_mark mark;

	ensure(bench);
	EXPECT(bench->bus->ops->mark(bench->bus, &mark) == BUS_OK);
	return mark.epoch;
}

/* The relay hears of a group that is made anew: also when it is the relay itself, ahead of the consumers. */
static void loss_is_told_by_the_epoch(struct bench *bench)
{
	struct str key = STR("stoa:stream:fact.happened");
	struct event *events = made(bench, 200, 900);
	struct uuid before = epoch_of(bench);
	bool lost = false;

	EXPECT(uuid_eq(before, epoch_of(bench)));
	publish(bench, events, 3);
	EXPECT(REDIS(bench->redis, STR("DEL"), key).integer == 1);
	struct uuid after = epoch_of(bench);
	EXPECT(!uuid_eq(before, after));
	/* Cut off before anybody was handed them; what one was handed is told by claim. */
	publish(bench, events, 3);
	EXPECT(consume(bench, 1).count == 1);
	EXPECT(REDIS(bench->redis, STR("XTRIM"), key, STR("MAXLEN"), STR("0")).integer == 3);
	before = epoch_of(bench);
	EXPECT(!uuid_eq(before, after));
	publish(bench, events, 3);
	EXPECT(consume(bench, 9).count == 3);
	EXPECT(uuid_eq(before, epoch_of(bench)));
	/* What the budget cut off is known already. */
	publish(bench, events, 200);
	EXPECT(bench->bus->ops->trim(bench->bus, 50000, &lost) == BUS_OK && lost);
	EXPECT(uuid_eq(before, epoch_of(bench)));
}

static void test_loss_is_told_by_the_epoch(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, loss_is_told_by_the_epoch);
}

static void foreign_entries(struct bench *bench)
{
	struct str key = STR("stoa:stream:fact.happened");

	ensure(bench);
	EXPECT(REDIS(bench->redis, STR("XADD"), key, STR("*"), STR("no"), STR("event")).kind == REDIS_STR);
	EXPECT(REDIS(bench->redis, STR("XADD"), key, STR("*"), STR("id"), STR("not an id"), STR("type"), STR("x"))
	               .kind == REDIS_STR);
	publish(bench, made(bench, 1, 10), 1);
	EXPECT(consume(bench, 9).count == 1);
	EXPECT(depth(bench).pending == 1); /* the others are acknowledged */
}

static void test_foreign_entries(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, foreign_entries);
}

static void away(struct bench *bench)
{
	struct event *events = made(bench, 1, 10);
	struct bus_batch batch;
	struct bus_mark mark;

	ensure(bench);
	stores_kill(bench_stores(), STORES_REDIS);
	EXPECT(bench->bus->ops->publish(bench->bus, events, 1, 1) == BUS_AWAY);
	EXPECT(bench->bus->ops->consume(bench->bus, TOPIC, GROUP, ME, 1, 0, &batch) == BUS_AWAY && batch.count == 0);
	EXPECT(bench->bus->ops->mark(bench->bus, &mark) == BUS_AWAY);
	stores_revive(bench_stores(), STORES_REDIS);
	UNTIL(bench->bus->ops->publish(bench->bus, events, 1, 1) == BUS_OK);
	UNTIL(consume(bench, 9).count == 1);
}

static void test_away(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, away);
}

/* ---- What an old leader may not do ----------------------------------------------------------------- */

static void publish_one(void *arg)
{
	publish(arg, made(arg, 1, 10), 1);
}

static void reset_bus(void *arg)
{
	struct bench *bench = arg;

	EXPECT(bench->bus->ops->reset(bench->bus) == BUS_OK);
}

static void an_old_leader_publishes_nothing(struct bench *bench)
{
	struct db_leader *leader = db_leader_new(bench->db, 81);

	ensure(bench);
	db_leader_wait(leader);
	bench->bus->leader = db_leader_db(leader);
	publish_one(bench);
	bench_sql("UPDATE stoa.leader SET term = term + 1 WHERE key = 81");
	EXPECT(task_attempt(publish_one, bench).kind == FAILURE_CONFLICT);
	EXPECT(task_attempt(reset_bus, bench).kind == FAILURE_CONFLICT);
	EXPECT(depth(bench).entries == 1);
	bench->bus->leader = NULL;
	db_leader_free(leader);
}

static void test_an_old_leader_publishes_nothing(void **state)
{
	(void)state;
	bench_run(BENCH_POSTGRES, an_old_leader_publishes_nothing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONTRACT(CONTRACT_ROWS) cmocka_unit_test(test_keeps_its_budget),
		cmocka_unit_test(test_group_lost),
		cmocka_unit_test(test_loss_is_told_by_the_epoch),
		cmocka_unit_test(test_foreign_entries),
		cmocka_unit_test(test_away),
		cmocka_unit_test(test_an_old_leader_publishes_nothing),
	};

	return cmocka_run_group_tests(tests, bench_start, bench_stop);
}
