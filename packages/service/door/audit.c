/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door's side of the audit trail: what a row says is taken from the request and its route, so it is the same for
 * every handler. The kind of thing is the path's first part behind /api/admin, which of them the path's first id or,
 * for what was just made, its Location.
 */
#include "service/audit.h"

#include "base/check.h"
#include "service/internal.h"
#include "service/sql/audit_sql.h"
#include "telemetry/log.h"
#include "json/json.h"

enum { SECRET_DEPTH_MAX = 8, BEFORE_MAX = 4 * 1024 * 1024 };

static const struct str admin_prefix = { "/api/admin/", 11 };

/* ---- Secrets ------------------------------------------------------------------------------------ */

/* Shapes nested deeper than any of ours count as secret. */
static bool has_secrets(const struct schema *schema, int depth)
{
	for (size_t i = 0; i < schema->field_count; i++) {
		const struct schema_field *field = &schema->fields[i];

		if (field->secret ||
		    (field->object && (depth == SECRET_DEPTH_MAX || has_secrets(field->object, depth + 1))))
			return true;
	}
	return false;
}

bool schema_has_secrets(const struct schema *schema)
{
	return has_secrets(schema, 0);
}

/* The schema itself when nothing in it is secret, else a copy that lacks what is. */
static const struct schema *without_secrets(const struct schema *schema, int depth)
{
	if (!has_secrets(schema, depth))
		return schema;
	struct schema_field *fields = ARENA_ARRAY(task_arena(), struct schema_field, schema->field_count);
	struct schema *copy = arena_copy(task_arena(), schema, sizeof(*schema));

	copy->fields = fields;
	copy->field_count = 0;
	for (size_t i = 0; i < schema->field_count; i++) {
		struct schema_field field = schema->fields[i];

		if (field.secret || (field.object && depth == SECRET_DEPTH_MAX))
			continue;
		if (field.object)
			field.object = without_secrets(field.object, depth + 1);
		fields[copy->field_count++] = field;
	}
	return copy;
}

static struct str public_json(const struct schema *schema, const void *value)
{
	struct buf buf;

	buf_init_arena(&buf, task_arena(), BEFORE_MAX);
	json_write(&buf, without_secrets(schema, 0), value);
	if (buf.overflow)
		fail("%s is too large for the audit trail", schema->name);
	return buf_view(&buf);
}

/* ---- What a request says of itself ---------------------------------------------------------------- */

static bool is_audited(const struct request_state *state)
{
	enum http_method method = state->http->method;

	return state->host->process->kind->audited && state->entry && !state->entry->probe && method != HTTP_GET &&
	       method != HTTP_HEAD && method != HTTP_OPTIONS;
}

static struct str subject_of(const struct route *route)
{
	struct str rest = str_from(route->path);

	if (str_starts(rest, admin_prefix))
		rest = str_slice(rest, admin_prefix.len, rest.len);
	return str_cut(&rest, '/');
}

static struct str subject_id_of(const struct request_state *state)
{
	const struct route_match *match = &state->match;
	struct str rest = state->location, last = STR_NULL;

	if (match->count)
		return match->values[0];
	while (!str_is_null(rest))
		last = str_cut(&rest, '/');
	return last;
}

/* By the answer's JSON where nothing in it is secret, which is nearly always. */
static struct str after_of(struct request_state *state, const void *value, struct str body)
{
	const struct schema *schema = state->entry->reply;

	if (!value || !schema)
		return STR_NULL;
	return state->entry->secret ? public_json(schema, value) : body;
}

static void add(struct request_state *state, struct tx *tx, int status, struct str after)
{
	const struct actor *actor = state->req.actor;
	struct audit_note *note = &state->audit;
	struct opt_uuid account = note->actor;
	struct str role = note->role;

	if (actor && str_is_null(actor->key)) {
		account = (struct opt_uuid){ .set = true, .value = actor->account_id };
		role = str_from(actor->role->name);
	}
	sql_audit_insert(tx, .id = uuid_new_v7(state->req.now_us), .at = state->req.now_us, .actor = account,
	                 .role = role, .service_key = actor ? actor->key : STR_NULL,
	                 .action = str_from(state->entry->name), .subject = subject_of(state->req.route),
	                 .subject_id = subject_id_of(state), .request_id = str_from(state->trace.request_id),
	                 .client = state->http->client, .status = status, .before = note->before, .after = after);
}

void audit_add(struct request_state *state, struct tx *tx, int status, const void *value, struct str body)
{
	if (is_audited(state))
		add(state, tx, status, after_of(state, value, body));
}

/* ---- Refused logins ------------------------------------------------------------------------------- */

struct refused {
	struct request_state *state;
	int status;
};

static void store_refusal(void *arg)
{
	struct refused *refused = arg;
	struct tx *tx = tx_collect(refused->state->req.db);

	add(refused->state, tx, refused->status, STR_NULL);
	tx_commit(tx);
}

void audit_refusal(struct request_state *state, struct failure *failure)
{
	struct refused refused = { .state = state };
	struct failure second;

	if (failure->kind != FAILURE_REFUSED || !is_audited(state) || !state->entry->route->audit_refusals)
		return;
	refused.status = failure->problem->status;
	if (refused.status != 401 && refused.status != 403)
		return;
	second = task_attempt(store_refusal, &refused);
	if (second.kind == FAILURE_CANCELLED)
		*failure = second;
	else if (second.kind)
		log_warn("a refused login is missing in the audit trail: %.*s", STR_ARG(second.detail));
}

/* ---- What handlers say ---------------------------------------------------------------------------- */

void audit_before(struct request *req, const struct schema *schema, const void *value)
{
	if (is_audited(req->state))
		req->state->audit.before = public_json(schema, value);
}

void audit_actor(struct request *req, struct uuid account_id, struct str role)
{
	req->state->audit.actor = (struct opt_uuid){ .set = true, .value = account_id };
	req->state->audit.role = str_dup(task_arena(), role);
}
