/* SPDX-License-Identifier: Apache-2.0 */
#include "db/migrate.h"

#include <libpq-fe.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "db/platform.h"
#include "db/test_stores.h"

static struct stores *stores;

#define SET(name_, ...) \
	(const struct migration_set) \
	{ \
		.name = (name_), .migrations = (const struct migration[]){ __VA_ARGS__ }, \
		.count = sizeof((const struct migration[]){ __VA_ARGS__ }) / sizeof(struct migration) \
	}

static const struct migration first = {
	"0001_first", "-- migrate: expand\nCREATE TABLE shop.a (x int); CREATE TABLE shop.b (y int);\n"
};
static const struct migration drop = { "0002_drop", "-- migrate: contract\nDROP TABLE shop.b;\n" };
static const struct migration more = { "0003_more", "-- migrate: expand\nCREATE TABLE shop.c (z int);\n" };

static int query_int(const char *sql)
{
	PGconn *pg = PQconnectdb(stores_conninfo(stores));
	PGresult *result = PQexec(pg, sql);
	int64_t value = -1;

	assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
	value = strtol(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	PQfinish(pg);
	return (int)value;
}

static void test_platform(void **state)
{
	const struct migration_set *sets[] = { &platform_migrations, NULL };
	struct migrate_report report;

	(void)state;
	assert_true(migrate_missing(stores_conninfo(stores), sets, &report) > 0);
	assert_int_equal(migrate_run(stores_conninfo(stores), sets, false, &report), 0);
	assert_int_equal(report.applied, (int)platform_migrations.count);
	assert_int_equal(migrate_missing(stores_conninfo(stores), sets, &report), 0);
	assert_int_equal(migrate_run(stores_conninfo(stores), sets, false, &report), 0);
	assert_int_equal(report.applied, 0);
	assert_int_equal(query_int("SELECT count(*) FROM pg_proc WHERE proname = 'expect_failed'"), 1);
}

static void test_contract_is_held_back(void **state)
{
	const struct migration_set shop = SET("shop", first, drop, more);
	const struct migration_set *sets[] = { &shop, NULL };
	struct migrate_report report;

	(void)state;
	assert_int_equal(migrate_run(stores_conninfo(stores), sets, false, &report), 0);
	assert_int_equal(report.applied, 1);
	assert_int_equal(report.pending, 2);
	assert_int_equal(migrate_missing(stores_conninfo(stores), sets, &report), 1);
	assert_int_equal(report.pending, 1);
	assert_int_equal(migrate_run(stores_conninfo(stores), sets, true, &report), 0);
	assert_int_equal(report.applied, 2);
	assert_int_equal(query_int("SELECT count(*) FROM pg_tables WHERE schemaname = 'shop'"), 2);
}

static void test_changed_text_is_refused(void **state)
{
	const struct migration changed = { "0001_first", "-- migrate: expand\nCREATE TABLE shop.a (x bigint);\n" };
	const struct migration_set shop = SET("shop", changed);
	const struct migration_set *sets[] = { &shop, NULL };
	struct migrate_report report;

	(void)state;
	assert_int_equal(migrate_run(stores_conninfo(stores), sets, true, &report), -1);
	assert_non_null(strstr(report.error, "shop/0001_first"));
	assert_int_equal(migrate_missing(stores_conninfo(stores), sets, &report), -1);
}

static void test_broken_leaves_nothing(void **state)
{
	static const struct {
		const char *sql, *says;
	} cases[] = {
		{ "-- migrate: expand\nCREATE TABLE broken.t (x int); SELECT 1/0;", "division by zero" },
		{ "-- migrate: expand\nCREATE TABLE broken.t (x int); COMMIT;", "may not end its transaction" },
		{ "CREATE TABLE broken.t (x int);", "phase" },
		{ "-- migrate: expanded\nCREATE TABLE broken.t (x int);", "phase" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct migration bad = { "0001_bad", cases[i].sql };
		const struct migration_set broken = SET("broken", bad);
		const struct migration_set *sets[] = { &broken, NULL };
		struct migrate_report report;

		assert_int_equal(migrate_run(stores_conninfo(stores), sets, true, &report), -1);
		assert_non_null(strstr(report.error, cases[i].says));
		assert_int_equal(query_int("SELECT count(*) FROM stoa.migration WHERE set_name = 'broken'"), 0);
	}
}

/* Somebody holds what the second statement needs and waits for what the first one has. The server would end either. */
static void test_a_deadlock_is_tried_again(void **state)
{
	const struct migration_set made = SET("locks", { "0001_two", "-- migrate: expand\nCREATE TABLE locks.a (x int);"
	                                                             "CREATE TABLE locks.b (y int);\n" });
	const struct migration_set both = SET(
	        "locks", made.migrations[0],
	        { "0002_both", "-- migrate: expand\nLOCK TABLE locks.b; SELECT pg_sleep(1); LOCK TABLE locks.a;\n" });
	const struct migration_set *sets[] = { &made, NULL };
	struct migrate_report report;
	PGconn *other = PQconnectdb(stores_conninfo(stores));

	(void)state;
	assert_int_equal(migrate_run(stores_conninfo(stores), sets, false, &report), 0);
	PQclear(PQexec(other, "SET deadlock_timeout = '1h'; BEGIN; LOCK TABLE locks.a"));
	assert_int_equal(PQtransactionStatus(other), PQTRANS_INTRANS);
	assert_int_equal(PQsendQuery(other, "SELECT pg_sleep(0.5); LOCK TABLE locks.b; COMMIT"), 1);
	sets[0] = &both;
	assert_int_equal(migrate_run(stores_conninfo(stores), sets, false, &report), 0);
	assert_int_equal(report.applied, 1);
	assert_int_equal(query_int("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"), 1);
	PQfinish(other);
}

static void test_nobody_there(void **state)
{
	const struct migration_set *sets[] = { &platform_migrations, NULL };
	struct migrate_report report;

	(void)state;
	assert_int_equal(migrate_run("host=/nowhere", sets, true, &report), -1);
	assert_true(report.error[0]);
	assert_int_equal(migrate_missing("host=/nowhere", sets, &report), -1);
}

static int setup(void **state)
{
	(void)state;
	stores = stores_start(STORES_POSTGRES);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stores_stop(stores);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_platform),
		cmocka_unit_test(test_contract_is_held_back),
		cmocka_unit_test(test_changed_text_is_refused),
		cmocka_unit_test(test_broken_leaves_nothing),
		cmocka_unit_test(test_a_deadlock_is_tried_again),
		cmocka_unit_test(test_nobody_there),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
