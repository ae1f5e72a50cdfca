/* SPDX-License-Identifier: Apache-2.0 */
/* Writing events: what is stored, and that the data must be the event's own. */
#include "events/test_bench.h"

#define OTHER_FACT(X, T)           X(T, i64, _, number, .min = 0, .max = 10)
#define OTHER_SHAPES(STRUCT, OVER) STRUCT(other_fact, OTHER_FACT, "Data of another event")
SCHEMA_DECLARE(OTHER_SHAPES)
SCHEMA_DEFINE(OTHER_SHAPES)

static const struct event_types fact_events = EVENT_TYPES(FACT_EVENTS);

static void test_list(void **state)
{
	(void)state;
	assert_int_equal(fact_events.count, 2);
	assert_ptr_equal(fact_events.items[0], &fact_happened);
	assert_ptr_equal(fact_events.items[1], &fact_undone);
	assert_string_equal(fact_undone.name, "fact.undone");
	assert_string_equal(fact_undone.aggregate, "fact");
	assert_ptr_equal(fact_undone.data, &fact_schema);
}

static void stored(struct bench *bench)
{
	struct tx *tx = tx_collect(bench->db);
	const struct event_type *type = &fact_undone;
	struct fact data = { .number = 7, .text = STR("x") };

	emit(tx, fact_happened, uuid_new_v7(clock_now_us()), 1, &data);
	emit_as(tx, fact, type, uuid_new_v7(clock_now_us()), 2, &(struct fact){ .number = 8, .text = STR("y") });
	tx_commit(tx);
	EXPECT(bench_sql("SELECT (data->>'number')::bigint FROM stoa.event WHERE type = 'fact.happened' AND "
	                 "aggregate = 'fact' AND aggregate_seq = 1 AND version = 1 AND source = 'test'") == 7);
	EXPECT(bench_sql("SELECT (data->>'number')::bigint FROM stoa.event WHERE type = 'fact.undone'") == 8);
}

static void test_stored(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, stored);
}

static void emit_other(void *arg)
{
	struct bench *bench = arg;
	const struct event_type *type = &fact_happened;

	emit_as(tx_collect(bench->db), other_fact, type, uuid_new_v7(clock_now_us()), 1,
	        &(struct other_fact){ .number = 1 });
}

/* Chosen at run time, so this is seen at run time only. */
static void other_data(struct bench *bench)
{
	EXPECT(task_attempt(emit_other, bench).kind == FAILURE_FAILED);
	EXPECT(bench_sql("SELECT count(*) FROM stoa.event") == 0);
}

static void test_other_data(void **state)
{
	(void)state;
	bench_run(BENCH_REDIS, other_data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_stored),
		cmocka_unit_test(test_other_data),
	};

	return cmocka_run_group_tests(tests, bench_start, bench_stop);
}
