/* SPDX-License-Identifier: Apache-2.0 */
/* What happens when the server goes away, stops answering, or was never there. */
#include "db/test_stage.h"

#include <libpq-fe.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

struct trouble {
	uv_timer_t timer;
	void (*make)(void);
	int left;
};

static void on_trouble(uv_timer_t *timer)
{
	struct trouble *trouble = CONTAINER_OF(timer, struct trouble, timer);

	trouble->make();
	if (--trouble->left == 0)
		uv_close((uv_handle_t *)timer, NULL);
}

static void start_trouble(struct stage *stage, struct trouble *trouble, void (*make)(void), int times)
{
	trouble->make = make;
	trouble->left = times;
	uv_timer_init(loop_uv(stage->loop), &trouble->timer);
	uv_timer_start(&trouble->timer, on_trouble, 30, 60);
}

static void kill_backends(void)
{
	admin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'test/%'");
}

static void restart(void)
{
	stores_kill(stores, STORES_POSTGRES);
	stores_revive(stores, STORES_POSTGRES);
}

static int64_t unknown_writes;

static void keep_busy(struct stage *stage, int64_t n)
{
	int64_t until_us = loop_now_us(stage->loop) + 400 * US_PER_MS;

	while (loop_now_us(stage->loop) < until_us) {
		read_item(stage, n % 100 + 1);
		task_yield();
	}
}

static int64_t next_id;

static void write_once(struct stage *stage, int64_t id)
{
	struct tx *tx = id % 3 ? tx_collect(stage->db) : tx_begin(stage->db);

	insert(tx, &item_insert, id);
	tx_commit(tx);
}

/* Writes on and on; each either is there afterwards, or was told to be unknown. */
static void keep_writing(struct stage *stage, int64_t n)
{
	int64_t until_us = loop_now_us(stage->loop) + 400 * US_PER_MS;

	(void)n;
	while (loop_now_us(stage->loop) < until_us) {
		enum failure_kind kind = attempt(stage, write_once, ++next_id);
		assert_true(kind == FAILURE_NONE || kind == FAILURE_UNAVAILABLE);
		unknown_writes += kind != FAILURE_NONE;
		arena_reset(task_arena());
		task_sleep_us(US_PER_MS);
	}
}

static void under_trouble(void (*make)(void), int times)
{
	struct stage *stage = open_stage((struct db_options){ 0 });
	struct trouble trouble;

	next_id = 10000;
	unknown_writes = 0;
	for (int64_t i = 0; i < 50; i++) {
		spawn(stage, keep_busy, i, 30 * US_PER_S);
		spawn(stage, keep_writing, i, 30 * US_PER_S);
	}
	start_trouble(stage, &trouble, make, times);
	run_all(stage);
	assert_int_equal(stage->ends.none, 100);
	int64_t there = admin_number("SELECT count(*) FROM shop.item WHERE id > 10000");
	assert_in_range(there, next_id - 10000 - unknown_writes, next_id - 10000);
	assert_true(db_counters(stage->db).reconnects > 0);
	spawn(stage, wait_connected, 0, 20 * US_PER_S);
	run_all(stage);
	assert_string_equal(db_status(stage->db).last_error, "");
	close_stage(stage);
}

static void test_killed_backends_are_survived(void **state)
{
	(void)state;
	under_trouble(kill_backends, 5);
}

static void test_a_restart_is_survived(void **state)
{
	(void)state;
	under_trouble(restart, 1);
}

static void read_later(struct stage *stage, int64_t n)
{
	task_sleep_us(100 * US_PER_MS);
	if (n)
		tx_begin(stage->db);
	read_item(stage, 1);
}

/* Queued work waits for a while, then nothing does. */
static void test_a_server_that_stays_away(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	stores_kill(stores, STORES_POSTGRES);
	spawn(stage, read_later, 0, 20 * US_PER_S);
	spawn(stage, read_later, 0, 200 * US_PER_MS);
	spawn(stage, read_later, 1, 20 * US_PER_S);
	spawn(stage, write_pair, 0, 20 * US_PER_S);
	run_all(stage);
	assert_int_equal(stage->ends.unavailable, 3);
	assert_int_equal(stage->ends.deadline, 1);
	assert_false(db_status(stage->db).connected);
	assert_true(db_status(stage->db).last_error[0]);
	spawn(stage, read_item, 1, 0);
	run_all(stage);
	assert_int_equal(stage->ends.unavailable, 4);
	stores_revive(stores, STORES_POSTGRES);
	spawn(stage, wait_connected, 0, 20 * US_PER_S);
	spawn(stage, write_pair, 0, 20 * US_PER_S);
	run_all(stage);
	close_stage(stage);
}

static struct db_leader *leaders[2];

static void lead(struct stage *stage, int64_t n)
{
	(void)stage;
	db_leader_wait(leaders[n]);
}

static void wait_lost(struct stage *stage, int64_t n)
{
	(void)stage;
	while (db_leader_term(leaders[n]))
		task_sleep_us(US_PER_MS);
}

static void stop_backends(int signal_number)
{
	PGconn *pg = PQconnectdb(stores_conninfo(stores));
	PGresult *result = PQexec(pg, "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'test/%'");

	for (int i = 0; i < PQntuples(result); i++)
		kill((pid_t)strtol(PQgetvalue(result, i, 0), NULL, 10), signal_number);
	PQclear(result);
	PQfinish(pg);
}

/* The sockets stay open, nobody answers: only time tells. */
static void test_a_silent_server_is_given_up(void **state)
{
	struct stage *stage = open_stage((struct db_options){ .statement_timeout_us = 100 * US_PER_MS });

	(void)state;
	leaders[0] = db_leader_new(stage->db, 78);
	spawn(stage, lead, 0, 10 * US_PER_S);
	run_all(stage);
	stop_backends(SIGSTOP);
	spawn(stage, read_item, 1, 20 * US_PER_S);
	spawn(stage, wait_lost, 0, 20 * US_PER_S);
	spawn(stage, write_pair, 0, 20 * US_PER_S);
	run_all(stage);
	assert_int_equal(stage->ends.none, 3);
	assert_int_equal(stage->ends.unavailable, 1);
	stop_backends(SIGCONT);
	db_leader_free(leaders[0]);
	close_stage(stage);
}

/* ---- A server that stands still ------------------------------------------------------------------------------- */

static pid_t frozen[200];
static int frozen_count;

/* The postmaster too: it answers nobody who knocks. */
static void freeze(void)
{
	PGconn *pg = PQconnectdb(stores_conninfo(stores));
	PGresult *result = PQexec(pg, "SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1)::integer UNION ALL"
	                              " SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'test/%'");

	frozen_count = PQntuples(result);
	assert_in_range(frozen_count, 2, ARRAY_COUNT(frozen));
	for (int i = 0; i < frozen_count; i++)
		frozen[i] = (pid_t)strtol(PQgetvalue(result, i, 0), NULL, 10);
	PQclear(result);
	PQfinish(pg);
	for (int i = 0; i < frozen_count; i++)
		kill(frozen[i], SIGSTOP);
}

static void thaw(void)
{
	for (int i = 0; i < frozen_count; i++)
		kill(frozen[i], SIGCONT);
}

static void write_in_tx(struct stage *stage, int64_t n)
{
	struct tx *tx = tx_begin(stage->db);

	insert(tx, &item_insert, n);
	tx_commit(tx);
}

static void test_a_frozen_server_holds_nobody_up(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	freeze();
	for (int64_t i = 0; i < 20; i++) {
		spawn(stage, read_item, 1 + i, 10 * US_PER_S);
		spawn(stage, write_pair, i, 10 * US_PER_S);
		spawn(stage, write_in_tx, 5000 + i, 10 * US_PER_S);
	}
	run_all(stage);
	assert_int_equal(stage->ends.unavailable, 60);
	assert_false(db_status(stage->db).connected);
	/* Known by now: nothing waits at all. */
	spawn(stage, read_item, 1, 250 * US_PER_MS);
	spawn(stage, write_pair, 50, 250 * US_PER_MS);
	spawn(stage, write_in_tx, 6000, 250 * US_PER_MS);
	run_all(stage);
	assert_int_equal(stage->ends.unavailable, 63);
	thaw();
	spawn(stage, wait_connected, 0, 10 * US_PER_S);
	run_all(stage);
	spawn(stage, read_item, 1, 10 * US_PER_S);
	spawn(stage, write_pair, 60, 10 * US_PER_S);
	spawn(stage, write_in_tx, 7000, 10 * US_PER_S);
	run_all(stage);
	assert_int_equal(stage->ends.none, 4);
	assert_int_equal(admin_number("SELECT count(*) FROM shop.item WHERE id IN (1100, 6000)"), 0);
	close_stage(stage);
}

static void sleep_three(struct stage *stage, int64_t n)
{
	size_t count;

	(void)n;
	sql_read(stage->db, &sleep_read, &(struct sleep_params){ .seconds = 3 }, &count);
}

/* Nothing else is under way, so only the probe tells a long statement from silence. */
static void test_a_long_statement_is_no_silence(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	spawn(stage, sleep_three, 0, 20 * US_PER_S);
	run_all(stage);
	assert_int_equal(stage->ends.none, 1);
	assert_int_equal(db_counters(stage->db).reconnects, 0);
	close_stage(stage);
}

/* ---- Leaders -------------------------------------------------------------------------------------------------- */

static void write_as_leader(struct stage *stage, int64_t id)
{
	struct db *db = db_leader_db(leaders[0]);
	struct tx *tx = id % 2 ? tx_collect(db) : tx_begin(db);

	if (id >= 9500) /* meanwhile somebody else leads, and this process has not heard of it */
		admin("UPDATE stoa.leader SET term = term + 1");
	insert(tx, &item_insert, id);
	tx_commit(tx);
}

static void test_an_old_leader_writes_nothing(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	spawn(stage, write_pair, 0, 10 * US_PER_S);
	leaders[0] = db_leader_new(stage->db, 79);
	spawn(stage, lead, 0, 10 * US_PER_S);
	run_all(stage);
	for (int64_t id = 9000; id <= 9500; id += 500) {
		spawn(stage, write_as_leader, id, 10 * US_PER_S);
		spawn(stage, write_as_leader, id + 1, 10 * US_PER_S);
		run_all(stage);
	}
	assert_int_equal(stage->ends.none, 4);
	assert_int_equal(stage->ends.conflict, 2);
	assert_int_equal(admin_number("SELECT count(*) FROM shop.item WHERE id IN (9000, 9001, 9500, 9501)"), 2);
	db_leader_free(leaders[0]);
	close_stage(stage);
}

/* A loop that stands still for so long: to the server it is a process that was stopped. */
static void stand_still(struct stage *stage, int64_t n)
{
	(void)stage;
	usleep((useconds_t)(n * 1000));
}

static void test_a_leader_that_stands_still_is_relieved(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	leaders[0] = db_leader_new(stage->db, 80);
	spawn(stage, lead, 0, 10 * US_PER_S);
	run_all(stage);
	int64_t term = db_leader_term(leaders[0]);
	spawn(stage, stand_still, 4000, 0);
	spawn(stage, wait_lost, 0, 10 * US_PER_S);
	run_all(stage);
	spawn(stage, lead, 0, 10 * US_PER_S);
	run_all(stage);
	assert_true(db_leader_term(leaders[0]) > term);
	db_leader_free(leaders[0]);
	close_stage(stage);
}

static void test_leadership_is_handed_over(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	leaders[0] = db_leader_new(stage->db, 77);
	spawn(stage, lead, 0, 10 * US_PER_S);
	run_all(stage);
	leaders[1] = db_leader_new(stage->db, 77);
	spawn(stage, lead, 1, 100 * US_PER_MS);
	run_all(stage);
	assert_true(db_leader_term(leaders[0]));
	assert_false(db_leader_term(leaders[1]));
	assert_int_equal(stage->ends.deadline, 1);

	admin("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted");
	spawn(stage, wait_lost, 0, 10 * US_PER_S);
	run_all(stage);
	assert_int_equal(stage->ends.none, 2);

	db_leader_free(leaders[0]);
	spawn(stage, lead, 1, 10 * US_PER_S);
	run_all(stage);
	assert_true(db_leader_term(leaders[1]));
	db_leader_free(leaders[1]);
	close_stage(stage);
}

static void test_a_missing_table_is_told(void **state)
{
	struct db_options options = { .conninfo = stores_conninfo(stores),
		                      .application_name = "test",
		                      .modules = stage_modules };
	struct stage stage = { .loop = loop_new() };

	(void)state;
	admin("ALTER TABLE shop.item RENAME TO item_away");
	stage.db = db_open(stage.loop, &options);
	spawn(&stage, wait_connected, 0, 200 * US_PER_MS);
	run_all(&stage);
	assert_int_equal(stage.ends.deadline, 1);
	assert_non_null(strstr(db_status(stage.db).last_error, "shop.item"));
	admin("ALTER TABLE shop.item_away RENAME TO item");
	spawn(&stage, wait_connected, 0, 20 * US_PER_S);
	run_all(&stage);
	assert_int_equal(stage.ends.none, 1);
	db_close(stage.db);
	loop_run(stage.loop);
	loop_free(stage.loop);
}

static void test_why_there_is_no_connection(void **state)
{
	static const struct {
		const char *conninfo, *says;
	} cases[] = {
		{ "nonsense", "nonsense" },
		{ "host=localhost port=1", "refused" },
		{ "host=127.0.0.1 port=1", "refused" },
		{ "host=/nowhere", "/nowhere" },
		{ "host=no..name port=1", "cannot look up no..name" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct db_options options = { .conninfo = cases[i].conninfo, .modules = stage_modules };
		struct stage stage = { .loop = loop_new() };

		stage.db = db_open(stage.loop, &options);
		spawn(&stage, wait_connected, 0, 100 * US_PER_MS);
		run_all(&stage);
		assert_int_equal(stage.ends.deadline, 1);
		assert_false(db_status(stage.db).connected);
		if (!strstr(db_status(stage.db).last_error, cases[i].says))
			test_fail("%s: %s\n", cases[i].conninfo, db_status(stage.db).last_error);
		db_close(stage.db);
		loop_run(stage.loop);
		loop_free(stage.loop);
	}
}

STAGE_MAIN(cmocka_unit_test(test_killed_backends_are_survived), cmocka_unit_test(test_a_restart_is_survived),
           cmocka_unit_test(test_a_server_that_stays_away), cmocka_unit_test(test_a_silent_server_is_given_up),
           cmocka_unit_test(test_a_frozen_server_holds_nobody_up),
           cmocka_unit_test(test_a_long_statement_is_no_silence), cmocka_unit_test(test_an_old_leader_writes_nothing),
           cmocka_unit_test(test_a_leader_that_stands_still_is_relieved),
           cmocka_unit_test(test_leadership_is_handed_over), cmocka_unit_test(test_a_missing_table_is_told),
           cmocka_unit_test(test_why_there_is_no_connection))
