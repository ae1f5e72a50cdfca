/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The headers of a request, each known by its row in REQUEST_HEADERS: what nobody listed there cannot be read by a
 * handler, and what a script may send from another origin follows from it as well.
 */
#include "base/check.h"
#include "http/message.h"
#include "service/internal.h"

enum lines { ONE, LIST };

static const struct {
	struct str name;
	enum lines lines;
} rows[REQUEST_HEADER_COUNT] = {
#define ROW(tag_, name_, lines_, cors_) [HEADER_##tag_] = { { name_, sizeof(name_) - 1 }, lines_ },
	REQUEST_HEADERS(ROW)
#undef ROW
};

#define SCRIPT(name_)                   ", " name_
#define OWN(name_)                      ""
#define ROW(tag_, name_, lines_, cors_) cors_(name_)
static const char of_scripts[] = "" REQUEST_HEADERS(ROW);
#undef ROW

struct str headers_of_scripts(void)
{
	return str_from(of_scripts + 2);
}

static bool is_row(const struct http_header *header, size_t row)
{
	return header->name.len == rows[row].name.len && str_eq_nocase(header->name, rows[row].name);
}

void headers_open(struct request_state *state)
{
	const struct http_request *http = state->http;

	for (size_t i = 0; i < http->header_count; i++)
		for (size_t row = 0; row < REQUEST_HEADER_COUNT; row++)
			if (is_row(&http->headers[i], row) && !state->in[row].lines++)
				state->in[row].first = http->headers[i].value;
}

void headers_check(const struct request_state *state)
{
	for (size_t row = 0; row < REQUEST_HEADER_COUNT; row++)
		if (rows[row].lines == ONE && state->in[row].lines > 1)
			refuse_header(rows[row].name.ptr, "must stand once at most");
}

/* RFC 9110 section 5.3: several lines of a list are one. */
static struct str joined(const struct http_request *http, enum request_header header)
{
	struct str list = STR_NULL;

	for (size_t i = 0; i < http->header_count; i++)
		if (is_row(&http->headers[i], header))
			list = str_is_null(list) ? http->headers[i].value
			                         : str_printf(task_arena(), "%.*s, %.*s", STR_ARG(list),
			                                      STR_ARG(http->headers[i].value));
	return list;
}

struct str request_header(const struct request *req, enum request_header header)
{
	const struct request_state *state = req->state;

	return state->in[header].lines > 1 ? joined(state->http, header) : state->in[header].first;
}
