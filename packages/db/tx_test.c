/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions of both kinds as tasks see them. */
#include "db/test_stage.h"

#include "base/clock.h"

static int hooks_run;

static void count_hook(void *arg)
{
	hooks_run += *(int *)arg;
}

static void hooks(struct stage *stage, int64_t n)
{
	static int one = 1, ten = 10;
	struct tx *tx = n & 1 ? tx_begin(stage->db) : tx_collect(stage->db);

	tx_on_commit(tx, count_hook, &one);
	tx_on_commit(tx, count_hook, &ten);
	insert(tx, &item_insert, n < 2 ? 3000 + n : 1);
	assert_ptr_equal(tx_owner(tx), stage->db);
	tx_commit(tx);
}

static void test_hooks_run_after_commits_only(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	hooks_run = 0;
	for (int64_t i = 0; i < 4; i++)
		spawn(stage, hooks, i, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 2);
	assert_int_equal(stage->ends.failed, 2);
	assert_int_equal(hooks_run, 22);
	close_stage(stage);
}

static void empty(struct stage *stage, int64_t n)
{
	tx_commit(n ? tx_collect(stage->db) : tx_begin(stage->db));
}

static void misuse(struct stage *stage, int64_t n)
{
	struct tx *tx = n == 3 ? tx_begin(stage->db) : tx_collect(stage->db);

	switch (n) {
	case 0:
		sql_in_tx(tx, &item_returning, &(struct item){ .id = 1 }, NULL);
		break;
	case 1:
		get(tx_db(tx), 1);
		break;
	case 2:
		tx_commit(tx);
		tx_commit(tx);
		break;
	default:
		tx_begin(tx_db(tx));
	}
}

static void test_misuse_fails(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	spawn(stage, empty, 0, 0);
	spawn(stage, empty, 1, 0);
	for (int64_t i = 0; i < 4; i++)
		spawn(stage, misuse, i, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 2);
	assert_int_equal(stage->ends.failed, 4);
	close_stage(stage);
}

/* ---- Interactive ----------------------------------------------------------------------------- */

static void increment(struct stage *stage, int64_t n)
{
	struct tx *tx = tx_begin(stage->db);
	const struct item_row *row = sql_in_tx(tx, &item_lock, &(struct item_key){ 1 }, NULL);

	sql_in_tx(tx, &item_take, &(struct item){ .id = 1, .amount = -1 }, NULL);
	const struct item_row *after = get(tx_db(tx), 1);
	assert_int_equal(after->amount, row->amount + 1);
	if (n % 2)
		fail("changed my mind");
	tx_commit(tx);
}

static void test_interactive_transactions(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	for (int64_t i = 0; i < 60; i++)
		spawn(stage, increment, i, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 30);
	assert_int_equal(stage->ends.failed, 30);
	assert_int_equal(admin_number("SELECT amount FROM shop.item WHERE id = 1"), 40);
	assert_int_equal(db_counters(stage->db).interactive_open, 4);
	assert_int_equal(db_counters(stage->db).interactive_waiting, 0);
	close_stage(stage);
}

static void long_sleep(struct stage *stage, int64_t n)
{
	struct tx *tx = tx_begin(stage->db);

	insert(tx, &item_insert, 4000 + n);
	sql_in_tx(tx, &sleep_in_tx, &(struct sleep_params){ 60 }, NULL);
	tx_commit(tx);
}

/* Late tasks leave at once, their statements are cancelled, and the only connection serves the next ones. */
static void test_a_late_task_cancels_its_statement(void **state)
{
	struct stage *stage = open_stage((struct db_options){ .interactive_max = 1 });

	(void)state;
	for (int64_t i = 0; i < 3; i++) {
		spawn(stage, long_sleep, i, 100 * US_PER_MS);
		run_all(stage);
		spawn(stage, increment, 0, 20 * US_PER_S);
		run_all(stage);
	}
	assert_int_equal(stage->ends.deadline, 3);
	assert_int_equal(stage->ends.none, 3);
	assert_int_equal(admin_number("SELECT count(*) FROM shop.item WHERE id >= 1000"), 0);
	assert_int_equal(db_counters(stage->db).reconnects, 0);
	close_stage(stage);
}

STAGE_MAIN(cmocka_unit_test(test_hooks_run_after_commits_only), cmocka_unit_test(test_misuse_fails),
           cmocka_unit_test(test_interactive_transactions), cmocka_unit_test(test_a_late_task_cancels_its_statement))
