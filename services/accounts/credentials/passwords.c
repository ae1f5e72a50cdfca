/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing a password, and setting a new one by a mailed token. A change ends all other logins, a reset ends all. The
 * commit checks again what was checked before: the change by the old hash, the reset by the token's row. So of two
 * requests at once, one wins, and the other finds its result.
 */
#include "accounts/accounts_sql.h"
#include "accounts/credentials/credentials_api.h"
#include "accounts/credentials/credentials_sql.h"
#include "accounts/credentials/one_time_token.h"
#include "accounts/credentials/password_check.h"
#include "accounts/credentials/routes.h"
#include "accounts/mail/mail.h"
#include "accounts/rate_rules.h"
#include "accounts/sessions/login_throttle.h"
#include "accounts/sessions/session.h"
#include "accounts/sessions/tokens_sql.h"
#include "auth/password.h"
#include "service/audit.h"

static void mail_owner(struct tx *tx, const struct request *req, struct str email)
{
	mail_send(tx,
	          &(struct mail){ .id = uuid_new_v7(req->now_us),
	                          .template = "password_changed",
	                          .audience = audience_text(req),
	                          .recipient = email },
	          req->now_us);
}

static void password_change(struct request *req)
{
	const struct change_password *cmd = req->body;
	const struct sql_account_row *row = own_account(req);

	password_require_fit("#/new", cmd->new, row->email, row->name);
	struct login_throttle_try try = login_throttle_acquire(req, LOGIN_THROTTLE_PASSWORD, row->email);

	if (!password_check_throttled(req, &try, cmd->current, row->password_hash))
		refuse(&problem_wrong_password, "the current password is wrong");
	struct str hash = password_hash(cmd->new);
	struct tx *tx = tx_collect(req->db);

	sql_account_password_change(tx, .id = row->id, .old_hash = row->password_hash, .new_hash = hash,
	                            .now = req->now_us);
	sql_refresh_account_revoke_others(tx, .account_id = row->id, .family_id = req->actor->session_id,
	                                  .now = req->now_us);
	login_throttle_passed(tx, &try);
	one_time_token_void_all(tx, audience_text(req), row->email, req->now_us);
	mail_owner(tx, req, row->email);
	reply_commit_none(req, tx);
}

static void password_forgot(struct request *req)
{
	const struct mail_wanted *cmd = req->body;
	struct str email = str_lower(task_arena(), cmd->email);
	struct mail_promised promised = { .expires_in = one_time_token_life_s(TOKEN_RESET_PASSWORD) };

	check_rate(req, &mail_rate_rule, email);
	struct tx *tx = tx_collect(req->db);

	one_time_token_send(req, tx,
	                    &(struct one_time_token_request){ .purpose = TOKEN_RESET_PASSWORD, .email = email });
	reply_commit_plain(req, tx, &promised);
}

static void password_reset(struct request *req)
{
	const struct reset_password *cmd = req->body;
	const struct sql_one_time_token_find_row *token = one_time_token_get(req, TOKEN_RESET_PASSWORD, cmd->token);
	const struct sql_account_row *row =
	        sql_account_by_email(req->db, .audience = audience_text(req), .email = token->email);

	if (!row || row->disabled_at.set)
		refuse(&problem_invalid_token, "request a new token");
	password_require_fit("#/new_password", cmd->new_password, row->email, row->name);
	struct str hash = password_hash(cmd->new_password);
	struct tx *tx = tx_collect(req->db);

	audit_actor(req, row->id, row->role);
	/* The account is locked before its tokens: a login that is created at this moment waits for one of the two
	 * locks, and the other sees it. */
	sql_one_time_token_use(tx, .id = token->id, .now = req->now_us);
	sql_account_password_reset(tx, .id = row->id, .email = row->email, .hash = hash, .now = req->now_us);
	sql_refresh_account_revoke(tx, .account_id = row->id, .now = req->now_us);
	login_throttle_unlock(tx, audience_text(req), row->email);
	one_time_token_void_all(tx, audience_text(req), row->email, req->now_us);
	mail_owner(tx, req, row->email);
	reply_commit_none(req, tx);
}

static const struct problem *const change_problems[] = { &problem_wrong_password, &problem_account_locked, NULL };
static const struct problem *const reset_problems[] = { &problem_invalid_token, NULL };

#define PASSWORD_ROUTES(prefix, tag)                                                                                 \
	{                                                                                                            \
		.method = HTTP_POST,                                                                                 \
		.path = prefix "/auth/change-password",                                                              \
		.name = tag "change_password",                                                                       \
		.doc = "Changes the password; all other logins end.",                                                \
		.plain = password_change,                                                                            \
		.needs = &permission_signed_in,                                                                      \
		.body = &change_password_schema,                                                                     \
		.status = 204,                                                                                       \
		.problems = change_problems,                                                                         \
	},                                                                                                           \
	        {                                                                                                    \
		        .method = HTTP_POST,                                                                         \
		        .path = prefix "/auth/forgot-password",                                                      \
		        .name = tag "forgot_password",                                                               \
		        .doc = "Mails a token to set a new password. The reply is the same for every address.",      \
		        .plain = password_forgot,                                                                    \
		        .needs = &permission_anyone,                                                                 \
		        .body = &mail_wanted_schema,                                                                 \
		        .reply = &mail_promised_schema,                                                              \
		        .status = 202,                                                                               \
		        .idempotency = IDEMPOTENCY_ACCEPTED,                                                         \
		        .limit = &mail_rate_rule,                                                                    \
	        },                                                                                                   \
	{                                                                                                            \
		.method = HTTP_POST, .path = prefix "/auth/reset-password", .name = tag "reset_password",            \
		.doc = "Sets a new password by a mailed token, which can be used once; all logins end.",             \
		.plain = password_reset, .needs = &permission_anyone, .body = &reset_password_schema, .status = 204, \
		.limit = &login_rate_rule, .problems = reset_problems,                                               \
	}

static const struct route password_rows[] = { PASSWORD_ROUTES("/api", "") };
const struct routes password_routes = ROUTES(password_rows);
static const struct route admin_password_rows[] = { PASSWORD_ROUTES("/api/admin", "admin_") };
const struct routes admin_password_routes = ROUTES(admin_password_rows);
