/* SPDX-License-Identifier: Apache-2.0 */
/* The door and the hosts, whole: a small service in a process of its own on real stores, and a plain client. */
#include "base/test.h"

#include <signal.h>
#include <sodium.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "db/test_stores.h"
#include "service/platform.h"
#include "service/probe.h"
#include "service/test_peer.h"
#include "json/json.h"

#define SECRET "0123456789abcdef0123456789abcdef-public"

static const struct service *const services[] = { &probe_service, NULL };
enum { TOKEN_NONE, TOKEN_CUSTOMER, TOKEN_COURIER, TOKEN_OLD, TOKEN_STAFF, TOKEN_WRONG, TOKEN_COUNT };

static struct {
	struct stores *stores;
	struct arena *arena;
	struct permissions *permissions;
	struct peer peer;
	char database[256], redis[256];
	const char *variables[12];
	char authorization[TOKEN_COUNT][2048];
} t;

/* ---- Set-up ---------------------------------------------------------------------------------------------------- */

static void sign(int which, const struct role *role, const char *secret, int64_t age_us)
{
	struct token_signer *signer = token_signer_new(role->audience, str_from(secret), t.permissions);
	struct actor actor = { .account_id = uuid_from_name(STR("account")), .role = role, .audience = role->audience };
	int64_t signed_us = clock_now_us() - age_us;

	actor.expires_at = signed_us + 900 * US_PER_S;
	struct str token = token_sign(signer, t.arena, &actor, signed_us);
	snprintf(t.authorization[which], sizeof(t.authorization[which]), "Authorization: Bearer %.*s\r\n",
	         STR_ARG(token));
	token_signer_free(signer);
}

static int set_up(void **state)
{
	const struct migration_set *sets[PLATFORM_LIST_MAX];
	struct migrate_report report;

	assert_true(sodium_init() >= 0);
	t.arena = arena_new(4096, 1024 * 1024, NULL, NULL);
	t.permissions = platform_permissions(services);
	t.stores = stores_start(STORES_POSTGRES | STORES_REDIS);
	platform_sets(services, sets);
	if (migrate_run(stores_conninfo(t.stores), sets, true, &report))
		test_fail("%s", report.error);
	snprintf(t.database, sizeof(t.database), "DATABASE_URL=%s", stores_conninfo(t.stores));
	snprintf(t.redis, sizeof(t.redis), "REDIS_URL=%s", stores_redis_url(t.stores));
	const char *variables[] = { t.database,
		                    t.redis,
		                    "JWT_SECRET=" SECRET,
		                    "STOA_ENV=test",
		                    "STOA_RATE_PUBLIC=0",
		                    "STOA_THREADS=2",
		                    "STOA_CORS_ORIGINS=https://shop.example",
		                    "LOG_FORMAT=json",
		                    "STOA_RELEASE=r1",
		                    NULL };
	memcpy(t.variables, variables, sizeof(variables));
	sign(TOKEN_CUSTOMER, &probe_customer, SECRET, 0);
	sign(TOKEN_COURIER, &probe_courier, SECRET, 0);
	sign(TOKEN_OLD, &probe_customer, SECRET, 3600 * US_PER_S);
	sign(TOKEN_STAFF, &probe_admin, SECRET, 0);
	sign(TOKEN_WRONG, &probe_customer, "another secret of sufficient length!", 0);
	t.peer = peer_start(&app_public_api, t.variables, NULL);
	peer_wait_ready(&t.peer);
	return 0;
}

static int tear_down(void **state)
{
	assert_int_equal(peer_stop(&t.peer, SIGTERM), 0);
	stores_stop(t.stores);
	permissions_free(t.permissions);
	arena_free(t.arena);
	return 0;
}

static void keep(char *out, size_t size, const char *text)
{
	size_t len = strlen(text);

	CHECK(len < size);
	memcpy(out, text, len + 1);
}

static const char *headers_of(int token, const char *more)
{
	static char text[4096];

	snprintf(text, sizeof(text), "%s%s", t.authorization[token], more);
	return text;
}

static const char *json_headers(int token, const char *more)
{
	static char text[4096];

	snprintf(text, sizeof(text), "%sContent-Type: application/json\r\n%s", t.authorization[token], more);
	return text;
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		test_fail("%s\nhas no %s", text, part);
}

/* The id of a thing made for this test. */
static const char *make_thing(const char *name, int amount)
{
	static char id[37];
	char body[256], key[128];

	snprintf(body, sizeof(body), "{\"name\":\"%s\",\"amount\":%d}", name, amount);
	snprintf(key, sizeof(key), "Idempotency-Key: make-%s\r\n", name);
	const struct answer *answer = ask(&t.peer, "POST", "/api/things", json_headers(TOKEN_CUSTOMER, key), body);
	assert_int_equal(answer->status, 201);
	memcpy(id, strstr(answer->body, "\"id\":\"") + 6, UUID_TEXT_LEN);
	return id;
}

static int64_t thing_amount(const char *id)
{
	char path[128];

	snprintf(path, sizeof(path), "/api/things/%s", id);
	return strtoll(strstr(ask(&t.peer, "GET", path, "", NULL)->body, "\"amount\":") + 9, NULL, 10);
}

/* ---- Probes ---------------------------------------------------------------------------------------------------- */

static void probes_answer(void **state)
{
	const struct answer *answer = ask(&t.peer, "GET", "/health", "", NULL);

	assert_int_equal(answer->status, 200);
	assert_string_equal(answer->body, "{\"status\":\"ok\"}");
	answer = ask(&t.peer, "GET", "/ready", "", NULL);
	assert_int_equal(answer->status, 200);
	assert_has(answer->body, "\"status\":\"ready\",\"release\":\"r1\"");
	assert_has(answer->body, "\"redis\":{\"ok\":true");
	answer = ask(&t.peer, "GET", "/openapi.json", "", NULL);
	assert_int_equal(answer->status, 200);
	assert_int_equal(json_check(str_from(answer->body)), 0);
	ask(&t.peer, "GET", "/api/break", "", NULL);
	answer = ask(&t.peer, "GET", "/metrics", "", NULL);
	assert_has(answer->body, "stoa_http_requests_total{route=\"break_down\",method=\"GET\",status=\"500\"}");
	assert_has(answer->body, "stoa_build_info{app=\"public-api\",release=\"r1\"} 1");
}

static void every_answer_is_guarded(void **state)
{
	const struct answer *answer =
	        ask(&t.peer, "GET", "/nowhere", "X-Request-Id: abc-1\r\nOrigin: https://shop.example\r\n", NULL);

	assert_string_equal(answer_header(answer, "X-Request-Id"), "abc-1");
	assert_string_equal(answer_header(answer, "X-Content-Type-Options"), "nosniff");
	assert_string_equal(answer_header(answer, "X-Frame-Options"), "DENY");
	assert_string_equal(answer_header(answer, "Referrer-Policy"), "no-referrer");
	assert_string_equal(answer_header(answer, "Cache-Control"), "no-store");
	assert_string_equal(answer_header(answer, "Access-Control-Allow-Origin"), "https://shop.example");
	assert_has(answer->body, "\"request_id\":\"abc-1\"");
	answer = ask(&t.peer, "GET", "/nowhere", "Origin: https://evil.example\r\n", NULL);
	assert_null(answer_header(answer, "Access-Control-Allow-Origin"));
	answer = ask(&t.peer, "OPTIONS", "/api/things",
	             "Origin: https://shop.example\r\nAccess-Control-Request-Method: POST\r\n", NULL);
	assert_int_equal(answer->status, 204);
	assert_string_equal(answer_header(answer, "Access-Control-Allow-Methods"), "GET, HEAD, POST, OPTIONS");
}

/* ---- Refusals -------------------------------------------------------------------------------------------------- */

#define ID   "/api/things/00000000-0000-7000-8000-000000000000"
#define JSON "Content-Type: application/json\r\n"
#define KEY  "Idempotency-Key: refused\r\n"

static const struct refusal {
	const char *method, *path;
	int token;
	const char *headers, *body;
	int status;
	const char *code, *says;
} refusals[] = {
	{ "GET", "/nowhere", TOKEN_NONE, "", NULL, 404, "not_found", "" },
	{ "DELETE", "/api/things", TOKEN_NONE, "", NULL, 405, "method_not_allowed", "" },
	{ "GET", "/api/things/7", TOKEN_NONE, "", NULL, 404, "not_found", "UUID" },
	{ "GET", ID, TOKEN_NONE, "", NULL, 404, "not_found", "No such thing" },
	{ "POST", "/api/things", TOKEN_NONE, JSON KEY, "{}", 401, "unauthenticated", "" },
	{ "POST", "/api/things", TOKEN_OLD, JSON KEY, "{}", 401, "unauthenticated", "expired" },
	{ "POST", "/api/things", TOKEN_STAFF, JSON KEY, "{}", 401, "unauthenticated", "" },
	{ "POST", "/api/things", TOKEN_WRONG, JSON KEY, "{}", 401, "unauthenticated", "" },
	{ "PATCH", ID, TOKEN_COURIER, "If-Match: \"v1\"\r\n", NULL, 403, "forbidden", "orders.own" },
	{ "PATCH", ID, TOKEN_CUSTOMER, "", NULL, 428, "precondition_required", "" },
	{ "PATCH", ID, TOKEN_CUSTOMER, "If-Match: v1\r\n", NULL, 400, "invalid_parameter", "If-Match" },
	{ "GET", "/api/things?colour=red", TOKEN_NONE, "", NULL, 400, "invalid_parameter", "colour" },
	{ "GET", "/api/things?limit=0&filter[amount][gte]=x", TOKEN_NONE, "", NULL, 400, "invalid_parameter",
	  "filter[amount][gte]" },
	{ "GET", "/api/things?limit=%zz", TOKEN_NONE, "", NULL, 400, "invalid_parameter", "" },
	{ "GET", ID "?a=b", TOKEN_NONE, "", NULL, 400, "invalid_parameter", "a" },
	{ "GET", "/api/things?cursor=abc", TOKEN_NONE, "", NULL, 400, "invalid_cursor", "" },
	{ "GET", "/api/sleep", TOKEN_NONE, "", "body", 400, "bad_request", "" },
	{ "POST", "/api/things", TOKEN_CUSTOMER, KEY, "{}", 415, "unsupported_media_type", "" },
	{ "POST", "/api/things", TOKEN_CUSTOMER, KEY JSON, "{", 400, "invalid_json", "" },
	{ "POST", "/api/things", TOKEN_CUSTOMER, KEY JSON, "", 400, "invalid_json", "" },
	{ "POST", "/api/things", TOKEN_CUSTOMER, KEY JSON,
	  "{\"name\":\"\",\"amount\":-1,\"parts\":[{\"label\":\"a\",\"count\":10}],\"more\":1}", 422, "invalid_body",
	  "#/parts/0/count" },
	{ "POST", "/api/things", TOKEN_CUSTOMER, JSON, "{\"name\":\"a\",\"amount\":1}", 400, "idempotency_key_missing",
	  "" },
	{ "POST", "/api/things", TOKEN_CUSTOMER, JSON "Idempotency-Key: \"open\r\n", "{\"name\":\"a\",\"amount\":1}",
	  400, "invalid_parameter", "Idempotency-Key" },
	{ "GET", "/ws/things/00000000-0000-7000-8000-000000000000", TOKEN_CUSTOMER, "", NULL, 426, "upgrade_required",
	  "" },
	{ "GET", "/api/break", TOKEN_NONE, "", NULL, 500, "internal", "" },
	{ "GET", "/api/nothing", TOKEN_NONE, "", NULL, 500, "internal", "" },
	{ "GET", "/api/wrong/00000000-0000-7000-8000-000000000000", TOKEN_NONE, "", NULL, 500, "internal", "" },
	{ "GET", "/api/otherwise", TOKEN_NONE, "", NULL, 500, "internal", "" },
	{ "GET", "/api/things?sort=colour", TOKEN_NONE, "", NULL, 400, "invalid_parameter",
	  "\"parameter\":\"sort\",\"detail\":\"must be one of: name, -amount\"" },
	{ "GET", "/api/things?limit=101", TOKEN_NONE, "", NULL, 400, "invalid_parameter", "limit" },
	{ "GET", "/api/lose", TOKEN_NONE, "", NULL, 409, "conflict", "" },
};

static void the_door_refuses(void **state)
{
	for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
		const struct refusal *row = &refusals[i];
		const struct answer *answer =
		        ask(&t.peer, row->method, row->path, headers_of(row->token, row->headers), row->body);
		char code[128];

		snprintf(code, sizeof(code), "\"code\":\"%s\"", row->code);
		if (answer->status != row->status || !strstr(answer->body, code) || !strstr(answer->body, row->says))
			test_fail("%s %s: wanted %d %s '%s', got %s%s", row->method, row->path, row->status, row->code,
			          row->says, answer->head, answer->body);
		assert_string_equal(answer_header(answer, "Content-Type"), "application/problem+json");
		assert_int_equal(json_check(str_from(answer->body)), 0);
	}
	assert_string_equal(answer_header(ask(&t.peer, "DELETE", "/api/things", "", NULL), "Allow"),
	                    "GET, HEAD, POST, OPTIONS");
	assert_has(answer_header(ask(&t.peer, "PATCH", ID, "", NULL), "WWW-Authenticate"), "Bearer");
	assert_null(strstr(ask(&t.peer, "GET", "/api/break", "", NULL)->body, "secret"));
	assert_true(peer_logged(&t.peer, "the secret reason"));
	assert_true(peer_logged(&t.peer, "ask_wrongly has no {ident} in its path"));
	assert_true(peer_logged(&t.peer, "say_otherwise answers with thing_part, and its row says thing_view"));
	assert_true(peer_logged(&t.peer, "\"route\":\"unmatched\""));
	assert_false(peer_logged(&t.peer, "\"route\":\"health\""));
}

static void all_bad_fields_are_named(void **state)
{
	const struct answer *answer = ask(&t.peer, "POST", "/api/things", json_headers(TOKEN_CUSTOMER, KEY),
	                                  "{\"name\":\"\",\"colour\":\"green\",\"more\":1}");

	assert_int_equal(answer->status, 422);
	assert_has(answer->body, "#/name");
	assert_has(answer->body, "#/amount");
	assert_has(answer->body, "#/colour");
	assert_has(answer->body, "#/more");
}

static void bodies_are_bounded(void **state)
{
	static char body[70000];

	memset(body, ' ', sizeof(body) - 1);
	assert_int_equal(ask(&t.peer, "POST", "/api/things", json_headers(TOKEN_CUSTOMER, KEY), body)->status, 413);
	assert_string_equal(ask(&t.peer, "POST", "/api/raw", "Content-Type: text/csv\r\n", "a;b")->body, "a;b");
}

/* ---- Answers --------------------------------------------------------------------------------------------------- */

static void assert_version(const struct answer *answer, int version)
{
	char start[16];

	snprintf(start, sizeof(start), "\"v%d-", version);
	assert_non_null(answer_header(answer, "ETag"));
	assert_int_equal(strncmp(answer_header(answer, "ETag"), start, strlen(start)), 0);
}

static void versions_are_told_and_checked(void **state)
{
	char path[128], seen[128];
	const struct answer *answer;

	snprintf(path, sizeof(path), "/api/things/%s", make_thing("versioned", 5));
	answer = ask(&t.peer, "GET", path, "", NULL);
	assert_version(answer, 1);
	snprintf(seen, sizeof(seen), "If-None-Match: W/%s\r\n", answer_header(answer, "ETag"));
	assert_int_equal(ask(&t.peer, "GET", path, seen, NULL)->status, 304);
	assert_int_equal(ask(&t.peer, "GET", path, "If-None-Match: \"v1\"\r\n", NULL)->status, 200);
	assert_int_equal(ask(&t.peer, "PATCH", path, headers_of(TOKEN_CUSTOMER, "If-Match: \"v2\"\r\n"), NULL)->status,
	                 412);
	snprintf(seen, sizeof(seen), "If-Match: %s\r\n", answer_header(ask(&t.peer, "GET", path, "", NULL), "ETag"));
	answer = ask(&t.peer, "PATCH", path, headers_of(TOKEN_CUSTOMER, seen), NULL);
	assert_int_equal(answer->status, 200);
	assert_version(answer, 2);
}

static void a_version_that_nobody_checked_is_not_committed(void **state)
{
	const char *id = make_thing("unchecked", 5);
	char path[128];

	snprintf(path, sizeof(path), "/api/things/%s/blindly", id);
	assert_int_equal(ask(&t.peer, "POST", path, "If-Match: \"v1\"\r\n", NULL)->status, 500);
	assert_true(peer_logged(
	        &t.peer, "thing_touch_blindly commits without request_check_version(), and its row requires If-Match"));
	*strrchr(path, '/') = '\0';
	assert_version(ask(&t.peer, "GET", path, "", NULL), 1);
}

static void headers_that_stand_twice(void **state)
{
	static const char *const single[] = {
		"Authorization: Bearer x", "Idempotency-Key: k", "Content-Type: application/json", "X-API-Key: k",
		"Last-Event-ID: 1",        "X-Request-Id: abc"
	};
	char headers[256];

	for (size_t i = 0; i < ARRAY_COUNT(single); i++) {
		snprintf(headers, sizeof(headers), "%s\r\nX-Other: 1\r\n%s\r\n", single[i], single[i]);
		const struct answer *answer = ask(&t.peer, "GET", "/api/things", headers, NULL);

		assert_int_equal(answer->status, 400);
		snprintf(headers, sizeof(headers), "%.*s", (int)strcspn(single[i], ":"), single[i]);
		assert_has(answer->body, headers);
	}
}

static void tags_on_several_lines_are_one_list(void **state)
{
	const char *id = make_thing("listed-tags", 5);
	char path[128], seen[128];

	snprintf(path, sizeof(path), "/api/things/%s", id);
	snprintf(seen, sizeof(seen), "If-None-Match: \"a\"\r\nIf-None-Match: , %s,\r\n",
	         answer_header(ask(&t.peer, "GET", path, "", NULL), "ETag"));
	assert_int_equal(ask(&t.peer, "GET", path, seen, NULL)->status, 304);
	assert_int_equal(ask(&t.peer, "GET", path, "If-None-Match: \"a\"\r\nIf-None-Match: \"v2\"\r\n", NULL)->status,
	                 200);
	assert_int_equal(ask(&t.peer, "GET", path, "If-None-Match: \"v1\"\r\nIf-None-Match: v1\r\n", NULL)->status,
	                 400);
}

static void conflicts_are_tried_again(void **state)
{
	assert_int_equal(ask(&t.peer, "GET", "/api/lose-twice", "", NULL)->status, 204);
}

static void limits_of_a_route_hold(void **state)
{
	const struct answer *answer = ask(&t.peer, "GET", "/api/limited", "", NULL);

	assert_int_equal(answer->status, 204);
	assert_string_equal(answer_header(answer, "RateLimit-Policy"), "\"two\";q=2;w=60");
	assert_has(answer_header(answer, "RateLimit"), "\"two\";r=1;t=");
	assert_int_equal(ask(&t.peer, "GET", "/api/limited", "", NULL)->status, 204);
	answer = ask(&t.peer, "GET", "/api/limited", "", NULL);
	assert_int_equal(answer->status, 429);
	assert_has(answer->body, "\"violated-policies\":[\"two\"]");
	assert_true(strtol(answer_header(answer, "Retry-After"), NULL, 10) > 0);
}

static void pages_follow_each_other(void **state)
{
	char path[1024], cursor[512];
	const struct answer *answer;

	make_thing("page-a", 900);
	make_thing("page-b", 901);
	make_thing("page-c", 902);
	answer = ask(&t.peer, "GET", "/api/things?filter%5Bamount%5D%5Bgte%5D=900&limit=2", "", NULL);
	assert_has(answer->body, "\"has_more\":true");
	assert_has(answer_header(answer, "Link"), "rel=\"next\"");
	snprintf(cursor, sizeof(cursor), "%.500s", strstr(answer->body, "\"next_cursor\":\"") + 15);
	*strchr(cursor, '"') = '\0';
	snprintf(path, sizeof(path), "/api/things?cursor=%s&limit=5&filter[amount][gte]=900", cursor);
	answer = ask(&t.peer, "GET", path, "", NULL);
	assert_int_equal(answer->status, 200);
	assert_has(answer->body, "page-c");
	assert_null(strstr(answer->body, "page-b"));
	assert_has(answer->body, "\"has_more\":false,\"next_cursor\":null");
	snprintf(path, sizeof(path), "/api/things?cursor=%s&filter[amount][gte]=899", cursor);
	assert_has(ask(&t.peer, "GET", path, "", NULL)->body, "invalid_cursor");
	snprintf(path, sizeof(path), "/api/things?cursor=%s&filter[amount][gte]=900", cursor);
	assert_has(ask(&t.peer, "GET", path, t.authorization[TOKEN_CUSTOMER], NULL)->body, "page-c");
}

/* The path of the page that the answer before leads to. */
static const char *next_page(const struct answer *answer, const char *query)
{
	static char path[8192];
	const char *cursor = strstr(answer->body, "\"next_cursor\":\"");

	if (!cursor)
		test_fail("no next page: %s", answer->body);
	cursor += strlen("\"next_cursor\":\"");
	snprintf(path, sizeof(path), "/api/things?%s&cursor=%.*s", query, (int)strcspn(cursor, "\""), cursor);
	return path;
}

static const char *page_link(const struct answer *answer)
{
	static char path[8192];
	const char *link = answer_header(answer, "Link");

	CHECK(link);
	snprintf(path, sizeof(path), "%.*s", (int)strcspn(link + 1, ">"), link + 1);
	return path;
}

/* A thing whose name is an owl, four bytes, so many times, and then `end`. */
static void make_owls(char id[40], int count, char end)
{
	char body[8192] = "{\"amount\":950,\"name\":\"", key[64];
	size_t len = strlen(body);

	for (int i = 0; i < count; i++)
		len += (size_t)snprintf(body + len, sizeof(body) - len, "%s", "\xf0\x9f\xa6\x89");
	snprintf(body + len, sizeof(body) - len, "%c\"}", end);
	snprintf(key, sizeof(key), "Idempotency-Key: owls-%d-%c\r\n", count, end);
	const struct answer *answer = ask(&t.peer, "POST", "/api/things", json_headers(TOKEN_CUSTOMER, key), body);
	assert_int_equal(answer->status, 201);
	memcpy(id, strstr(answer->body, "\"id\":\"") + 6, UUID_TEXT_LEN);
	id[UUID_TEXT_LEN] = '\0';
}

static void cursors_carry_long_keys(void **state)
{
	static const int lengths[] = { 60, 999 };
	const char *query = "filter[amount][gte]=950&limit=1";
	char first[40], second[40];

	for (size_t i = 0; i < ARRAY_COUNT(lengths); i++) {
		make_owls(first, lengths[i], 'a');
		make_owls(second, lengths[i], 'b');
	}
	/* In order: 60 and a, 60 and b, 999 and a, 999 and b. */
	const struct answer *answer = ask(&t.peer, "GET", "/api/things?filter[amount][gte]=950&limit=2", "", NULL);
	answer = ask(&t.peer, "GET", next_page(answer, query), "", NULL);
	assert_int_equal(answer->status, 200);
	assert_has(answer->body, first);
	answer = ask(&t.peer, "GET", next_page(answer, query), "", NULL);
	assert_int_equal(answer->status, 200);
	assert_has(answer->body, second);
	assert_has(answer->body, "\"has_more\":false");
}

static void change_thing(const char *method, const char *id, const char *body)
{
	char path[128];

	snprintf(path, sizeof(path), "/api/things/%s", id);
	int status = ask(&t.peer, method, path, json_headers(TOKEN_CUSTOMER, ""), body)->status;
	assert_int_equal(status, body ? 200 : 204);
}

/* The row that a page ended with is gone, or somewhere else: all others come as they would have. */
static void changed_rows_lose_no_others(void **state)
{
	const char *query = "filter[amount][gte]=970&limit=2";
	char ids[6][40], body[64];

	for (int i = 0; i < 6; i++) {
		char name[16];

		snprintf(name, sizeof(name), "row-%d", i);
		keep(ids[i], sizeof(ids[i]), make_thing(name, 975 - i));
	}
	const struct answer *answer = ask(&t.peer, "GET", "/api/things?filter[amount][gte]=970&limit=2", "", NULL);
	char after[8192];
	keep(after, sizeof(after), next_page(answer, query));
	change_thing("PUT", ids[1], "{\"name\":\"somewhere else\",\"amount\":974}");
	answer = ask(&t.peer, "GET", after, "", NULL);
	assert_has(answer->body, ids[2]);
	assert_has(answer->body, ids[3]);
	keep(after, sizeof(after), page_link(answer));
	change_thing("DELETE", ids[3], NULL);
	answer = ask(&t.peer, "GET", after, "", NULL);
	assert_has(answer->body, ids[4]);
	assert_has(answer->body, ids[5]);
	snprintf(body, sizeof(body), "{\"name\":\"row-1\",\"amount\":974}");
	change_thing("PUT", ids[1], body);
}

static void lists_have_orders(void **state)
{
	const char *query = "filter[amount][gte]=973&sort=-amount&limit=1";
	const struct answer *answer =
	        ask(&t.peer, "GET", "/api/things?filter[amount][gte]=973&sort=-amount&limit=1", "", NULL);

	assert_has(answer->body, "\"amount\":975");
	answer = ask(&t.peer, "GET", next_page(answer, query), "", NULL);
	assert_has(answer->body, "\"amount\":974");
	answer = ask(&t.peer, "GET", next_page(answer, query), "", NULL);
	assert_has(answer->body, "\"amount\":973");
	assert_has(answer->body, "\"next_cursor\":null");
	answer = ask(&t.peer, "GET", "/api/things?filter[amount][gte]=973&sort=-amount&limit=1", "", NULL);
	assert_has(ask(&t.peer, "GET", next_page(answer, "filter[amount][gte]=973&sort=name&limit=1"), "", NULL)->body,
	           "invalid_cursor");
}

static void conflicts_are_named(void **state)
{
	const char *headers = "Idempotency-Key: named\r\n";
	const struct answer *answer;

	make_thing("named", 1);
	answer = ask(&t.peer, "POST", "/api/things", json_headers(TOKEN_CUSTOMER, headers),
	             "{\"name\":\"named\",\"amount\":1}");
	assert_int_equal(answer->status, 409);
	assert_has(answer->body, "\"code\":\"sold_out\"");
	assert_has(answer->body, "\"pointer\":\"#/name\",\"detail\":\"is another thing's\"");
	assert_null(answer_header(answer, "Location"));
	assert_null(answer_header(answer, "ETag"));
}

static void patches_change_what_was_sent(void **state)
{
	char path[128];
	const struct answer *answer;

	snprintf(path, sizeof(path), "/api/things/%s/members", make_thing("patched", 5));
	answer = ask(&t.peer, "PATCH", path, json_headers(TOKEN_CUSTOMER, ""), "{\"amount\":0}");
	assert_int_equal(answer->status, 200);
	assert_has(answer->body, "\"name\":\"patched\",\"amount\":0");
	assert_version(answer, 2);
	answer = ask(&t.peer, "PATCH", path, json_headers(TOKEN_CUSTOMER, ""), "{\"name\":\"mended\"}");
	assert_has(answer->body, "\"name\":\"mended\",\"amount\":0");
	assert_int_equal(ask(&t.peer, "PATCH", path, json_headers(TOKEN_CUSTOMER, ""), "")->status, 422);
	assert_int_equal(ask(&t.peer, "PATCH", path, json_headers(TOKEN_CUSTOMER, ""), "{\"name\":null}")->status, 422);
}

/* ---- Idempotency ------------------------------------------------------------------------------------------------ */

static void a_retry_gets_the_first_answer(void **state)
{
	const char *headers = "Idempotency-Key: \"retry-1\"\r\n";
	const char *body = "{\"name\":\"retried\",\"amount\":3}";
	char first[1024], location[256], key[64];
	const struct answer *answer = ask(&t.peer, "POST", "/api/things", json_headers(TOKEN_CUSTOMER, headers), body);

	assert_int_equal(answer->status, 201);
	assert_null(answer_header(answer, "Idempotent-Replayed"));
	keep(first, sizeof(first), answer->body);
	keep(location, sizeof(location), answer_header(answer, "Location"));
	answer =
	        ask(&t.peer, "POST", "/api/things", json_headers(TOKEN_CUSTOMER, "Idempotency-Key: retry-1\r\n"), body);
	assert_int_equal(answer->status, 201);
	assert_string_equal(answer->body, first);
	assert_string_equal(answer_header(answer, "Location"), location);
	assert_version(answer, 1);
	assert_string_equal(answer_header(answer, "Idempotent-Replayed"), "true");
	answer = ask(&t.peer, "POST", "/api/things", json_headers(TOKEN_CUSTOMER, headers),
	             "{\"name\":\"other\",\"amount\":3}");
	assert_int_equal(answer->status, 422);
	assert_has(answer->body, "idempotency_key_reused");
	/* Refusals of the handler replay as well. */
	for (int i = 0; i < 2; i++) {
		answer = ask(&t.peer, "POST", "/api/things", json_headers(TOKEN_CUSTOMER, "Idempotency-Key: taken\r\n"),
		             body);
		assert_int_equal(answer->status, 409);
		assert_has(answer->body, "sold_out");
		assert_int_equal(answer_header(answer, "Idempotent-Replayed") != NULL, i);
		keep(key, sizeof(key), answer_header(answer, "X-Request-Id"));
	}
	assert_null(strstr(answer->body, key));
}

enum { TWINS = 20 };
/* Equal requests at once: `TWINS` connections, all written before any is read. */
static void race(const char *path, const char *headers, const char *body, struct answer *answers)
{
	int fds[TWINS];

	for (int i = 0; i < TWINS; i++)
		fds[i] = client_connect(t.peer.port);
	for (int i = 0; i < TWINS; i++)
		client_send(fds[i], "POST", path, headers, body);
	for (int i = 0; i < TWINS; i++) {
		client_read(fds[i], &answers[i]);
		close(fds[i]);
	}
}

/* One was carried out. The others were told that it runs (on its loop), or given its answer, as is a retry. */
static void assert_one_answer(const char *path, const char *headers, const char *body, const struct answer *answers,
                              int status)
{
	int first_hand = 0;
	const struct answer *retry = ask(&t.peer, "POST", path, headers, body);

	assert_int_equal(retry->status, status);
	assert_string_equal(answer_header(retry, "Idempotent-Replayed"), "true");
	for (int i = 0; i < TWINS; i++) {
		if (answers[i].status == 409) {
			assert_has(answers[i].body, "idempotency_key_in_use");
			assert_string_equal(answer_header(&answers[i], "Retry-After"), "1");
			continue;
		}
		if (answers[i].status != status)
			test_fail("%s%s", answers[i].head, answers[i].body);
		assert_string_equal(answers[i].body, retry->body);
		first_hand += !answer_header(&answers[i], "Idempotent-Replayed");
	}
	assert_int_equal(first_hand, 1);
}

static void twins_have_one_effect(void **state)
{
	struct answer *answers = calloc(TWINS, sizeof(*answers));
	char path[128], id[40], headers[4096];

	/* A write set; the name is unique too, so twins may stumble over that first. */
	keep(headers, sizeof(headers), json_headers(TOKEN_CUSTOMER, "Idempotency-Key: twins\r\n"));
	race("/api/things", headers, "{\"name\":\"twins\",\"amount\":1}", answers);
	assert_one_answer("/api/things", headers, "{\"name\":\"twins\",\"amount\":1}", answers, 201);
	/* An interactive transaction whose rule refuses the second: one is left, and the twins of its taker get it too.
	 */
	keep(id, sizeof(id), make_thing("one-left", 1));
	snprintf(path, sizeof(path), "/api/things/%s/grab", id);
	keep(headers, sizeof(headers), json_headers(TOKEN_NONE, "Idempotency-Key: grabbed\r\n"));
	race(path, headers, "", answers);
	assert_one_answer(path, headers, "", answers, 200);
	assert_int_equal(thing_amount(id), 0);
	/* Many are left: still one. */
	keep(id, sizeof(id), make_thing("many-left", 100));
	snprintf(path, sizeof(path), "/api/things/%s/grab", id);
	keep(headers, sizeof(headers), json_headers(TOKEN_NONE, "Idempotency-Key: grabbed-many\r\n"));
	race(path, headers, "{\"reason\":\"x\"}", answers);
	assert_one_answer(path, headers, "{\"reason\":\"x\"}", answers, 200);
	assert_int_equal(thing_amount(id), 99);
	/* Without a key every one counts. */
	race(path, "", "", answers);
	assert_int_equal(thing_amount(id), 99 - TWINS);
	free(answers);
}

/* ---- Sockets ---------------------------------------------------------------------------------------------------- */

#define UPGRADE \
	"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " \
	"dGhlIHNhbXBsZSBub25jZQ==\r\n"

/* The first frame after the handshake: its opcode, and the payload in `text`. */
static int upgrade(const char *path, const char *headers, char text[256], struct answer *answer)
{
	unsigned char head[2] = { 0 };
	int fd = client_connect(t.peer.port);
	size_t len = 0;

	client_send(fd, "GET", path, headers, NULL);
	client_read(fd, answer);
	memset(text, 0, 256);
	if (answer->status == 101 && recv(fd, head, 2, MSG_WAITALL) == 2)
		len = (size_t)recv(fd, text, head[1] & 0x7f, MSG_WAITALL);
	close(fd);
	return len ? head[0] & 0x0f : -1;
}

static void sockets_tell_why_they_close(void **state)
{
	static struct answer answer;
	char path[128], text[256], headers[4096], token[2048];
	const unsigned char *code = (const unsigned char *)text;

	snprintf(path, sizeof(path), "/ws/things/%s", make_thing("followed", 1));
	snprintf(headers, sizeof(headers), "%s%s", t.authorization[TOKEN_CUSTOMER], UPGRADE);
	assert_int_equal(upgrade(path, headers, text, &answer), 1);
	assert_string_equal(text, "{\"type\":\"connected\"}");
	/* A browser's way. */
	keep(token, sizeof(token), t.authorization[TOKEN_CUSTOMER] + strlen("Authorization: Bearer "));
	snprintf(headers, sizeof(headers), "%sSec-WebSocket-Protocol: bearer, %s", UPGRADE, token);
	assert_int_equal(upgrade(path, headers, text, &answer), 1);
	assert_string_equal(answer_header(&answer, "Sec-WebSocket-Protocol"), "bearer");
	assert_int_equal(upgrade(path, UPGRADE, text, &answer), 8);
	assert_int_equal(code[0] << 8 | code[1], WS_UNAUTHENTICATED);
	snprintf(headers, sizeof(headers), "%s%s", t.authorization[TOKEN_CUSTOMER], UPGRADE);
	assert_int_equal(upgrade("/ws/things/00000000-0000-7000-8000-000000000000", headers, text, &answer), 8);
	assert_int_equal(code[0] << 8 | code[1], WS_NOT_YOURS);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(probes_answer),
		cmocka_unit_test(every_answer_is_guarded),
		cmocka_unit_test(the_door_refuses),
		cmocka_unit_test(all_bad_fields_are_named),
		cmocka_unit_test(bodies_are_bounded),
		cmocka_unit_test(versions_are_told_and_checked),
		cmocka_unit_test(a_version_that_nobody_checked_is_not_committed),
		cmocka_unit_test(headers_that_stand_twice),
		cmocka_unit_test(tags_on_several_lines_are_one_list),
		cmocka_unit_test(conflicts_are_tried_again),
		cmocka_unit_test(limits_of_a_route_hold),
		cmocka_unit_test(pages_follow_each_other),
		cmocka_unit_test(cursors_carry_long_keys),
		cmocka_unit_test(changed_rows_lose_no_others),
		cmocka_unit_test(lists_have_orders),
		cmocka_unit_test(conflicts_are_named),
		cmocka_unit_test(patches_change_what_was_sent),
		cmocka_unit_test(a_retry_gets_the_first_answer),
		cmocka_unit_test(twins_have_one_effect),
		cmocka_unit_test(sockets_tell_why_they_close),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("service", tests, set_up, tear_down);
}
