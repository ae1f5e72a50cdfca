/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Confirmation of e-mail addresses: the first one of an account, and a new one. An unconfirmed account works; each
 * service decides what it allows, by email_verified.
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

static void email_verify(struct request *req)
{
	const struct token_back *cmd = req->body;
	const struct sql_one_time_token_find_row *token = one_time_token_get(req, TOKEN_VERIFY_EMAIL, cmd->token);
	const struct sql_account_row *row =
	        sql_account_by_email(req->db, .audience = audience_text(req), .email = token->email);

	if (!row || row->disabled_at.set)
		refuse(&problem_invalid_token, "request a new token");
	struct tx *tx = tx_collect(req->db);

	sql_one_time_token_use(tx, .id = token->id, .now = req->now_us);
	sql_account_email_verify(tx, .id = row->id, .email = row->email, .now = req->now_us);
	reply_commit_none(req, tx);
}

static void email_verify_resend(struct request *req)
{
	const struct sql_account_row *row = own_account(req);
	struct mail_promised promised = { .expires_in = one_time_token_life_s(TOKEN_VERIFY_EMAIL) };

	check_rate(req, &mail_rate_rule, row->email);
	struct tx *tx = tx_collect(req->db);

	one_time_token_send(req, tx,
	                    &(struct one_time_token_request){ .purpose = TOKEN_VERIFY_EMAIL, .email = row->email });
	reply_commit_plain(req, tx, &promised);
}

/* The reply does not tell whether another account has the new address: only the reply to the token does, which the
 * owner of the address has. */
static void email_change(struct request *req)
{
	const struct change_email *cmd = req->body;
	const struct sql_account_row *row = own_account(req);
	struct str email = str_lower(task_arena(), cmd->email);
	struct mail_promised promised = { .expires_in = one_time_token_life_s(TOKEN_CHANGE_EMAIL) };

	check_rate(req, &mail_rate_rule, email);
	struct login_throttle_try try = login_throttle_acquire(req, LOGIN_THROTTLE_PASSWORD, row->email);

	if (!password_check_throttled(req, &try, cmd->current, row->password_hash))
		refuse(&problem_wrong_password, "the current password is wrong");
	struct tx *tx = tx_collect(req->db);

	login_throttle_passed(tx, &try);
	one_time_token_send(req, tx,
	                    &(struct one_time_token_request){
	                            .purpose = TOKEN_CHANGE_EMAIL, .email = email, .account_id = SOME(uuid, row->id) });
	reply_commit_plain(req, tx, &promised);
}

/* The token alone changes the address: the person who opens the link need not be logged in. The old address gets a
 * mail. */
static void email_change_confirm(struct request *req)
{
	const struct token_back *cmd = req->body;
	const struct sql_one_time_token_find_row *token = one_time_token_get(req, TOKEN_CHANGE_EMAIL, cmd->token);
	const struct sql_account_row *row = sql_account_find(req->db, .id = token->account_id.value);

	if (!row || row->disabled_at.set)
		refuse(&problem_invalid_token, "request a new token");
	struct account_view account = account_view_of(row);
	struct tx *tx = tx_collect(req->db);

	account.email = token->email;
	sql_one_time_token_use(tx, .id = token->id, .now = req->now_us);
	sql_account_email_change(tx, .id = row->id, .version = row->version, .email = token->email, .now = req->now_us);
	one_time_token_void_all(tx, row->audience, row->email, req->now_us);
	account_emit_changed(tx, &account, row->audience, row->event_seq + 1);
	mail_send(tx,
	          &(struct mail){ .id = uuid_new_v7(req->now_us),
	                          .template = "email_changed",
	                          .audience = row->audience,
	                          .recipient = row->email },
	          req->now_us);
	const struct tx_refusal *refusal = reply_try_commit_plain(req, tx, NULL);

	if (refusal && refusal->kind == TX_UNIQUE && str_eq(refusal->constraint, STR("account_email")))
		refuse(&problem_email_taken, "another account has this address now");
	if (refusal && refusal->kind == TX_EXPECTATION)
		fail_conflict("the token or the account has changed");
	if (refusal)
		fail("the constraint %.*s refused the new address", STR_ARG(refusal->constraint));
}

static const struct problem *const token_problems[] = { &problem_invalid_token, NULL };
static const struct problem *const change_problems[] = { &problem_wrong_password, &problem_account_locked, NULL };
static const struct problem *const confirm_problems[] = { &problem_invalid_token, &problem_email_taken, NULL };

static const struct route verify_rows[] = {
	{
	        .method = HTTP_POST,
	        .path = "/api/auth/verify-email",
	        .name = "verify_email",
	        .doc = "Confirms the e-mail address of an account by a mailed token, which can be used once.",
	        .plain = email_verify,
	        .needs = &permission_anyone,
	        .body = &token_back_schema,
	        .status = 204,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .limit = &login_rate_rule,
	        .problems = token_problems,
	},
	{
	        .method = HTTP_POST,
	        .path = "/api/auth/verify-email/resend",
	        .name = "verify_email_resend",
	        .doc = "Mails another token, unless the address is already confirmed.",
	        .plain = email_verify_resend,
	        .needs = &permission_signed_in,
	        .reply = &mail_promised_schema,
	        .status = 202,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .limit = &mail_rate_rule,
	},
	{
	        .method = HTTP_POST,
	        .path = "/api/me/email",
	        .name = "me_email_change",
	        .doc = "Mails a token to a new e-mail address; the token changes the account's address.",
	        .plain = email_change,
	        .needs = &permission_signed_in,
	        .body = &change_email_schema,
	        .reply = &mail_promised_schema,
	        .status = 202,
	        .limit = &mail_rate_rule,
	        .problems = change_problems,
	},
	{
	        .method = HTTP_POST,
	        .path = "/api/auth/change-email",
	        .name = "change_email",
	        .doc = "Changes the account's e-mail address to the one to which the token was mailed.",
	        .plain = email_change_confirm,
	        .needs = &permission_anyone,
	        .body = &token_back_schema,
	        .status = 204,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .limit = &login_rate_rule,
	        .problems = confirm_problems,
	},
};
const struct routes verify_routes = ROUTES(verify_rows);
