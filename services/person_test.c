/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No table that holds a person is forgotten by `stoa person`: a column's name tells who is in a table, and some statement
 * named *_person* must name the table to tell it, and one named *_person*_erase to forget it, or it stands here with the
 * reason. A new table that does neither fails this test.
 */
#include "base/test.h"
#undef fail /* ours ends an attempt */

#include <libpq-fe.h>

#include "db/migrate.h"
#include "db/test_stores.h"
#include "service/platform.h"

static const char persons[] =
        "SELECT DISTINCT n.nspname || '.' || c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN "
        "('r', 'p') "
        "AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND a.attname ~ "
        "'^(account|customer|courier|person|owner|user|actor)(_id)?$|email|phone|recipient|^client$|_by$|_actor$|"
        "^(scope|aggregate_id)$' ORDER BY 1";

static const struct {
	const char *table, *why;
} never_told[] = {
	{ "stoa.dead_letter", "who resolved it is an operator's name; events are told" },
	{ "stoa.subscription", "who paused it is an operator's name" },
	{ "commerce.order_listing", "figures of orders, which are told" },
}, never_erased[] = {
	{ "stoa.audit", "the proof of who did what; its rows are chained" },
	{ "stoa.dead_letter", "likewise who resolved it" },
	{ "stoa.subscription", "likewise who paused it" },
	{ "accounts.service_key", "made by an account that names nobody any more" },
	{ "accounts.refresh_token", "hashes; revoked, and deleted when they expire" },
	{ "commerce.order_listing", "figures" },
	{ "commerce.payment", "by ids of accounts that name nobody any more" },
	{ "commerce.delivery_assignment", "likewise" },
	{ "commerce.delivery_proof", "evidence of the delivery, which nothing changes" },
};

static struct stores *stores;

static int start(void **state)
{
	const struct migration_set *sets[PLATFORM_LIST_MAX];
	struct migrate_report report;

	(void)state;
	stores = stores_start(STORES_POSTGRES);
	platform_sets(services_all, sets);
	if (migrate_run(stores_conninfo(stores), sets, true, &report))
		test_fail("%s", report.error);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	stores_stop(stores);
	return 0;
}

/* The name as a whole: commerce.order is not in "commerce.orders". */
static bool names(const char *text, const char *table)
{
	size_t len = strlen(table);

	for (const char *at = text; (at = strstr(at, table)); at += len)
		if (!strchr("abcdefghijklmnopqrstuvwxyz_", at[len]) || !at[len])
			return true;
	return false;
}

static bool is_named(const char *table, bool erased)
{
	const struct sql_module *modules[PLATFORM_LIST_MAX];

	platform_modules(services_all, modules);
	for (const struct sql_module **module = modules; *module; module++)
		for (size_t i = 0; i < (*module)->count; i++) {
			const struct sql_statement *statement = (*module)->statements[i];
			bool erases = str_ends(str_from(statement->name), STR("_erase"));

			if (strstr(statement->name, "_person") && erases == erased && names(statement->text, table))
				return true;
		}
	return false;
}

static void test_every_table_with_a_person_is_told_and_forgotten(void **state)
{
	PGconn *pg = PQconnectdb(stores_conninfo(stores));
	PGresult *found = PQexec(pg, persons);
	bool told, erased;

	(void)state;
	assert_int_equal(PQresultStatus(found), PGRES_TUPLES_OK);
	assert_true(PQntuples(found) > 20);
	for (int row = 0; row < PQntuples(found); row++) {
		const char *table = PQgetvalue(found, row, 0);

		told = is_named(table, false);
		for (size_t i = 0; i < ARRAY_COUNT(never_told); i++)
			told = told || !strcmp(never_told[i].table, table);
		erased = is_named(table, true);
		for (size_t i = 0; i < ARRAY_COUNT(never_erased); i++)
			erased = erased || !strcmp(never_erased[i].table, table);
		if (!told || !erased)
			test_fail("%s holds a person, and `stoa person %s` passes it over", table,
			          told ? "erase" : "export");
	}
	PQclear(found);
	PQfinish(pg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_table_with_a_person_is_told_and_forgotten),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
