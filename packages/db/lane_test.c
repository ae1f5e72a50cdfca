/* SPDX-License-Identifier: Apache-2.0 */
/* Reads in groups. */
#include "db/test_stage.h"

#include "base/clock.h"

static void test_reads_are_grouped(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });
	struct db_counters before = db_counters(stage->db);

	(void)state;
	for (int64_t i = 0; i < 1000; i++)
		spawn(stage, read_item, i % 110 + 1, 0);
	run_all(stage);
	struct db_counters after = db_counters(stage->db);
	assert_int_equal(stage->ends.none, 1000);
	assert_int_equal(after.statements - before.statements, 1000);
	assert_in_range(after.groups - before.groups, 16, 40);

	const struct db_statement_stats *stats;
	size_t count = db_stats(stage->db, &stats);
	assert_int_equal(count, stage_modules[0]->count);
	assert_ptr_equal(stats[0].statement, &item_get);
	assert_int_equal(stats[0].calls, 1000);
	assert_in_range(stats[0].rows, 900, 950);
	close_stage(stage);
}

static void read_list(struct stage *stage, int64_t n)
{
	size_t count = 0;
	const struct item_row *rows = sql_read(stage->db, &item_list, NULL, &count);

	(void)n;
	assert_int_equal(count, 100);
	assert_int_equal(rows[99].id, 100);
	assert_null(sql_read(stage->db, &sleep_read, &(struct sleep_params){ 0 }, NULL));
}

static void divide_by(struct stage *stage, int64_t n)
{
	const struct number_row *row = sql_read(stage->db, &divide, &(struct item_key){ n }, NULL);

	assert_int_equal(row->number, 1000 / n);
}

static void test_an_error_spares_the_neighbours(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	spawn(stage, read_list, 0, 0);
	for (int64_t i = 0; i < 300; i++)
		spawn(stage, divide_by, i % 50, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 295);
	assert_int_equal(stage->ends.failed, 6);
	assert_true(db_counters(stage->db).replays > 0);
	close_stage(stage);
}

static void read_below(struct stage *stage, int64_t n)
{
	size_t count = 0;
	const struct item_row *rows = sql_read(stage->db, &items_below, &(struct item_key){ n }, &count);

	assert_int_equal(count, n < 1 ? 0 : n - 1);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(rows[i].id, n - 1 - (int64_t)i);
}

/* Each has its own rows, in their order, however many others have. */
static void test_equal_reads_are_one_execution(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });
	struct db_counters before = db_counters(stage->db);

	(void)state;
	for (int64_t i = 0; i < 300; i++) {
		spawn(stage, read_below, i % 7, 0);
		spawn(stage, read_item, i % 100 + 1, 0);
	}
	run_all(stage);
	struct db_counters after = db_counters(stage->db);
	assert_int_equal(stage->ends.none, 600);
	assert_in_range(after.groups - before.groups, 10, 30);
	assert_int_equal(after.statements - before.statements, 300 + after.groups - before.groups);
	close_stage(stage);
}

static void take_pause(struct stage *stage, int64_t n)
{
	const struct number_row *row = sql_read(stage->db, &pause_of, &(struct item_key){ n }, NULL);

	assert_int_equal(row->number, n);
}

static void test_abandoned_reads_of_an_execution_spare_the_others(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	spawn(stage, take_pause, 200, 50 * US_PER_MS);
	spawn(stage, take_pause, 100, 0);
	spawn(stage, take_pause, 1, 50 * US_PER_MS);
	spawn(stage, take_pause, 2, 0);
	run_all(stage);
	assert_int_equal(stage->ends.deadline, 2);
	assert_int_equal(stage->ends.none, 2);
	close_stage(stage);
}

static void read_stray(struct stage *stage, int64_t n)
{
	(void)n;
	sql_read(stage->db, &stray, NULL, NULL);
}

static void get_must(struct stage *stage, int64_t n)
{
	const struct item_row *row = sql_read(stage->db, &item_must, &(struct item_key){ n }, NULL);

	assert_int_equal(row->id, n);
}

static void get_and_see_the_refusal(void *arg)
{
	sql_read(((struct stage *)arg)->db, &item_must, &(struct item_key){ 101 }, NULL);
}

static void expect_refusal(struct stage *stage, int64_t n)
{
	struct failure failure = task_attempt(get_and_see_the_refusal, stage);

	(void)n;
	assert_int_equal(failure.kind, FAILURE_REFUSED);
	assert_ptr_equal(failure.problem, &problem_not_found);
	assert_str(failure.detail, STR("There is no such thing of the tests"));
}

static void test_get_refuses_what_is_not_there(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	spawn(stage, get_must, 100, 0);
	spawn(stage, expect_refusal, 0, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 2);
	close_stage(stage);
}

static void test_statements_must_be_in_a_module(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	spawn(stage, read_stray, 0, 0);
	run_all(stage);
	assert_int_equal(stage->ends.failed, 1);
	close_stage(stage);
}

static void test_a_full_queue_is_unavailable(void **state)
{
	struct stage *stage = open_stage((struct db_options){ .queue_max = 100 });

	(void)state;
	for (int64_t i = 0; i < 500; i++)
		spawn(stage, read_item, 1, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 100);
	assert_int_equal(stage->ends.unavailable, 400);
	assert_int_equal(db_counters(stage->db).refused_full, 400);
	close_stage(stage);
}

/* The columns of a prepared statement change under it: connect anew, ask again. */
static void test_a_changed_result_type_is_survived(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	spawn(stage, read_list, 0, 0);
	run_all(stage);
	admin("ALTER TABLE shop.item ALTER COLUMN name TYPE varchar(50)");
	for (int64_t i = 1; i <= 100; i++)
		spawn(stage, read_item, i, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 101);
	assert_int_equal(db_counters(stage->db).reconnects, 1);
	admin("ALTER TABLE shop.item ALTER COLUMN name TYPE text");
	close_stage(stage);
}

static void read_generic_plans(struct stage *stage, int64_t n)
{
	const struct number_row *row = NULL;

	for (int i = 0; i < 10; i++)
		row = sql_read(stage->db, &generic_plans, &(struct item_key){ n }, NULL);
	assert_non_null(row);
	assert_int_equal(row->number, n);
}

/* The server would settle on a generic plan after five. */
static void test_slow_statements_are_planned_anew(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	spawn(stage, read_generic_plans, 0, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 1);
	close_stage(stage);
}

static void slow_read(struct stage *stage, int64_t n)
{
	sql_read(stage->db, &sleep_read, &(struct sleep_params){ (double)n / 1000 }, NULL);
}

static void test_abandoned_reads_keep_the_order(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	spawn(stage, slow_read, 300, 50 * US_PER_MS);
	spawn(stage, slow_read, 10, 50 * US_PER_MS);
	spawn(stage, slow_read, 10, 0);
	for (int64_t i = 1; i <= 100; i++)
		spawn(stage, read_item, i, 0);
	run_all(stage);
	assert_int_equal(stage->ends.deadline, 2);
	assert_int_equal(stage->ends.none, 101);
	close_stage(stage);
}

/* ---- Types ----------------------------------------------------------------------------------- */

static void echo_everything(struct stage *stage, int64_t n)
{
	struct uuid ids[] = { { "0123456789abcde" }, { "fedcba987654321" } };
	struct str texts[] = { STR("a"), STR_NULL, STR(""), STR("d\"{},") };
	int64_t longs[] = { INT64_MIN, 0, INT64_MAX }, ints[] = { INT32_MIN, -1, INT32_MAX };
	int64_t times[] = { 0, INT64_C(1700000000123456), INT64_MAX, INT64_MIN };
	bool flags[] = { true, false, true };
	struct everything in = {
		.yes = true,
		.i16 = INT16_MIN,
		.i32 = INT32_MAX,
		.i64 = INT64_MIN,
		.at = INT64_C(-1234567),
		.some = SOME(i64, 42),
		.real = -0.1,
		.half = SOME(f64, 0.5),
		.text = STR("h\xc3\xa9llo"),
		.jsonb = STR("{\"a\": [1, 2]}"),
		.json = STR("{\"a\":  1}"),
		.bytes = STR("\0\1\xff"),
		.id = ids[1],
		.other = SOME(uuid, ids[0]),
		.ids = { ids, 2 },
		.texts = { texts, 4 },
		.longs = { longs, 3 },
		.ints = { ints, 3 },
		.times = { times, 4 },
		.flags = { flags, n ? 3 : 0 },
	};
	const struct everything *out = sql_read(stage->db, &echo, &in, NULL);

	assert_true(out->yes && !out->maybe.set && out->i16 == in.i16 && out->i32 == in.i32 && out->i64 == in.i64);
	assert_true(out->at == in.at && out->some.set && out->some.value == 42 && !out->no.set);
	assert_true(out->real == in.real && out->half.set && out->half.value == 0.5);
	assert_true(str_eq(out->text, in.text) && str_is_null(out->absent) && str_eq(out->bytes, in.bytes));
	assert_true(str_eq(out->jsonb, in.jsonb) && str_eq(out->json, in.json));
	assert_true(uuid_eq(out->id, ids[1]) && out->other.set && uuid_eq(out->other.value, ids[0]));
	assert_int_equal(out->ids.count, 2);
	assert_memory_equal(out->ids.items, ids, sizeof(ids));
	assert_int_equal(out->texts.count, 4);
	for (int i = 0; i < 4; i++)
		assert_true(str_eq(out->texts.items[i], texts[i]));
	assert_memory_equal(out->longs.items, longs, sizeof(longs));
	assert_memory_equal(out->ints.items, ints, sizeof(ints));
	assert_memory_equal(out->times.items, times, sizeof(times));
	assert_int_equal(out->flags.count, in.flags.count);
	assert_memory_equal(out->flags.items, flags, in.flags.count);
}

static void echo_bad(struct stage *stage, int64_t n)
{
	struct everything in = { .text = STR(""), .jsonb = STR("{}"), .json = STR("{}"), .bytes = STR("") };
	int64_t large = INT64_C(1) << 40;

	switch (n) {
	case 0:
		in.i16 = INT16_MAX + 1;
		break;
	case 1:
		in.i32 = large;
		break;
	case 2:
		in.text = STR_NULL;
		break;
	case 3:
		in.ints = (struct i64_list){ &large, 1 };
		break;
	case 4:
		in.text = STR("\xff");
		break;
	default:
		in.json = STR("{");
	}
	sql_read(stage->db, &echo, &in, NULL);
}

static void test_all_types_round_trip(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	spawn(stage, echo_everything, 0, 0);
	spawn(stage, echo_everything, 1, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 2);
	for (int64_t i = 0; i < 6; i++)
		spawn(stage, echo_bad, i, 0);
	run_all(stage);
	assert_int_equal(stage->ends.failed, 6);
	close_stage(stage);
}

STAGE_MAIN(cmocka_unit_test(test_reads_are_grouped), cmocka_unit_test(test_an_error_spares_the_neighbours),
           cmocka_unit_test(test_equal_reads_are_one_execution),
           cmocka_unit_test(test_abandoned_reads_of_an_execution_spare_the_others),
           cmocka_unit_test(test_get_refuses_what_is_not_there), cmocka_unit_test(test_statements_must_be_in_a_module),
           cmocka_unit_test(test_a_full_queue_is_unavailable), cmocka_unit_test(test_a_changed_result_type_is_survived),
           cmocka_unit_test(test_slow_statements_are_planned_anew),
           cmocka_unit_test(test_abandoned_reads_keep_the_order), cmocka_unit_test(test_all_types_round_trip))
