/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a handler sees of its request, and how it answers. Everything lives until the handler returns.
 *
 * Answers are typed: reply(), reply_commit() and reply_try_commit() inside a HANDLER compile with a pointer to what it
 * gives, and with no other. A function that answers for several handlers names the shape, reply_as(req, taxon, &taxon),
 * which is compared with the row at run time; another shape fails the attempt.
 *
 * Headers that follow from an answer are set by it: Location by the row's .creates, ETag by all that is shown: a hash of the
 * JSON, behind the i64 member `version` at the top of the answer, if there is one. A GET whose If-None-Match has that tag
 * is answered 304, so nothing that an answer shows can change unseen. If-Match is compared with the version alone: what
 * belongs to other rows is nothing that a writer could overwrite (docs/decisions/0034).
 */
#ifndef STOA_SERVICE_REQUEST_H
#define STOA_SERVICE_REQUEST_H

#include "auth/token.h"
#include "db/db.h"
#include "http/http.h"
#include "http/sse.h"
#include "http/ws.h"
#include "task/task.h"
#include "json/schema.h"

struct request {
	struct db *db;
	const struct actor *actor; /* NULL without a token (permission_anyone) */
	int64_t now_us;            /* the attempt's instant */
	const struct route *route;
	struct http_exchange *exchange;
	struct app *app;             /* of this loop; app.h */
	const void *input;           /* what HANDLER passes on as `input`; NULL when it takes nothing */
	struct sql_page page;        /* of routes with .list: which page is asked for */
	struct request_state *state; /* the door's own */
};

/* ---- What was sent -------------------------------------------------------------------------------------------- */

/* The capture of that name, parsed as UUID at the door. */
struct uuid request_id(const struct request *req, const char *capture);
struct str request_param(const struct request *req, const char *capture);
/* Every header that a handler or the door reads (door/headers.c): its lines are one LIST, or it stands ONE time and is
 * refused otherwise; SCRIPT: a script of another origin may send it (CORS). */
#define REQUEST_HEADERS(X) \
	X(accept, "Accept", LIST, OWN) \
	X(accept_encoding, "Accept-Encoding", LIST, OWN) \
	X(api_key, "X-API-Key", ONE, SCRIPT) \
	X(authorization, "Authorization", ONE, SCRIPT) \
	X(content_encoding, "Content-Encoding", LIST, OWN) \
	X(content_type, "Content-Type", ONE, SCRIPT) \
	X(cors_method, "Access-Control-Request-Method", ONE, OWN) \
	X(idempotency_key, "Idempotency-Key", ONE, SCRIPT) \
	X(if_match, "If-Match", LIST, SCRIPT) \
	X(if_none_match, "If-None-Match", LIST, SCRIPT) \
	X(last_event_id, "Last-Event-ID", ONE, SCRIPT) \
	X(origin, "Origin", ONE, OWN) \
	X(request_id, "X-Request-Id", ONE, SCRIPT) \
	X(socket_protocol, "Sec-WebSocket-Protocol", LIST, OWN) \
	X(traceparent, "Traceparent", ONE, SCRIPT)
#define REQUEST_HEADER(tag_, ...) HEADER_##tag_,
enum request_header { REQUEST_HEADERS(REQUEST_HEADER) REQUEST_HEADER_COUNT };
struct str request_header(const struct request *req, enum request_header header); /* null when absent */
/* The actor on the admin side, for histories and ledgers: "staff:<account id>", "key:<name>". */
struct str request_staff(const struct request *req);

/* The version in If-Match: refuses (412) when the header names only others. Call it when the current version is known.
 * Does nothing when the header is absent: where it is required, the door has refused such a request with 428, and
 * a commit without this call fails. */
void request_check_version(const struct request *req, int64_t version);

/* Writes each member of the body that was sent to the target's member of that name; null empties it (json_patch). The
 * row names the target's shape as .patches. When a PATCH changes nothing by it, the handler goes on as ever, and
 * reply_commit() drops what it was given and answers with the target as it was: no version is counted, no event emitted,
 * no audit written. */
#define request_patch(req, tag, target) request_patch_value((req), &tag##_schema, (SHAPE(tag) *){ (target) })
/* Was that member of `input` sent? Null counts. */
#define request_sent(req, member) ((void)sizeof(input->member), request_sent_member((req), #member))

/* ---- Answers -------------------------------------------------------------------------------------------------- */

/* Answers with the row's status. The value is a pointer, often to a literal: reply(req, &(struct brand){ .id = id }) */

#define reply(req, ...)         reply_value((req), NULL, 0, HANDLER_OUTPUT(__VA_ARGS__))
#define reply_as(req, tag, ...) reply_value((req), &tag##_schema, 0, SHAPE_POINTER(tag, __VA_ARGS__))
/* With the row's .other_status, or its status. */
#define reply_status(req, status, ...) reply_value((req), NULL, (status), HANDLER_OUTPUT(__VA_ARGS__))
void reply_none(struct request *req); /* of handlers that give nothing */

/* Commits and answers: when the request carries an Idempotency-Key the answer is stored in the same transaction, so a
 * retry with the key gets it again (Idempotent-Replayed: true). When the key was used meanwhile by an equal request,
 * the transaction is dropped and that request's answer is sent. What the database refuses is answered by the row's
 * .conflicts. Use this for every write. */
#define reply_commit(req, tx, ...) reply_commit_value((req), (tx), NULL, HANDLER_OUTPUT(__VA_ARGS__))
#define reply_commit_as(req, tx, tag, ...) \
	reply_commit_value((req), (tx), &tag##_schema, SHAPE_POINTER(tag, __VA_ARGS__))
void reply_commit_none(struct request *req, struct tx *tx); /* of handlers that give nothing */
/* For a handler that wants to look at the refusal itself: NULL when the request is answered, else as tx_try_commit. */
#define reply_try_commit(req, tx, ...) reply_try_commit_value((req), (tx), NULL, HANDLER_OUTPUT(__VA_ARGS__))
#define reply_try_commit_as(req, tx, tag, ...) \
	reply_try_commit_value((req), (tx), &tag##_schema, SHAPE_POINTER(tag, __VA_ARGS__))

/* Bytes of another content type, copied. */
void reply_raw(struct request *req, int status, const char *content_type, struct str body);

/* Headers of the coming reply; before reply*. A name set before is replaced; `name` is static, the value is kept in the
 * arena. */
void reply_header(struct request *req, const char *name, struct str value);
/* The version of an answer that has it elsewhere than at its top, or has no body. */
void reply_version(struct request *req, int64_t version);

/* ---- Sockets and streams -------------------------------------------------------------------------------------- */

/* On a route with `websocket`: answers 101 (with the subprotocol the token came by) and gives the socket; NULL when
 * the client has left. options->subprotocol is set here. After a refuse() instead, the door closes with 4401 or 4404.
 */
struct ws *request_socket(struct request *req, const struct ws_options *options);

/* On a route with `stream`: answers with server-sent events; NULL when the client has left (sse_start). */
struct sse *request_stream(struct request *req, const struct sse_options *options);
/* The number in Last-Event-ID, where a client that comes back goes on; refuses what is none. Not set: no such header.
 */
struct opt_i64 request_last_event(const struct request *req);
/* Sockets and streams end (4401) with the token they were opened by, and with its login or key; ends_us and owner are set
 * by these two. */

/* ---- Behind the macros ---------------------------------------------------------------------------------------- */

/* They compile when the value points to what this HANDLER gives, to what the tag stands for. */
#define HANDLER_OUTPUT(...)     ((__typeof__(handler_output)){ __VA_ARGS__ })
#define SHAPE_POINTER(tag, ...) ((const SHAPE(tag) *){ __VA_ARGS__ })

void request_patch_value(const struct request *req, const struct schema *shape, void *target);
bool request_sent_member(const struct request *req, const char *member);
/* `shape`: what `value` is, NULL: what the row says. `status` 0: the row's. */
void reply_value(struct request *req, const struct schema *shape, int status, const void *value);
void reply_commit_value(struct request *req, struct tx *tx, const struct schema *shape, const void *value);
MUST_CHECK const struct tx_refusal *reply_try_commit_value(struct request *req, struct tx *tx,
                                                           const struct schema *shape, const void *value);

#endif
