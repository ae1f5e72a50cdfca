/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reading half of a connection without its socket: bytes come in as they arrive, whole requests come out.
 *
 * A parser owns one buffer, and a second one for a body that the first has no room for. The strings of a head that is
 * read point into the first and do not move until http_parser_next, nor does the body of a finished request; bytes of
 * later requests may be added behind it as long as there is room. A chunked body is joined in place, over the framing
 * that llhttp has already read. What a request is does not depend on where the reads were cut; http_fuzz.c holds it to
 * that.
 */
#ifndef STOA_HTTP_PARSE_H
#define STOA_HTTP_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/problem.h"
#include "http/http.h"
#include "http/llhttp_door.h"

enum http_parse { HTTP_PARSE_MORE, HTTP_PARSE_DONE, HTTP_PARSE_REFUSED };
enum http_parse_token { HTTP_TOKEN_NONE, HTTP_TOKEN_NAME, HTTP_TOKEN_VALUE };

struct http_parser {
	llhttp_t llhttp;
	const struct http_limits *limits; /* all members set */
	struct http_header *headers;      /* limits->header_count_max of them */
	size_t header_count;
	enum http_parse_token token;
	struct str target;
	char *bytes;
	size_t cap;
	size_t start; /* the current request's first byte */
	size_t fed;   /* llhttp has read up to here */
	size_t len;
	size_t end; /* DONE: one past the request */
	size_t head_end;
	size_t body_at;
	size_t body_len;
	size_t framing; /* bytes of chunk framing dropped so far */
	char *block;    /* the caller's memory: used until a request outgrows it */
	size_t block_size;
	char *head; /* the buffer of the head, while `bytes` is the body's own; else NULL */
	size_t body_max;
	size_t charged; /* of limits->bodies: the sizes of the buffers that are not the block */
	bool skipping;
	bool head_done;
	bool body_expected;
	bool keep_alive;
	bool wants_continue; /* Expect: 100-continue, and nothing of the body is here yet */
	enum http_method method;
	const struct problem *refusal;
	const char *why; /* the refusal's detail */
};

/* `block` and `headers` stay the caller's. */
void http_parser_init(struct http_parser *parser, const struct http_limits *limits, char *block, size_t block_size,
                      struct http_header *headers);
void http_parser_done(struct http_parser *parser);

/* Room for the next read, at least `min` bytes; NULL when `may_move` is false and there is less, or when the budget of
 * bodies is spent, and then refused. */
char *http_parser_room(struct http_parser *parser, size_t min, bool may_move, size_t *ret_room);
void http_parser_wrote(struct http_parser *parser, size_t count);
bool http_parser_has_bytes(const struct http_parser *parser); /* of any request, also a finished one */
size_t http_parser_unread(const struct http_parser *parser);  /* bytes behind the finished request, or not yet parsed */

enum http_parse http_parser_run(struct http_parser *parser);
/* The head is read. No more than `max` bytes of body from here on: 0, or -1 and refused. */
MUST_CHECK int http_parser_bound_body(struct http_parser *parser, size_t max);
/* The head is read, the body not: is what is missing known to be so short that it is worth reading it? */
bool http_parser_may_skip(const struct http_parser *parser);
void http_parser_skip(struct http_parser *parser); /* from here on the body is dropped; nothing of the head is valid */
/* Forgets the finished request; what lies behind it is the beginning of the next. */
void http_parser_next(struct http_parser *parser);

struct str http_parser_body(const struct http_parser *parser);
bool http_parser_is_head(const struct http_parser *parser); /* a HEAD, as far as it was read */
bool http_parser_is_http11(const struct http_parser *parser);

/* Remembers the first refusal. -1. */
int http_parser_refuse(struct http_parser *parser, const struct problem *problem, const char *why);
/* Of a header that stands once; else null. */
struct str http_parser_header(const struct http_parser *parser, struct str name);

/* parse_buffer.c: forgets the finished request's bytes and keeps those behind it. */
void http_buffer_next(struct http_parser *parser);

/* parse_check.c: what RFC 9110 and 9112 demand of a head beyond its grammar; 0, or -1 and refused. Sets
 * wants_continue. */
MUST_CHECK int http_head_check(struct http_parser *parser);
bool http_target_acceptable(struct str target, enum http_method method);
/* Asks for a WebSocket as RFC 6455 4.2.1 says. */
bool http_head_wants_websocket(const struct http_parser *parser);
/* Is `token` a member of this comma-separated header value? Case does not matter. */
bool http_list_has(struct str list, const char *token);

extern const struct problem problem_expectation_failed;

#endif
