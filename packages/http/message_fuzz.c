/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a route reads out of a request's line and headers: entity tags, idempotency keys, queries, paths, cursors, and
 * addresses in X-Forwarded-For and in the configuration.
 */
#include "base/arena.h"
#include "base/check.h"
#include "base/encode.h"
#include "base/test_fuzz.h"
#include "http/message.h"
#include "http/proxy.h"

enum { PAIRS_MAX = 8, PAYLOAD_MAX = 256 };

static void fuzz_etag(struct str text)
{
	int version = etag_has_version(text, 1), known = etag_is_known(text, STR("\"v1-00000000000000ab\""));

	CHECK((version < 0) == (known < 0));
}

static void fuzz_idempotency_key(struct arena *arena, struct str text)
{
	struct str key;

	if (idempotency_key_parse(arena, text, &key))
		return;
	CHECK(key.len >= 1 && key.len <= 255);
	for (size_t i = 0; i < key.len; i++)
		CHECK(key.ptr[i] >= ' ' && key.ptr[i] <= '~');
}

static void fuzz_query(struct arena *arena, struct str text)
{
	struct http_pair *pairs = NULL;
	size_t count = 0;

	if (query_parse(arena, text, PAIRS_MAX, &pairs, &count))
		return;
	CHECK(count <= PAIRS_MAX);
	for (size_t i = 0; i < count; i++) {
		CHECK(utf8_valid(pairs[i].name) && utf8_valid(pairs[i].value));
		CHECK(pairs[i].name.len + pairs[i].value.len <= text.len);
	}
}

static void fuzz_path(struct arena *arena, struct str text)
{
	static const char *const templates[] = {
		"/",          "/api/orders", "/api/orders/{id}", "/api/orders/{id}/cancel",
		"/{a}/{b}/c", "/x/{a}/{b}",  "/api/{all}/due"
	};
	struct router *router = router_new();
	struct route_match match = { .count = 0 };
	unsigned allowed = 0;

	for (size_t i = 0; i < ARRAY_COUNT(templates); i++)
		CHECK(!router_add(router, i % 2 ? HTTP_GET : HTTP_POST, templates[i], templates[i]));
	if (router_find(router, arena, HTTP_GET, text, &match, &allowed)) {
		CHECK(match.count <= ROUTE_PARAMS_MAX);
		for (size_t i = 0; i < match.count; i++)
			CHECK(utf8_valid(match.values[i]) && match.values[i].len);
	}
	router_free(router);
}

/* Ours opens to what was sealed; with any bit changed, under another scope, or with more or less text, it is nobody's.
 */
static void fuzz_cursor(struct arena *arena, struct str text)
{
	struct cursor_key key;
	struct str payload = str_slice(text, 0, text.len < PAYLOAD_MAX ? text.len : PAYLOAD_MAX);
	struct str sealed, opened;
	char *changed;

	cursor_key_init(&key, STR("0123456789abcdef0123456789abcdef"));
	CHECK(cursor_open(arena, &key, STR("orders"), text, &opened));
	sealed = cursor_seal(arena, &key, STR("orders"), payload);
	CHECK(!cursor_open(arena, &key, STR("orders"), sealed, &opened) && str_eq(opened, payload));
	CHECK(cursor_open(arena, &key, STR("order"), sealed, &opened));
	changed = str_cstr(arena, sealed);
	changed[(text.len ? (uint8_t)text.ptr[0] * 7u : 0) % sealed.len] ^=
	        text.len > 1 && text.ptr[1] ? text.ptr[1] : 1;
	CHECK(cursor_open(arena, &key, STR("orders"), (struct str){ changed, sealed.len }, &opened));
	CHECK(cursor_open(arena, &key, STR("orders"), str_slice(sealed, 0, sealed.len - 1), &opened));
}

static void fuzz_address(struct str text)
{
	struct address address, again;
	struct proxies proxies;
	char out[ADDRESS_TEXT_MAX];

	if (!address_parse(text, &address)) {
		size_t len = address_format(&address, out);

		CHECK(len > 0 && len <= sizeof(out));
		CHECK(!address_parse((struct str){ out, len }, &again) && !memcmp(&address, &again, sizeof(address)));
	}
	if (!proxies_parse(text, &proxies)) {
		CHECK(proxies.count <= PROXIES_MAX);
		for (size_t i = 0; i < proxies.count; i++)
			CHECK(proxies_trust(&proxies, &proxies.items[i].net));
	}
	CHECK(!proxies_parse(STR("127.0.0.1,10.0.0.0/8,::1"), &proxies));
	if (!forwarded_client(&proxies, text, &address))
		CHECK(address_format(&address, out) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(4096, (size_t)4 << 20, NULL, NULL);
	struct str text = { size ? (const char *)data : "", size };

	if (size <= 16 * 1024) {
		fuzz_etag(text);
		fuzz_idempotency_key(arena, text);
		fuzz_query(arena, text);
		fuzz_path(arena, text);
		fuzz_cursor(arena, text);
		fuzz_address(text);
	}
	arena_free(arena);
	return 0;
}
