/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Idempotency-Key: an answer is stored in the transaction of its effect, so there is never one without the other. A
 * retry is given the stored answer; the same key with another request is refused.
 *
 * Twins that race both find nothing and both run. The second to commit stumbles: over the primary key, or before that
 * over whatever the first one changed (a version, a unique name, a rule that now refuses). So no refusal leaves the
 * door before the key has been looked up again.
 *
 * A twin that comes to the same loop while the first one runs is refused at once (409). One that comes to another loop
 * or process is not seen there: the commit tells, as above.
 *
 * An answer that has secrets is stored sealed (auth/seal.h). Its body is then no JSON.
 *
 * Refusals of the handler are stored as well, by themselves, for they have no effect to share a commit with; not those
 * that a retry is meant to overcome, and never failures of ours.
 */
#include <sodium.h>

#include "auth/seal.h"
#include "base/clock.h"
#include "base/encode.h"
#include "http/message.h"
#include "service/internal.h"
#include "service/refuse.h"
#include "service/sql/idempotency_sql.h"

enum { PURGE_BATCH = 1000 };
#define KEEP_US (24 * 3600 * US_PER_S)

/* Keyed, because a body may hold a password, and a reader of the table must not be able to guess at it. By the
 * configured secret alone, and not one made up for this process: the retry may meet another. */
void idempotency_fingerprint(uint8_t ret[32], struct str secret, const struct http_request *http)
{
	crypto_auth_hmacsha256_state hash;
	struct str parts[] = { str_from(http_method_name(http->method)), http->target, http_header(http, "If-Match"),
		               http->body };

	crypto_auth_hmacsha256_init(&hash, (const unsigned char *)(secret.len ? secret.ptr : ""), secret.len);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		uint64_t len = parts[i].len;

		crypto_auth_hmacsha256_update(&hash, (const unsigned char *)&len, sizeof(len));
		crypto_auth_hmacsha256_update(&hash, (const unsigned char *)parts[i].ptr, parts[i].len);
	}
	crypto_auth_hmacsha256_final(&hash, ret);
}

struct uuid idempotency_scope(const struct route_entry *entry, const struct actor *actor, struct str network)
{
	crypto_hash_sha256_state hash;
	struct uuid scope;
	uint8_t digest[32];

	if (actor && entry->route->needs != &permission_anyone)
		return actor->account_id;
	crypto_hash_sha256_init(&hash);
	crypto_hash_sha256_update(&hash, (const unsigned char *)entry->name, strlen(entry->name) + 1);
	crypto_hash_sha256_update(&hash, (const unsigned char *)network.ptr, network.len);
	crypto_hash_sha256_final(&hash, digest);
	memcpy(scope.bytes, digest, sizeof(scope.bytes));
	scope.bytes[6] = (scope.bytes[6] & 0x0f) | 0x80; /* version 8 (RFC 9562 section 5.8): no account has one */
	scope.bytes[8] = (scope.bytes[8] & 0x3f) | 0x80;
	return scope;
}

static void check_fingerprint(const struct idempotency_key *key, struct str other)
{
	if (!str_eq(other, (struct str){ (const char *)key->fingerprint, sizeof(key->fingerprint) }))
		refuse(&problem_idempotency_key_reused, "Use a new Idempotency-Key for a new request");
}

static void check_running(struct request_state *state)
{
	const struct idempotency_key *mine = &state->idempotency;

	LIST_FOR (node, &state->host->keyed) {
		const struct idempotency_key *other = CONTAINER_OF(node, struct idempotency_key, node);

		if (!uuid_eq(other->scope, mine->scope) || !str_eq(other->key, mine->key))
			continue;
		check_fingerprint(mine, (struct str){ (const char *)other->fingerprint, sizeof(other->fingerprint) });
		refuse_for_now(&state->req, &problem_idempotency_key_in_use, US_PER_S);
	}
}

void idempotency_open(struct request_state *state)
{
	const struct route *route = state->entry->route;
	struct str header = request_header(&state->req, HEADER_idempotency_key);
	struct idempotency_key *key = &state->idempotency;

	if (!route_is_keyed(route))
		return;
	if (str_is_null(header)) {
		if (route->idempotency == IDEMPOTENCY_REQUIRED)
			refuse(&problem_idempotency_key_missing,
			       "Send an Idempotency-Key, new for each new order of this kind");
		return;
	}
	if (idempotency_key_parse(task_arena(), header, &key->key))
		refuse_header("Idempotency-Key", "must be 1 to 255 printable ASCII characters");
	key->scope = idempotency_scope(state->entry, state->req.actor, state->http->network);
	idempotency_fingerprint(key->fingerprint, str_from(state->host->process->config.cursor_secret), state->http);
	check_running(state);
	list_push_back(&state->host->keyed, &key->node);
	key->given = true;
}

void idempotency_close(struct request_state *state)
{
	list_remove(&state->idempotency.node);
	state->idempotency = (struct idempotency_key){ 0 };
}

/* ---- Replaying ------------------------------------------------------------------------------------------ */

/* What a sealed answer is bound to: it opens for the same request under the same key only. */
static struct str place_of(const struct request_state *state)
{
	const struct idempotency_key *key = &state->idempotency;

	return str_printf(task_arena(), "%.*s %.*s %.*s", STR_ARG(uuid_text(task_arena(), key->scope)),
	                  STR_ARG(key->key),
	                  STR_ARG(hex_encode(task_arena(), (struct str){ (const char *)key->fingerprint,
	                                                                 sizeof(key->fingerprint) })));
}

static struct str stored_body(const struct request_state *state, const struct sql_idempotency_find_row *row)
{
	struct str body = row->body;

	if (row->status < 400 && state->entry->secret)
		body = unseal(task_arena(), state->host->process->token_secret, place_of(state), row->body);
	if (str_is_null(body))
		refuse(&problem_idempotency_answer_lost,
		       "The request was carried out; use a new Idempotency-Key to ask for something new");
	return body;
}

static void send_stored(struct request_state *state, const struct sql_idempotency_find_row *row)
{
	const char *type = "application/json";
	struct str body = stored_body(state, row);

	if (row->status == 204)
		type = NULL;
	else if (row->status >= 400)
		type = "application/problem+json";
	state_forget_answer(state);
	if (!str_is_null(row->location))
		state_header(state, "Location", row->location);
	if (!str_is_null(row->etag))
		state_header(state, "ETag", row->etag);
	state_header(state, "Idempotent-Replayed", STR("true"));
	reply_send(state, (int)row->status, type, body);
}

static const struct sql_idempotency_find_row *find(const struct request_state *state)
{
	return sql_idempotency_find(state->req.db, .scope = state->idempotency.scope, .key = state->idempotency.key);
}

bool idempotency_replay(struct request_state *state)
{
	const struct sql_idempotency_find_row *row = find(state);

	state->idempotency.searched = true;
	if (!row)
		return false;
	check_fingerprint(&state->idempotency, row->fingerprint);
	send_stored(state, row);
	return true;
}

/* ---- Storing --------------------------------------------------------------------------------------------- */

struct storing {
	struct request_state *state;
	struct tx *tx;
	int status;
	struct str body;
	const struct failure *keep; /* NULL: only look */
	bool answered;
};

static void insert(void *arg)
{
	const struct storing *storing = arg;
	const struct request_state *state = storing->state;
	const struct idempotency_key *key = &state->idempotency;

	sql_idempotency_insert(storing->tx, .scope = key->scope, .key = key->key, .route = str_from(state->entry->name),
	                       .fingerprint = { (const char *)key->fingerprint, sizeof(key->fingerprint) },
	                       .status = storing->status, .location = state->location, .etag = state->etag,
	                       .body = storing->body, .now = state->req.now_us);
}

/* In an interactive transaction the row is refused here and not at the commit. */
void idempotency_add(struct request_state *state, struct tx *tx, int status, struct str body)
{
	struct storing storing = { .state = state, .tx = tx, .status = status, .body = body };
	struct failure failure;

	if (state->entry->secret)
		storing.body = seal(task_arena(), state->host->process->token_secret, place_of(state), body);
	failure = task_attempt(insert, &storing);
	if (!failure.kind)
		return;
	if (failure.kind == FAILURE_FAILED || failure.kind == FAILURE_CONFLICT) {
		tx_rollback(tx);
		if (idempotency_replay(state))
			return;
	}
	fail_again(&failure);
}

static void keep_refusal(const struct storing *storing)
{
	const struct request_state *state = storing->state;
	const struct idempotency_key *key = &state->idempotency;
	struct tx *tx = tx_collect(state->req.db);

	sql_idempotency_keep(tx, .scope = key->scope, .key = key->key, .route = str_from(state->entry->name),
	                     .fingerprint = { (const char *)key->fingerprint, sizeof(key->fingerprint) },
	                     .status = storing->status, .body = storing->body, .now = state->req.now_us);
	tx_commit(tx);
}

static void settle(void *arg)
{
	struct storing *storing = arg;
	const struct sql_idempotency_find_row *row;

	if (storing->keep) {
		storing->status = storing->keep->problem->status;
		storing->body = str_dup(task_arena(), problem_body(storing->state, storing->keep));
		keep_refusal(storing);
	}
	row = find(storing->state);
	if (!row)
		return;
	check_fingerprint(&storing->state->idempotency, row->fingerprint);
	/* The body carries our request id: equal means it is the one just kept. */
	if (storing->keep && str_eq(row->body, storing->body))
		return;
	send_stored(storing->state, row);
	storing->answered = true;
}

/* A retry with the same key is meant to get past these. */
static bool is_worth_keeping(const struct failure *failure)
{
	static const int passing[] = { 401, 403, 408, 412, 425, 428, 429 };
	int status = failure->problem->status;

	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		if (status == passing[i])
			return false;
	return status >= 400 && status < 500 && failure->problem != &problem_conflict &&
	       failure->problem != &problem_idempotency_key_reused &&
	       failure->problem != &problem_idempotency_answer_lost;
}

bool idempotency_settle(struct request_state *state, struct failure *failure)
{
	struct storing storing = { .state = state };
	struct failure second;

	if (!state->idempotency.searched ||
	    (failure->kind != FAILURE_REFUSED && failure->kind != FAILURE_CONFLICT && failure->kind != FAILURE_FAILED))
		return false;
	if (failure->kind == FAILURE_REFUSED && is_worth_keeping(failure))
		storing.keep = failure;
	second = task_attempt(settle, &storing);
	if (second.kind == FAILURE_CANCELLED || second.kind == FAILURE_REFUSED)
		*failure = second;
	return storing.answered;
}

/* ---- Forgetting ------------------------------------------------------------------------------------------- */

void idempotency_purge(struct db *db, int64_t now_us)
{
	int64_t count = PURGE_BATCH;

	while (count >= PURGE_BATCH) {
		struct tx *tx = tx_begin(db);

		count = sql_idempotency_purge(tx, .before = now_us - KEEP_US, .batch = PURGE_BATCH)->count;
		tx_commit(tx);
	}
}
