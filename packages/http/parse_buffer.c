/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory of a parser: the caller's block until a request outgrows it, then a buffer of its own, and a second one
 * for a body, so that the strings of the head stay where they are.
 *
 * Every buffer is charged to the budget of bodies as long as it is held, also for the beginning of a next request that
 * lies in it. Only a body is refused when the budget is spent: a head is short, and bytes that are here already must
 * lie somewhere.
 */
#include "base/check.h"
#include "http/parse.h"

enum { GROW_MAX = 256 * 1024 };

/* More is spent for a moment by several threads at once, and given back. */
static bool charge(struct http_parser *parser, size_t count)
{
	struct http_budget *bodies = parser->limits->bodies;

	if (bodies && atomic_fetch_add_explicit(&bodies->used, count, memory_order_relaxed) + count > bodies->max) {
		atomic_fetch_sub_explicit(&bodies->used, count, memory_order_relaxed);
		return false;
	}
	parser->charged += count;
	return true;
}

static void charge_exactly(struct http_parser *parser, size_t count)
{
	struct http_budget *bodies = parser->limits->bodies;

	if (bodies && count != parser->charged)
		atomic_fetch_add_explicit(&bodies->used, count - parser->charged, memory_order_relaxed);
	parser->charged = count;
}

static void free_buffer(const struct http_parser *parser, char *bytes)
{
	if (bytes != parser->block)
		free(bytes);
}

void http_parser_done(struct http_parser *parser)
{
	free_buffer(parser, parser->head);
	free_buffer(parser, parser->bytes);
	charge_exactly(parser, 0);
	parser->head = parser->bytes = NULL;
}

/* The request so far has moved: its first byte, once at `from`, is at `to`. */
static void rebase(struct http_parser *parser, const char *from, const char *to)
{
	ptrdiff_t start = (ptrdiff_t)parser->start;

	if (parser->target.ptr)
		parser->target.ptr = to + (parser->target.ptr - from);
	for (size_t i = 0; i < parser->header_count; i++) {
		struct http_header *header = &parser->headers[i];

		header->name.ptr = to + (header->name.ptr - from);
		if (header->value.ptr)
			header->value.ptr = to + (header->value.ptr - from);
	}
	parser->fed -= (size_t)start;
	parser->len -= (size_t)start;
	if (parser->head_end)
		parser->head_end -= (size_t)start;
	if (parser->body_at)
		parser->body_at -= (size_t)start;
	parser->start = 0;
}

static size_t wanted_cap(const struct http_parser *parser, size_t min)
{
	size_t have = parser->len - parser->start;
	size_t cap = parser->cap * 2;

	/* A declared length is believed only as far as the bytes that came: a client must send to make us allocate. */
	if (parser->head_done && parser->llhttp.content_length > cap && cap < GROW_MAX)
		cap *= 2;
	return cap > have + min ? cap : have + min;
}

static void move_to_front(struct http_parser *parser)
{
	const char *from = parser->bytes + parser->start;

	memmove(parser->bytes, from, parser->len - parser->start);
	rebase(parser, from, parser->bytes);
}

/* A body that has outgrown its buffer; the head stays where it is. */
static bool grow_body(struct http_parser *parser, size_t cap)
{
	size_t from = parser->head ? 0 : parser->body_at ? parser->body_at : parser->len;
	char *bytes;

	if (!charge(parser, parser->head ? cap - parser->cap : cap)) {
		(void)!http_parser_refuse(parser, &problem_unavailable, "There are too many bodies on their way");
		return false;
	}
	/* One byte ahead of the body: where it begins is never 0, which means that nothing of it is here. */
	bytes = malloc(cap);
	CHECK(bytes);
	bytes[0] = '\0';
	if (parser->head) {
		memcpy(bytes, parser->bytes, parser->len);
		free(parser->bytes);
	} else {
		memcpy(bytes + 1, parser->bytes + from, parser->len - from);
		parser->head = parser->bytes;
		parser->body_at = 1;
		parser->len = parser->fed = parser->len - from + 1;
		parser->start = 0;
	}
	parser->bytes = bytes;
	parser->cap = cap;
	return true;
}

static void grow_head(struct http_parser *parser, size_t cap)
{
	const char *from = parser->bytes + parser->start;
	char *bytes = malloc(cap);

	CHECK(bytes);
	charge_exactly(parser, parser->charged + cap - (parser->bytes == parser->block ? 0 : parser->cap));
	memcpy(bytes, from, parser->len - parser->start);
	rebase(parser, from, bytes);
	free_buffer(parser, parser->bytes);
	parser->bytes = bytes;
	parser->cap = cap;
}

static bool is_reading_body(const struct http_parser *parser)
{
	return parser->head_done && !parser->end && !parser->skipping;
}

char *http_parser_room(struct http_parser *parser, size_t min, bool may_move, size_t *ret_room)
{
	if (parser->cap - parser->len < min) {
		if (!may_move)
			return NULL;
		if (is_reading_body(parser)) {
			if (!grow_body(parser, wanted_cap(parser, min)))
				return NULL;
		} else if (parser->cap - (parser->len - parser->start) >= min) {
			move_to_front(parser);
		} else {
			grow_head(parser, wanted_cap(parser, min));
		}
	}
	*ret_room = parser->cap - parser->len;
	return parser->bytes + parser->len;
}

void http_parser_wrote(struct http_parser *parser, size_t count)
{
	CHECK(count <= parser->cap - parser->len);
	parser->len += count;
}

bool http_parser_has_bytes(const struct http_parser *parser)
{
	return parser->len > parser->start || parser->head_done;
}

size_t http_parser_unread(const struct http_parser *parser)
{
	return parser->len - (parser->end ? parser->end : parser->fed);
}

void http_buffer_next(struct http_parser *parser)
{
	size_t left = parser->len - parser->end;

	free_buffer(parser, parser->head);
	parser->head = NULL;
	if (parser->bytes != parser->block && left <= parser->block_size) {
		memcpy(parser->block, parser->bytes + parser->end, left);
		free(parser->bytes);
		parser->bytes = parser->block;
		parser->cap = parser->block_size;
		parser->start = 0;
		parser->len = left;
	} else {
		parser->start = left ? parser->end : 0;
		parser->len = left ? parser->len : 0;
	}
	parser->fed = parser->start;
	charge_exactly(parser, parser->bytes == parser->block ? 0 : parser->cap);
}
