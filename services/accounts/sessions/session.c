/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logins of both audiences. A login is a family of refresh tokens: each can be used once and is exchanged for the next,
 * which is computed from it; only its hash is stored. When a used token is sent again, but for the first seconds by who
 * used it, it or its successor was stolen: the family ends. Replies are the same for unknown addresses and wrong
 * passwords, and take the same time. Also here: the account of the token, for its owner.
 */
#include "accounts/sessions/session.h"

#include "accounts/account.h"
#include "accounts/accounts.h"
#include "accounts/config.h"
#include "accounts/credentials/api.h"
#include "accounts/credentials/one_time_token.h"
#include "accounts/permissions.h"
#include "accounts/sessions/identities_sql.h"
#include "accounts/sessions/login_throttle.h"
#include "accounts/sessions/login_throttle_sql.h"
#include "accounts/sessions/tokens_sql.h"
#include "auth/password.h"
#include "base/clock.h"
#include "service/app.h"
#include "service/audit.h"
#include "telemetry/log.h"

/* Exchanges one after another within a grace; a client that makes more has lost its count. */
enum { REFRESH_CHAIN_MAX = 64 };

SCHEMA_DEFINE(SESSIONS_SHAPES)
SESSIONS_PROBLEMS(PROBLEM_DEFINE)

/* The pair of tokens of a login, whose refresh token is stored, or will be by the same commit. */
static struct session_view session_view_of(struct request *req, const struct sql_account_row *account,
                                           struct uuid family_id, struct str refresh_token)
{
	const struct accounts_config *config = service_config(req->app, accounts);
	const struct role *role = role_find(req->app->permissions, account->role);

	if (!role)
		fail_unavailable(1, "role %.*s is not known to this release", STR_ARG(account->role));
	struct actor actor = {
		.account_id = account->id,
		.role = role,
		.audience = req->app->kind->audience,
		.session_id = family_id,
		.scope = account->scope_id,
		.expires_at = req->now_us + config->access_ttl,
	};

	return (struct session_view){
		.account = account,
		.access_token = token_sign(req->app->signer, task_arena(), &actor, req->now_us),
		.refresh_token = refresh_token,
		.token_type = STR("Bearer"),
		.expires_in = config->access_ttl / US_PER_S,
	};
}

static struct session_view session_continue(struct request *req, struct tx *tx, const struct sql_account_row *account,
                                            struct uuid family_id, struct str refresh_token, struct str compared_hash)
{
	int64_t ttl_us = service_config(req->app, accounts)->refresh_ttl;

	sql_refresh_token_insert(tx, .hash = secret_hash(task_arena(), refresh_token), .account_id = account->id,
	                         .family_id = family_id, .password_hash = compared_hash, .role = account->role,
	                         .scope_id = account->scope_id, .now = req->now_us, .expires_at = req->now_us + ttl_us);
	return session_view_of(req, account, family_id, refresh_token);
}

struct session_view session_add(struct request *req, struct tx *tx, const struct sql_account_row *account,
                                struct str compared_hash)
{
	return session_continue(req, tx, account, uuid_new_v7(req->now_us), secret_new(task_arena()), compared_hash);
}

HANDLER(session_register, register_account, registered)
{
	struct sql_account_row account = account_new(req, audience_text(req));

	account.email = str_lower(task_arena(), input->email);
	account.name = input->name;
	account.phone = input->phone;
	account.role = str_from(role_customer.name);
	password_require_fit("#/password", input->password, &account);
	struct str hash = password_hash(input->password);
	struct registered answer = { 0 };
	struct tx *tx;

	if (accounts_register_by_mail(service_config(req->app, accounts), req->app->config)) {
		check_rate(req, &mail_rate_rule, account.email);
		tx = tx_collect(req->db);
		answer.check_mail = SOME(bool, true);
		answer.expires_in =
		        one_time_token_send(req, tx, .purpose = TOKEN_REGISTER, .email = account.email,
		                            .password_hash = hash, .name = account.name, .phone = account.phone);
	} else {
		tx = tx_collect(req->db);
		account_add(tx, &account, hash);
		struct session_view session = session_add(req, tx, &account, STR_NULL);

		one_time_token_send(req, tx, .purpose = TOKEN_VERIFY_EMAIL, .email = account.email);
		answer = (struct registered){ .account = session.account,
			                      .access_token = session.access_token,
			                      .refresh_token = session.refresh_token,
			                      .token_type = session.token_type,
			                      .expires_in = session.expires_in };
	}
	reply_commit(req, tx, &answer);
}

/* The account is made of what was registered with this token. Who reads the mail also has to know the password: else
 * they would confirm what a stranger registered with their address, whose password the stranger knows. */
HANDLER(session_register_confirm, confirm_account, nothing)
{
	struct str hash = secret_hash(task_arena(), input->token);
	const struct sql_one_time_token_find_row *found = sql_one_time_token_find(
	        req->db, .hash = hash, .now = req->now_us, .purpose = STR("register"), .audience = audience_text(req));

	if (!found)
		refuse(&problem_invalid_token, "register again");
	if (!password_check(input->password, found->password_hash))
		refuse(&problem_wrong_password, "it is not the one that was registered; if it was not you, do nothing");
	struct sql_account_row account = account_new(req, audience_text(req));
	struct tx *tx = tx_collect(req->db);

	account.email = found->email;
	account.name = found->name;
	account.phone = found->phone;
	account.role = str_from(role_customer.name);
	account.email_verified = true;
	sql_one_time_token_use(tx, .id = found->id, .now = req->now_us);
	account_add(tx, &account, found->password_hash);
	reply_commit_none(req, tx);
}

HANDLER(session_login, login, session_view)
{
	struct str email = str_lower(task_arena(), input->email);

	const struct sql_account_row *account =
	        sql_account_by_email(req->db, .audience = audience_text(req), .email = email);

	if (account)
		audit_actor(req, account->id, account->role);
	struct login_throttle_try try;
	struct str hash = password_check_throttled(req, email, input->password, &try);

	if (str_is_null(hash) || !account || account->disabled)
		refuse(&problem_invalid_credentials, "check the e-mail address and the password");
	struct tx *tx = tx_collect(req->db);
	struct session_view session = session_add(req, tx, account, hash);

	login_throttle_passed(tx, &try);
	reply_commit(req, tx, &session);
}

/* Who exchanges a token: the network and the program that a resent request comes from as well. */
static struct str refresh_client(struct request *req)
{
	const struct http_request *http = http_request(req->exchange);
	struct str text =
	        str_printf(task_arena(), "%.*s %.*s", STR_ARG(http->network), STR_ARG(http_header(http, "User-Agent")));

	return secret_hash(task_arena(), text);
}

/* The newest refresh token of the family, by its hash: each follows from the one before, so none is stored. Null when it
 * does not follow from `token` within as many exchanges as a grace can see. */
static struct str refresh_newest(struct request *req, struct str token, struct str hash)
{
	for (int i = 0; i < REFRESH_CHAIN_MAX && !str_is_null(hash); i++) {
		token = secret_next(task_arena(), req->app->token_secret, token);
		if (str_eq(secret_hash(task_arena(), token), hash))
			return token;
	}
	return STR_NULL;
}

/* A used token is sent again by its user whose answer was lost, or whose other tab was faster: within the grace that
 * gets the same successor, or what followed from it meanwhile. Else it, or its successor, was stolen: the family ends. */
HANDLER(session_refresh, refresh, session_view)
{
	struct str hash = secret_hash(task_arena(), input->refresh_token), client = refresh_client(req);
	const struct sql_refresh_token_find_row *token = sql_refresh_token_find(
	        req->db, .hash = hash, .client = client, .grace = service_config(req->app, accounts)->refresh_grace);

	if (token && token->used && str_is_null(token->newest) && !token->ended) {
		struct tx *tx = tx_collect(req->db);

		sql_refresh_family_revoke(tx, .family_id = token->family_id, .life_us = token_life_us(req),
		                          .now = req->now_us);
		tx_commit(tx);
		log_warn("a used refresh token was sent again: its login is ended");
	}
	if (!token || token->ended || token->expires_at <= req->now_us || (token->used && str_is_null(token->newest)))
		refuse(&problem_invalid_refresh_token, "log in again");
	const struct sql_account_row *account = sql_account_find(req->db, .id = token->account_id);

	if (!account || account->disabled || !str_eq(account->audience, audience_text(req)))
		refuse(&problem_invalid_refresh_token, "log in again");
	if (token->used) {
		struct str newest = refresh_newest(req, input->refresh_token, token->newest);

		if (str_is_null(newest))
			refuse(&problem_invalid_refresh_token, "log in again");
		struct session_view again = session_view_of(req, account, token->family_id, newest);

		reply(req, &again);
		return;
	}
	struct str next = secret_next(task_arena(), req->app->token_secret, input->refresh_token);
	struct tx *tx = tx_collect(req->db);

	audit_actor(req, account->id, account->role);
	sql_refresh_token_spend(tx, .hash = hash, .client = client);
	struct session_view session = session_continue(req, tx, account, token->family_id, next, STR_NULL);

	/* Two exchanges of one token at once: the second conflicts, the door repeats it, and it finds a used token. */
	reply_commit(req, tx, &session);
}

HANDLER(session_logout, nothing, nothing)
{
	struct tx *tx = tx_collect(req->db);

	sql_refresh_family_revoke(tx, .family_id = req->actor->session_id, .life_us = token_life_us(req),
	                          .now = req->now_us);
	reply_commit_none(req, tx);
}

HANDLER(session_logout_all, nothing, nothing)
{
	struct tx *tx = tx_collect(req->db);

	sql_refresh_account_revoke(tx, .account_id = req->actor->account_id, .life_us = token_life_us(req),
	                           .now = req->now_us);
	reply_commit_none(req, tx);
}

/* ---- The own account -------------------------------------------------------------------------- */

HANDLER(me_get, nothing, account_view)
{
	const struct sql_account_row *account = own_account(req);

	reply_version(req, account->version);
	reply(req, account);
}

HANDLER(me_change, change_me, account_view)
{
	struct sql_account_row account = *own_account(req);
	struct tx *tx = tx_collect(req->db);

	request_check_version(req, account.version);
	request_patch(req, account_view, &account);
	account_store(tx, &account, req->now_us);
	reply_version(req, account.version);
	reply_commit(req, tx, &account);
}

/* ---- Tables ----------------------------------------------------------------------------------- */

/* clang-format off */
static const struct route session_rows[] = {
	{ POST("/api/auth/register", session_register), .name = "register",
	  .doc = "Makes a customer's account and logs it in; or, where STOA_REGISTER says so, mails a token that makes it.",
	  .needs = &permission_anyone, .creates = "/api/me", .limit = &register_rate_rule,
	  .conflicts = CONFLICTS({ "account_email", &problem_email_taken, NULL, "log in, or use another address" }) },
	{ POST("/api/auth/register/confirm", session_register_confirm), .name = "register_confirm",
	  .doc = "Makes the account that was registered, by the mailed token and its password; then log in.",
	  .needs = &permission_anyone, .limit = &login_rate_rule,
	  .problems = PROBLEMS(&problem_invalid_token, &problem_wrong_password),
	  .form = "Your account is there. You can log in now.",
	  .conflicts = CONFLICTS({ "account_email", &problem_email_taken, NULL, "log in, or set a new password" }) },
	{ POST("/api/auth/login", session_login), .name = "login", .doc = "Exchanges address and password for a pair of tokens.",
	  .needs = &permission_anyone, .limit = &login_rate_rule, .audit_refusals = true,
	  .problems = PROBLEMS(&problem_invalid_credentials, &problem_account_locked) },
	{ POST("/api/auth/refresh", session_refresh), .name = "refresh",
	  .doc = "Exchanges a refresh token, good once, for the next pair.",
	  .needs = &permission_anyone, .problems = PROBLEMS(&problem_invalid_refresh_token) },
	{ POST("/api/auth/logout", session_logout), .name = "logout", .doc = "Ends this login: within two seconds no process accepts its tokens.",
	  .needs = &permission_signed_in },
	{ POST("/api/auth/logout-all", session_logout_all), .name = "logout_all", .doc = "Ends all logins of the account.",
	  .needs = &permission_signed_in },
	{ GET("/api/me", me_get), .doc = "Who the token belongs to.", .needs = &permission_signed_in },
	{ PATCH("/api/me", me_change), .doc = "Changes name or phone; what is left out stays.", .needs = &permission_signed_in,
	  .if_match = IF_MATCH_ACCEPTED, .patches = &account_view_schema },
};
static const struct routes session_routes = ROUTES(session_rows);

static const struct route admin_session_rows[] = {
	{ POST("/api/admin/auth/login", session_login), .name = "admin_login",
	  .doc = "Exchanges address and password for a pair of tokens.",
	  .needs = &permission_anyone, .limit = &login_rate_rule, .audit_refusals = true,
	  .problems = PROBLEMS(&problem_invalid_credentials, &problem_account_locked) },
	{ POST("/api/admin/auth/refresh", session_refresh), .name = "admin_refresh",
	  .doc = "Exchanges a refresh token, good once, for the next pair.",
	  .needs = &permission_anyone, .problems = PROBLEMS(&problem_invalid_refresh_token) },
	{ POST("/api/admin/auth/logout", session_logout), .name = "admin_logout",
	  .doc = "Ends this login: within two seconds no process accepts its tokens.", .needs = &permission_signed_in },
	{ POST("/api/admin/auth/logout-all", session_logout_all), .name = "admin_logout_all",
	  .doc = "Ends all logins of the account.", .needs = &permission_signed_in },
	{ GET("/api/admin/me", me_get), .name = "admin_me_get", .doc = "Who the token belongs to.",
	  .needs = &permission_signed_in },
};
static const struct routes admin_session_routes = ROUTES(admin_session_rows);
/* clang-format on */

const struct subject sessions_subject = {
	.name = "sessions",
	.sql = LIST(const struct sql_module *const, &sql_identities_module, &sql_login_throttle_module,
	            &sql_tokens_module),
	.public_routes = LIST(const struct routes *const, &session_routes, &code_routes, &external_routes),
	.admin_routes = LIST(const struct routes *const, &admin_session_routes, &unlock_routes),
};
