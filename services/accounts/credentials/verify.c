/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Confirmation of e-mail addresses: the first one of an account, and a new one. An unconfirmed account works; each
 * service decides what it allows, by email_verified.
 */
#include "accounts/account.h"
#include "accounts/credentials/api.h"
#include "accounts/credentials/one_time_token.h"
#include "accounts/credentials/password_check.h"
#include "accounts/credentials/routes.h"
#include "accounts/mail/mail.h"
#include "accounts/rate_rules.h"

HANDLER(email_verify, token_back, nothing)
{
	const struct sql_one_time_token_find_row *token = one_time_token_get(req, TOKEN_VERIFY_EMAIL, input->token);
	const struct sql_account_row *account =
	        sql_account_by_email(req->db, .audience = audience_text(req), .email = token->email);

	if (!account || account->disabled)
		refuse(&problem_invalid_token, "request a new token");
	struct tx *tx = tx_collect(req->db);

	sql_one_time_token_use(tx, .id = token->id, .now = req->now_us);
	sql_account_email_verify(tx, .id = account->id, .email = account->email, .now = req->now_us);
	reply_commit_none(req, tx);
}

HANDLER(email_verify_resend, nothing, mail_promised)
{
	struct str email = own_account(req)->email;

	check_rate(req, &mail_rate_rule, email);
	struct tx *tx = tx_collect(req->db);

	one_time_token_send(req, tx, &(struct one_time_token_request){ .purpose = TOKEN_VERIFY_EMAIL, .email = email });
	reply_commit(req, tx, &(struct mail_promised){ one_time_token_life_s(TOKEN_VERIFY_EMAIL) });
}

/* The reply does not tell whether another account has the new address: only the reply to the token does, which the
 * owner of the address has. */
HANDLER(email_change, change_email, mail_promised)
{
	const struct sql_account_row *account = own_account(req);
	struct str email = str_lower(task_arena(), input->email);

	check_rate(req, &mail_rate_rule, email);
	struct login_throttle_try try = login_throttle_acquire(req, LOGIN_THROTTLE_PASSWORD, account->email);

	if (str_is_null(password_check_throttled(req, &try, account->email, input->current)))
		refuse(&problem_wrong_password, "the current password is wrong");
	struct tx *tx = tx_collect(req->db);

	login_throttle_passed(tx, &try);
	one_time_token_send(req, tx,
	                    &(struct one_time_token_request){ .purpose = TOKEN_CHANGE_EMAIL,
	                                                      .email = email,
	                                                      .account_id = SOME(uuid, account->id) });
	reply_commit(req, tx, &(struct mail_promised){ one_time_token_life_s(TOKEN_CHANGE_EMAIL) });
}

/* The token alone changes the address: the person who opens the link need not be logged in. The old address gets a
 * mail. */
HANDLER(email_change_confirm, token_back, nothing)
{
	const struct sql_one_time_token_find_row *token = one_time_token_get(req, TOKEN_CHANGE_EMAIL, input->token);
	const struct sql_account_row *found = sql_account_find(req->db, .id = token->account_id.value);

	if (!found || found->disabled)
		refuse(&problem_invalid_token, "request a new token");
	struct sql_account_row account = *found;
	struct tx *tx = tx_collect(req->db);

	account.email = token->email;
	account.event_seq++;
	sql_one_time_token_use(tx, .id = token->id, .now = req->now_us);
	sql_account_email_change(tx, .id = account.id, .version = account.version, .email = account.email,
	                         .now = req->now_us);
	one_time_token_void_all(tx, found->audience, found->email, req->now_us);
	account_emit_changed(tx, &account);
	mail_send(tx,
	          &(struct mail){ .id = uuid_new_v7(req->now_us),
	                          .template = "email_changed",
	                          .audience = found->audience,
	                          .recipient = found->email },
	          req->now_us);
	reply_commit_none(req, tx);
}

/* ---- Routes ----------------------------------------------------------------------------------- */

/* clang-format off */
static const struct route verify_rows[] = {
	{ POST("/api/auth/verify-email", email_verify), .name = "verify_email",
	  .doc = "Confirms the e-mail address of an account by a mailed token, which can be used once.",
	  .needs = &permission_anyone, .idempotency = IDEMPOTENCY_ACCEPTED, .limit = &login_rate_rule,
	  .problems = PROBLEMS(&problem_invalid_token) },
	{ POST("/api/auth/verify-email/resend", email_verify_resend), .name = "verify_email_resend",
	  .doc = "Mails another token, unless the address is already confirmed.",
	  .needs = &permission_signed_in, .status = 202, .idempotency = IDEMPOTENCY_ACCEPTED, .limit = &mail_rate_rule },
	{ POST("/api/me/email", email_change), .name = "me_email_change",
	  .doc = "Mails a token to a new e-mail address; the token changes the account's address.",
	  .needs = &permission_signed_in, .status = 202, .limit = &mail_rate_rule,
	  .problems = PROBLEMS(&problem_wrong_password, &problem_account_locked) },
	{ POST("/api/auth/change-email", email_change_confirm), .name = "change_email",
	  .doc = "Changes the account's e-mail address to the one to which the token was mailed.",
	  .needs = &permission_anyone, .idempotency = IDEMPOTENCY_ACCEPTED, .limit = &login_rate_rule,
	  .problems = PROBLEMS(&problem_invalid_token),
	  .conflicts = CONFLICTS({ "account_email", &problem_email_taken, NULL, "another account has this address now" }) },
};
/* clang-format on */

const struct routes verify_routes = ROUTES(verify_rows);
