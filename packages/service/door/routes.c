/* SPDX-License-Identifier: Apache-2.0 */
#include "base/check.h"
#include "http/message.h"
#include "service/internal.h"

enum { ROUTE_ARENA_MAX = 16 * 1024 * 1024 };

static const struct route *const no_tables[1];

const struct route *const *service_plain_routes(const struct service *service, enum audience audience)
{
	const struct route *const *tables = NULL;

	if (audience == AUDIENCE_PUBLIC)
		tables = service->public_routes;
	else if (audience == AUDIENCE_ADMIN)
		tables = service->admin_routes;
	return tables ? tables : no_tables;
}

struct route_tables service_routes(const struct service *service, enum audience audience)
{
	if (audience == AUDIENCE_PUBLIC)
		return service->public_tables;
	return audience == AUDIENCE_ADMIN ? service->admin_tables : (struct route_tables){ 0 };
}

/* ---- What follows from a row ---------------------------------------------------------------------------------- */

static const struct schema *unless_nothing(const struct schema *schema)
{
	return schema == &nothing_schema ? NULL : schema;
}

static int status_of(const struct route *route)
{
	bool gives = route->reply || (route->handler && route->handler->gives != &nothing_schema);

	if (route->status)
		return route->status;
	if (route->creates)
		return 201;
	if (route->websocket)
		return 101;
	return gives || route->plain || route->media || route->stream ? 200 : 204;
}

static const struct schema_field *version_of(const struct schema *reply)
{
	const struct schema_field *field = schema_field_find(reply, STR("version"));

	return field && field->kind == JSON_i64 ? field : NULL;
}

static struct route_entry entry_of(struct arena *arena, const struct route *route)
{
	struct route_entry entry = { .route = route, .name = route->name, .status = status_of(route) };
	const struct handler *handler = route->handler;
	bool by_query = route->method == HTTP_GET || route->method == HTTP_DELETE;

	if (!handler) {
		entry.run = route->plain;
		entry.query = route->query;
		entry.body = route->body;
		entry.reply = route->reply;
		return entry;
	}
	if (!entry.name)
		entry.name = handler->name;
	entry.run = handler->run;
	entry.query = by_query ? unless_nothing(handler->takes) : NULL;
	entry.body = by_query ? NULL : unless_nothing(handler->takes);
	entry.reply = unless_nothing(handler->gives);
	entry.version = version_of(entry.reply);
	if (route->list) {
		entry.list = list_shapes_make(arena, route);
		entry.query = &entry.list->query;
		entry.reply = &entry.list->page;
	}
	return entry;
}

/* ---- The table ------------------------------------------------------------------------------------------------ */

static NORETURN void refuse_start(const struct route *route, const char *why)
{
	const char *name = route->name || !route->handler ? route->name : route->handler->name;

	fprintf(stderr, "route %s %s (%s): %s\n", http_method_name(route->method), route->path,
	        name ? name : "without a name", why);
	check_failed(__FILE__, __LINE__, "route");
}

static void add_route(struct route_table *table, const struct route *route, const char *tag, bool probe)
{
	struct route_entry *entry = &table->entries[table->count];
	size_t body_max = route->body_max ? route->body_max : ROUTE_BODY_MAX;
	char why[256];

	if (route_check(route, why, sizeof(why)))
		refuse_start(route, why);
	*entry = entry_of(table->arena, route);
	entry->tag = tag;
	entry->index = table->count++;
	entry->probe = probe;
	if (router_add(table->router, route->method, route->path, entry))
		refuse_start(route, "is there twice");
	table->body_max = body_max > table->body_max ? body_max : table->body_max;
}

static void add_routes(struct route_table *table, const struct routes *routes, const char *tag, bool probe)
{
	for (size_t i = 0; i < routes->count; i++)
		add_route(table, &routes->rows[i], tag, probe);
}

static void add_service(struct route_table *table, const struct service *service, enum audience audience)
{
	struct route_tables tables = service_routes(service, audience);

	for (size_t i = 0; i < tables.count; i++)
		add_routes(table, tables.items[i], service->name, false);
	for (const struct route *const *rows = service_plain_routes(service, audience); *rows; rows++)
		for (const struct route *row = *rows; row->path; row++)
			add_route(table, row, service->name, false);
}

static size_t count_tables(const struct route_tables *tables)
{
	size_t count = 0;

	for (size_t i = 0; i < tables->count; i++)
		count += tables->items[i]->count;
	return count;
}

static size_t count_service(const struct service *service, enum audience audience)
{
	struct route_tables tables = service_routes(service, audience);
	size_t count = count_tables(&tables);

	for (const struct route *const *rows = service_plain_routes(service, audience); *rows; rows++)
		for (const struct route *row = *rows; row->path; row++)
			count++;
	return count;
}

void route_table_init(struct route_table *table, const struct app_kind *kind, const struct service *const *services)
{
	size_t count = system_routes.count + count_tables(&kind->routes);

	for (size_t i = 0; services && services[i]; i++)
		count += count_service(services[i], kind->audience);
	CHECK(count > 0);
	*table = (struct route_table){ .arena = arena_new(4096, ROUTE_ARENA_MAX, NULL, NULL), .router = router_new() };
	table->entries = ARENA_ARRAY(table->arena, struct route_entry, count);
	add_routes(table, &system_routes, "system", true);
	for (size_t i = 0; i < kind->routes.count; i++)
		add_routes(table, kind->routes.items[i], "system", false);
	for (size_t i = 0; services && services[i]; i++)
		add_service(table, services[i], kind->audience);
}

void route_table_done(struct route_table *table)
{
	router_free(table->router);
	arena_free(table->arena);
	*table = (struct route_table){ 0 };
}
