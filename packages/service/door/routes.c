/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "base/check.h"
#include "http/message.h"
#include "service/internal.h"

enum { ROUTE_ARENA_MAX = 16 * 1024 * 1024 };

struct route_tables subject_routes(const struct subject *subject, enum audience audience)
{
	if (audience == AUDIENCE_PUBLIC)
		return subject->public_routes;
	return audience == AUDIENCE_ADMIN ? subject->admin_routes : (struct route_tables){ 0 };
}

bool service_has_routes(const struct service *service, enum audience audience)
{
	for (size_t i = 0; i < service->subjects.count; i++)
		if (subject_routes(service->subjects.items[i], audience).count)
			return true;
	return false;
}

/* ---- What follows from a row ---------------------------------------------------------------------------------- */

static const struct schema *unless_nothing(const struct schema *schema)
{
	return schema == &nothing_schema ? NULL : schema;
}

static int status_of(const struct route *route)
{
	bool gives = route->handler->gives != &nothing_schema;

	if (route->status)
		return route->status;
	if (route->creates)
		return 201;
	if (route->websocket)
		return 101;
	return gives || route->media || route->stream ? 200 : 204;
}

static const struct schema_field *version_of(const struct schema *reply)
{
	const struct schema_field *field = schema_field_find(reply, STR("version"));

	return field && field->kind == JSON_i64 ? field : NULL;
}

static struct route_entry entry_of(struct arena *arena, const struct route *route, bool probe)
{
	struct route_entry entry = { .route = route, .name = route->name, .status = status_of(route) };
	const struct handler *handler = route->handler;
	bool by_query = route->method == HTTP_GET || route->method == HTTP_DELETE;

	if (!entry.name)
		entry.name = handler->name;
	entry.run = handler->run;
	entry.query = by_query ? unless_nothing(handler->takes) : NULL;
	entry.body = by_query ? NULL : unless_nothing(handler->takes);
	entry.reply = unless_nothing(handler->gives);
	if (route->method == HTTP_GET && entry.reply && !probe) {
		entry.get = get_shapes_make(arena, route);
		entry.query = &entry.get->query;
		entry.reply = entry.get->gives;
	}
	entry.version = version_of(entry.reply); /* a page has none */
	entry.secret = entry.reply && schema_has_secrets(entry.reply);
	return entry;
}

/* ---- The table ------------------------------------------------------------------------------------------------ */

/* One line, as of a setting that is wrong: a core would show where rows are read, not where they stand. */
static NORETURN void refuse_start(const struct route *route, const char *why)
{
	const char *name = route->name || !route->handler ? route->name : route->handler->name;

	fprintf(stderr, "route %s %s (%s): %s\n", http_method_name(route->method), route->path,
	        name ? name : "without a name", why);
	_exit(2);
}

static void add_route(struct route_table *table, const struct route *route, const char *tag, bool probe)
{
	struct route_entry *entry = &table->entries[table->count];
	size_t body_max = route->body_max ? route->body_max : ROUTE_BODY_MAX;
	char why[256];

	if (route_check(route, why, sizeof(why)))
		refuse_start(route, why);
	*entry = entry_of(table->arena, route, probe);
	entry->tag = tag;
	entry->index = table->count++;
	entry->probe = probe;
	if (router_add(table->router, route->method, route->path, entry))
		refuse_start(route, "is there twice, or a path of its shape has other names in braces");
	table->body_max = body_max > table->body_max ? body_max : table->body_max;
}

static void add_routes(struct route_table *table, const struct routes *routes, const char *tag, bool probe)
{
	for (size_t i = 0; i < routes->count; i++)
		add_route(table, &routes->rows[i], tag, probe);
}

static void add_tables(struct route_table *table, const struct route_tables *tables, const char *tag)
{
	for (size_t i = 0; i < tables->count; i++)
		add_routes(table, tables->items[i], tag, false);
}

static size_t count_tables(const struct route_tables *tables)
{
	size_t count = 0;

	for (size_t i = 0; i < tables->count; i++)
		count += tables->items[i]->count;
	return count;
}

static size_t count_services(const struct service *const *services, enum audience audience)
{
	struct subject_walk walk = { .services = services };
	size_t count = 0;

	for (const struct subject *subject; (subject = subject_next(&walk));) {
		struct route_tables tables = subject_routes(subject, audience);

		count += count_tables(&tables);
	}
	return count;
}

void route_table_init(struct route_table *table, const struct app_kind *kind, const struct service *const *services)
{
	struct subject_walk walk = { .services = services };
	size_t count = system_routes.count + openapi_routes.count + count_tables(&kind->routes) +
	               count_services(services, kind->audience);

	CHECK(count > 0);
	*table = (struct route_table){ .arena = arena_new(4096, ROUTE_ARENA_MAX, NULL, NULL), .router = router_new() };
	table->entries = ARENA_ARRAY(table->arena, struct route_entry, count);
	add_routes(table, &system_routes, "system", true);
	add_routes(table, &openapi_routes, "system", false);
	add_tables(table, &kind->routes, "system");
	for (const struct subject *subject; (subject = subject_next(&walk));) {
		struct route_tables tables = subject_routes(subject, kind->audience);

		add_tables(table, &tables, walk.service->name);
	}
}

void route_table_check_permissions(const struct route_table *table, const struct permissions *permissions)
{
	char why[256];

	for (size_t i = 0; i < table->count; i++) {
		const struct route *route = table->entries[i].route;

		if (permission_is_known(permissions, route->needs))
			continue;
		snprintf(why, sizeof(why), "its permission %s is in no service's list", route->needs->name);
		refuse_start(route, why);
	}
}

static bool is_subscription(struct subscriptions subscriptions, const char *name)
{
	for (size_t i = 0; i < subscriptions.count; i++)
		if (!strcmp(subscriptions.rows[i].name, name))
			return true;
	return false;
}

void route_table_check_yields(const struct route_table *table, struct subscriptions subscriptions)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct route *route = table->entries[i].route;

		if (route->yields_to && !is_subscription(subscriptions, route->yields_to))
			refuse_start(route, "it yields to a consumer that no service has");
	}
}

void route_table_done(struct route_table *table)
{
	router_free(table->router);
	arena_free(table->arena);
	*table = (struct route_table){ 0 };
}
