/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every GET that gives JSON takes beside its handler's query (?fields=), and what a list takes and gives beside its
 * filters and items, is the same for all, but for the names of a list's orders and the shape of its items. So these
 * shapes are patterns, of which each route has a copy of its own.
 */
#include <string.h>

#include "base/check.h"
#include "http/message.h"
#include "service/internal.h"
#include "service/page.h"

#define PAGE_INCLUDES(X) X(PAGE_INCLUDE, total)
CHOICE_ENUM(page_include, PAGE_INCLUDES)
CHOICE_TABLE(page_include, PAGE_INCLUDES)

static const struct choice page_sort_choice; /* a copy's is the list's */

#define GET_QUERY(X, T) \
	X(T, strs, code, fields, .min = 1, .max = FIELDS_MAX, .item_max = FIELD_NAME_MAX, .optional = true, \
	  .doc = "Only these members, and those inside them as `member.inner`; of a list, members of its items. All " \
	         "others " \
	         "are left out of the answer")

#define PAGE_QUERY(X, T) \
	X(T, opt_i64, _, limit, .min = 1, .max = PAGE_LIMIT_MAX, .doc = "Rows a page") \
	X(T, str, secret, cursor, .max = CURSOR_TEXT_MAX, .optional = true, \
	  .doc = "next_cursor of the page before; none: the first page") \
	X(T, choice, page_include, include, .optional = true, .doc = "total: how many rows there are on all pages") \
	X(T, choice, page_sort, sort, .optional = true, .doc = "The order; - in front: descending")

#define PAGE_TOTAL(X, T) \
	X(T, i64, _, count, .max = SQL_TOTAL_MAX, .doc = "Rows on all pages, counted up to 10000") \
	X(T, boolean, _, exact, .doc = "false: there are more")

#define PAGE_SHAPES(STRUCT, OVER) OVER(page_total, PAGE_TOTAL, struct page_total, "How many rows a list has")
SCHEMA_DECLARE(PAGE_SHAPES)
SCHEMA_DEFINE(PAGE_SHAPES)

#define PAGE_VALUE(X, T) \
	X(T, list, nothing, data, .max = PAGE_LIMIT_MAX, .doc = "The rows of this page") \
	X(T, boolean, _, has_more, .doc = "Whether another page follows") \
	X(T, str, code, next_cursor, .max = CURSOR_TEXT_MAX, .nullable = true, \
	  .doc = "Give it as ?cursor= for the next page") \
	X(T, object, page_total, total, .optional = true, .doc = "Where ?include=total asks for it")

static const struct schema_field query_fields[] = { GET_QUERY(SCHEMA_ROW, struct get_query)
	                                                    PAGE_QUERY(SCHEMA_ROW, struct get_query) };
static const struct schema_field page_fields[] = { PAGE_VALUE(SCHEMA_ROW, struct page_value) };

/* Those that a route of its kind takes: sort is the last, and only of lists that have a choice. */
static size_t count_more(const struct route *route)
{
	if (!route->list)
		return 1;
	return ARRAY_COUNT(query_fields) - (route->list->order_count == 1);
}

static void make_sorts(struct arena *arena, struct get_shapes *shapes, const struct sql_list *list)
{
	const char **names = ARENA_ARRAY(arena, const char *, list->order_count + 2);

	for (size_t i = 0; i < list->order_count; i++)
		names[i + 1] = list->orders[i].name;
	shapes->sorts = (struct choice){ .name = list->name, .names = names };
}

static void make_query(struct arena *arena, struct get_shapes *shapes, const struct route *route)
{
	const struct schema *own = route->handler->takes;
	size_t count = own->field_count, more = count_more(route), align = _Alignof(struct get_query);
	struct schema_field *fields = ARENA_ARRAY(arena, struct schema_field, count + more);

	if (count)
		memcpy(fields, own->fields, count * sizeof(*fields));
	memcpy(fields + count, query_fields, more * sizeof(*fields));
	shapes->query_offset = (own->size + align - 1) / align * align;
	for (size_t i = count; i < count + more; i++) {
		fields[i].offset += (uint16_t)shapes->query_offset;
		if (fields[i].choice == &page_sort_choice)
			fields[i].choice = &shapes->sorts;
	}
	shapes->query = (struct schema){ .name = own->name,
		                         .doc = own->doc,
		                         .size = shapes->query_offset + sizeof(struct get_query),
		                         .fields = fields,
		                         .field_count = count + more };
}

const struct schema *page_shape(struct arena *arena, const struct schema *item)
{
	struct schema_field *fields = arena_copy(arena, page_fields, sizeof(page_fields));
	struct schema *page = ARENA_NEW(arena, struct schema);

	fields[0].object = item;
	*page = (struct schema){ .name = str_cstr(arena, str_printf(arena, "%s_page", item->name)),
		                 .doc = "A page of a list",
		                 .size = sizeof(struct page_value),
		                 .fields = fields,
		                 .field_count = ARRAY_COUNT(page_fields) };
	return page;
}

const struct get_shapes *get_shapes_make(struct arena *arena, const struct route *route)
{
	struct get_shapes *shapes = ARENA_NEW(arena, struct get_shapes);

	if (route->list)
		make_sorts(arena, shapes, route->list);
	make_query(arena, shapes, route);
	shapes->gives = route->list ? page_shape(arena, route->handler->gives) : route->handler->gives;
	return shapes;
}
