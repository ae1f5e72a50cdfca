/* SPDX-License-Identifier: Apache-2.0 */
#include "http/parse.h"

#include "base/check.h"

/* A chunked body may spend this much on framing, and so many times its own size: "1\r\nx\r\n" is silly but legal. */
enum { FRAMING_BASE = 16 * 1024, FRAMING_RATIO = 8 };
enum { SKIP_MAX = 64 * 1024 };

static struct http_parser *of(llhttp_t *llhttp)
{
	return CONTAINER_OF(llhttp, struct http_parser, llhttp);
}

int http_parser_refuse(struct http_parser *parser, const struct problem *problem, const char *why)
{
	if (!parser->refusal) {
		parser->refusal = problem;
		parser->why = why;
	}
	return -1;
}

static int on_url(llhttp_t *llhttp, const char *at, size_t len)
{
	struct http_parser *parser = of(llhttp);

	if (!parser->target.ptr)
		parser->target.ptr = at;
	parser->target.len += len;
	return parser->target.len > parser->limits->line_max ? http_parser_refuse(parser, &problem_uri_too_long, NULL)
	                                                     : 0;
}

/* What follows the line whose content ended at `at`: blanks, CR and LF, then the byte returned. llhttp leaves two
 * things to find here: a folded line of blanks only (obs-fold that leaves no trace in a value) and bare line feeds. */
static char after_line(const char *at)
{
	while (*at == ' ' || *at == '\t')
		at++;
	if (at[0] != '\r' || at[1] != '\n' || at[2] == '\t')
		return ' ';
	return at[2];
}

/* Does the header at `name` begin a line of its own? */
static bool begins_line(const struct http_parser *parser, const char *name)
{
	if (!parser->header_count)
		return name[-2] == '\r';
	return after_line(parser->bytes + parser->head_end) != ' ';
}

static int on_header_field(llhttp_t *llhttp, const char *at, size_t len)
{
	struct http_parser *parser = of(llhttp);

	if (parser->head_done)
		return 0;
	if (parser->token != HTTP_TOKEN_NAME) {
		if (parser->header_count == parser->limits->header_count_max)
			return http_parser_refuse(parser, &problem_headers_too_large,
			                          "There are too many header lines");
		if (!begins_line(parser, at))
			return http_parser_refuse(parser, &problem_bad_request, "A header line does not begin as one");
		parser->headers[parser->header_count++] = (struct http_header){ .name = { at, 0 } };
		parser->token = HTTP_TOKEN_NAME;
	}
	parser->headers[parser->header_count - 1].name.len += len;
	return 0;
}

static int on_header_value(llhttp_t *llhttp, const char *at, size_t len)
{
	struct http_parser *parser = of(llhttp);
	struct str *value;

	/* An empty value is told of only when its line has ended, by a pointer past it. */
	if (parser->head_done || !len)
		return 0;
	CHECK(parser->header_count);
	value = &parser->headers[parser->header_count - 1].value;
	if (!value->ptr)
		value->ptr = at;
	/* A folded value comes in pieces that do not touch; measuring from its first byte keeps the fold visible. */
	value->len = (size_t)(at + len - value->ptr);
	parser->token = HTTP_TOKEN_VALUE;
	return 0;
}

static int on_header_value_complete(llhttp_t *llhttp)
{
	struct http_parser *parser = of(llhttp);
	struct http_header *header;
	const char *name_end;
	const char *value_end;

	if (parser->head_done)
		return 0;
	CHECK(parser->header_count);
	header = &parser->headers[parser->header_count - 1];
	name_end = header->name.ptr + header->name.len;
	if (!header->value.ptr)
		header->value = (struct str){ name_end + 1, 0 };
	value_end = header->value.ptr + header->value.len;
	/* Between a name and the end of its value a line feed can only be obs-fold (RFC 9112 5.2). */
	if (!header->name.len || memchr(name_end, '\n', (size_t)(value_end - name_end)))
		return http_parser_refuse(parser, &problem_bad_request, "A header has no name, or is folded");
	parser->head_end = (size_t)(value_end - parser->bytes);
	if (parser->head_end - parser->start > parser->limits->header_bytes_max)
		return http_parser_refuse(parser, &problem_headers_too_large, NULL);
	header->value = str_trim(header->value);
	parser->token = HTTP_TOKEN_NONE;
	return 0;
}

/* llhttp takes more blanks than one between the parts of a request line. */
static bool is_line_strict(const struct http_parser *parser)
{
	const char *at = parser->target.ptr + parser->target.len;

	return parser->target.ptr[-2] != ' ' && memcmp(at, " HTTP/1.", 8) == 0;
}

static bool is_end_strict(const struct http_parser *parser)
{
	const char *version_end = parser->target.ptr + parser->target.len + sizeof(" HTTP/1.1") - 1;

	return after_line(parser->header_count ? parser->bytes + parser->head_end : version_end) == '\r';
}

static const int8_t method_of[] = {
	[LLHTTP_METHOD_GET] = HTTP_GET + 1,         [LLHTTP_METHOD_HEAD] = HTTP_HEAD + 1,
	[LLHTTP_METHOD_POST] = HTTP_POST + 1,       [LLHTTP_METHOD_PUT] = HTTP_PUT + 1,
	[LLHTTP_METHOD_PATCH] = HTTP_PATCH + 1,     [LLHTTP_METHOD_DELETE] = HTTP_DELETE + 1,
	[LLHTTP_METHOD_OPTIONS] = HTTP_OPTIONS + 1,
};

static int on_headers_complete(llhttp_t *llhttp)
{
	struct http_parser *parser = of(llhttp);

	if (llhttp->http_major != 1 || llhttp->http_minor > 1)
		return http_parser_refuse(parser, &problem_http_version_not_supported, NULL);
	if (llhttp->method >= ARRAY_COUNT(method_of) || !method_of[llhttp->method])
		return http_parser_refuse(parser, &problem_not_implemented, "The method is not one of ours");
	parser->method = (enum http_method)(method_of[llhttp->method] - 1);
	if (!is_line_strict(parser) || !is_end_strict(parser))
		return http_parser_refuse(parser, &problem_bad_request, "The request line is malformed");
	if (http_head_check(parser))
		return -1;
	if ((llhttp->flags & F_CONTENT_LENGTH) && llhttp->content_length > parser->limits->body_max)
		return http_parser_refuse(parser, &problem_body_too_large, NULL);
	parser->head_done = true;
	parser->body_expected = (llhttp->flags & F_CHUNKED) || llhttp->content_length > 0;
	parser->keep_alive = llhttp_should_keep_alive(llhttp);
	if (llhttp->flags & F_CHUNKED)
		parser->body_at = parser->head_end;
	/* Whether to leave HTTP is the handler's to say, not the parser's: it must go on with the next request. */
	llhttp->upgrade = 0;
	return 0;
}

/* Not to wait for what will be refused. */
static int on_chunk_header(llhttp_t *llhttp)
{
	struct http_parser *parser = of(llhttp);

	return llhttp->content_length > parser->body_max - parser->body_len
	               ? http_parser_refuse(parser, &problem_body_too_large, NULL)
	               : 0;
}

static int on_body(llhttp_t *llhttp, const char *at, size_t len)
{
	struct http_parser *parser = of(llhttp);

	if (parser->skipping)
		return 0;
	if (!parser->body_at)
		parser->body_at = (size_t)(at - parser->bytes);
	if (len > parser->body_max - parser->body_len)
		return http_parser_refuse(parser, &problem_body_too_large, NULL);
	memmove(parser->bytes + parser->body_at + parser->body_len, at, len);
	parser->body_len += len;
	parser->wants_continue = false;
	return 0;
}

static int on_message_complete(llhttp_t *llhttp)
{
	return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
	.on_url = on_url,
	.on_header_field = on_header_field,
	.on_header_value = on_header_value,
	.on_header_value_complete = on_header_value_complete,
	.on_headers_complete = on_headers_complete,
	.on_chunk_header = on_chunk_header,
	.on_body = on_body,
	.on_message_complete = on_message_complete,
};

static void begin(struct http_parser *parser)
{
	llhttp_init(&parser->llhttp, HTTP_REQUEST, &settings);
	parser->header_count = 0;
	parser->token = HTTP_TOKEN_NONE;
	parser->target = STR_NULL;
	parser->end = 0;
	parser->head_end = 0;
	parser->body_at = 0;
	parser->body_len = 0;
	parser->framing = 0;
	parser->body_max = parser->limits->body_max;
	parser->skipping = false;
	parser->head_done = false;
	parser->body_expected = false;
	parser->keep_alive = false;
	parser->wants_continue = false;
	parser->refusal = NULL;
	parser->why = NULL;
}

void http_parser_init(struct http_parser *parser, const struct http_limits *limits, char *block, size_t block_size,
                      struct http_header *headers)
{
	parser->limits = limits;
	parser->headers = headers;
	parser->block = block;
	parser->block_size = block_size;
	parser->bytes = block;
	parser->cap = block_size;
	parser->head = NULL;
	parser->charged = 0;
	parser->start = parser->fed = parser->len = 0;
	begin(parser);
}

/* All that came has been read and the request is not whole. */
static enum http_parse after_piece(struct http_parser *parser)
{
	parser->fed = parser->len;
	if (parser->skipping) {
		parser->fed = parser->len = parser->start;
		return HTTP_PARSE_MORE;
	}
	if (!parser->head_done) {
		/* The four bytes are the line ends that close a section of exactly the limit. */
		if (parser->len - parser->start > parser->limits->header_bytes_max + 4) {
			(void)!http_parser_refuse(parser, &problem_headers_too_large, NULL);
			return HTTP_PARSE_REFUSED;
		}
		return HTTP_PARSE_MORE;
	}
	if (parser->llhttp.flags & F_CHUNKED) {
		size_t kept = parser->body_at + parser->body_len;

		parser->framing += parser->len - kept;
		parser->fed = parser->len = kept;
		if (parser->framing > FRAMING_BASE + FRAMING_RATIO * parser->body_len) {
			(void)!http_parser_refuse(parser, &problem_body_too_large,
			                          "The chunks are too small for so many");
			return HTTP_PARSE_REFUSED;
		}
	}
	return HTTP_PARSE_MORE;
}

/* A method that is a word is one we do not have (501); anything else is no HTTP at all. */
static const struct problem *refusal_of(const struct http_parser *parser, llhttp_errno_t error)
{
	const char *at = parser->bytes + parser->start;

	if (error == HPE_PAUSED_H2_UPGRADE || error == HPE_INVALID_VERSION)
		return &problem_http_version_not_supported;
	while (at < parser->bytes + parser->len && (*at == '\r' || *at == '\n'))
		at++;
	if (error == HPE_INVALID_METHOD && at < parser->bytes + parser->len && *at >= 'A' && *at <= 'Z')
		return &problem_not_implemented;
	return &problem_bad_request;
}

enum http_parse http_parser_run(struct http_parser *parser)
{
	llhttp_errno_t error;

	if (parser->fed == parser->len)
		return HTTP_PARSE_MORE;
	error = llhttp_execute(&parser->llhttp, parser->bytes + parser->fed, parser->len - parser->fed);
	if (error == HPE_OK)
		return after_piece(parser);
	if (error == HPE_PAUSED && !parser->refusal) {
		parser->end = (size_t)(llhttp_get_error_pos(&parser->llhttp) - parser->bytes);
		parser->fed = parser->end;
		return HTTP_PARSE_DONE;
	}
	(void)!http_parser_refuse(parser, refusal_of(parser, error), llhttp_get_error_reason(&parser->llhttp));
	return HTTP_PARSE_REFUSED;
}

int http_parser_bound_body(struct http_parser *parser, size_t max)
{
	bool declared = parser->llhttp.flags & F_CONTENT_LENGTH;

	if (max < parser->body_max)
		parser->body_max = max;
	/* llhttp counts a length down. */
	if (parser->body_len > max ||
	    (declared && !parser->end && parser->llhttp.content_length > max - parser->body_len))
		return http_parser_refuse(parser, &problem_body_too_large, NULL);
	return parser->refusal ? -1 : 0;
}

bool http_parser_may_skip(const struct http_parser *parser)
{
	return !parser->refusal && !parser->wants_continue && (parser->llhttp.flags & F_CONTENT_LENGTH) &&
	       parser->llhttp.content_length <= SKIP_MAX;
}

void http_parser_skip(struct http_parser *parser)
{
	parser->skipping = true;
	parser->header_count = 0;
	parser->target = STR_NULL;
	parser->fed = parser->len = parser->start;
}

void http_parser_next(struct http_parser *parser)
{
	CHECK(parser->end);
	http_buffer_next(parser);
	begin(parser);
}

struct str http_parser_body(const struct http_parser *parser)
{
	return (struct str){ parser->body_len ? parser->bytes + parser->body_at : "", parser->body_len };
}

bool http_parser_is_head(const struct http_parser *parser)
{
	return parser->target.ptr && parser->llhttp.method == LLHTTP_METHOD_HEAD;
}

bool http_parser_is_http11(const struct http_parser *parser)
{
	return parser->llhttp.http_major == 1 && parser->llhttp.http_minor == 1;
}
