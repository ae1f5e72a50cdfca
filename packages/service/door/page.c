/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keyset pages. A cursor says after which row to go on, and is good only for the list it came from: its scope is the
 * route, every parameter but those that neither filter nor sort, in an order of their own, so that a client may write them in any, and the
 * account where the route is not for anyone: who reads a public list may log in on the way.
 */
#include <stdlib.h>

#include "base/check.h"
#include "base/encode.h"
#include "http/message.h"
#include "service/door/keyset.h"
#include "service/internal.h"
#include "service/page.h"
#include "json/json.h"

enum { SCOPE_MAX = 16 * 1024, LINK_MAX = 16 * 1024, NOT_COUNTED = -1 };

static bool is_scoped(const struct http_pair *pair)
{
	static const struct str others[] = { { "cursor", 6 }, { "limit", 5 }, { "include", 7 }, { "fields", 6 } };

	for (size_t i = 0; i < ARRAY_COUNT(others); i++)
		if (str_eq(pair->name, others[i]))
			return false;
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct http_pair *one = a, *other = b;
	int order = str_cmp(one->name, other->name);

	return order ? order : str_cmp(one->value, other->value);
}

struct str page_scope(struct arena *arena, struct str route, const struct actor *actor, const struct http_pair *pairs,
                      size_t count)
{
	struct http_pair *sorted = ARENA_ARRAY(arena, struct http_pair, count);
	struct buf buf;

	if (count)
		memcpy(sorted, pairs, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare);
	buf_init_arena(&buf, arena, SCOPE_MAX);
	buf_str(&buf, route);
	buf_char(&buf, ' ');
	if (actor)
		buf_append(&buf, actor->account_id.bytes, sizeof(actor->account_id.bytes));
	for (size_t i = 0; i < count; i++) {
		if (!is_scoped(&sorted[i]))
			continue;
		/* Decoded text holds no NUL, so two lists of parameters never read alike. */
		buf_char(&buf, '\0');
		buf_str(&buf, sorted[i].name);
		buf_char(&buf, '\0');
		buf_str(&buf, sorted[i].value);
	}
	if (buf.overflow)
		refuse(&problem_invalid_parameter, "The query is too long");
	return buf_view(&buf);
}

static struct str scope_of(const struct request *req)
{
	const struct request_state *state = req->state;

	const struct actor *actor = req->route->needs == &permission_anyone ? NULL : req->actor;

	return page_scope(task_arena(), str_from(state->entry->name), actor, state->pairs, state->pair_count);
}

static struct str cursor_payload(struct request *req, struct str cursor)
{
	struct str payload;

	if (str_is_null(cursor))
		return STR_NULL;
	if (cursor_open(task_arena(), &req->app->cursor_key, scope_of(req), cursor, &payload))
		refuse(&problem_invalid_cursor,
		       "Take the cursor from the page before, with the same filters and sort order");
	return payload;
}

static void link_next(struct request *req, struct str cursor)
{
	const struct request_state *state = req->state;
	struct arena *arena = task_arena();
	struct buf buf;

	buf_init_arena(&buf, arena, LINK_MAX);
	buf_char(&buf, '<');
	buf_str(&buf, state->http->path);
	buf_char(&buf, '?');
	for (size_t i = 0; i < state->pair_count; i++) {
		if (str_eq(state->pairs[i].name, STR("cursor")))
			continue;
		buf_str(&buf, percent_encode(arena, state->pairs[i].name));
		buf_char(&buf, '=');
		buf_str(&buf, percent_encode(arena, state->pairs[i].value));
		buf_char(&buf, '&');
	}
	buf_str(&buf, STR("cursor="));
	buf_str(&buf, percent_encode(arena, cursor));
	buf_str(&buf, STR(">; rel=\"next\""));
	if (!buf.overflow)
		state_header(req->state, "Link", buf_view(&buf));
}

/* ---- A page asked for ------------------------------------------------------------------------------------------ */

void page_open(struct request *req, const struct get_query *query)
{
	const struct sql_list *list = req->route->list;
	struct sql_page *page = &req->page;
	struct str payload = cursor_payload(req, query->cursor);

	*page = (struct sql_page){ .order = query->sort ? (size_t)query->sort - 1 : 0 };
	page->limit = (query->limit.set ? query->limit.value : PAGE_LIMIT_DEFAULT) + 1;
	page->after_set = !str_is_null(payload);
	if (query->include) {
		page->total = ARENA_NEW(task_arena(), struct sql_total_row);
		page->total->total = NOT_COUNTED;
	}
	if (page->after_set && keyset_read(&list->orders[page->order], payload, page->after))
		refuse(&problem_invalid_cursor, "The list has another order now; begin with its first page");
}

/* ---- A page answered ------------------------------------------------------------------------------------------- */

size_t page_shown(const struct request *req, size_t count)
{
	size_t most = (size_t)req->page.limit - 1;

	return count < most ? count : most;
}

static const struct page_total *total_of(const struct request *req, const struct page_value *page)
{
	const struct sql_total_row *found = req->page.total;

	if (!found)
		return NULL;
	int64_t total = found->total;
	if (total == NOT_COUNTED && !req->page.after_set && !page->has_more)
		total = (int64_t)page->data.count;
	if (total == NOT_COUNTED)
		fail("%s does not count its rows", req->state->entry->name);
	struct page_total *ret = ARENA_NEW(task_arena(), struct page_total);

	ret->exact = total <= SQL_TOTAL_MAX;
	ret->count = ret->exact ? total : SQL_TOTAL_MAX;
	return ret;
}

void reply_page_rows(struct request *req, const void *rows, size_t count, size_t row_size, const void *items)
{
	const struct route_entry *entry = req->state->entry;
	const struct sql_list *list = req->route->list;
	struct page_value page = { .data = { items, page_shown(req, count) },
		                   .has_more = count >= (size_t)req->page.limit };

	if (!list || list->row_size != row_size)
		fail("%s answers with rows of %zu bytes, and those of its .list are others", entry->name, row_size);
	if (page.has_more) {
		const char *last = (const char *)rows + (page.data.count - 1) * row_size;
		struct str payload = keyset_write(task_arena(), &list->orders[req->page.order], last);

		page.next_cursor = cursor_seal(task_arena(), &req->app->cursor_key, scope_of(req), payload);
		link_next(req, page.next_cursor);
	}
	page.total = total_of(req, &page);
	reply_value(req, NULL, 0, &page);
}

/* ---- Searches -------------------------------------------------------------------------------------------------- */

struct str search_pattern(struct str words)
{
	struct buf pattern;

	if (str_is_null(words))
		return STR_NULL;
	buf_init_arena(&pattern, task_arena(), 2 * words.len + 2);
	buf_char(&pattern, '%');
	for (size_t i = 0; i < words.len; i++) {
		if (str_has_char(STR("%_\\"), words.ptr[i]))
			buf_char(&pattern, '\\');
		buf_char(&pattern, words.ptr[i]);
	}
	buf_char(&pattern, '%');
	return buf_view(&pattern);
}
