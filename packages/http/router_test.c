/* SPDX-License-Identifier: Apache-2.0 */
#include "http/test_main.h"

#include "base/check.h"
#include "http/message.h"

static struct arena *arena;
static struct router *router;

static const struct {
	enum http_method method;
	const char *path;
} routes[] = {
	{ HTTP_GET, "/" },
	{ HTTP_GET, "/api/orders" },
	{ HTTP_POST, "/api/orders" },
	{ HTTP_GET, "/api/orders/{id}" },
	{ HTTP_POST, "/api/orders/{id}/cancel" },
	{ HTTP_GET, "/api/products/{id}" },
	{ HTTP_GET, "/api/products/by-sku/{sku}" },
	{ HTTP_GET, "/api/products/{id}/media/{file}" },
	{ HTTP_DELETE, "/api/products/by-sku" },
	{ HTTP_PUT, "/api/products/{id}" },
	{ HTTP_GET, "/a/{x}/b/{y}/c" },
	{ HTTP_GET, "/a/lit/{z}/{w}/d" },
	{ HTTP_GET, "/a/{x}/b/lit/{v}" },
	{ HTTP_POST, "/a/lit/b/lit/c" },
	{ HTTP_GET, "/health" },
};

static int set_up(void **state)
{
	arena = arena_new(4096, 1024 * 1024, NULL, NULL);
	router = router_new();
	for (size_t i = 0; i < ARRAY_COUNT(routes); i++)
		assert_int_equal(router_add(router, routes[i].method, routes[i].path, routes[i].path), 0);
	return 0;
}

static int tear_down(void **state)
{
	router_free(router);
	arena_free(arena);
	return 0;
}

#define BIT(method) (1U << HTTP_##method)

static const struct {
	enum http_method method;
	struct str path;
	const char *found; /* NULL: `allowed` */
	unsigned int allowed;
	const char *params;
} rows[] = {
	{ HTTP_GET, STR("/"), "/", 0, "" },
	{ HTTP_GET, STR("/health"), "/health", 0, "" },
	{ HTTP_GET, STR("/api/orders"), "/api/orders", 0, "" },
	{ HTTP_POST, STR("/api/orders"), "/api/orders", 0, "" },
	{ HTTP_GET, STR("/api/orders/7"), "/api/orders/{id}", 0, "id=7;" },
	{ HTTP_POST, STR("/api/orders/7/cancel"), "/api/orders/{id}/cancel", 0, "id=7;" },
	{ HTTP_GET, STR("/api/products/by-sku/a%2Fb"), "/api/products/by-sku/{sku}", 0, "sku=a/b;" },
	{ HTTP_GET, STR("/api/products/by-sku"), "/api/products/{id}", 0, "id=by-sku;" },
	{ HTTP_DELETE, STR("/api/products/by-sku"), "/api/products/by-sku", 0, "" },
	{ HTTP_GET, STR("/api/products/by-sku/media/x"), "/api/products/{id}/media/{file}", 0, "id=by-sku;file=x;" },
	{ HTTP_GET, STR("/api/products/by-sku/media"), "/api/products/by-sku/{sku}", 0, "sku=media;" },
	{ HTTP_PUT, STR("/api/products/7"), "/api/products/{id}", 0, "id=7;" },
	/* A literal that leads nowhere costs nothing, on whatever level it stands. */
	{ HTTP_GET, STR("/a/1/b/2/c"), "/a/{x}/b/{y}/c", 0, "x=1;y=2;" },
	{ HTTP_GET, STR("/a/lit/b/2/c"), "/a/{x}/b/{y}/c", 0, "x=lit;y=2;" },
	{ HTTP_GET, STR("/a/lit/b/2/d"), "/a/lit/{z}/{w}/d", 0, "z=b;w=2;" },
	{ HTTP_GET, STR("/a/lit/b/lit/d"), "/a/lit/{z}/{w}/d", 0, "z=b;w=lit;" },
	{ HTTP_GET, STR("/a/lit/b/lit/c"), "/a/{x}/b/lit/{v}", 0, "x=lit;v=c;" },
	{ HTTP_POST, STR("/a/lit/b/lit/c"), "/a/lit/b/lit/c", 0, "" },
	{ HTTP_GET, STR("/api/orders/a+b%20c"), "/api/orders/{id}", 0, "id=a+b c;" },

	{ HTTP_DELETE, STR("/api/orders"), NULL, BIT(GET) | BIT(POST), NULL },
	{ HTTP_DELETE, STR("/api/products/7"), NULL, BIT(GET) | BIT(PUT), NULL },
	{ HTTP_PUT, STR("/a/lit/b/lit/c"), NULL, BIT(GET) | BIT(POST), NULL },
	{ HTTP_GET, STR("/api/orders/7/cancel"), NULL, BIT(POST), NULL },
	{ HTTP_GET, STR("/api"), NULL, 0, NULL },
	{ HTTP_GET, STR("/api/orders/"), NULL, 0, NULL },
	{ HTTP_GET, STR("//"), NULL, 0, NULL },
	{ HTTP_GET, STR("/API/orders"), NULL, 0, NULL },
	{ HTTP_GET, STR("/api/orders/7/"), NULL, 0, NULL },
	{ HTTP_GET, STR("/api/orders/%zz"), NULL, 0, NULL },
	{ HTTP_GET, STR("/api/orders/%00"), NULL, 0, NULL },
	{ HTTP_GET, STR("/api/orders/%ff"), NULL, 0, NULL },
	{ HTTP_GET, STR("*"), NULL, 0, NULL },
	{ HTTP_GET, STR(""), NULL, 0, NULL },
	{ HTTP_GET, STR("/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17"), NULL, 0, NULL },
};

static void test_find(void **state)
{
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct route_match match = { 0 };
		unsigned int allowed = 99;
		const char *found = router_find(router, arena, rows[i].method, rows[i].path, &match, &allowed);
		struct buf params;

		if (!rows[i].found) {
			assert_null(found);
			assert_int_equal(allowed, rows[i].allowed);
			continue;
		}
		assert_non_null(found);
		assert_string_equal(found, rows[i].found);
		buf_init_arena(&params, arena, 1024);
		for (size_t k = 0; k < match.count; k++)
			buf_printf(&params, "%.*s=%.*s;", STR_ARG(match.names[k]), STR_ARG(match.values[k]));
		buf_char(&params, '\0');
		assert_string_equal(params.ptr, rows[i].params);
	}
}

static void test_twice(void **state)
{
	assert_int_equal(router_add(router, HTTP_GET, "/api/orders", "x"), -1);
	assert_int_equal(router_add(router, HTTP_GET, "/api/orders/{other}", "x"), -1);
	assert_int_equal(router_add(router, HTTP_DELETE, "/api/orders/{other}", "x"), -1);
	assert_int_equal(router_add(router, HTTP_DELETE, "/api/orders/{id}", "x"), 0);
	assert_int_equal(router_add(router, HTTP_GET, "/api/products/{id}/media/{name}", "x"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_find, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_twice, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
