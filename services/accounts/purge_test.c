/* SPDX-License-Identifier: Apache-2.0 */
/* What the purge deletes and what it keeps, on a real PostgreSQL. */
#include <libpq-fe.h>

#include "accounts/accounts.h"
#include "accounts/credentials/credentials_sql.h"
#include "accounts/mail/mail_sql.h"
#include "accounts/sessions/login_throttle_sql.h"
#include "accounts/sessions/tokens_sql.h"
#include "base/clock.h"
#include "base/test.h"
#include "db/migrate.h"
#include "db/platform.h"
#include "db/test_stores.h"
#include "service/platform.h"
#include "task/task.h"

extern const struct migration_set accounts_migrations;

static struct stores *stores;
static PGconn *pg;

static void sql(const char *text)
{
	PGresult *result = PQexec(pg, text);

	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		print_error("%s: %s", text, PQerrorMessage(pg));
	assert_int_equal(PQresultStatus(result), PGRES_COMMAND_OK);
	PQclear(result);
}

static void expect(const char *question, const char *answer)
{
	PGresult *result = PQexec(pg, question);

	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		print_error("%s: %s", question, PQerrorMessage(pg));
	assert_int_equal(PQntuples(result), 1);
	assert_string_equal(PQgetvalue(result, 0, 0), answer);
	PQclear(result);
}

static int start(void **state)
{
	static const struct migration_set *const sets[] = { &platform_migrations, &service_migrations,
		                                            &accounts_migrations, NULL };
	struct migrate_report report;

	(void)state;
	stores = stores_start(STORES_POSTGRES);
	if (migrate_run(stores_conninfo(stores), sets, true, &report)) {
		print_error("%s\n", report.error);
		return -1;
	}
	pg = PQconnectdb(stores_conninfo(stores));
	return 0;
}

static int stop(void **state)
{
	(void)state;
	PQfinish(pg);
	stores_stop(stores);
	return 0;
}

static void run_purge(void *arg)
{
	accounts_purge(arg, clock_now_us());
}

static void purge(void)
{
	static const struct sql_module *const modules[] = { &sql_credentials_module, &sql_login_throttle_module,
		                                            &sql_mail_module, &sql_tokens_module, NULL };
	struct loop *loop = loop_new();
	struct db *db = db_open(loop, &(struct db_options){ .conninfo = stores_conninfo(stores),
	                                                    .application_name = "test",
	                                                    .modules = modules });

	assert_non_null(task_spawn(loop, &(struct task_options){ .name = "purge" }, run_purge, db));
	loop_run(loop);
	db_close(db);
	loop_free(loop);
}

/* Families: a - old and never revoked; b - revoked long ago, but a token that slipped through lives on; c - revoked and
 * all past their life. */
static void test_refresh_tokens(void **state)
{
	(void)state;
	sql("INSERT INTO accounts.account (id, audience, email, password_hash, name, role, event_seq, created_at, "
	    "updated_at) VALUES ('00000000-0000-7000-8000-000000000001', 'public', 'a@example.com', 'x', 'A', "
	    "'customer', 1, now(), now());"
	    "INSERT INTO accounts.refresh_token (hash, account_id, family_id, issued_at, expires_at, revoked_at)"
	    " SELECT hash, '00000000-0000-7000-8000-000000000001', family, now(), now() + life, revoked"
	    " FROM (VALUES ('a1'::bytea, '00000000-0000-7000-8000-00000000000a'::uuid, interval '-25 hours', NULL),"
	    "  ('a2', '00000000-0000-7000-8000-00000000000a', interval '1 hour', NULL),"
	    "  ('b1', '00000000-0000-7000-8000-00000000000b', interval '-25 hours', now()),"
	    "  ('b2', '00000000-0000-7000-8000-00000000000b', interval '1 hour', NULL),"
	    "  ('c1', '00000000-0000-7000-8000-00000000000c', interval '-26 hours', now()),"
	    "  ('c2', '00000000-0000-7000-8000-00000000000c', interval '-25 hours', NULL)) AS t (hash, family, life, "
	    "revoked)");
	purge();
	expect("SELECT string_agg(convert_from(hash, 'UTF8'), ' ' ORDER BY hash) FROM accounts.refresh_token",
	       "a2 b1 b2");
}

/* More than a batch, with one valid row among them. */
static void test_one_time_tokens(void **state)
{
	(void)state;
	sql("INSERT INTO accounts.proof (id, purpose, audience, email, hash, created_at, expires_at)"
	    " SELECT gen_random_uuid(), 'login_code', 'public', 'a@example.com', n::text::bytea, now(),"
	    "  now() + CASE WHEN n = 1300 THEN interval '1 minute' ELSE interval '-1 minute' END"
	    " FROM generate_series(1, 2500) n");
	purge();
	expect("SELECT string_agg(convert_from(hash, 'UTF8'), ' ') FROM accounts.proof", "1300");
}

static void test_forgotten_tries(void **state)
{
	(void)state;
	sql("INSERT INTO accounts.login_guard (subject, tries, updated_at)"
	    " VALUES ('old', '{}', now() - interval '2 days'), ('new', '{}', now() - interval '1 hour')");
	purge();
	expect("SELECT string_agg(subject, ' ') FROM accounts.login_guard", "new");
}

/* A mail that was not written stays, however old it is. */
static void test_mails(void **state)
{
	(void)state;
	sql("INSERT INTO accounts.mail (id, template, audience, recipient, requested_at, settled_at, outcome)"
	    " SELECT gen_random_uuid(), t, 'public', 'a@example.com', now() - interval '30 days', settled,"
	    "  CASE WHEN settled IS NULL THEN NULL ELSE 'sent' END"
	    " FROM (VALUES ('old', now() - interval '8 days'), ('new', now() - interval '1 day'), ('open', NULL)) AS m "
	    "(t, settled)");
	purge();
	expect("SELECT string_agg(template, ' ' ORDER BY template) FROM accounts.mail", "new open");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refresh_tokens),
		cmocka_unit_test(test_one_time_tokens),
		cmocka_unit_test(test_forgotten_tries),
		cmocka_unit_test(test_mails),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
