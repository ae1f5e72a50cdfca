/* SPDX-License-Identifier: Apache-2.0 */
/* Lives and deaths of processes: starting in any order, losing stores, draining, crashing at the worst moment. */
#include "base/test.h"

#include <libpq-fe.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/test_stores.h"
#include "service/platform.h"
#include "service/probe.h"
#include "service/test_peer.h"

#define SECRET "JWT_SECRET=0123456789abcdef0123456789abcdef"

static const struct service *const services[] = { &probe_service, NULL };
static struct {
	struct stores *stores;
	char database[256], redis[256];
} t;

static void migrate(void)
{
	const struct migration_set *sets[PLATFORM_LIST_MAX];
	struct migrate_report report;

	platform_sets(services, sets);
	if (migrate_run(stores_conninfo(t.stores), sets, true, &report))
		test_fail("%s", report.error);
}

static int set_up(void **state)
{
	t.stores = stores_start(STORES_POSTGRES | STORES_REDIS);
	snprintf(t.database, sizeof(t.database), "DATABASE_URL=%s", stores_conninfo(t.stores));
	snprintf(t.redis, sizeof(t.redis), "REDIS_URL=%s", stores_redis_url(t.stores));
	return 0;
}

static int tear_down(void **state)
{
	stores_stop(t.stores);
	return 0;
}

/* An application on both stores; `more` is one more variable, or NULL. */
static struct peer start(const struct app_kind *kind, const char *more)
{
	const char *const variables[] = { t.database, t.redis, SECRET, "STOA_ENV=test", "LOG_FORMAT=json", more, NULL };

	return peer_start(kind, variables, NULL);
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		test_fail("%s\nhas no %s", text, part);
}

/* Until the answer's body has the text. */
static const struct answer *ask_until(const struct peer *peer, const char *path, const char *text)
{
	for (int i = 0; i < 2000; i++) {
		const struct answer *answer = ask(peer, "GET", path, "", NULL);

		if (strstr(answer->body, text))
			return answer;
		usleep(10000);
	}
	test_fail("%s never says %s", path, text);
	return NULL;
}

/* ---- Starting --------------------------------------------------------------------------------------------------- */

static void waits_for_the_schema(void **state)
{
	struct peer peer = start(&app_public_api, "STOA_THREADS=1");
	const struct answer *answer = ask_until(&peer, "/ready", "migrations are missing");

	assert_int_equal(answer->status, 503);
	assert_has(answer->body, "\"status\":\"not_ready\"");
	assert_int_equal(ask(&peer, "GET", "/health", "", NULL)->status, 200);
	answer = ask(&peer, "GET", "/api/things", "", NULL);
	assert_int_equal(answer->status, 503);
	assert_string_equal(answer_header(answer, "Retry-After"), "1");
	migrate();
	peer_wait_ready(&peer);
	assert_int_equal(ask(&peer, "GET", "/api/things", "", NULL)->status, 200);
	assert_int_equal(peer_stop(&peer, SIGTERM), 0);
}

static void gives_up_in_the_end(void **state)
{
	const char *const variables[] = { "DATABASE_URL=host=/nonexistent", "STOA_START_WAIT=300ms", SECRET,
		                          "LOG_FORMAT=json", NULL };
	struct peer peer = peer_start(&app_public_api, variables, NULL);

	assert_int_equal(peer_stop(&peer, 0), 1);
}

/* What app_main gives to the shell, in a process of its own: it may start things. */
static int exit_code(const char *argument, const char *port, const char *threads)
{
	char name[] = "app", text[128];
	int status;
	pid_t pid;

	snprintf(text, sizeof(text), "%s", argument);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		setenv("PORT", port, 1);
		setenv("STOA_THREADS", threads, 1);
		setenv("LOG_LEVEL", "silent", 1);
		setenv("DATABASE_URL", stores_conninfo(t.stores), 1);
		_exit(app_main(2, (char *[]){ name, text, NULL }, &app_public_api, services));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void a_busy_port_is_named(void **state)
{
	struct peer peer = start(&app_public_api, "STOA_THREADS=2");
	char port[16];

	snprintf(port, sizeof(port), "%d", peer.port);
	assert_int_equal(exit_code("--services=probe", port, "1"), 1);
	assert_int_equal(exit_code("--services=probe", port, "2"), 1);
	assert_int_equal(peer_stop(&peer, SIGTERM), 0);
}

static void options_are_checked(void **state)
{
	assert_int_equal(exit_code("--help", "0", "1"), 0);
	assert_int_equal(exit_code("--version", "0", "1"), 0);
	assert_int_equal(exit_code("--services=nothing", "0", "1"), 2);
	assert_int_equal(exit_code("--port=65536", "0", "1"), 2);
	assert_int_equal(exit_code("--colour", "0", "1"), 2);
	assert_int_equal(exit_code("extra", "0", "1"), 2);
}

static void hosts_only_what_is_asked_for(void **state)
{
	const char *const variables[] = { t.database, t.redis, SECRET, "LOG_FORMAT=json", NULL };
	struct peer peer = peer_start(&app_public_api, variables, "--services=probe");

	peer_wait_ready(&peer);
	assert_has(ask(&peer, "GET", "/openapi.json", "", NULL)->body, "/api/things/{id}");
	assert_int_equal(peer_stop(&peer, SIGTERM), 0);
}

static void workers_and_cron_serve_probes(void **state)
{
	const struct app_kind *const all[] = { &app_worker, &app_cron };

	for (size_t i = 0; i < ARRAY_COUNT(all); i++) {
		struct peer peer = start(all[i], NULL);

		peer_wait_ready(&peer);
		assert_int_equal(ask(&peer, "GET", "/api/things", "", NULL)->status, 404);
		assert_has(ask(&peer, "GET", "/metrics", "", NULL)->body, "stoa_build_info");
		assert_int_equal(peer_stop(&peer, SIGTERM), 0);
	}
}

static void runs_without_redis(void **state)
{
	const struct app_kind *const all[] = { &app_public_api, &app_worker };
	const char *const variables[] = { t.database, SECRET, "STOA_BUS=postgres", "LOG_FORMAT=json", NULL };

	for (size_t i = 0; i < ARRAY_COUNT(all); i++) {
		struct peer peer = peer_start(all[i], variables, NULL);

		peer_wait_ready(&peer);
		assert_null(strstr(ask(&peer, "GET", "/ready", "", NULL)->body, "redis"));
		assert_int_equal(peer_stop(&peer, SIGTERM), 0);
	}
}

/* ---- Losing stores ---------------------------------------------------------------------------------------------- */

static void outlives_its_stores(void **state)
{
	struct peer peer = start(&app_public_api, "STOA_THREADS=1");
	const struct answer *answer;

	peer_wait_ready(&peer);
	stores_kill(t.stores, STORES_REDIS);
	answer = ask_until(&peer, "/ready", "\"degraded\"");
	assert_int_equal(answer->status, 200);
	assert_int_equal(ask(&peer, "GET", "/api/things", "", NULL)->status, 200);
	stores_revive(t.stores, STORES_REDIS);
	ask_until(&peer, "/ready", "\"ready\"");
	stores_kill(t.stores, STORES_POSTGRES);
	answer = ask_until(&peer, "/ready", "\"not_ready\"");
	assert_int_equal(answer->status, 503);
	assert_has(answer->body, "PostgreSQL is away");
	assert_int_equal(ask(&peer, "GET", "/health", "", NULL)->status, 200);
	stores_revive(t.stores, STORES_POSTGRES);
	ask_until(&peer, "/ready", "\"ready\"");
	assert_int_equal(ask(&peer, "GET", "/api/things", "", NULL)->status, 200);
	assert_int_equal(peer_stop(&peer, SIGTERM), 0);
}

static void counts_by_address(void **state)
{
	struct peer peer = start(&app_public_api, "STOA_RATE_PUBLIC=3");
	const char *mine = "X-Forwarded-For: 198.51.100.7\r\n"; /* our proxy speaks for others */
	const struct answer *answer;

	for (int left = 2; left >= 0; left--) {
		char want[32];

		peer_wait_ready(&peer); /* probes count against nothing */
		answer = ask(&peer, "GET", "/api/things", mine, NULL);
		assert_int_equal(answer->status, 200);
		snprintf(want, sizeof(want), "\"default\";r=%d;t=", left);
		assert_has(answer_header(answer, "RateLimit"), want);
		assert_string_equal(answer_header(answer, "RateLimit-Policy"), "\"default\";q=3;w=60");
	}
	answer = ask(&peer, "GET", "/api/things", mine, NULL);
	assert_int_equal(answer->status, 429);
	assert_has(answer->body, "https://iana.org/assignments/http-problem-types#quota-exceeded");
	assert_non_null(answer_header(answer, "Retry-After"));
	assert_int_equal(ask(&peer, "GET", "/api/things", "X-Forwarded-For: 203.0.113.9\r\n", NULL)->status, 200);
	assert_int_equal(peer_stop(&peer, SIGTERM), 0);
}

/* ---- Ending ----------------------------------------------------------------------------------------------------- */

/* A request that is being handled by now: it came in one piece with another one, which is answered. */
static int begin_sleep(const struct peer *peer)
{
	static struct answer first;
	int fd = client_connect(peer->port);

	client_send(fd, "GET", "/health", "\r\nGET /api/sleep HTTP/1.1\r\nHost: test\r\n", NULL);
	client_read(fd, &first);
	assert_int_equal(first.status, 200);
	return fd;
}

static void lets_requests_finish(void **state)
{
	static struct answer answer;
	struct peer peer = start(&app_public_api, "STOA_THREADS=2");
	int fd;

	peer_wait_ready(&peer);
	fd = begin_sleep(&peer);
	kill(peer.pid, SIGTERM);
	client_read(fd, &answer);
	close(fd);
	assert_int_equal(answer.status, 204);
	assert_string_equal(answer_header(&answer, "Connection"), "close");
	assert_int_equal(peer_stop(&peer, 0), 0);
}

static void cancels_when_the_grace_is_over(void **state)
{
	static struct answer answer;
	struct peer peer = start(&app_public_api, "STOA_DRAIN_GRACE=20ms");
	int fd;

	peer_wait_ready(&peer);
	fd = begin_sleep(&peer);
	kill(peer.pid, SIGTERM);
	client_read(fd, &answer);
	close(fd);
	assert_int_not_equal(answer.status, 204);
	assert_int_equal(peer_stop(&peer, 0), 0);
}

static void a_second_signal_ends_at_once(void **state)
{
	struct peer peer = start(&app_public_api, NULL);
	int fd;

	peer_wait_ready(&peer);
	fd = begin_sleep(&peer);
	kill(peer.pid, SIGINT);
	usleep(50000);
	assert_int_equal(peer_stop(&peer, SIGINT), 128 + SIGINT);
	close(fd);
}

/* ---- Crashing --------------------------------------------------------------------------------------------------- */

static int64_t sql_number(const char *sql)
{
	PGconn *pg = PQconnectdb(stores_conninfo(t.stores));
	PGresult *result = PQexec(pg, sql);
	int64_t number = PQntuples(result) ? strtoll(PQgetvalue(result, 0, 0), NULL, 10) : -1;

	if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
		test_fail("%s: %s", sql, PQerrorMessage(pg));
	PQclear(result);
	PQfinish(pg);
	return number;
}

static void a_lost_answer_is_given_again(void **state)
{
	struct peer peer = start(&app_public_api, "STOA_FAULT=api.committed");
	const char *path = "/api/things/0190a000-0000-7000-8000-000000000001/grab";
	const char *headers = "Content-Type: application/json\r\nIdempotency-Key: crash\r\n";
	const struct answer *answer;

	sql_number("INSERT INTO probe.thing (id, name, amount) VALUES ('0190a000-0000-7000-8000-000000000001', "
	           "'crash', 5)");
	peer_wait_ready(&peer);
	assert_int_equal(ask(&peer, "POST", path, headers, "{}")->status, 0);
	assert_int_equal(peer_stop(&peer, 0), 128 + SIGKILL);
	peer = start(&app_public_api, NULL);
	peer_wait_ready(&peer);
	answer = ask(&peer, "POST", path, headers, "{}");
	assert_int_equal(answer->status, 200);
	assert_string_equal(answer_header(answer, "Idempotent-Replayed"), "true");
	assert_has(answer->body, "\"amount\":4");
	assert_int_equal(sql_number("SELECT count(*) FROM probe.grab"), 1);
	assert_int_equal(peer_stop(&peer, SIGTERM), 0);
}

static void old_keys_are_forgotten(void **state)
{
	struct peer peer;

	sql_number("INSERT INTO stoa.idempotency (scope, key, route, fingerprint, status, body, created_at)"
	           " SELECT gen_random_uuid(), 'old', 'x', '', 200, '', now() - interval '25 hours' FROM "
	           "generate_series(1, 2500)");
	peer = start(&app_cron, NULL);
	for (int i = 0; i < 1000 && sql_number("SELECT count(*) FROM stoa.idempotency WHERE key = 'old'") > 0; i++)
		usleep(20000);
	assert_int_equal(sql_number("SELECT count(*) FROM stoa.idempotency WHERE key = 'old'"), 0);
	assert_true(sql_number("SELECT count(*) FROM stoa.idempotency") > 0);
	assert_int_equal(peer_stop(&peer, SIGTERM), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_for_the_schema),
		cmocka_unit_test(gives_up_in_the_end),
		cmocka_unit_test(a_busy_port_is_named),
		cmocka_unit_test(options_are_checked),
		cmocka_unit_test(hosts_only_what_is_asked_for),
		cmocka_unit_test(workers_and_cron_serve_probes),
		cmocka_unit_test(runs_without_redis),
		cmocka_unit_test(outlives_its_stores),
		cmocka_unit_test(counts_by_address),
		cmocka_unit_test(lets_requests_finish),
		cmocka_unit_test(cancels_when_the_grace_is_over),
		cmocka_unit_test(a_second_signal_ends_at_once),
		cmocka_unit_test(a_lost_answer_is_given_again),
		cmocka_unit_test(old_keys_are_forgotten),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("app", tests, set_up, tear_down);
}
