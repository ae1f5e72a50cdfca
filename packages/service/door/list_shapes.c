/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a list takes and gives beside its filters and items is the same for all lists, but for the names of its orders
 * and the shape of its items. So these shapes are patterns, of which each route with .list has a copy of its own.
 */
#include <string.h>

#include "base/check.h"
#include "http/message.h"
#include "service/internal.h"
#include "service/page.h"

static const struct choice page_sort_choice; /* a copy's is the list's */

#define PAGE_QUERY(X, T) \
	X(T, opt_i64, _, limit, .min = 1, .max = PAGE_LIMIT_MAX, .doc = "Rows a page") \
	X(T, str, code, cursor, .max = CURSOR_TEXT_MAX, .optional = true, \
	  .doc = "next_cursor of the page before; none: the first page") \
	X(T, choice, page_sort, sort, .optional = true, .doc = "The order; - in front: descending")

#define PAGE_VALUE(X, T) \
	X(T, list, nothing, data, .max = PAGE_LIMIT_MAX, .doc = "The rows of this page") \
	X(T, boolean, _, has_more, .doc = "Whether another page follows") \
	X(T, str, code, next_cursor, .max = CURSOR_TEXT_MAX, .nullable = true, \
	  .doc = "Give it as ?cursor= for the next page")

static const struct schema_field query_fields[] = { PAGE_QUERY(SCHEMA_ROW, struct page_query) };
static const struct schema_field page_fields[] = { PAGE_VALUE(SCHEMA_ROW, struct page_value) };

static void make_sorts(struct arena *arena, struct list_shapes *shapes, const struct sql_list *list)
{
	const char **names = ARENA_ARRAY(arena, const char *, list->order_count + 2);

	for (size_t i = 0; i < list->order_count; i++)
		names[i + 1] = list->orders[i].name;
	shapes->sorts = (struct choice){ .name = list->name, .names = names };
}

static void make_query(struct arena *arena, struct list_shapes *shapes, const struct schema *filters)
{
	size_t own = filters->field_count, more = ARRAY_COUNT(query_fields), align = _Alignof(struct page_query);
	struct schema_field *fields = ARENA_ARRAY(arena, struct schema_field, own + more);

	if (own)
		memcpy(fields, filters->fields, own * sizeof(*fields));
	memcpy(fields + own, query_fields, sizeof(query_fields));
	shapes->page_query_offset = (filters->size + align - 1) / align * align;
	for (size_t i = own; i < own + more; i++)
		fields[i].offset += (uint16_t)shapes->page_query_offset;
	fields[own + more - 1].choice = &shapes->sorts;
	shapes->query = (struct schema){ .name = filters->name,
		                         .doc = filters->doc,
		                         .size = shapes->page_query_offset + sizeof(struct page_query),
		                         .fields = fields,
		                         .field_count = own + more };
}

static void make_page(struct arena *arena, struct list_shapes *shapes, const struct schema *item)
{
	struct schema_field *fields = arena_copy(arena, page_fields, sizeof(page_fields));

	fields[0].object = item;
	shapes->page = (struct schema){ .name = str_cstr(arena, str_printf(arena, "%s_page", item->name)),
		                        .doc = "A page of a list",
		                        .size = sizeof(struct page_value),
		                        .fields = fields,
		                        .field_count = ARRAY_COUNT(page_fields) };
}

const struct list_shapes *list_shapes_make(struct arena *arena, const struct route *route)
{
	struct list_shapes *shapes = ARENA_NEW(arena, struct list_shapes);

	make_sorts(arena, shapes, route->list);
	make_query(arena, shapes, route->handler->takes);
	if (route->list->order_count == 1)
		shapes->query.field_count--;
	make_page(arena, shapes, route->handler->gives);
	return shapes;
}
