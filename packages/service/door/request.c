/* SPDX-License-Identifier: Apache-2.0 */
/* What a handler asks of its request. */
#include "base/clock.h"
#include "http/message.h"
#include "service/internal.h"
#include "json/json.h"

/* A handler that serves a path without it is at fault, but takes nobody else's request with it. */
static size_t capture_index(const struct request *req, const char *capture)
{
	const struct route_match *match = &req->state->match;
	struct str name = str_from(capture);

	for (size_t i = 0; i < match->count; i++)
		if (str_eq(match->names[i], name))
			return i;
	fail("%s has no {%s} in its path", req->state->entry->name, capture);
}

struct uuid request_id(const struct request *req, const char *capture)
{
	return req->state->ids[capture_index(req, capture)];
}

struct str request_param(const struct request *req, const char *capture)
{
	return req->state->match.values[capture_index(req, capture)];
}

static struct str written(const struct request *req, const struct schema *shape, const void *value)
{
	struct buf buf;

	buf_init_arena(&buf, task_arena(), req->state->host->out.max);
	json_write(&buf, shape, value);
	return buf_view(&buf);
}

void request_patch_value(const struct request *req, const struct schema *shape, void *target)
{
	const struct route_entry *entry = req->state->entry;
	void *before = arena_alloc(task_arena(), shape->size);

	if (shape != entry->route->patches)
		fail("%s patches %s, and its row says otherwise", entry->name, shape->name);
	memcpy(before, target, shape->size);
	json_patch(entry->body, req->input, req->state->sent, shape, target);
	if (entry->route->method == HTTP_PATCH && str_eq(written(req, shape, before), written(req, shape, target)))
		req->state->unpatched = before;
}

bool request_sent_member(const struct request *req, const char *member)
{
	const struct schema *body = req->state->entry->body;
	const struct schema_field *field = schema_field_find(body, str_from(member));

	if (!field || body->field_count > JSON_SENT_MAX)
		fail("%s cannot tell whether %s was sent", req->state->entry->name, member);
	return req->state->sent >> (field - body->fields) & 1;
}

struct str request_staff(const struct request *req)
{
	if (!str_is_null(req->actor->key))
		return str_printf(task_arena(), "key:%.*s", STR_ARG(req->actor->key));
	return str_printf(task_arena(), "staff:%.*s", STR_ARG(uuid_text(task_arena(), req->actor->account_id)));
}

struct opt_i64 request_last_event(const struct request *req)
{
	struct str header = request_header(req, HEADER_last_event_id);
	int64_t number;

	if (str_is_null(header))
		return (struct opt_i64){ .set = false };
	if (str_to_i64(str_trim(header), &number) || number < 0)
		refuse_header("Last-Event-ID", "must be a whole number, 0 or more");
	return SOME(i64, number);
}

void request_check_version(const struct request *req, int64_t version)
{
	struct str header = request_header(req, HEADER_if_match);

	req->state->version_checked = true;
	req->state->version_seen = version;
	if (!str_is_null(header) && etag_has_version(header, version) != 1)
		refuse(&problem_precondition_failed, "It is at version %lld now", (long long)version);
}

/* ---- Sockets and streams ------------------------------------------------------------------------------- */

/* Monotonic: when the token or key that opened the request is taken no more; 0: never. */
static int64_t token_end(const struct request *req)
{
	int64_t expires_at = req->actor ? req->actor->expires_at : 0;

	if (!expires_at || expires_at > INT64_MAX - TOKEN_LEEWAY_US)
		return 0;
	return loop_now_us(req->app->loop) + expires_at + TOKEN_LEEWAY_US - clock_now_us();
}

/* Whose login or key ends, loses the socket or stream with it; it may have ended while the handler waited. */
static struct uuid owner_of(const struct request *req)
{
	struct uuid owner = req->actor ? req->actor->session_id : (struct uuid){ 0 };

	if (req->actor && revoked(req->state->host->revocations, owner))
		refuse(&problem_unauthenticated, "This login has ended, or this key is revoked");
	return owner;
}

struct ws *request_socket(struct request *req, const struct ws_options *options)
{
	struct ws_options mine = *options;

	mine.subprotocol = req->state->subprotocol;
	mine.ends_us = token_end(req);
	mine.owner = owner_of(req);
	return ws_accept(req->exchange, &mine);
}

struct sse *request_stream(struct request *req, const struct sse_options *options)
{
	struct sse_options mine = *options;

	mine.ends_us = token_end(req);
	mine.owner = owner_of(req);
	state_header(req->state, "Content-Type", STR("text/event-stream"));
	state_header(req->state, "X-Accel-Buffering", STR("no"));
	return sse_start(req->exchange, req->state->headers, req->state->header_count, &mine);
}
