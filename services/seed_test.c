/* SPDX-License-Identifier: Apache-2.0 */
/* The demo data of all services on a real database: complete, consistent, and the same after a second run. */
#include "base/test.h"
#undef fail /* ours ends an attempt */

#include <libpq-fe.h>

#include "base/clock.h"
#include "base/date.h"
#include "db/db.h"
#include "db/test_stores.h"
#include "service/platform.h"
#include "task/task.h"

/* All tables that demo data touches, in one text that changes with any of their rows. */
static const char everything[] =
        "SELECT md5(string_agg(row, '|' ORDER BY row)) FROM ("
        "SELECT t::text AS row FROM accounts.account t UNION ALL SELECT t::text FROM commerce.department t UNION ALL "
        "SELECT t::text FROM commerce.category t UNION ALL SELECT t::text FROM commerce.brand t UNION ALL "
        "SELECT t::text FROM commerce.product t UNION ALL SELECT t::text FROM commerce.stock t UNION ALL "
        "SELECT t::text FROM commerce.stock_movement t UNION ALL SELECT t::text FROM commerce.orders t UNION ALL "
        "SELECT t::text FROM commerce.order_line t UNION ALL SELECT t::text FROM commerce.order_history t UNION ALL "
        "SELECT t::text FROM commerce.reservation t UNION ALL SELECT t::text FROM commerce.courier t UNION ALL SELECT "
        "t::text FROM commerce.review t UNION ALL SELECT t::text FROM commerce.product_rating t UNION ALL SELECT "
        "t::text FROM stoa.event t) rows";

static struct stores *stores;
static PGconn *blocking;

static const char *ask(const char *sql)
{
	static char answer[200];
	PGresult *result = PQexec(blocking, sql);

	if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
		test_fail("%s: %s", sql, PQerrorMessage(blocking));
	snprintf(answer, sizeof(answer), "%s", PQntuples(result) ? PQgetvalue(result, 0, 0) : "");
	PQclear(result);
	return answer;
}

static void migrate(void)
{
	const struct migration_set *sets[PLATFORM_LIST_MAX];
	struct migrate_report report;

	platform_sets(services_all, sets);
	if (migrate_run(stores_conninfo(stores), sets, true, &report))
		test_fail("%s", report.error);
}

static int start(void **state)
{
	stores = stores_start(STORES_POSTGRES);
	blocking = PQconnectdb(stores_conninfo(stores));
	migrate();
	return 0;
}

static int stop(void **state)
{
	PQfinish(blocking);
	stores_stop(stores);
	return 0;
}

struct run {
	struct db *db;
	int64_t now_us;
	struct failure failure;
	size_t arena_used;
};

static void seed_all(void *arg)
{
	struct run *run = arg;

	for (size_t i = 0; services_all[i]; i++)
		if (services_all[i]->seed)
			services_all[i]->seed(run->db, run->now_us);
}

static void seed_task(void *arg)
{
	struct run *run = arg;

	run->failure = task_attempt(seed_all, run);
	run->arena_used = arena_used(task_arena());
	if (run->failure.kind)
		print_error("%.*s\n", STR_ARG(run->failure.detail));
}

static void seed(int64_t now_us)
{
	const struct sql_module *modules[PLATFORM_LIST_MAX];
	struct loop *loop = loop_new();
	struct run run = { .now_us = now_us };

	platform_modules(services_all, modules);
	run.db = db_open(loop, &(struct db_options){ .conninfo = stores_conninfo(stores),
	                                             .application_name = "seed-test",
	                                             .modules = modules });
	struct events *events = events_open(loop, &(struct events_options){ .db = run.db, .source = "seed-test" });
	int64_t began = clock_mono_us();

	assert_non_null(task_spawn(loop, &(struct task_options){ .name = "seed", .timeout_us = 60 * US_PER_S },
	                           seed_task, &run));
	loop_run(loop);
	print_message("seeded in %lld ms, %zu bytes of arena\n", (long long)(clock_mono_us() - began) / 1000,
	              run.arena_used);
	events_close(events);
	db_close(run.db);
	loop_run(loop);
	loop_free(loop);
	assert_int_equal(run.failure.kind, FAILURE_NONE);
}

#define NOW INT64_C(1763719200000000) /* 2025-11-21 10:00 UTC */

/* Each answers true when the data is as it should be. */
static const char *const rules[] = {
	"SELECT count(*) = 300 AND count(*) FILTER (WHERE featured) BETWEEN 20 AND 30 FROM commerce.product",
	"SELECT count(*) = 10 FROM commerce.department",
	"SELECT count(*) BETWEEN 35 AND 50 FROM commerce.category",
	"SELECT count(*) BETWEEN 35 AND 50 FROM commerce.brand",
	"SELECT bool_and(price_minor BETWEEN 50 AND 2000 AND price_minor % 10 IN (5, 9) AND description <> '' AND unit "
	"<> '') "
	"FROM commerce.product",
	"SELECT array_agg(DISTINCT slug ~ '^[a-z0-9-]+$') = '{t}' FROM (SELECT slug FROM commerce.category UNION ALL "
	"SELECT "
	"slug FROM commerce.brand UNION ALL SELECT slug FROM commerce.department) s",
	"SELECT count(*) = 300 AND count(*) FILTER (WHERE on_hand = 0) BETWEEN 3 AND 9 AND count(*) FILTER (WHERE "
	"safety > 0) "
	"BETWEEN 5 AND 20 AND max(on_hand) <= 430 FROM commerce.stock",
	"SELECT count(DISTINCT product_id) = 300 FROM commerce.stock_movement WHERE kind = 'receive' AND actor = "
	"'seed'",
	/* Ledger and counters. */
	"SELECT count(*) = 0 FROM commerce.stock s WHERE (on_hand, reserved) <> (SELECT sum(on_hand_delta), "
	"sum(reserved_delta) FROM commerce.stock_movement m WHERE m.product_id = s.product_id)",
	"SELECT count(*) = 0 FROM commerce.stock s WHERE reserved <> (SELECT coalesce(sum(quantity), 0) FROM "
	"commerce.reservation r WHERE r.product_id = s.product_id AND r.state = 'active')",
	"SELECT count(*) > 0 FROM commerce.stock WHERE reserved > 0",
	/* Orders. */
	"SELECT count(*) = 40 AND count(DISTINCT status) = 4 AND count(DISTINCT customer_id) = 20 FROM commerce.orders",
	"SELECT count(*) FILTER (WHERE status = 'pending') = 3 AND count(*) FILTER (WHERE status = 'delivered') = 21 "
	"FROM "
	"commerce.orders",
	"SELECT count(*) = 0 FROM commerce.orders o WHERE subtotal_minor <> (SELECT sum(total_minor) FROM "
	"commerce.order_line l WHERE l.order_id = o.id)",
	"SELECT count(*) = 0 FROM commerce.orders o WHERE (version, status, updated_at) <> (SELECT seq, to_status, at "
	"FROM "
	"commerce.order_history h WHERE h.order_id = o.id ORDER BY seq DESC LIMIT 1)",
	"SELECT count(*) = 0 FROM (SELECT to_status, lag(to_status) OVER w AS was, from_status, at, lag(at) OVER w AS "
	"earlier "
	"FROM commerce.order_history WINDOW w AS (PARTITION BY order_id ORDER BY seq)) h WHERE was IS DISTINCT FROM "
	"from_status OR at < earlier",
	"SELECT count(*) = 0 FROM commerce.reservation r JOIN commerce.orders o ON o.id = r.order_id WHERE r.state <> "
	"CASE "
	"o.status WHEN 'confirmed' THEN 'active' WHEN 'delivered' THEN 'consumed' ELSE 'released' END",
	"SELECT bool_and(created_at > timestamptz '2025-11-21 10:00Z' - interval '31 days' AND updated_at <= "
	"timestamptz "
	"'2025-11-21 10:00Z') FROM commerce.orders",
	"SELECT bool_and(number LIKE to_char(created_at AT TIME ZONE 'UTC', 'YYMMDD') || '-%') FROM commerce.orders",
	"SELECT bool_and(event_seq = (SELECT count(*) FROM stoa.event e WHERE e.aggregate_id = o.id)) FROM "
	"commerce.orders o",
	/* Reviews. */
	"SELECT count(*) BETWEEN 15 AND 21 AND count(DISTINCT rating) > 2 FROM commerce.review",
	"SELECT count(*) = 0 FROM commerce.product_rating r WHERE (count, average) <> (SELECT count(*), "
	"round(avg(rating), 2) FROM commerce.review v WHERE v.product_id = r.product_id)",
	/* The courier that `stoa up` prints is at work. */
	"SELECT c.available FROM accounts.account a JOIN commerce.courier c ON c.id = a.id WHERE a.role = 'courier' "
	"ORDER BY a.created_at, a.email LIMIT 1",
	"SELECT count(*) = 0 FROM (SELECT id FROM accounts.account UNION ALL SELECT id FROM commerce.orders UNION ALL "
	"SELECT id FROM commerce.product) i WHERE substr(id::text, 15, 1) <> '7'",
	/* Accounts. */
	"SELECT count(*) = 31 AND count(*) FILTER (WHERE role = 'customer') = 20 AND count(*) FILTER (WHERE role = "
	"'courier') = 5 AND count(DISTINCT password_hash) = 1 FROM accounts.account",
	"SELECT count(*) = 31 FROM stoa.event e JOIN accounts.account a ON a.id = e.aggregate_id AND e.type = "
	"'account.changed' AND e.aggregate_seq = a.event_seq",
	"SELECT count(*) = 40 FROM commerce.orders o JOIN accounts.account a ON a.id = o.customer_id AND a.name = "
	"o.recipient",
	"SELECT count(*) = 0 FROM commerce.order_history h WHERE actor LIKE '%:%' AND NOT EXISTS (SELECT FROM "
	"accounts.account a WHERE a.id::text = split_part(h.actor, ':', 2) AND a.role <> 'customer')",
};

static void test_the_data_is_consistent(void **state)
{
	ask("SET timezone = 'UTC'");
	seed(NOW);
	for (size_t i = 0; i < ARRAY_COUNT(rules); i++)
		if (ask(rules[i])[0] != 't')
			test_fail("not so: %s", rules[i]);
}

static void test_a_second_run_changes_nothing(void **state)
{
	char before[40];

	snprintf(before, sizeof(before), "%s", ask(everything));
	seed(NOW + 9 * US_PER_DAY);
	assert_string_equal(ask(everything), before);
}

static void test_what_people_did_stays(void **state)
{
	char before[40];

	ask("UPDATE commerce.product SET price_minor = 1, name = 'Other', deleted_at = now() WHERE sku = 'MIL-01'");
	ask("UPDATE commerce.stock SET safety = 3");
	ask("UPDATE commerce.orders SET status = 'cancelled' WHERE status = 'confirmed'");
	ask("UPDATE accounts.account SET password_hash = 'changed', email = 'new@example.com' "
	    "WHERE email = 'anna.berger@example.com'");
	ask("DELETE FROM commerce.order_line");
	snprintf(before, sizeof(before), "%s", ask(everything));
	seed(NOW);
	assert_string_equal(ask(everything), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_data_is_consistent),
		cmocka_unit_test(test_a_second_run_changes_nothing),
		cmocka_unit_test(test_what_people_did_stays),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
