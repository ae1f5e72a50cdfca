/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/account.h"

#include "accounts/events.h"
#include "service/app.h"

enum audience audience_of(const struct request *req)
{
	return req->app->kind->audience;
}

struct str audience_text(const struct request *req)
{
	return audience_of(req) == AUDIENCE_ADMIN ? STR("admin") : STR("public");
}

const struct sql_account_row *own_account(struct request *req)
{
	const struct sql_account_row *account = sql_account_find(req->db, .id = req->actor->account_id);

	if (!account || account->disabled)
		refuse(&problem_unauthenticated, "the account no longer exists");
	return account;
}

/* A token stays valid for minutes after its account was disabled or lost its role. */
void account_reauthorise(struct request *req)
{
	const struct permissions *permissions = req->app->permissions;
	const struct sql_account_row *account = sql_account_find(req->db, .id = req->actor->account_id);
	const struct role *role = account ? role_find(permissions, account->role) : NULL;

	if (account && (account->disabled || !role || !role_can(permissions, role, req->route->needs)))
		refuse(&problem_unauthenticated, "the account no longer has this permission; log in again");
}

struct sql_account_row account_new(const struct request *req, struct str audience)
{
	return (struct sql_account_row){ .id = uuid_new_v7(req->now_us),
		                         .audience = audience,
		                         .version = 1,
		                         .event_seq = 1,
		                         .created_at = req->now_us,
		                         .updated_at = req->now_us };
}

void account_add(struct tx *tx, const struct sql_account_row *account, struct str password_hash)
{
	sql_account_insert(tx, .id = account->id, .audience = account->audience, .email = account->email,
	                   .password_hash = password_hash, .name = account->name, .phone = account->phone,
	                   .role = account->role, .scope_id = account->scope_id,
	                   .email_verified_at = { .set = account->email_verified, .value = account->created_at },
	                   .now = account->created_at);
	account_emit_changed(tx, account);
}

void account_store(struct tx *tx, struct sql_account_row *account, int64_t now_us)
{
	sql_account_update(tx, .id = account->id, .version = account->version, .name = account->name,
	                   .phone = account->phone, .role = account->role, .scope_id = account->scope_id,
	                   .disabled_at = account->disabled_at, .now = now_us);
	account->version++;
	account->event_seq++;
	account->updated_at = now_us;
	account_emit_changed(tx, account);
}

void account_emit_changed(struct tx *tx, const struct sql_account_row *account)
{
	emit(tx, account_changed, account->id, account->event_seq,
	     &(struct account_changed_data){ .account_id = account->id,
	                                     .audience = account->audience,
	                                     .email = account->email,
	                                     .name = account->name,
	                                     .phone = account->phone,
	                                     .role = account->role,
	                                     .disabled = account->disabled });
}
