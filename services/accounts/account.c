/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/account.h"

#include "accounts/config.h"
#include "accounts/domain/password_rules.h"
#include "accounts/events.h"
#include "base/clock.h"
#include "service/app.h"
#include "service/refuse.h"

struct str audience_text(const struct request *req)
{
	return req->app->kind->audience == AUDIENCE_ADMIN ? STR("admin") : STR("public");
}

const struct sql_account_row *own_account(struct request *req)
{
	const struct sql_account_row *account = sql_account_find(req->db, .id = req->actor->account_id);

	if (!account || account->disabled)
		refuse(&problem_unauthenticated, "the account no longer exists");
	return account;
}

/* A token is accepted for a second or two after its account was disabled or lost its role. */
void account_reauthorise(struct request *req)
{
	const struct permissions *permissions = req->app->permissions;
	const struct sql_account_row *account = sql_account_find(req->db, .id = req->actor->account_id);
	const struct role *role = account ? role_find(permissions, account->role) : NULL;

	if (account && (account->disabled || !role || !role_can(permissions, role, req->route->needs)))
		refuse(&problem_unauthenticated, "the account no longer has this permission; log in again");
}

/* A refresh that is under way may make one a little later. */
int64_t token_life_us(const struct request *req)
{
	return service_config(req->app, accounts)->access_ttl + 2 * TOKEN_LEEWAY_US;
}

void password_require_fit(const char *pointer, struct str password, const struct sql_account_row *account)
{
	const char *broken = password_refusal_text(password_judge(password, account->email, account->name));

	if (broken)
		refuse_field(&problem_invalid_body, pointer, broken);
}

/* ---- What becomes of accounts ------------------------------------------------------------------- */

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

/* ---- Rates -------------------------------------------------------------------------------------- */

#define WINDOW_US (15 * 60 * US_PER_S)

/* clang-format off */
const struct rate_rule login_rate_rule =
	{ .name = "login", .window_us = WINDOW_US, RATE_QUOTA(accounts_config, rate_login) };
const struct rate_rule register_rate_rule =
	{ .name = "register", .window_us = WINDOW_US, RATE_QUOTA(accounts_config, rate_register) };
const struct rate_rule mail_rate_rule =
	{ .name = "mail", .window_us = WINDOW_US, RATE_QUOTA(accounts_config, rate_mail) };
/* clang-format on */

void check_rate(struct request *req, const struct rate_rule *rule, struct str email)
{
	struct rate_rule configured = app_rate_rule(req->app, rule);
	struct rate_verdict verdict =
	        rate_take(req->app->limiter, &configured,
	                  str_printf(task_arena(), "account:%.*s:%.*s", STR_ARG(audience_text(req)), STR_ARG(email)));

	if (!verdict.allowed)
		refuse_rate_limited(req, verdict.retry_after_us, rule->name);
}
