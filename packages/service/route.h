/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A route is a row; nothing about an endpoint lives outside it. The door (door.c) does what the row says before the
 * handler runs: limits, token, permission, idempotency key, body and query parsed into C structs by their schemas. What
 * fails there never reaches the handler and answers problem+json naming every bad field. From the same rows come
 * /openapi.json and the access tests.
 *
 * A handler is straight-line code in a task: load, decide, store, reply. It may refuse() and fail() at any point.
 */
#ifndef STOA_SERVICE_ROUTE_H
#define STOA_SERVICE_ROUTE_H

#include "auth/permission.h"
#include "auth/rate_limit.h"
#include "auth/token.h"
#include "db/db.h"
#include "http/http.h"
#include "http/sse.h"
#include "http/ws.h"
#include "task/task.h"
#include "json/schema.h"

struct request;
typedef void route_handler(struct request *req);

enum { ROUTE_BODY_MAX = 64 * 1024 };

enum idempotency { IDEMPOTENCY_NONE, IDEMPOTENCY_ACCEPTED, IDEMPOTENCY_REQUIRED };

struct route {
	enum http_method method;
	const char *path; /* "/api/orders/{id}"; captures named *id are UUIDs and refused otherwise with 404 */
	const char *name; /* operation id, "order_get" */
	const char *doc;  /* one sentence */
	route_handler *handler;
	enum permission needs;
	const struct schema *query;           /* NULL: no parameters are taken */
	const struct schema *body;            /* NULL: no body is taken */
	const struct schema *reply;           /* NULL: none (204, a socket, a stream) */
	const struct schema *const *messages; /* what a socket or stream says; NULL-terminated */
	int status;                           /* of success; 0 = 200 */
	int other_status;                     /* reply_status() may answer this too, in the same shape; 0 = none */
	enum idempotency idempotency;         /* POST and PATCH */
	bool if_match;                        /* If-Match is required: 428 without */
	bool audit_refusals;                  /* 401 and 403 of the handler go into the audit trail as well */
	bool websocket;
	bool stream;                   /* server-sent events: refused (406) to who does not accept them */
	bool raw_body;                 /* any content type, unparsed: http_request(req->exchange)->body */
	const struct rate_rule *limit; /* besides the audience's general one; per client address */
	size_t body_max;               /* 0 = ROUTE_BODY_MAX */
	const struct problem *const
	        *problems; /* it may answer besides the door's own; NULL-terminated; for documentation */
};

/* What a handler sees. Everything lives until it returns. */
struct request {
	struct db *db;
	const struct actor *actor; /* NULL on routes for ANYONE without a token */
	int64_t now_us;            /* the attempt's instant */
	const struct route *route;
	struct http_exchange *exchange;
	struct app *app;             /* of this loop; app.h */
	const void *body;            /* struct of the route's body schema, or NULL */
	const void *query;           /* struct of the route's query schema, or NULL */
	struct request_state *state; /* the door's own */
};

/* The capture of that name, parsed as UUID at the door. */
struct uuid request_id(const struct request *req, const char *capture);
struct str request_param(const struct request *req, const char *capture);
/* Who asks on the admin side, for diaries and ledgers: "staff:<account id>", "key:<name>". */
struct str request_staff(const struct request *req);
struct str request_header(const struct request *req, const char *name); /* null when absent */

/* The version in If-Match: refuses (412) when the header names others only; call when the current version is known.
 * Does nothing when the header is absent (the door has seen to it where it is required). */
void request_check_version(const struct request *req, int64_t version);

/* Answers with the route's status and reply schema. */
void reply(struct request *req, const void *value);
void reply_status(struct request *req, int status, const void *value);
void reply_none(struct request *req); /* 204 */

/* Any other content type; bytes are copied. */
void reply_raw(struct request *req, int status, const char *content_type, struct str body);
/* Headers of the coming reply; before reply*. A name set before is replaced; `name` is static, the value is kept in the
 * arena. */
void reply_header(struct request *req, const char *name, struct str value);
void reply_location(struct request *req, const char *format, ...) PRINTF_LIKE(2, 3);
/* ETag "v<version>"; on a GET whose If-None-Match has it, reply() answers 304 by itself. */
void reply_version(struct request *req, int64_t version);

/* Commits and answers: when the request carries an Idempotency-Key the answer is stored in the same transaction, so a
 * retry with the key gets it again (Idempotent-Replayed: true). When the key was used meanwhile by an equal request,
 * the transaction is dropped and that request's answer is sent. Use this for every write. A write set the handler wants
 * to examine: reply_try_commit gives what tx_try_commit does. */
void reply_commit(struct request *req, struct tx *tx, const void *value);
MUST_CHECK const struct tx_refusal *reply_try_commit(struct request *req, struct tx *tx, const void *value);
void reply_commit_none(struct request *req, struct tx *tx); /* 204 */

/* On a route with `websocket`: answers 101 (with the subprotocol the token came by) and gives the socket; NULL when
 * the client has left. options->subprotocol is set here. After a refuse() instead, the door closes with 4401 or 4404.
 */
struct ws *request_socket(struct request *req, const struct ws_options *options);

/* On a route with `stream`: answers with server-sent events; NULL when there is nobody to tell (sse_start). */
struct sse *request_stream(struct request *req, const struct sse_options *options);
/* The number in Last-Event-ID, where a client that comes back goes on; refuses what is none. Not set: no such header.
 */
struct opt_i64 request_last_event(const struct request *req);
/* Sockets and streams end with the token they were opened by (4401); ends_us is set by these two. */

/* Keyset cursors, signed and bound to route, account and the query's filters and sort (everything but cursor and
 * limit). page_cursor: the payload of ?cursor= or null; refuses invalid_cursor. page_next: for the last row shown, or
 * null when there is no further page; also sets the Link header (RFC 8288). */
struct str page_cursor(struct request *req, struct str cursor);
struct str page_next(struct request *req, bool has_more, struct str payload);

#endif
