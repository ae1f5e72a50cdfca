/* SPDX-License-Identifier: Apache-2.0 */
/* The statements about refresh tokens, on a real PostgreSQL. */
#include <libpq-fe.h>

#include "accounts/sessions/tokens_sql.h"
#include "base/test.h"
#include "db/db.h"
#include "db/migrate.h"
#include "db/platform.h"
#include "db/test_stores.h"
#include "task/task.h"

extern const struct migration_set accounts_migrations;

static struct stores *stores;

static void sql(const char *text)
{
	PGconn *pg = PQconnectdb(stores_conninfo(stores));
	PGresult *result = PQexec(pg, text);

	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		print_error("%s: %s", text, PQerrorMessage(pg));
	assert_int_equal(PQresultStatus(result), PGRES_COMMAND_OK);
	PQclear(result);
	PQfinish(pg);
}

/* One family: a used token, its successor, and another login of the same account. */
static int start(void **state)
{
	static const struct migration_set *const sets[] = { &platform_migrations, &accounts_migrations, NULL };
	struct migrate_report report;

	(void)state;
	stores = stores_start(STORES_POSTGRES);
	if (migrate_run(stores_conninfo(stores), sets, true, &report)) {
		print_error("%s\n", report.error);
		return -1;
	}
	sql("INSERT INTO accounts.account (id, audience, email, password_hash, name, role, event_seq, created_at, "
	    "updated_at)"
	    " VALUES ('00000000-0000-7000-8000-000000000001', 'public', 'a@example.com', 'x', 'A', 'customer', 1, "
	    "now(), now());"
	    "INSERT INTO accounts.refresh_token (hash, account_id, family_id, issued_at, expires_at, used_at)"
	    " SELECT hash, '00000000-0000-7000-8000-000000000001', family, now(), now() + interval '1 day', used"
	    " FROM (VALUES ('spent'::bytea, '00000000-0000-7000-8000-00000000000a'::uuid, now()),"
	    "  ('next', '00000000-0000-7000-8000-00000000000a', NULL),"
	    "  ('other', '00000000-0000-7000-8000-00000000000b', NULL)) AS t (hash, family, used)");
	return 0;
}

static int stop(void **state)
{
	(void)state;
	stores_stop(stores);
	return 0;
}

struct question {
	struct db *db;
	struct str hash;
	bool ended;
};

static void ask(void *arg)
{
	struct question *question = arg;
	const struct sql_refresh_token_find_row *row =
	        sql_refresh_token_find(question->db, .hash = question->hash, .client = STR(""), .grace = 0);

	question->ended = !row || row->ended;
}

static bool has_ended(const char *hash)
{
	static const struct sql_module *const modules[] = { &sql_tokens_module, NULL };
	struct loop *loop = loop_new();
	struct question question = { .hash = str_from(hash), .ended = true };

	question.db = db_open(loop, &(struct db_options){ .conninfo = stores_conninfo(stores),
	                                                  .application_name = "test",
	                                                  .modules = modules });
	assert_non_null(task_spawn(loop, &(struct task_options){ .name = "ask" }, ask, &question));
	loop_run(loop);
	db_close(question.db);
	loop_free(loop);
	return question.ended;
}

/* The exchange commits while the revocation waits for the spent row: the UPDATE does not see the new token. */
static void test_a_token_that_slipped_through_a_revocation_is_void(void **state)
{
	(void)state;
	assert_false(has_ended("next"));
	sql("UPDATE accounts.refresh_token SET revoked_at = now() WHERE hash = 'spent'");
	assert_true(has_ended("spent"));
	assert_true(has_ended("next"));
	assert_false(has_ended("other"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_token_that_slipped_through_a_revocation_is_void),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
