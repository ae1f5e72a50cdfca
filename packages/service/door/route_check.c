/* SPDX-License-Identifier: Apache-2.0 */
/* What a row must not say. Found when a process starts, named in one line, instead of at somebody's request. */
#include <stdarg.h>
#include <string.h>

#include "base/check.h"
#include "service/door/keyset.h"
#include "service/internal.h"
#include "json/json.h"

static int refuse_row(char *why, size_t size, const char *format, ...) PRINTF_LIKE(3, 4);

static int refuse_row(char *why, size_t size, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, size, format, args);
	va_end(args);
	return -1;
}

const struct schema_field *schema_field_find(const struct schema *schema, struct str name)
{
	for (size_t i = 0; schema && i < schema->field_count; i++)
		if (str_eq(str_from(schema->fields[i].name), name))
			return &schema->fields[i];
	return NULL;
}

bool route_is_keyed(const struct route *route)
{
	return route->method == HTTP_POST || route->method == HTTP_PATCH;
}

static bool fits_a_path(const struct schema_field *field)
{
	return field && (field->kind == JSON_uuid || field->kind == JSON_str || field->kind == JSON_i64);
}

static int check_location(const struct route *route, char *why, size_t size)
{
	struct str rest = str_from(route->creates);

	for (;;) {
		(void)str_cut(&rest, '{');
		if (str_is_null(rest))
			return 0;
		struct str member = str_cut(&rest, '}');

		if (!fits_a_path(schema_field_find(route->handler->gives, member)))
			return refuse_row(why, size, ".creates names {%.*s}, of which %s has no uuid, str or i64",
			                  STR_ARG(member), route->handler->gives->name);
	}
}

/* Under a collection's path, with the id of what came of it: a 201 that was forgotten. */
static bool seems_to_create(const struct route *route)
{
	return route->method == HTTP_POST && !strchr(route->path, '{') &&
	       schema_field_find(route->handler->gives, STR("id"));
}

static int check_answer(const struct route *route, char *why, size_t size)
{
	bool gives = route->handler->gives != &nothing_schema;

	if (route->status == 201 && !route->creates)
		return refuse_row(why, size, "gives 201 without .creates");
	if (route->creates && !gives)
		return refuse_row(why, size, ".creates without an answer that says what was made");
	if (gives && route->media)
		return refuse_row(why, size, "gives %s and .media", route->handler->gives->name);
	if (!route->creates && !route->status && seems_to_create(route))
		return refuse_row(why, size,
		                  "gives %s with its id, by POST: .creates, or .status = 200 if it makes none",
		                  route->handler->gives->name);
	return route->creates ? check_location(route, why, size) : 0;
}

static int check_method(const struct route *route, char *why, size_t size)
{
	bool reads = route->method == HTTP_GET;

	if ((route->websocket || route->stream) && !reads)
		return refuse_row(why, size, "sockets and streams are opened by GET");
	if (route->idempotency == IDEMPOTENCY_REQUIRED && !route_is_keyed(route))
		return refuse_row(why, size, ".idempotency is for POST and PATCH");
	if (route->if_match != IF_MATCH_NONE && reads)
		return refuse_row(why, size, ".if_match is for changes");
	return 0;
}

static int check_conflicts(const struct route *route, char *why, size_t size)
{
	for (const struct conflict *row = route->conflicts; row && row->constraint; row++)
		if (!row->problem || !row->detail)
			return refuse_row(why, size, ".conflicts has %s without a problem or detail", row->constraint);
	return 0;
}

static int check_order(const struct sql_order *order, char *why, size_t size)
{
	if (!order->key_count || order->key_count > SQL_KEYS_MAX)
		return refuse_row(why, size, ".list orders %s by %zu keys, of 1 to %d", order->name, order->key_count,
		                  SQL_KEYS_MAX);
	for (size_t i = 0; i < order->key_count; i++)
		if (!keyset_can_carry(order->keys[i].type))
			return refuse_row(why, size, ".list orders %s by %s, which no cursor carries", order->name,
			                  order->keys[i].name);
	return 0;
}

/* What the door reads of a GET's query by itself; the first of any GET, the others of lists. */
static int check_query(const struct route *route, char *why, size_t size)
{
	static const char *const taken[] = { "fields", "limit", "cursor", "include", "sort" };

	for (size_t i = 0; i < (route->list ? ARRAY_COUNT(taken) : 1); i++)
		if (schema_field_find(route->handler->takes, str_from(taken[i])))
			return refuse_row(why, size, "takes %s, which the door reads", taken[i]);
	return 0;
}

static int check_list(const struct route *route, char *why, size_t size)
{
	const struct sql_list *list = route->list;

	if (route->handler->gives == &nothing_schema || route->method != HTTP_GET)
		return refuse_row(why, size, ".list without a handler of GET that gives its items");
	if (!list->order_count)
		return refuse_row(why, size, ".list has no order");
	for (size_t i = 0; i < list->order_count; i++)
		if (check_order(&list->orders[i], why, size))
			return -1;
	return 0;
}

static int check_patch(const struct route *route, char *why, size_t size)
{
	const struct schema *takes = route->handler->takes;
	char misfit[128];

	if (takes == &nothing_schema || (route->method != HTTP_PATCH && route->method != HTTP_POST))
		return refuse_row(why, size, ".patches without a body");
	if (takes->field_count > JSON_SENT_MAX)
		return refuse_row(why, size, "takes %s, which has more than %d members", takes->name, JSON_SENT_MAX);
	if (route->method == HTTP_PATCH && route->handler->gives != route->patches)
		return refuse_row(why, size, ".patches: a change of nothing is answered with %s, not with %s",
		                  route->patches->name, route->handler->gives->name);
	if (json_patch_check(takes, route->patches, misfit, sizeof(misfit)))
		return refuse_row(why, size, ".patches: %s", misfit);
	return 0;
}

int route_check(const struct route *route, char *why, size_t size)
{
	if (!route->handler)
		return refuse_row(why, size, "lacks a .handler");
	if (route->path[0] != '/' || !route->doc)
		return refuse_row(why, size, "lacks a path or a .doc");
	if (!route->needs)
		return refuse_row(why, size, "lacks .needs; what anyone may is &permission_anyone");
	if (route->form && (route->method != HTTP_POST || route->handler->takes == &nothing_schema))
		return refuse_row(why, size, ".form is for a POST that takes a shape");
	if (route->raw_body && route->handler->takes != &nothing_schema)
		return refuse_row(why, size, "takes a .raw_body and a shape");
	if (check_method(route, why, size) || check_conflicts(route, why, size))
		return -1;
	if (route->method == HTTP_GET && check_query(route, why, size))
		return -1;
	if ((route->list && check_list(route, why, size)) || (route->patches && check_patch(route, why, size)))
		return -1;
	return check_answer(route, why, size);
}
