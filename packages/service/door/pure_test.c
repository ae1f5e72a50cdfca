/* SPDX-License-Identifier: Apache-2.0 */
/* What needs neither stores nor sockets: fingerprints, scopes, keysets and the OpenAPI document. */
#include "base/test.h"

#include <jansson.h>

#include "service/door/keyset.h"
#include "service/internal.h"
#include "service/probe.h"
#include "service/refuse.h"
#include "json/json.h"

/* ---- Idempotency ------------------------------------------------------------------------------------------------ */

static const struct http_header if_match[] = { { STR("if-match"), STR("\"v1\"") } };

static const struct http_request requests[] = {
	{ .method = HTTP_POST, .target = STR("/a"), .body = STR("{}") },
	{ .method = HTTP_PATCH, .target = STR("/a"), .body = STR("{}") },
	{ .method = HTTP_POST, .target = STR("/a?b"), .body = STR("{}") },
	{ .method = HTTP_POST, .target = STR("/a"), .body = STR("{ }") },
	{ .method = HTTP_POST, .target = STR("/a{}"), .body = STR("") },
	{ .method = HTTP_POST, .target = STR("/a"), .body = STR("{}"), .headers = if_match, .header_count = 1 },
};

static void fingerprints_tell_requests_apart(void **state)
{
	uint8_t prints[ARRAY_COUNT(requests)][32], again[32];

	for (size_t i = 0; i < ARRAY_COUNT(requests); i++) {
		idempotency_fingerprint(prints[i], STR("secret"), &requests[i]);
		idempotency_fingerprint(again, STR("secret"), &requests[i]);
		assert_memory_equal(prints[i], again, 32);
		idempotency_fingerprint(again, STR("another"), &requests[i]);
		assert_memory_not_equal(prints[i], again, 32);
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(prints[i], prints[j], 32);
	}
}

static void scopes_tell_principals_apart(void **state)
{
	static const struct permission own = { .name = "orders.own" };
	static const struct route closed = { .needs = &own }, open = { .needs = &permission_anyone };
	const struct route_entry order = { .route = &closed, .name = "order" },
	                         login = { .route = &open, .name = "login" },
	                         forgot = { .route = &open, .name = "forgot" };
	struct actor actor = { .account_id = uuid_from_name(STR("someone")) };
	struct uuid one = idempotency_scope(&login, NULL, STR("10.0.0.1"));

	assert_true(uuid_eq(idempotency_scope(&order, &actor, STR("10.0.0.1")), actor.account_id));
	assert_true(uuid_eq(idempotency_scope(&login, NULL, STR("10.0.0.1")), one));
	/* A token that is sent along is not what lets anyone in: a retry may lack it. */
	assert_true(uuid_eq(idempotency_scope(&login, &actor, STR("10.0.0.1")), one));
	assert_false(uuid_eq(idempotency_scope(&login, NULL, STR("10.0.0.2")), one));
	assert_false(uuid_eq(idempotency_scope(&forgot, NULL, STR("10.0.0.1")), one));
	assert_int_equal(one.bytes[6] >> 4, 8);
}

/* ---- Pages ------------------------------------------------------------------------------------------------------- */

static const struct http_pair plain[] = { { STR("sort"), STR("name") }, { STR("q"), STR("a") } };
static const struct http_pair mixed[] = { { STR("cursor"), STR("xyz") },    { STR("q"), STR("a") },
	                                  { STR("limit"), STR("3") },       { STR("sort"), STR("name") },
	                                  { STR("include"), STR("total") }, { STR("fields"), STR("id") } };
static const struct http_pair other[] = { { STR("sort"), STR("name") }, { STR("q"), STR("b") } };
static const struct http_pair shifted[] = { { STR("sort"), STR("nameq") }, { STR(""), STR("a") } };

static void a_cursor_is_bound_to_its_list(void **state)
{
	struct arena *arena = arena_new(4096, 65536, NULL, NULL);
	struct actor actor = { .account_id = uuid_from_name(STR("someone")) };
	struct str scope = page_scope(arena, STR("list"), NULL, plain, 2);

	assert_str(page_scope(arena, STR("list"), NULL, mixed, ARRAY_COUNT(mixed)), scope);
	assert_false(str_eq(page_scope(arena, STR("list"), NULL, other, 2), scope));
	assert_false(str_eq(page_scope(arena, STR("list"), NULL, shifted, 2), scope));
	assert_false(str_eq(page_scope(arena, STR("list"), NULL, plain, 1), scope));
	assert_false(str_eq(page_scope(arena, STR("list"), &actor, plain, 2), scope));
	assert_false(str_eq(page_scope(arena, STR("lists"), NULL, plain, 2), scope));
	assert_str(page_scope(arena, STR("list"), NULL, NULL, 0), page_scope(arena, STR("list"), NULL, mixed, 1));
	arena_free(arena);
}

/* ---- OpenAPI ------------------------------------------------------------------------------------------------------
 */

static const struct service *const services[] = { &probe_service, NULL };

static json_t *document(const struct app_kind *kind)
{
	struct buf buf;
	json_t *root;

	buf_init(&buf, 1024 * 1024);
	openapi_write(&buf, kind, services);
	assert_int_equal(json_check(buf_view(&buf)), 0);
	root = json_loadb(buf.ptr, buf.len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	buf_done(&buf);
	return root;
}

#define END ((const char *)NULL)

/* The value at a path of keys and END; numbers index arrays. */
static json_t *at(json_t *value, ...)
{
	va_list keys;
	const char *key;

	va_start(keys, value);
	while ((key = va_arg(keys, const char *))) {
		json_t *next = json_is_array(value) ? json_array_get(value, strtoul(key, NULL, 10))
		                                    : json_object_get(value, key);

		if (!next)
			test_fail("no %s", key);
		value = next;
	}
	va_end(keys);
	return value;
}

static json_t *parameter(json_t *operation, const char *name)
{
	json_t *parameters = json_object_get(operation, "parameters");

	for (size_t i = 0; i < json_array_size(parameters); i++)
		if (!strcmp(json_string_value(at(json_array_get(parameters, i), "name", END)), name))
			return json_array_get(parameters, i);
	test_fail("no parameter %s", name);
	return NULL;
}

static void the_document_says_what_the_rows_say(void **state)
{
	json_t *root = document(&app_public_api);
	json_t *create = at(root, "paths", "/api/things", "post", END),
	       *list = at(root, "paths", "/api/things", "get", END);
	json_t *touch = at(root, "paths", "/api/things/{id}", "patch", END);

	assert_string_equal(json_string_value(at(root, "openapi", END)), "3.1.0");
	assert_string_equal(json_string_value(at(create, "operationId", END)), "thing_create");
	assert_string_equal(json_string_value(at(create, "tags", "0", END)), "probe");
	assert_true(json_is_true(at(parameter(create, "Idempotency-Key"), "required", END)));
	assert_non_null(at(create, "responses", "201", "headers", "Location", END));
	assert_non_null(at(create, "security", "0", "bearer", END));
	assert_non_null(strstr(json_string_value(at(create, "responses", "409", "description", END)), "sold_out"));
	assert_non_null(strstr(json_string_value(at(create, "responses", "422", "description", END)),
	                       "idempotency_key_reused"));
	assert_string_equal(
	        json_string_value(at(create, "requestBody", "content", "application/json", "schema", "$ref", END)),
	        "#/components/schemas/new_thing");
	assert_string_equal(json_string_value(at(parameter(list, "filter[amount][gte]"), "in", END)), "query");
	assert_string_equal(json_string_value(at(parameter(list, "limit"), "schema", "type", END)), "integer");
	assert_int_equal(json_integer_value(at(parameter(list, "limit"), "schema", "maximum", END)), 100);
	assert_true(json_is_false(at(parameter(list, "cursor"), "required", END)));
	assert_string_equal(json_string_value(at(parameter(touch, "id"), "schema", "format", END)), "uuid");
	assert_true(json_is_true(at(parameter(touch, "If-Match"), "required", END)));
	assert_string_equal(json_string_value(at(touch, "x-permission", END)), "orders.own");
	assert_non_null(at(root, "paths", "/ws/things/{id}", "get", "responses", "101", END));
	assert_non_null(at(root, "components", "schemas", "thing_part", END));
	assert_non_null(at(root, "components", "schemas", "Money", "properties", "currency", END));
	json_decref(root);
}

static bool names(json_t *operation, const char *status, const char *code)
{
	return strstr(json_string_value(at(operation, "responses", status, "description", END)), code);
}

/* Nobody wrote these down. */
static void the_document_says_what_follows(void **state)
{
	json_t *root = document(&app_public_api);
	json_t *list = at(root, "paths", "/api/things", "get", END),
	       *touch = at(root, "paths", "/api/things/{id}", "patch", END),
	       *remove = at(root, "paths", "/api/things/{id}", "delete", END);

	assert_true(names(list, "400", "invalid_parameter") && names(list, "400", "invalid_cursor"));
	assert_string_equal(json_string_value(at(parameter(list, "sort"), "schema", "enum", "1", END)), "-amount");
	assert_string_equal(json_string_value(at(parameter(list, "sort"), "schema", "default", END)), "name");
	assert_int_equal(json_integer_value(at(parameter(list, "limit"), "schema", "default", END)), 20);
	assert_string_equal(json_string_value(at(root, "components", "schemas", "thing_view_page", "properties", "data",
	                                         "items", "$ref", END)),
	                    "#/components/schemas/thing_view");
	assert_true(names(touch, "404", "not_found") && names(touch, "412", "precondition_failed"));
	assert_true(names(touch, "428", "precondition_required"));
	assert_true(json_is_true(at(touch, "responses", "200", "headers", "ETag", "required", END)));
	assert_null(json_object_get(at(remove, "responses", "204", END), "content"));
	assert_non_null(at(root, "paths", "/docs", "get", "responses", "200", "content", "text/html", END));
	json_decref(root);
}

/* Every $ref leads somewhere. */
static void check_refs(json_t *root, json_t *value)
{
	for (size_t i = 0; i < json_array_size(value); i++)
		check_refs(root, json_array_get(value, i));
	for (void *at_key = json_object_iter(value); at_key; at_key = json_object_iter_next(value, at_key)) {
		json_t *child = json_object_iter_value(at_key);

		if (strcmp(json_object_iter_key(at_key), "$ref") != 0)
			check_refs(root, child);
		else
			at(root, "components", "schemas", json_string_value(child) + strlen("#/components/schemas/"),
			   END);
	}
}

static void references_lead_somewhere(void **state)
{
	for (size_t i = 0; i < app_kinds.count; i++) {
		const struct app_kind *kind = app_kinds.items[i];
		json_t *root = document(kind);

		check_refs(root, root);
		assert_non_null(at(root, "paths", "/ready", "get", END));
		assert_int_equal(json_object_get(at(root, "paths", END), "/api/things") != NULL,
		                 kind == &app_public_api);
		json_decref(root);
	}
}

/* ---- Refusals -------------------------------------------------------------------------------------------------- */

#define LIGHT_STATES(X) X(LIGHT, green) X(LIGHT, amber) X(LIGHT, red) X(LIGHT, dark)
CHOICE_ENUM(light, LIGHT_STATES)
CHOICE_TABLE(light, LIGHT_STATES)

enum { BY_CLOCK = 1, BY_HAND = 2, AT_NIGHT = 1 };

static const struct machine_row light_rows[] = {
	{ LIGHT_green, LIGHT_amber, BY_CLOCK },
	{ LIGHT_green, LIGHT_dark, BY_HAND, .guard = AT_NIGHT },
	{ LIGHT_green, LIGHT_red, BY_HAND },
	{ LIGHT_green, LIGHT_amber, BY_HAND },
};
static const struct machine light_machine = MACHINE(light, light_rows);

static bool holds(int guard, const void *facts)
{
	return !*(const bool *)facts || guard != AT_NIGHT;
}

static void ask_light(void *arg)
{
	static const struct problem no_light = { .code = "no_light", .status = 409, .title = "No" };

	refuse_transition(&no_light, .machine = &light_machine, .noun = "a light", .from = LIGHT_green,
	                  .to = LIGHT_green, .who = BY_CLOCK | BY_HAND, .holds = holds, .facts = arg);
}

static void refuse_lights(void *arg)
{
	bool day = false;
	struct failure failure = task_attempt(ask_light, &day);

	assert_str(failure.detail, STR("a light that is green cannot become green"));
	assert_str(failure.members[0].name, STR("allowed"));
	assert_str(failure.members[0].json, STR("[\"amber\",\"dark\",\"red\"]"));
	day = true;
	failure = task_attempt(ask_light, &day);
	assert_str(failure.members[0].json, STR("[\"amber\",\"red\"]"));
}

static void refused_moves_list_what_is_allowed(void **state)
{
	struct loop *loop = loop_new();

	assert_non_null(task_spawn(loop, &(struct task_options){ .name = "test" }, refuse_lights, NULL));
	loop_run(loop);
	loop_free(loop);
}

/* ---- Keysets --------------------------------------------------------------------------------------------------- */

struct keyed_row {
	struct str text;
	int64_t number;
	double real;
	bool flag;
	struct uuid id;
};

#define KEY(name_, type_) \
	{ \
		.name = #name_, .type = (type_), .offset = offsetof(struct keyed_row, name_) \
	}

static const struct sql_key keys[][SQL_KEYS_MAX] = {
	{ KEY(text, SQL_TEXT), KEY(number, SQL_TIME), KEY(real, SQL_F64), KEY(id, SQL_UUID) },
	{ KEY(flag, SQL_BOOL), KEY(number, SQL_I16), KEY(text, SQL_TEXT), KEY(id, SQL_UUID) },
};

static void keysets_come_back(void **state)
{
	struct arena *arena = arena_new(4096, 65536, NULL, NULL);
	struct keyed_row row = { .text = STR("a\"b"), .number = INT64_MIN, .real = -0.5, .flag = true };
	union sql_key_value back[SQL_KEYS_MAX];
	struct sql_order orders[] = { { .name = "one", .keys = keys[0], .key_count = 4 },
		                      { .name = "swapped", .keys = keys[1], .key_count = 4 } };

	row.id = uuid_from_name(STR("row"));
	struct str one = keyset_write(arena, &orders[0], &row), swapped = keyset_write(arena, &orders[1], &row);
	assert_int_equal(keyset_read(&orders[0], one, back), 0);
	assert_str(back[0].text, row.text);
	assert_true(back[1].number == INT64_MIN && back[2].real == -0.5 && uuid_eq(back[3].id, row.id));
	assert_int_equal(keyset_read(&orders[1], swapped, back), 0);
	assert_true(back[0].flag && back[1].number == INT64_MIN && uuid_eq(back[3].id, row.id));
	assert_str(back[2].text, row.text);
	/* Another order's, cut short, or too long. */
	assert_int_equal(keyset_read(&orders[0], swapped, back), -1);
	assert_int_equal(keyset_read(&orders[1], one, back), -1);
	for (size_t len = 0; len < one.len; len++)
		assert_int_equal(keyset_read(&orders[0], str_slice(one, 0, len), back), -1);
	assert_int_equal(keyset_read(&orders[0], str_printf(arena, "%.*s!", STR_ARG(one)), back), -1);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fingerprints_tell_requests_apart),
		cmocka_unit_test(scopes_tell_principals_apart),
		cmocka_unit_test(a_cursor_is_bound_to_its_list),
		cmocka_unit_test(the_document_says_what_the_rows_say),
		cmocka_unit_test(the_document_says_what_follows),
		cmocka_unit_test(references_lead_somewhere),
		cmocka_unit_test(refused_moves_list_what_is_allowed),
		cmocka_unit_test(keysets_come_back),
	};

	return cmocka_run_group_tests_name("pure", tests, NULL, NULL);
}
