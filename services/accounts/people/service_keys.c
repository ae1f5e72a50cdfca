/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service keys of machines (auth/service_key.h), for super_admins. Only the reply that creates a key contains it, and
 * a retry of that request under its Idempotency-Key.
 */
#include "accounts/people/service_keys.h"

#include "accounts/account.h"
#include "accounts/people/api.h"
#include "accounts/permissions.h"
#include "service/app.h"
#include "service/page.h"

HANDLER(service_key_list, service_key_query, service_key_view)
{
	reply_page(req, sql_service_keys(req->db, .page = req->page, .revoked = input->filter_revoked));
}

HANDLER(service_key_get, nothing, service_key_view)
{
	reply(req, sql_service_key_get(req->db, .id = request_id(req, "id")));
}

HANDLER(service_key_create, create_service_key, new_service_key)
{
	struct str secret = service_key_new(task_arena());
	struct new_service_key key = {
		.id = uuid_new_v7(req->now_us),
		.name = input->name,
		.hint = str_slice(secret, 0, SERVICE_KEY_HINT_LEN),
		.permissions = input->permissions,
		.scope_id = input->scope_id,
		.created_by = req->actor->account_id,
		.created_at = req->now_us,
		.expires_at = input->expires_at,
		.key = secret,
	};

	account_reauthorise(req);
	if (input->expires_at.set && input->expires_at.value <= req->now_us)
		refuse_field(&problem_invalid_body, "#/expires_at", "must be in the future");
	for (size_t i = 0; i < input->permissions.count; i++) {
		struct str pointer = str_printf(task_arena(), "#/permissions/%zu", i);

		if (!service_key_permission(req->app->permissions, input->permissions.items[i]))
			refuse_field(&problem_invalid_body, str_cstr(task_arena(), pointer),
			             "is not a permission that a key may have");
	}
	struct tx *tx = tx_collect(req->db);

	sql_service_key_insert(tx, .id = key.id, .name = key.name, .hash = secret_hash(task_arena(), secret),
	                       .hint = key.hint, .permissions = key.permissions, .scope_id = key.scope_id,
	                       .created_by = key.created_by, .expires_at = key.expires_at, .now = req->now_us);
	reply_commit(req, tx, &key);
}

/* Revoking again changes nothing. */
HANDLER(service_key_revoke, nothing, nothing)
{
	struct uuid id = sql_service_key_get(req->db, .id = request_id(req, "id"))->id;

	account_reauthorise(req);
	struct tx *tx = tx_collect(req->db);

	sql_service_key_revoke(tx, .id = id, .now = req->now_us);
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

/* clang-format off */
static const struct route service_key_rows[] = {
	{ GET("/api/admin/service-keys", service_key_list),
	  .doc = "Lists the service keys, newest first, without the secret keys.",
	  .needs = &permission_keys_write, .list = &sql_service_keys_list },
	{ POST("/api/admin/service-keys", service_key_create),
	  .doc = "Creates a service key. Only this reply shows the secret key.",
	  .needs = &permission_keys_write, .creates = "/api/admin/service-keys/{id}",
	  .conflicts = CONFLICTS({ "service_key_name", &problem_key_name_taken, NULL,
	                           "another key has or had this name; choose another one" }) },
	{ GET("/api/admin/service-keys/{id}", service_key_get), .doc = "Shows one service key, without the secret key.",
	  .needs = &permission_keys_write },
	{ DELETE("/api/admin/service-keys/{id}", service_key_revoke),
	  .doc = "Revokes a service key; within two seconds no process accepts it.", .needs = &permission_keys_write },
};
/* clang-format on */

const struct routes service_key_routes = ROUTES(service_key_rows);
