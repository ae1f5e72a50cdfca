/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logins of both audiences. A login is a family of refresh tokens: each can be used once and is exchanged for the next;
 * only its hash is stored. When a used token is sent again, it or its successor was stolen: the family ends. Replies
 * are the same for unknown addresses and wrong passwords, and take the same time.
 */
#include "accounts/sessions/session.h"

#include "accounts/accounts.h"
#include "accounts/accounts_sql.h"
#include "accounts/config.h"
#include "accounts/credentials/one_time_token.h"
#include "accounts/credentials/password_check.h"
#include "accounts/events.h"
#include "accounts/permissions.h"
#include "accounts/rate_rules.h"
#include "accounts/sessions/login_throttle.h"
#include "accounts/sessions/routes.h"
#include "accounts/sessions/tokens_sql.h"
#include "auth/password.h"
#include "base/clock.h"
#include "service/app.h"
#include "service/audit.h"
#include "service/refuse.h"
#include "telemetry/log.h"

enum audience audience_of(const struct request *req)
{
	return req->app->kind->audience;
}

struct str audience_text(const struct request *req)
{
	return audience_of(req) == AUDIENCE_ADMIN ? STR("admin") : STR("public");
}

struct account_view account_view_of(const struct sql_account_row *row)
{
	return (struct account_view){
		.id = row->id,
		.email = row->email,
		.name = row->name,
		.phone = row->phone,
		.role = row->role,
		.email_verified = row->email_verified_at.set,
	};
}

struct session_view session_add(struct request *req, struct tx *tx, const struct login_grant *grant)
{
	const struct accounts_config *config = service_config(req->app, accounts);
	const struct account_view *account = grant->account;
	struct str refresh_token = secret_new(task_arena());
	struct actor actor = {
		.account_id = account->id,
		.role = role_find(req->app->permissions, account->role),
		.audience = audience_of(req),
		.session_id = grant->family_id,
		.scope = grant->scope,
		.expires_at = req->now_us + config->access_ttl,
	};

	sql_refresh_token_insert(tx, .hash = secret_hash(task_arena(), refresh_token), .account_id = account->id,
	                         .family_id = grant->family_id, .password_hash = grant->password_hash,
	                         .now = req->now_us, .expires_at = req->now_us + config->refresh_ttl);
	return (struct session_view){
		.account = account,
		.access_token = token_sign(req->app->signer, task_arena(), &actor, req->now_us),
		.refresh_token = refresh_token,
		.token_type = STR("Bearer"),
		.expires_in = config->access_ttl / US_PER_S,
	};
}

void account_emit_changed(struct tx *tx, const struct account_view *account, struct str audience, int64_t seq)
{
	emit(tx, account_changed, account->id, seq,
	     &(struct account_changed_data){
	             .account_id = account->id,
	             .audience = audience,
	             .email = account->email,
	             .name = account->name,
	             .phone = account->phone,
	             .role = account->role,
	     });
}

void check_rate(struct request *req, const struct rate_rule *rule, struct str email)
{
	struct rate_rule configured = app_rate_rule(req->app, rule);
	struct rate_verdict verdict =
	        rate_take(req->app->limiter, &configured,
	                  str_printf(task_arena(), "account:%.*s:%.*s", STR_ARG(audience_text(req)), STR_ARG(email)));

	if (!verdict.allowed)
		refuse_rate_limited(req, verdict.retry_after_us, rule->name);
}

static void account_register(struct request *req)
{
	const struct register_account *cmd = req->body;
	struct account_view account = {
		.id = uuid_new_v7(req->now_us),
		.email = str_lower(task_arena(), cmd->email),
		.name = cmd->name,
		.phone = cmd->phone,
		.role = str_from(role_customer.name),
	};

	password_require_fit("#/password", cmd->password, account.email, account.name);
	struct str hash = password_hash(cmd->password);
	struct tx *tx = tx_collect(req->db);

	sql_account_insert(tx, .id = account.id, .audience = audience_text(req), .email = account.email,
	                   .password_hash = hash, .name = account.name, .phone = account.phone, .role = account.role,
	                   .now = req->now_us);
	struct session_view session = session_add(
	        req, tx, &(struct login_grant){ .account = &account, .family_id = uuid_new_v7(req->now_us) });

	account_emit_changed(tx, &account, audience_text(req), 1);
	one_time_token_send(req, tx,
	                    &(struct one_time_token_request){ .purpose = TOKEN_VERIFY_EMAIL, .email = account.email });
	reply_location(req, "/api/me");
	const struct tx_refusal *refusal = reply_try_commit_plain(req, tx, &session);

	if (refusal && refusal->kind == TX_UNIQUE && str_eq(refusal->constraint, STR("account_email")))
		refuse(&problem_email_taken, "log in, or use another address");
	if (refusal)
		fail("the constraint %.*s refused the account", STR_ARG(refusal->constraint));
}

static void account_login(struct request *req)
{
	const struct login *cmd = req->body;
	struct str email = str_lower(task_arena(), cmd->email);

	check_rate(req, &login_rate_rule, email);
	struct login_throttle_try try = login_throttle_acquire(req, LOGIN_THROTTLE_PASSWORD, email);
	const struct sql_account_row *row =
	        sql_account_by_email(req->db, .audience = audience_text(req), .email = email);

	if (row)
		audit_actor(req, row->id, row->role);
	bool good = password_check_throttled(req, &try, cmd->password, row ? row->password_hash : STR_NULL);

	if (!good || !row || row->disabled_at.set)
		refuse(&problem_invalid_credentials, "check the e-mail address and the password");
	struct account_view account = account_view_of(row);
	struct tx *tx = tx_collect(req->db);
	struct session_view session = session_add(req, tx,
	                                          &(struct login_grant){ .account = &account,
	                                                                 .scope = row->scope_id,
	                                                                 .family_id = uuid_new_v7(req->now_us),
	                                                                 .password_hash = row->password_hash });

	login_throttle_passed(tx, &try);
	reply_commit_plain(req, tx, &session);
}

static void revoke_family(struct request *req, struct uuid family_id)
{
	struct tx *tx = tx_collect(req->db);

	sql_refresh_family_revoke(tx, .family_id = family_id, .now = req->now_us);
	tx_commit(tx);
}

/* The token's row if it can be exchanged. A used token ends its family before the refusal. */
static const struct sql_refresh_token_find_row *refresh_token_check(struct request *req, struct str hash)
{
	const struct sql_refresh_token_find_row *row = sql_refresh_token_find(req->db, .hash = hash);

	if (row && row->used_at.set && !row->ended) {
		revoke_family(req, row->family_id);
		log_warn("a used refresh token was sent again: its login is ended");
	}
	if (!row || row->used_at.set || row->ended || row->expires_at <= req->now_us)
		refuse(&problem_invalid_refresh_token, "log in again");
	return row;
}

static void session_refresh(struct request *req)
{
	const struct refresh *cmd = req->body;
	struct str hash = secret_hash(task_arena(), cmd->refresh_token);
	const struct sql_refresh_token_find_row *token = refresh_token_check(req, hash);
	const struct sql_account_row *row = sql_account_find(req->db, .id = token->account_id);

	if (!row || row->disabled_at.set || !str_eq(row->audience, audience_text(req)))
		refuse(&problem_invalid_refresh_token, "log in again");
	struct account_view account = account_view_of(row);
	struct tx *tx = tx_collect(req->db);

	audit_actor(req, row->id, row->role);
	sql_refresh_token_spend(tx, .hash = hash, .now = req->now_us);
	struct session_view session = session_add(
	        req, tx,
	        &(struct login_grant){ .account = &account, .scope = row->scope_id, .family_id = token->family_id });

	/* Two exchanges of one token at once: the second conflicts, the door repeats it, and it finds a used token. */
	reply_commit_plain(req, tx, &session);
}

static void session_logout(struct request *req)
{
	struct tx *tx = tx_collect(req->db);

	sql_refresh_family_revoke(tx, .family_id = req->actor->session_id, .now = req->now_us);
	reply_commit_none(req, tx);
}

static void session_logout_all(struct request *req)
{
	struct tx *tx = tx_collect(req->db);

	sql_refresh_account_revoke(tx, .account_id = req->actor->account_id, .now = req->now_us);
	reply_commit_none(req, tx);
}

const struct sql_account_row *own_account(struct request *req)
{
	const struct sql_account_row *row = sql_account_find(req->db, .id = req->actor->account_id);

	if (!row || row->disabled_at.set)
		refuse(&problem_unauthenticated, "the account no longer exists");
	return row;
}

static void me_get(struct request *req)
{
	const struct sql_account_row *row = own_account(req);
	struct account_view account = account_view_of(row);

	reply_version(req, row->version);
	reply_plain(req, &account);
}

static void me_change(struct request *req)
{
	const struct change_me *cmd = req->body;
	const struct sql_account_row *row = own_account(req);
	struct account_view account = account_view_of(row);
	struct tx *tx = tx_collect(req->db);

	request_check_version(req, row->version);
	if (!str_is_null(cmd->name))
		account.name = cmd->name;
	if (!str_is_null(cmd->phone))
		account.phone = cmd->phone;
	sql_account_update(tx, .id = row->id, .version = row->version, .name = account.name, .phone = account.phone,
	                   .now = req->now_us);
	account_emit_changed(tx, &account, row->audience, row->event_seq + 1);
	reply_version(req, row->version + 1);
	reply_commit_plain(req, tx, &account);
}

/* ---- Routes ----------------------------------------------------------------------------------- */

/* Login routes exist on both sides, with the same handlers: the side's audience comes from the app. */
static const struct problem *const me_change_problems[] = { &problem_precondition_failed, NULL };
static const struct problem *const register_problems[] = { &problem_email_taken, NULL };
static const struct problem *const login_problems[] = { &problem_invalid_credentials, &problem_account_locked, NULL };
static const struct problem *const refresh_problems[] = { &problem_invalid_refresh_token, NULL };

#define LOGIN_ROUTES(prefix, tag)                                                                                      \
	{                                                                                                              \
		.method = HTTP_POST,                                                                                   \
		.path = prefix "/auth/login",                                                                          \
		.name = tag "login",                                                                                   \
		.doc = "Logs in: exchanges an e-mail address and a password for a pair of tokens.",                    \
		.plain = account_login,                                                                                \
		.needs = &permission_anyone,                                                                           \
		.body = &login_schema,                                                                                 \
		.reply = &session_view_schema,                                                                         \
		.limit = &login_rate_rule,                                                                             \
		.audit_refusals = true,                                                                                \
		.problems = login_problems,                                                                            \
	},                                                                                                             \
	        {                                                                                                      \
		        .method = HTTP_POST,                                                                           \
		        .path = prefix "/auth/refresh",                                                                \
		        .name = tag "refresh",                                                                         \
		        .doc = "Exchanges a refresh token for the next pair of tokens. A refresh token can be used "   \
		               "once.",                                                                                \
		        .plain = session_refresh,                                                                      \
		        .needs = &permission_anyone,                                                                   \
		        .body = &refresh_schema,                                                                       \
		        .reply = &session_view_schema,                                                                 \
		        .problems = refresh_problems,                                                                  \
	        },                                                                                                     \
	        {                                                                                                      \
		        .method = HTTP_POST,                                                                           \
		        .path = prefix "/auth/logout",                                                                 \
		        .name = tag "logout",                                                                          \
		        .doc = "Logs out: ends this login; its refresh tokens are void.",                              \
		        .plain = session_logout,                                                                       \
		        .needs = &permission_signed_in,                                                                \
		        .status = 204,                                                                                 \
	        },                                                                                                     \
	{                                                                                                              \
		.method = HTTP_POST, .path = prefix "/auth/logout-all", .name = tag "logout_all",                      \
		.doc = "Ends all logins of the account.", .plain = session_logout_all, .needs = &permission_signed_in, \
		.status = 204,                                                                                         \
	}

static const struct route session_rows[] = {
	{
	        .method = HTTP_POST,
	        .path = "/api/auth/register",
	        .name = "register",
	        .doc = "Creates a customer's account and logs it in.",
	        .plain = account_register,
	        .needs = &permission_anyone,
	        .body = &register_account_schema,
	        .reply = &session_view_schema,
	        .status = 201,
	        .limit = &register_rate_rule,
	        .problems = register_problems,
	},
	LOGIN_ROUTES("/api", ""),
	{
	        .method = HTTP_GET,
	        .path = "/api/me",
	        .name = "me_get",
	        .doc = "Shows the caller's account.",
	        .plain = me_get,
	        .needs = &permission_signed_in,
	        .reply = &account_view_schema,
	},
	{
	        .method = HTTP_PATCH,
	        .path = "/api/me",
	        .name = "me_change",
	        .doc = "Changes the name or phone of the caller's account; members that are left out stay as they are.",
	        .plain = me_change,
	        .needs = &permission_signed_in,
	        .body = &change_me_schema,
	        .reply = &account_view_schema,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .problems = me_change_problems,
	},
};
const struct routes session_routes = ROUTES(session_rows);

static const struct route admin_session_rows[] = {
	LOGIN_ROUTES("/api/admin", "admin_"),
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/me",
	        .name = "admin_me_get",
	        .doc = "Shows the caller's account.",
	        .plain = me_get,
	        .needs = &permission_signed_in,
	        .reply = &account_view_schema,
	},
};
const struct routes admin_session_routes = ROUTES(admin_session_rows);
