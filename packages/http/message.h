/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of HTTP messages that routes need: problems, entity tags, signed cursors, quoted strings. Pure; results in the
 * arena. */
#ifndef STOA_HTTP_MESSAGE_H
#define STOA_HTTP_MESSAGE_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"
#include "http/http.h"
#include "task/task.h"

/* RFC 9457: the problem+json body of a failure. It has no details of failures that are the server's fault. */
void problem_write(struct buf *buf, const struct failure *failure, struct str instance, struct str request_id);
/* Which problem a failure shows the client (internal, unavailable, conflict, deadline or its own). */
const struct problem *problem_of(const struct failure *failure);

/* With its quotes: "v42-0f1e2d3c4b5a6978", the version of what was asked for (0: it has none) and a hash of the answer (0:
 * it has no body). */
struct str etag_of(struct arena *arena, int64_t version, uint64_t hash);
/* If-Match (RFC 9110 13.1.1): does the list have this version? What else the answer showed does not count, and "v42" alone
 * is enough; weak tags never match. `*` matches. -1: malformed; 0 no; 1 yes. */
MUST_CHECK int etag_has_version(struct str header, int64_t version);
/* If-None-Match (13.1.2): does the list have this tag, weak or not? Likewise. */
MUST_CHECK int etag_is_known(struct str header, struct str etag);

/* Keyset cursors: opaque, signed with HMAC-SHA256 (16 bytes kept), bound to a scope ("orders?sort=-created_at") so that
 * one of another list or sort order is refused. cursor_open: 0, or -1 (not ours). The longest cursor fits into a
 * request line (struct http_limits) beside a search and filters. */
enum { CURSOR_PAYLOAD_MAX = 4096, CURSOR_TEXT_MAX = 5500 };
struct cursor_key {
	uint8_t bytes[32];
};
void cursor_key_init(struct cursor_key *key, struct str secret);
struct str cursor_seal(struct arena *arena, const struct cursor_key *key, struct str scope, struct str payload);
MUST_CHECK int cursor_open(struct arena *arena, const struct cursor_key *key, struct str scope, struct str text,
                           struct str *ret_payload);

/* Idempotency-Key: bare token or structured-field string; 1 to 255 printable ASCII. -1: neither. */
MUST_CHECK int idempotency_key_parse(struct arena *arena, struct str header, struct str *ret);

/* Splits a query into decoded pairs (json_pair has the same shape). -1 on a bad escape or more than `max`. */
struct http_pair {
	struct str name;
	struct str value;
};
MUST_CHECK int query_parse(struct arena *arena, struct str query, size_t max, struct http_pair **ret,
                           size_t *ret_count);

/* Path templates: "/api/orders/{id}/cancel". Captures are percent-decoded segments, at most ROUTE_PARAMS_MAX. */
enum { ROUTE_PARAMS_MAX = 6 };
struct route_match {
	struct str names[ROUTE_PARAMS_MAX];
	struct str values[ROUTE_PARAMS_MAX];
	size_t count;
};

/* A set of path templates with a value each, compiled once. At each segment a literal wins over a capture; where it leads
 * to no template, or to none of the method, the capture is tried. */
struct router;
struct router *router_new(void);
void router_free(struct router *router);
/* 0, or -1 when method and template are there already, or the template with other names (for any method). `value` is not
 * NULL; the template is borrowed. */
MUST_CHECK int router_add(struct router *router, enum http_method method, const char *path_template, const void *value);
/* The value, or NULL with *ret_allowed holding the bit set (1 << method) of methods the path does know (0: no such
 * path). */
const void *router_find(const struct router *router, struct arena *arena, enum http_method method, struct str path,
                        struct route_match *ret_match, unsigned *ret_allowed);

#endif
