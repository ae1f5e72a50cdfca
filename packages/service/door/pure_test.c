/* SPDX-License-Identifier: Apache-2.0 */
/* What needs neither stores nor sockets: fingerprints, scopes, and the OpenAPI document. */
#include "base/test.h"

#include <jansson.h>

#include "service/internal.h"
#include "service/probe.h"
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
	struct actor actor = { .account_id = uuid_from_name(STR("someone")) };
	struct uuid one = idempotency_scope(NULL, STR("10.0.0.1"));

	assert_true(uuid_eq(idempotency_scope(&actor, STR("10.0.0.1")), actor.account_id));
	assert_true(uuid_eq(idempotency_scope(NULL, STR("10.0.0.1")), one));
	assert_false(uuid_eq(idempotency_scope(NULL, STR("10.0.0.2")), one));
	assert_int_equal(one.bytes[6] >> 4, 8);
}

/* ---- Pages ------------------------------------------------------------------------------------------------------- */

static const struct http_pair plain[] = { { STR("sort"), STR("name") }, { STR("q"), STR("a") } };
static const struct http_pair mixed[] = {
	{ STR("cursor"), STR("xyz") }, { STR("q"), STR("a") }, { STR("limit"), STR("3") }, { STR("sort"), STR("name") }
};
static const struct http_pair other[] = { { STR("sort"), STR("name") }, { STR("q"), STR("b") } };
static const struct http_pair shifted[] = { { STR("sort"), STR("nameq") }, { STR(""), STR("a") } };

static void a_cursor_is_bound_to_its_list(void **state)
{
	struct arena *arena = arena_new(4096, 65536, NULL, NULL);
	struct actor actor = { .account_id = uuid_from_name(STR("someone")) };
	struct str scope = page_scope(arena, STR("list"), NULL, plain, 2);

	assert_str(page_scope(arena, STR("list"), NULL, mixed, 4), scope);
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
static const struct app_description description = { .name = "probe-api", .kind = APP_PUBLIC_API, .services = services };

static json_t *document(const struct app_description *of)
{
	struct buf buf;
	json_t *root;

	buf_init(&buf, 1024 * 1024);
	openapi_write(&buf, of);
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
	json_t *root = document(&description);
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
	static const enum app_kind kinds[] = { APP_PUBLIC_API, APP_ADMIN_API, APP_WORKER, APP_CRON };

	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
		json_t *root =
		        document(&(struct app_description){ .name = "x", .kind = kinds[i], .services = services });

		check_refs(root, root);
		assert_non_null(at(root, "paths", "/ready", "get", END));
		assert_int_equal(json_object_get(at(root, "paths", END), "/api/things") != NULL,
		                 kinds[i] == APP_PUBLIC_API);
		json_decref(root);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fingerprints_tell_requests_apart),
		cmocka_unit_test(scopes_tell_principals_apart),
		cmocka_unit_test(a_cursor_is_bound_to_its_list),
		cmocka_unit_test(the_document_says_what_the_rows_say),
		cmocka_unit_test(references_lead_somewhere),
	};

	return cmocka_run_group_tests_name("pure", tests, NULL, NULL);
}
