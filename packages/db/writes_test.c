/* SPDX-License-Identifier: Apache-2.0 */
/* Write sets that share commits. */
#include "db/test_stage.h"

#include <inttypes.h>
#include <libpq-fe.h>

#include "base/clock.h"

static void test_sets_share_commits(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	for (int64_t i = 0; i < 640; i++)
		spawn(stage, write_pair, i, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 640);
	assert_int_equal(admin_number("SELECT count(*) FROM shop.item WHERE id >= 1000"), 1280);
	int64_t commits = admin_number("SELECT count(DISTINCT txid) FROM shop.item WHERE id >= 1000");
	struct db_counters counters = db_counters(stage->db);
	assert_in_range(commits, 10, 30);
	assert_int_equal(counters.write_groups, commits);
	assert_int_equal(counters.write_sets, 640);
	assert_int_equal(counters.statements, counters.write_groups);
	close_stage(stage);
}

/* Two of one statement, one of another that is executed by itself, one of the first again. */
static void write_child_between(struct stage *stage, int64_t n)
{
	struct tx *tx = tx_collect(stage->db);

	insert(tx, &item_txid, 1000 + 3 * n);
	insert(tx, &item_txid, 1001 + 3 * n);
	sql_in_tx(tx, &child_insert, &(struct item_key){ 1001 + 3 * n }, NULL);
	insert(tx, &item_txid, 1002 + 3 * n);
	tx_commit(tx);
}

static void add_twice(struct stage *stage, int64_t n)
{
	struct tx *tx = tx_collect(stage->db);

	for (int64_t i = 0; i < 2; i++)
		sql_in_tx(tx, &item_more, &(struct item_key){ n % 5 + 1 }, NULL);
	tx_commit(tx);
}

static void test_each_set_keeps_its_order(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	for (int64_t i = 0; i < 60; i++)
		spawn(stage, write_child_between, i, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 60);
	assert_int_equal(admin_number("SELECT count(*) FROM shop.item WHERE id >= 1000"), 180);
	assert_int_equal(admin_number("SELECT count(*) FROM shop.child WHERE item >= 1000"), 60);
	struct db_counters counters = db_counters(stage->db);
	assert_int_equal(counters.statements, 1 + 60 + 60);
	assert_int_equal(counters.replays, 0);
	close_stage(stage);
}

/* Every tenth set inserts a key that exists. */
static void write_or_collide(struct stage *stage, int64_t n)
{
	struct tx *tx = tx_collect(stage->db);

	insert(tx, &item_insert, n + 1000);
	if (n % 10 == 0)
		insert(tx, &item_insert, 1);
	insert(tx, &item_insert, n + 2000);
	tx_commit(tx);
}

static void test_a_failing_set_spares_its_neighbours(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	for (int64_t i = 0; i < 200; i++)
		spawn(stage, write_or_collide, i, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 180);
	assert_int_equal(stage->ends.failed, 20);
	assert_int_equal(admin_number("SELECT count(*) FROM shop.item WHERE id >= 1000"), 360);
	assert_true(db_counters(stage->db).replays > 0);
	close_stage(stage);
}

static void test_expectations_conflict(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	for (int64_t i = 0; i < 100; i++)
		spawn(stage, take_one, i, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 50);
	assert_int_equal(stage->ends.conflict, 50);
	assert_int_equal(admin_number("SELECT sum(amount) FROM shop.item WHERE id <= 5"), 0);
	close_stage(stage);
}

struct refusal_case {
	const struct sql_statement *statement;
	int64_t id, amount;
	enum tx_refusal_kind kind;
	const char *constraint;
	bool statement_known;
};

static const struct refusal_case refusal_cases[] = {
	{ &item_insert, 1, 1, TX_UNIQUE, "item_pkey", true },
	{ &item_insert, 5000, -1, TX_CHECK, "item_amount", true },
	{ &child_insert, 7777, 0, TX_FOREIGN_KEY, "child_item", true },
	{ &late_insert, 7777, 0, TX_FOREIGN_KEY, "late_item", false },
	{ &item_take, 1, 11, TX_EXPECTATION, "item_take", true },
};

/* n: the case, collected; or 100 + the case, interactive. */
static void refused(struct stage *stage, int64_t n)
{
	const struct refusal_case *refusal_case = &refusal_cases[n % 100];
	struct tx *tx = n < 100 ? tx_collect(stage->db) : tx_begin(stage->db);

	insert(tx, &item_insert, 6000 + n);
	sql_in_tx(tx, refusal_case->statement, &(struct item){ .id = refusal_case->id, .amount = refusal_case->amount },
	          NULL);
	const struct tx_refusal *refusal = tx_try_commit(tx);
	assert_non_null(refusal);
	assert_int_equal(refusal->kind, refusal_case->kind);
	assert_ptr_equal(refusal->statement, refusal_case->statement_known ? refusal_case->statement : NULL);
	assert_true(str_eq(refusal->constraint, str_from(refusal_case->constraint)));
	tx_rollback(tx);
}

static void test_refusals_are_told(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	for (int64_t i = 0; i < (int64_t)ARRAY_COUNT(refusal_cases); i++) {
		spawn(stage, refused, i, 0);
		spawn(stage, refused, i + 100, 0);
	}
	for (int64_t i = 0; i < 20; i++)
		spawn(stage, write_pair, i, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 2 * (int)ARRAY_COUNT(refusal_cases) + 20);
	assert_int_equal(admin_number("SELECT count(*) FROM shop.item WHERE id >= 1000"), 40);
	close_stage(stage);
}

static void slow_write(struct stage *stage, int64_t n)
{
	struct tx *tx = tx_collect(stage->db);

	sql_in_tx(tx, &sleep_write, &(struct sleep_params){ 0.3 }, NULL);
	insert(tx, &item_insert, 4500 + n);
	tx_commit(tx);
}

static void late_write(struct stage *stage, int64_t n)
{
	struct tx *tx = tx_collect(stage->db);

	task_sleep_us(20 * US_PER_MS);
	insert(tx, &item_insert, 4600 + n);
	tx_commit(tx);
}

/* A set that was sent runs on when its task leaves; one that was not sent never happens. */
static void test_leaving_a_commit(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	spawn(stage, slow_write, 0, 50 * US_PER_MS);
	spawn(stage, late_write, 0, 50 * US_PER_MS);
	spawn(stage, late_write, 1, 0);
	run_all(stage);
	assert_int_equal(stage->ends.deadline, 2);
	assert_int_equal(stage->ends.none, 1);
	assert_int_equal(admin_number("SELECT count(*) FROM shop.item WHERE id IN (4500, 4601)"), 2);
	assert_int_equal(admin_number("SELECT count(*) FROM shop.item WHERE id = 4600"), 0);
	close_stage(stage);
}

/* ---- Locks ----------------------------------------------------------------------------------- */

struct holder {
	uv_timer_t timer;
	PGconn *pg;
};

static void on_release(uv_timer_t *timer)
{
	struct holder *holder = CONTAINER_OF(timer, struct holder, timer);

	PQfinish(holder->pg);
	uv_close((uv_handle_t *)timer, NULL);
}

/* Somebody else locks item 1 for a while. */
static void hold_item(struct stage *stage, struct holder *holder, uint64_t ms)
{
	holder->pg = PQconnectdb(stores_conninfo(stores));
	PQclear(PQexec(holder->pg, "BEGIN; UPDATE shop.item SET amount = amount WHERE id = 1"));
	assert_int_equal(PQtransactionStatus(holder->pg), PQTRANS_INTRANS);
	uv_timer_init(loop_uv(stage->loop), &holder->timer);
	uv_timer_start(&holder->timer, on_release, ms, 0);
}

static int64_t taken[100];
static int taken_count;

static void take_and_note(struct stage *stage, int64_t n)
{
	take_one(stage, n);
	taken[taken_count++] = n;
}

static void test_a_locked_row_holds_up_its_own_set_only(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });
	struct holder holder;

	(void)state;
	taken_count = 0;
	hold_item(stage, &holder, 1000);
	for (int64_t i = 0; i < 10; i++)
		spawn(stage, take_and_note, i, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 10);
	assert_int_equal(admin_number("SELECT sum(amount) FROM shop.item WHERE id <= 5"), 40);
	/* Items 1 .. 5 twice: the two that want item 1 come last. */
	assert_int_equal(taken[8] % 5, 0);
	assert_int_equal(taken[9] % 5, 0);
	close_stage(stage);
}

static void take_two(struct stage *stage, int64_t n)
{
	struct tx *tx = tx_collect(stage->db);

	for (int64_t i = 0; i < 2; i++)
		sql_in_tx(tx, &item_take, &(struct item){ .id = (n + i) % 2 + 1, .amount = -1 }, NULL);
	tx_commit(tx);
}

/* Two databases of one process: two write lanes that lock the same rows in opposite orders. */
static void test_lanes_that_lock_each_other_out(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });
	struct stage other = { .loop = stage->loop };
	struct db_options options = { .conninfo = stores_conninfo(stores),
		                      .application_name = "other",
		                      .modules = stage_modules };

	(void)state;
	other.db = db_open(stage->loop, &options);
	spawn(&other, wait_connected, 0, 20 * US_PER_S);
	run_all(&other);
	for (int64_t i = 0; i < 100; i++) {
		spawn(stage, take_two, 0, 0);
		spawn(&other, take_two, 1, 0);
		if (i % 5 == 0)
			run_all(stage);
	}
	run_all(stage);
	assert_int_equal(stage->ends.none, 100);
	assert_int_equal(other.ends.none, 101);
	assert_int_equal(admin_number("SELECT sum(amount) FROM shop.item WHERE id <= 2"), 420);
	db_close(other.db);
	close_stage(stage);
}

/* Two calls of one set for the same row are no execution, but two are. */
static void test_a_set_may_touch_a_row_twice(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	for (int64_t i = 0; i < 20; i++)
		spawn(stage, add_twice, i, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 20);
	assert_int_equal(admin_number("SELECT sum(amount) FROM shop.item WHERE id <= 5"), 50 + 40);
	close_stage(stage);
}

STAGE_MAIN(cmocka_unit_test(test_sets_share_commits), cmocka_unit_test(test_each_set_keeps_its_order),
           cmocka_unit_test(test_a_set_may_touch_a_row_twice),
           cmocka_unit_test(test_a_failing_set_spares_its_neighbours), cmocka_unit_test(test_expectations_conflict),
           cmocka_unit_test(test_refusals_are_told), cmocka_unit_test(test_leaving_a_commit),
           cmocka_unit_test(test_a_locked_row_holds_up_its_own_set_only),
           cmocka_unit_test(test_lanes_that_lock_each_other_out))
