/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers. JSON is written into the loop's one buffer and copied out by the server in the same breath; where a commit
 * lies between writing and sending, into the arena, for other tasks use the buffer meanwhile.
 */
#include <stdarg.h>

#include "base/check.h"
#include "base/clock.h"
#include "http/message.h"
#include "service/internal.h"
#include "json/json.h"

enum { OUT_KEEP = 256 * 1024 };

const struct problem problem_upgrade_required = { .code = "upgrade_required",
	                                          .status = 426,
	                                          .title = "This address speaks WebSocket only" };

const struct problem *const problems_service[] = { &problem_quota_exceeded, &problem_upgrade_required, NULL };

void state_header(struct request_state *state, const char *name, struct str value)
{
	struct str key = str_from(name);

	for (size_t i = 0; i < state->header_count; i++)
		if (str_eq_nocase(state->headers[i].name, key)) {
			state->headers[i].value = value;
			return;
		}
	CHECK(state->header_count < REPLY_HEADERS_MAX);
	state->headers[state->header_count++] = (struct http_header){ .name = key, .value = value };
}

void state_forget_answer(struct request_state *state)
{
	static const char *const names[] = { "ETag", "Location", "Link" };

	state->has_version = false;
	state->etag = STR_NULL;
	state->location = STR_NULL;
	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		for (size_t j = 0; j < state->header_count; j++)
			if (str_eq(state->headers[j].name, str_from(names[i])))
				state->headers[j--] = state->headers[--state->header_count];
}

void reply_send(struct request_state *state, int status, const char *content_type, struct str body)
{
	if (content_type)
		state_header(state, "Content-Type", str_from(content_type));
	http_reply(state->req.exchange, status, state->headers, state->header_count, body);
}

/* ---- JSON -------------------------------------------------------------------------------------------- */

static struct str write_json(struct request *req, const void *value)
{
	struct buf *out = &req->state->host->out;

	CHECK(req->route->reply && value);
	buf_clear(out);
	json_write(out, req->route->reply, value);
	if (out->overflow)
		fail("the answer of %s is larger than an answer may be", req->route->name);
	return buf_view(out);
}

/* One answer of megabytes must not be remembered for ever. */
static void release_out(struct host *host)
{
	size_t max = host->out.max;

	if (host->out.cap <= OUT_KEEP)
		return;
	buf_done(&host->out);
	buf_init(&host->out, max);
}

static bool is_unchanged(const struct request_state *state)
{
	struct str known = http_header(state->http, "If-None-Match");

	return state->has_version && !str_is_null(known) && etag_matches(known, state->version, true) == 1 &&
	       (state->http->method == HTTP_GET || state->http->method == HTTP_HEAD);
}

static int status_of(const struct request *req)
{
	return req->route->status ? req->route->status : 200;
}

void reply(struct request *req, const void *value)
{
	reply_status(req, status_of(req), value);
}

void reply_status(struct request *req, int status, const void *value)
{
	struct request_state *state = req->state;

	if (status == 200 && is_unchanged(state)) {
		reply_send(state, 304, NULL, STR(""));
		return;
	}
	reply_send(state, status, "application/json", write_json(req, value));
	release_out(state->host);
}

void reply_none(struct request *req)
{
	reply_send(req->state, 204, NULL, STR(""));
}

void reply_raw(struct request *req, int status, const char *content_type, struct str body)
{
	reply_send(req->state, status, content_type, body);
}

/* Monotonic: when the token or key that opened the request is taken no more; 0: never. */
static int64_t token_end(const struct request *req)
{
	int64_t expires_at = req->actor ? req->actor->expires_at : 0;

	if (!expires_at || expires_at > INT64_MAX - TOKEN_LEEWAY_US)
		return 0;
	return loop_now_us(req->app->loop) + expires_at + TOKEN_LEEWAY_US - clock_now_us();
}

struct ws *request_socket(struct request *req, const struct ws_options *options)
{
	struct ws_options mine = *options;

	mine.subprotocol = req->state->subprotocol;
	mine.ends_us = token_end(req);
	return ws_accept(req->exchange, &mine);
}

struct sse *request_stream(struct request *req, const struct sse_options *options)
{
	struct sse_options mine = *options;

	mine.ends_us = token_end(req);
	state_header(req->state, "Content-Type", STR("text/event-stream"));
	state_header(req->state, "X-Accel-Buffering", STR("no"));
	return sse_start(req->exchange, req->state->headers, req->state->header_count, &mine);
}

/* ---- Headers ----------------------------------------------------------------------------------------- */

void reply_header(struct request *req, const char *name, struct str value)
{
	state_header(req->state, name, str_dup(task_arena(), value));
}

void reply_location(struct request *req, const char *format, ...)
{
	struct buf buf;
	char text[512];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	CHECK(len >= 0 && (size_t)len < sizeof(text));
	buf_init_arena(&buf, task_arena(), sizeof(text));
	buf_append(&buf, text, (size_t)len);
	req->state->location = buf_view(&buf);
	state_header(req->state, "Location", req->state->location);
}

void reply_version(struct request *req, int64_t version)
{
	struct request_state *state = req->state;

	state->version = version;
	state->has_version = true;
	state->etag = etag_of(task_arena(), version);
	state_header(state, "ETag", state->etag);
	/* What anyone may see may be kept, if it is asked for again each time. */
	if (!req->actor && state->http->method != HTTP_POST)
		state_header(state, "Cache-Control", STR("no-cache"));
}

/* ---- Commits ----------------------------------------------------------------------------------------- */

static const struct tx_refusal *commit(struct request *req, struct tx *tx, int status, const void *value,
                                       struct str body)
{
	struct request_state *state = req->state;
	const struct tx_refusal *refusal;

	audit_add(state, tx, status, value, body);
	if (state->idempotency.given)
		idempotency_add(state, tx, status, body);
	if (http_replied(req->exchange)) /* a twin's answer */
		return NULL;
	refusal = tx_try_commit(tx);
	if (!refusal) {
		fault_point("api", "committed");
		reply_send(state, status, status == 204 ? NULL : "application/json", body);
		return NULL;
	}
	/* Whatever statement stumbled: if a twin was first, this is why. */
	if (state->idempotency.given && idempotency_replay(state))
		return NULL;
	if (refusal->kind == TX_UNIQUE && str_eq(refusal->constraint, STR("idempotency_pkey")))
		fail_conflict("the idempotency key was taken and given up meanwhile");
	return refusal;
}

static NORETURN void end_refused(const struct tx_refusal *refusal)
{
	const char *statement = refusal->statement ? refusal->statement->name : "a deferred constraint";

	if (refusal->kind == TX_EXPECTATION)
		fail_conflict("%s touched another number of rows than it must", statement);
	fail("%s breaks %.*s", statement, STR_ARG(refusal->constraint));
}

const struct tx_refusal *reply_try_commit(struct request *req, struct tx *tx, const void *value)
{
	int status = status_of(req);
	struct str body = STR("");

	if (status != 204)
		body = str_dup(task_arena(), write_json(req, value));
	return commit(req, tx, status, value, body);
}

void reply_commit(struct request *req, struct tx *tx, const void *value)
{
	const struct tx_refusal *refusal = reply_try_commit(req, tx, value);

	if (refusal)
		end_refused(refusal);
}

void reply_commit_none(struct request *req, struct tx *tx)
{
	const struct tx_refusal *refusal = commit(req, tx, 204, NULL, STR(""));

	if (refusal)
		end_refused(refusal);
}

/* ---- Problems ---------------------------------------------------------------------------------------- */

struct str problem_body(struct request_state *state, const struct failure *failure)
{
	struct buf *out = &state->host->out;

	buf_clear(out);
	problem_write(out, failure, state->http->path, str_from(state->trace.request_id));
	return buf_view(out);
}

static void problem_headers(struct request_state *state, const struct failure *failure)
{
	char *text = state->retry_after;
	int wait_s = failure->retry_after_s;

	state_forget_answer(state);
	state_header(state, "Cache-Control", STR("no-store"));
	if (failure->kind != FAILURE_UNAVAILABLE && failure->kind != FAILURE_DEADLINE)
		return;
	int len = snprintf(text, sizeof(state->retry_after), "%d", wait_s > 0 ? wait_s : 1);
	state_header(state, "Retry-After", (struct str){ text, (size_t)len });
}

void reply_problem(struct request_state *state, const struct failure *failure)
{
	problem_headers(state, failure);
	reply_send(state, problem_of(failure)->status, "application/problem+json", problem_body(state, failure));
	release_out(state->host);
}

/* ---- What a handler asks of its request ---------------------------------------------------------------- */

static size_t capture_index(const struct request *req, const char *capture)
{
	const struct route_match *match = &req->state->match;
	struct str name = str_from(capture);

	for (size_t i = 0; i < match->count; i++)
		if (str_eq(match->names[i], name))
			return i;
	check_failed(__FILE__, __LINE__, capture);
}

struct uuid request_id(const struct request *req, const char *capture)
{
	return req->state->ids[capture_index(req, capture)];
}

struct str request_param(const struct request *req, const char *capture)
{
	return req->state->match.values[capture_index(req, capture)];
}

struct str request_staff(const struct request *req)
{
	if (!str_is_null(req->actor->key))
		return str_printf(task_arena(), "key:%.*s", STR_ARG(req->actor->key));
	return str_printf(task_arena(), "staff:%.*s", STR_ARG(uuid_text(task_arena(), req->actor->account_id)));
}

struct str request_header(const struct request *req, const char *name)
{
	return http_header(req->state->http, name);
}

struct opt_i64 request_last_event(const struct request *req)
{
	const struct field_error error = { STR("Last-Event-ID"), STR("must be a whole number, 0 or more") };
	struct str header = request_header(req, "Last-Event-ID");
	int64_t number;

	if (str_is_null(header))
		return (struct opt_i64){ .set = false };
	if (str_to_i64(str_trim(header), &number) || number < 0)
		refuse_fields(&problem_invalid_parameter, &error, 1);
	return SOME(i64, number);
}

void request_check_version(const struct request *req, int64_t version)
{
	struct str header = request_header(req, "If-Match");

	if (!str_is_null(header) && etag_matches(header, version, false) != 1)
		refuse(&problem_precondition_failed, "It is at version %lld now", (long long)version);
}
