/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers. JSON is written into the loop's one buffer and copied out by the server at once; where a commit
 * lies between writing and sending, into the arena, for other tasks use the buffer meanwhile.
 */

#include "base/check.h"
#include "base/encode.h"
#include "base/hash.h"
#include "http/message.h"
#include "service/internal.h"
#include "json/json.h"

enum { OUT_KEEP = 256 * 1024, LOCATION_MAX = 512, PACK_MIN = 1024 };

const struct problem problem_upgrade_required = { .code = "upgrade_required",
	                                          .status = 426,
	                                          .title = "This address speaks WebSocket only" };

const struct problem *const problems_service[] = { &problem_upgrade_required, NULL };

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

	state->version = 0;
	state->etag = STR_NULL;
	state->location = STR_NULL;
	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		for (size_t j = 0; j < state->header_count; j++)
			if (str_eq(state->headers[j].name, str_from(names[i])))
				state->headers[j--] = state->headers[--state->header_count];
}

void state_vary(struct request_state *state, const char *name)
{
	char *at = state->vary + state->vary_len;
	size_t room = sizeof(state->vary) - state->vary_len;

	if (!memmem(state->vary, state->vary_len, name, strlen(name)))
		state->vary_len += (size_t)snprintf(at, room, "%s%s", state->vary_len ? ", " : "", name);
	CHECK(state->vary_len < sizeof(state->vary));
	state_header(state, "Vary", (struct str){ state->vary, state->vary_len });
}

/* ---- What was read, as it is sent ---------------------------------------------------------------------- */

static struct http_header *find_header(struct request_state *state, const char *name)
{
	for (size_t i = 0; i < state->header_count; i++)
		if (str_eq_nocase(state->headers[i].name, str_from(name)))
			return &state->headers[i];
	return NULL;
}

/* What is packed is a representation of its own, with a tag of its own (RFC 9110 section 8.8.3.3). */
static struct str coded_tag(struct str tag, enum http_coding coding)
{
	return str_printf(task_arena(), "%.*s-%s\"", (int)tag.len - 1, tag.ptr, http_coding_name(coding));
}

/* The coding of the answer that the client has: its tag tells. */
static enum http_coding coding_known(struct request_state *state, enum http_coding accepted)
{
	struct str known = request_header(&state->req, HEADER_if_none_match);
	struct http_header *tag = find_header(state, "ETag");
	struct str coded = tag && accepted ? coded_tag(tag->value, accepted) : STR_NULL;

	return coded.len && memmem(known.ptr, known.len, coded.ptr, coded.len) ? accepted : HTTP_CODING_NONE;
}

/* Only what was read is packed, and nothing whose shape has a secret: a body's length must not tell of a secret that
 * stands beside what an attacker may choose (BREACH). */
static struct str pack(struct request_state *state, int status, struct str body)
{
	struct host *host = state->host;
	enum http_coding coding = http_coding_accepted(request_header(&state->req, HEADER_accept_encoding));
	struct http_header *tag = find_header(state, "ETag");

	if (state->coding)
		coding = state->coding;
	else if (status == 304)
		coding = coding_known(state, coding);
	else if (body.len < PACK_MIN || !coding || http_pack(host->packer, coding, false, body, &host->packed))
		return body;
	else
		body = buf_view(&host->packed);
	if (coding && tag)
		tag->value = coded_tag(tag->value, coding);
	if (coding && status == 200)
		state_header(state, "Content-Encoding", str_from(http_coding_name(coding)));
	return body;
}

static struct str represent(struct request_state *state, int status, struct str body)
{
	const struct route_entry *entry = state->entry;

	if (!entry || entry->probe || entry->route->method != HTTP_GET || (status != 200 && status != 304))
		return body;
	if (entry->route->public_max_age && !state->req.actor) {
		state_vary(state, "Authorization");
		state_header(state, "Cache-Control",
		             str_printf(task_arena(), "public, max-age=%d", entry->route->public_max_age));
	}
	if (entry->secret)
		return body;
	state_vary(state, "Accept-Encoding");
	return pack(state, status, body);
}

void reply_send(struct request_state *state, int status, const char *content_type, struct str body)
{
	if (status < 400 && form_posted(state)) {
		form_done(state);
		return;
	}
	if (content_type)
		state_header(state, "Content-Type", str_from(content_type));
	body = represent(state, status, body);
	http_reply(state->req.exchange, status, state->headers, state->header_count, body);
}

/* ---- Headers ----------------------------------------------------------------------------------------- */

void reply_header(struct request *req, const char *name, struct str value)
{
	state_header(req->state, name, str_dup(task_arena(), value));
}

static void set_location(struct request_state *state, struct str location)
{
	state->location = location;
	state_header(state, "Location", location);
}

static void put_member(struct buf *buf, const struct schema_field *field, const char *value)
{
	if (field->kind == JSON_uuid)
		buf_str(buf, uuid_text(task_arena(), *(const struct uuid *)value));
	else if (field->kind == JSON_i64)
		buf_printf(buf, "%lld", (long long)*(const int64_t *)value);
	else
		buf_str(buf, percent_encode(task_arena(), *(const struct str *)value));
}

/* The row's .creates, with members of the answer for what it has in braces (route_check has seen them). */
static struct str location_of(const struct route_entry *entry, const void *value)
{
	struct str rest = str_from(entry->route->creates);
	struct buf buf;

	buf_init_arena(&buf, task_arena(), LOCATION_MAX);
	for (;;) {
		buf_str(&buf, str_cut(&rest, '{'));
		if (str_is_null(rest))
			break;
		const struct schema_field *field = schema_field_find(entry->reply, str_cut(&rest, '}'));

		put_member(&buf, field, (const char *)value + field->offset);
	}
	if (buf.overflow)
		fail("the Location of %s is longer than one may be", entry->name);
	return buf_view(&buf);
}

void reply_version(struct request *req, int64_t version)
{
	req->state->version = version;
}

/* What was read, or has a version. The hash is of all that is shown, also of what belongs to other rows; its key is ours, so
 * that nobody can make two answers that look alike. */
static void tag_answer(struct request *req, struct str body)
{
	struct request_state *state = req->state;
	bool read = state->entry->route->method == HTTP_GET && !state->entry->probe;

	if (!state->version && !(read && body.len))
		return;
	state->etag = etag_of(task_arena(), state->version,
	                      body.len ? hash_keyed(req->app->cursor_key.bytes, body.ptr, body.len) : 0);
	state_header(state, "ETag", state->etag);
	/* What anyone may see may be kept, if it is asked for again each time. */
	if (!req->actor && state->http->method != HTTP_POST)
		state_header(state, "Cache-Control", STR("no-cache"));
}

/* ---- JSON -------------------------------------------------------------------------------------------- */

static struct str write_json(struct request *req, const void *value)
{
	const struct route_entry *entry = req->state->entry;
	struct buf *out = &req->state->host->out;

	CHECK(entry->reply && value);
	buf_clear(out);
	json_write(out, req->state->shown ? req->state->shown : entry->reply, value);
	if (out->overflow)
		fail("the answer of %s is larger than an answer may be", entry->name);
	return buf_view(out);
}

/* One answer of megabytes must not be remembered for ever. */
static void release_large(struct buf *buf)
{
	size_t max = buf->max;

	if (buf->cap <= OUT_KEEP)
		return;
	buf_done(buf);
	buf_init(buf, max);
}

static void release_out(struct host *host)
{
	release_large(&host->out);
	release_large(&host->packed);
}

static bool is_unchanged(const struct request_state *state)
{
	struct str known = request_header(&state->req, HEADER_if_none_match);

	return state->entry->route->method == HTTP_GET && !str_is_null(known) && !str_is_null(state->etag) &&
	       etag_is_known(known, state->etag) == 1;
}

static void check_shape(const struct request *req, const struct schema *shape)
{
	const struct route_entry *entry = req->state->entry;

	if (shape && shape != entry->reply)
		fail("%s answers with %s, and its row says %s", entry->name, shape->name,
		     entry->reply ? entry->reply->name : "nothing");
}

/* What the row says about an answer of success, before it is written. */
static void announce(struct request *req, int status, const void *value)
{
	const struct route_entry *entry = req->state->entry;

	if (status == 201 && entry->route->creates)
		set_location(req->state, location_of(entry, value));
	if (entry->version && !req->state->version)
		reply_version(req, *(const int64_t *)((const char *)value + entry->version->offset));
}

void reply_value(struct request *req, const struct schema *shape, int status, const void *value)
{
	struct request_state *state = req->state;

	check_shape(req, shape);
	if (!status)
		status = state->entry->status;
	announce(req, status, value);
	struct str body = write_json(req, value);

	tag_answer(req, body);
	if (status == 200 && is_unchanged(state))
		reply_send(state, 304, NULL, STR(""));
	else
		reply_send(state, status, "application/json", body);
	release_out(state->host);
}

void reply_raw(struct request *req, int status, const char *content_type, struct str body)
{
	reply_send(req->state, status, content_type, body);
}

void reply_text(struct request *req, struct str body, enum http_coding coding, uint64_t hash)
{
	struct request_state *state = req->state;
	struct str known = request_header(req, HEADER_if_none_match);
	struct str tag = etag_of(task_arena(), 0, hash);

	state_header(state, "ETag", tag);
	if (!str_is_null(known) && etag_is_known(known, tag) == 1) {
		reply_send(state, 304, NULL, STR(""));
		return;
	}
	state->coding = coding;
	reply_send(state, 200, req->route->media, body);
}

/* ---- Commits ----------------------------------------------------------------------------------------- */

/* A row that requires If-Match and does not look at it would let every lost update through. */
static void check_precondition(const struct request_state *state)
{
	const struct route_entry *entry = state->entry;

	if (entry->route->if_match == IF_MATCH_REQUIRED && !state->version_checked)
		fail("%s commits without request_check_version(), and its row requires If-Match", entry->name);
}

static const struct tx_refusal *commit(struct request *req, struct tx *tx, int status, const void *value,
                                       struct str body)
{
	struct request_state *state = req->state;
	const struct tx_refusal *refusal;

	check_precondition(state);
	tag_answer(req, body);
	if (!state->unpatched)
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

/* As the row has it, or as a bug of ours. */
static NORETURN void end_refused(const struct request *req, const struct tx_refusal *refusal)
{
	const char *statement = refusal->statement ? refusal->statement->name : "a deferred constraint";

	for (const struct conflict *row = req->route->conflicts; row && row->constraint; row++) {
		struct field_error error = { .detail = str_from(row->detail) };

		if (!str_eq(refusal->constraint, str_from(row->constraint)))
			continue;
		if (!row->field)
			refuse(row->problem, "%s", row->detail);
		error.pointer = str_from(row->field);
		refuse_fields(row->problem, &error, 1);
	}
	if (refusal->kind == TX_EXPECTATION)
		fail_conflict("%s touched another number of rows than it must", statement);
	fail("%s breaks %.*s", statement, STR_ARG(refusal->constraint));
}

/* A PATCH that changes nothing stores nothing of what its handler has prepared: no version, no event, no audit. It is
 * answered with what is there, and only its Idempotency-Key is kept. */
static const void *drop_unpatched(struct request *req, struct tx **tx)
{
	struct request_state *state = req->state;

	tx_rollback(*tx);
	*tx = tx_collect(req->db);
	if (state->version)
		reply_version(req, state->version_seen);
	return state->unpatched;
}

const struct tx_refusal *reply_try_commit_value(struct request *req, struct tx *tx, const struct schema *shape,
                                                const void *value)
{
	int status = req->state->entry->status;
	struct str body = STR("");

	check_shape(req, shape);
	if (req->state->unpatched)
		value = drop_unpatched(req, &tx);
	if (status != 204) {
		announce(req, status, value);
		body = str_dup(task_arena(), write_json(req, value));
	}
	return commit(req, tx, status, value, body);
}

void reply_commit_value(struct request *req, struct tx *tx, const struct schema *shape, const void *value)
{
	const struct tx_refusal *refusal = reply_try_commit_value(req, tx, shape, value);

	if (refusal)
		end_refused(req, refusal);
}

static void check_nothing(const struct request *req)
{
	if (req->state->entry->reply)
		fail("%s answers with nothing, and its row says %s", req->state->entry->name,
		     req->state->entry->reply->name);
}

void reply_none(struct request *req)
{
	check_nothing(req);
	tag_answer(req, STR(""));
	reply_send(req->state, 204, NULL, STR(""));
}

void reply_commit_none(struct request *req, struct tx *tx)
{
	check_nothing(req);
	const struct tx_refusal *refusal = commit(req, tx, 204, NULL, STR(""));

	if (refusal)
		end_refused(req, refusal);
}

/* ---- Problems ---------------------------------------------------------------------------------------- */

struct str problem_body(struct request_state *state, const struct failure *failure)
{
	struct buf *out = &state->host->out;

	buf_clear(out);
	problem_write(out, failure, state->http->path, str_from(state->trace.request_id));
	return buf_view(out);
}

static bool has_header(const struct request_state *state, const char *name)
{
	for (size_t i = 0; i < state->header_count; i++)
		if (str_eq_nocase(state->headers[i].name, str_from(name)))
			return true;
	return false;
}

static void problem_headers(struct request_state *state, const struct failure *failure)
{
	char *text = state->retry_after;
	int wait_s = failure->retry_after_s;

	state_forget_answer(state);
	state_header(state, "Cache-Control", STR("no-store"));
	/* RFC 9110 section 11.6.1: each 401 says how to authenticate, also one that a handler refuses with. */
	if (problem_of(failure)->status == 401 && !has_header(state, "WWW-Authenticate"))
		state_header(state, "WWW-Authenticate", STR("Bearer"));
	if (failure->kind != FAILURE_UNAVAILABLE && failure->kind != FAILURE_DEADLINE)
		return;
	int len = snprintf(text, sizeof(state->retry_after), "%d", wait_s > 0 ? wait_s : 1);
	state_header(state, "Retry-After", (struct str){ text, (size_t)len });
}

void reply_problem(struct request_state *state, const struct failure *failure)
{
	problem_headers(state, failure);
	if (form_posted(state)) {
		form_refused(state, failure);
		return;
	}
	reply_send(state, problem_of(failure)->status, "application/problem+json", problem_body(state, failure));
	release_out(state->host);
}
