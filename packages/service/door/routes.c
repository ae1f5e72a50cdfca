/* SPDX-License-Identifier: Apache-2.0 */
#include "base/check.h"
#include "http/message.h"
#include "service/internal.h"

static const struct route *const no_tables[1];

const struct route *const *service_routes(const struct service *service, enum app_kind kind)
{
	const struct route *const *tables = NULL;

	if (kind == APP_PUBLIC_API)
		tables = service->public_routes;
	else if (kind == APP_ADMIN_API)
		tables = service->admin_routes;
	return tables ? tables : no_tables;
}

static size_t count_routes(const struct route *routes)
{
	size_t count = 0;

	while (routes[count].path)
		count++;
	return count;
}

/* What would only show at a request, shown at start. */
static void check_route(const struct route *route)
{
	bool complete = route->name && route->doc && route->handler && route->path[0] == '/';

	if (complete && !((route->websocket || route->stream) && route->method != HTTP_GET) &&
	    !(route->body && route->raw_body))
		return;
	fprintf(stderr, "route %s %s is not well formed\n", http_method_name(route->method), route->path);
	check_failed(__FILE__, __LINE__, "route");
}

static void add_routes(struct route_table *table, const struct route *routes, const char *tag, bool probe)
{
	for (; routes->path; routes++) {
		struct route_entry *entry = &table->entries[table->count];

		check_route(routes);
		*entry = (struct route_entry){ .route = routes, .tag = tag, .index = table->count++, .probe = probe };
		if (router_add(table->router, routes->method, routes->path, entry)) {
			fprintf(stderr, "%s %s is a route of two services\n", http_method_name(routes->method),
			        routes->path);
			check_failed(__FILE__, __LINE__, "router_add");
		}
		size_t body_max = routes->body_max ? routes->body_max : ROUTE_BODY_MAX;
		table->body_max = body_max > table->body_max ? body_max : table->body_max;
	}
}

void route_table_init(struct route_table *table, enum app_kind kind, const struct service *const *services)
{
	bool is_api = kind == APP_PUBLIC_API || kind == APP_ADMIN_API;
	size_t count = count_routes(system_routes) + count_routes(docs_routes) + count_routes(audit_routes);

	for (size_t i = 0; services && services[i]; i++)
		for (const struct route *const *routes = service_routes(services[i], kind); *routes; routes++)
			count += count_routes(*routes);
	CHECK(count > 0);
	*table = (struct route_table){ .router = router_new(), .entries = calloc(count, sizeof(struct route_entry)) };
	CHECK(table->entries);
	add_routes(table, system_routes, "system", true);
	if (is_api)
		add_routes(table, docs_routes, "system", false);
	if (kind == APP_ADMIN_API)
		add_routes(table, audit_routes, "system", false);
	for (size_t i = 0; services && services[i]; i++)
		for (const struct route *const *routes = service_routes(services[i], kind); *routes; routes++)
			add_routes(table, *routes, services[i]->name, false);
}

void route_table_done(struct route_table *table)
{
	router_free(table->router);
	free(table->entries);
	*table = (struct route_table){ 0 };
}
