/* SPDX-License-Identifier: Apache-2.0 */
/* A name with two addresses, of which the first says nothing at all. */
#include "db/test_stage.h"

#include "base/clock.h"
#include "db/internal.h"
#include "db/test_network.h"

static void write_in_tx(struct stage *stage, int64_t n)
{
	struct tx *tx = tx_begin(stage->db);

	insert(tx, &item_insert, n);
	tx_commit(tx);
}

static void sleep_three(struct stage *stage, int64_t n)
{
	size_t count;

	(void)n;
	sql_read(stage->db, &sleep_read, &(struct sleep_params){ .seconds = 3 }, &count);
}

/* What has found the way once shows it to those who come later: a session, and the breaker's probe. */
static void test_the_address_that_answers_is_kept(void **state)
{
	struct db_options options = { .conninfo = "host=" NETWORK_NAME " user=postgres dbname=postgres",
		                      .application_name = "test",
		                      .modules = stage_modules };
	struct stage stage = { .loop = loop_new() };

	(void)state;
	stage.db = db_open(stage.loop, &options);
	spawn(&stage, wait_connected, 0, 60 * US_PER_S);
	run_all(&stage);
	spawn(&stage, write_in_tx, 5000, 5 * US_PER_S);
	run_all(&stage);
	assert_int_equal(stage.ends.none, 2);
	breaker_done(&CONTAINER_OF(stage.db, struct core, db)->breaker); /* as after a while without need of it */
	spawn(&stage, sleep_three, 0, 20 * US_PER_S);
	run_all(&stage);
	assert_int_equal(stage.ends.none, 3);
	db_close(stage.db);
	loop_run(stage.loop);
	loop_free(stage.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_the_address_that_answers_is_kept) };

	if (!network_begin(5432))
		return NETWORK_SKIPPED;
	return cmocka_run_group_tests(tests, stage_start, stage_stop);
}
