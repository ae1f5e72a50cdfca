/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service keys of machines (auth/service_key.h), for super_admins. Only the reply that creates a key contains it,
 * so this route takes no Idempotency-Key: a stored reply would keep the secret. A retry is refused by the name, which
 * stays taken.
 */
#include "accounts/accounts.h"
#include "accounts/api.h"
#include "accounts/people/people.h"
#include "accounts/people/routes.h"
#include "accounts/people/service_key_api.h"
#include "accounts/people/service_keys_sql.h"
#include "accounts/permissions.h"
#include "service/app.h"
#include "service/place.h"

SCHEMA_TABLE(create_service_key, CREATE_SERVICE_KEY, "A service key to be created")
SCHEMA_TABLE(service_key_view, SERVICE_KEY_VIEW, "A service key of a machine")
SCHEMA_TABLE(service_key_page, SERVICE_KEY_PAGE, "A page of service keys")
SCHEMA_TABLE(service_key_query, SERVICE_KEY_QUERY, "Filter and page of a list of service keys")

static struct service_key_view service_key_view_of(const struct sql_service_key_row *row)
{
	return (struct service_key_view){
		.id = row->id,
		.name = row->name,
		.hint = row->hint,
		.permissions = row->permissions,
		.scope_id = row->scope_id,
		.created_by = row->created_by,
		.created_at = row->created_at,
		.expires_at = row->expires_at,
		.revoked_at = row->revoked_at,
		.last_used_at = row->last_used_at,
	};
}

static void service_key_list(struct request *req)
{
	const struct service_key_query *query = req->query;
	struct place after = place_read(req, query->cursor);
	struct sql_service_key_rows found =
	        sql_service_key_list(req->db, .revoked = query->filter_revoked, .after_created = place_number(after),
	                             .after_id = after.id, .row_limit = page_limit(query->limit));
	struct page page = page_cut(found.count, query->limit);
	struct service_key_view *views = ARENA_ARRAY(task_arena(), struct service_key_view, page.shown);
	struct str next = STR_NULL;

	for (size_t i = 0; i < page.shown; i++)
		views[i] = service_key_view_of(&found.rows[i]);
	if (page.has_more)
		next = place_next(req, views[page.shown - 1].id, number_key(views[page.shown - 1].created_at));
	reply_plain(req, &(struct service_key_page){
	                         .data = { views, page.shown }, .has_more = page.has_more, .next_cursor = next });
}

static const struct sql_service_key_row *service_key_of_path(struct request *req)
{
	return sql_service_key_get(req->db, .id = request_id(req, "id"));
}

static void service_key_get(struct request *req)
{
	struct service_key_view view = service_key_view_of(service_key_of_path(req));

	reply_plain(req, &view);
}

/* Rules that the schema cannot express. */
static void service_key_validate(const struct create_service_key *cmd, const struct permissions *permissions,
                                 int64_t now_us)
{
	static const struct field_error past = { STR("#/expires_at"), STR("must be in the future") };

	if (cmd->expires_at.set && cmd->expires_at.value <= now_us)
		refuse_fields(&problem_invalid_body, &past, 1);
	for (size_t i = 0; i < cmd->permissions.count; i++) {
		struct field_error unknown = { str_printf(task_arena(), "#/permissions/%zu", i),
			                       STR("is not a permission that a key may have") };

		if (!service_key_permission(permissions, cmd->permissions.items[i]))
			refuse_fields(&problem_invalid_body, &unknown, 1);
	}
}

static void service_key_create(struct request *req)
{
	const struct create_service_key *cmd = req->body;
	struct str key = service_key_new(task_arena());
	struct service_key_view view = {
		.id = uuid_new_v7(req->now_us),
		.name = cmd->name,
		.key = key,
		.hint = str_slice(key, 0, SERVICE_KEY_HINT_LEN),
		.permissions = cmd->permissions,
		.scope_id = cmd->scope_id,
		.created_by = req->actor->account_id,
		.created_at = req->now_us,
		.expires_at = cmd->expires_at,
	};

	reauthorise(req);
	service_key_validate(cmd, req->app->permissions, req->now_us);
	struct tx *tx = tx_collect(req->db);

	sql_service_key_insert(tx, .id = view.id, .name = view.name, .hash = secret_hash(task_arena(), key),
	                       .hint = view.hint, .permissions = view.permissions, .scope_id = view.scope_id,
	                       .created_by = view.created_by, .expires_at = view.expires_at, .now = req->now_us);
	reply_location(req, "/api/admin/service-keys/%.*s", STR_ARG(uuid_text(task_arena(), view.id)));
	const struct tx_refusal *refusal = reply_try_commit_plain(req, tx, &view);

	if (refusal && refusal->kind == TX_UNIQUE && str_eq(refusal->constraint, STR("service_key_name")))
		refuse(&problem_key_name_taken, "another key has or had this name; choose another one");
	if (refusal)
		fail("the constraint %.*s refused the key", STR_ARG(refusal->constraint));
}

/* Revoking again changes nothing. */
static void service_key_revoke(struct request *req)
{
	const struct sql_service_key_row *row = service_key_of_path(req);

	reauthorise(req);
	struct tx *tx = tx_collect(req->db);

	sql_service_key_revoke(tx, .id = row->id, .now = req->now_us);
	reply_commit_none(req, tx);
}

/* ---- For the gate ------------------------------------------------------------------------------- */

static bool key_find(struct app *app, const uint8_t hash[SERVICE_KEY_HASH_LEN], struct service_key *ret)
{
	const struct sql_service_key_row *row =
	        sql_service_key_by_hash(app->db, .hash = { (const char *)hash, SERVICE_KEY_HASH_LEN });

	if (!row || row->name.len > SERVICE_KEY_NAME_MAX || row->hash.len != SERVICE_KEY_HASH_LEN)
		return false;
	*ret = (struct service_key){ .id = row->id,
		                     .can = service_key_permissions(app->permissions, task_arena(), row->permissions),
		                     .scope = row->scope_id,
		                     .expires_at = row->expires_at.set ? row->expires_at.value : INT64_MAX };
	memcpy(ret->name, row->name.ptr, row->name.len);
	memcpy(ret->hash, row->hash.ptr, row->hash.len);
	return true;
}

static void key_used(struct db *db, struct uuid id, int64_t now_us)
{
	struct tx *tx = tx_collect(db);

	sql_service_key_use(tx, .id = id, .now = now_us);
	tx_commit(tx);
}

const struct service_keys accounts_keys = { .find = key_find, .used = key_used };

/* ---- Routes ----------------------------------------------------------------------------------- */

static const struct problem *const create_problems[] = { &problem_key_name_taken, NULL };
static const struct problem *const read_problems[] = { &problem_not_found, NULL };

static const struct route service_key_rows[] = {
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/service-keys",
	        .name = "service_key_list",
	        .doc = "Lists the service keys, newest first, without the secret keys.",
	        .plain = service_key_list,
	        .needs = &permission_keys_write,
	        .query = &service_key_query_schema,
	        .reply = &service_key_page_schema,
	},
	{
	        .method = HTTP_POST,
	        .path = "/api/admin/service-keys",
	        .name = "service_key_create",
	        .doc = "Creates a service key. Only this reply shows the secret key.",
	        .plain = service_key_create,
	        .needs = &permission_keys_write,
	        .body = &create_service_key_schema,
	        .reply = &service_key_view_schema,
	        .status = 201,
	        .problems = create_problems,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/service-keys/{id}",
	        .name = "service_key_get",
	        .doc = "Shows one service key, without the secret key.",
	        .plain = service_key_get,
	        .needs = &permission_keys_write,
	        .reply = &service_key_view_schema,
	        .problems = read_problems,
	},
	{
	        .method = HTTP_DELETE,
	        .path = "/api/admin/service-keys/{id}",
	        .name = "service_key_revoke",
	        .doc = "Revokes a service key; within two seconds no process accepts it.",
	        .plain = service_key_revoke,
	        .needs = &permission_keys_write,
	        .status = 204,
	        .problems = read_problems,
	},
};
const struct routes service_key_routes = ROUTES(service_key_rows);
