/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing a password, and setting a new one by a mailed token. A change ends all other logins, a reset ends all. The
 * commit checks again what was checked before: the change by the old hash, the reset by the token's row. So of two
 * requests at once, one wins, and the other finds its result.
 *
 * Confirmation of e-mail addresses: the first one of an account, and a new one. An unconfirmed account works; each
 * service decides what it allows, by email_verified.
 */
#include "accounts/account.h"
#include "accounts/accounts.h"
#include "accounts/credentials/api.h"
#include "accounts/credentials/one_time_token.h"
#include "accounts/credentials/pages.h"
#include "accounts/mail/mail.h"
#include "accounts/sessions/login_throttle.h"
#include "accounts/sessions/tokens_sql.h"
#include "auth/password.h"
#include "service/audit.h"

SCHEMA_DEFINE(CREDENTIALS_SHAPES)
CREDENTIALS_PROBLEMS(PROBLEM_DEFINE)

/* ---- Passwords -------------------------------------------------------------------------------- */

HANDLER(password_change, change_password, nothing)
{
	const struct sql_account_row *account = own_account(req);

	password_require_fit("#/new", input->new, account);
	struct login_throttle_try try;
	struct str old_hash = password_check_throttled(req, account->email, input->current, &try);

	if (str_is_null(old_hash))
		refuse(&problem_wrong_password, "the current password is wrong");
	struct str new_hash = password_hash(input->new);
	struct tx *tx = tx_collect(req->db);

	sql_account_password_change(tx, .id = account->id, .old_hash = old_hash, .new_hash = new_hash,
	                            .now = req->now_us);
	sql_refresh_account_revoke(tx, .account_id = account->id, .but = SOME(uuid, req->actor->session_id),
	                           .life_us = token_life_us(req), .now = req->now_us);
	login_throttle_passed(tx, &try);
	one_time_token_void_all(tx, account->audience, account->email, req->now_us);
	mail_send(tx, .id = uuid_new_v7(req->now_us), .template = STR("password_changed"),
	          .audience = account->audience, .recipient = account->email, .now = req->now_us);
	reply_commit_none(req, tx);
}

HANDLER(password_forgot, mail_wanted, mail_promised)
{
	struct str email = str_lower(task_arena(), input->email);

	check_rate(req, &mail_rate_rule, email);
	struct tx *tx = tx_collect(req->db);
	int64_t life_s = one_time_token_send(req, tx, .purpose = TOKEN_RESET_PASSWORD, .email = email);

	reply_commit(req, tx, &(struct mail_promised){ life_s });
}

HANDLER(password_reset, reset_password, nothing)
{
	struct sql_account_row account;
	struct uuid token_id = one_time_token_get(req, TOKEN_RESET_PASSWORD, input->token, &account)->id;

	password_require_fit("#/new_password", input->new_password, &account);
	struct str hash = password_hash(input->new_password);
	struct tx *tx = tx_collect(req->db);

	audit_actor(req, account.id, account.role);
	/* The account is locked before its tokens: a login that is created at this moment waits for one of the two
	 * locks, and the other sees it. */
	sql_one_time_token_use(tx, .id = token_id, .now = req->now_us);
	sql_account_password_reset(tx, .id = account.id, .email = account.email, .hash = hash, .now = req->now_us);
	sql_refresh_account_revoke(tx, .account_id = account.id, .life_us = token_life_us(req), .now = req->now_us);
	login_throttle_unlock(tx, account.audience, account.email);
	one_time_token_void_all(tx, account.audience, account.email, req->now_us);
	mail_send(tx, .id = uuid_new_v7(req->now_us), .template = STR("password_changed"), .audience = account.audience,
	          .recipient = account.email, .now = req->now_us);
	reply_commit_none(req, tx);
}

/* ---- E-mail addresses --------------------------------------------------------------------------- */

HANDLER(email_verify, token_back, nothing)
{
	struct sql_account_row account;
	struct uuid token_id = one_time_token_get(req, TOKEN_VERIFY_EMAIL, input->token, &account)->id;
	struct tx *tx = tx_collect(req->db);

	sql_one_time_token_use(tx, .id = token_id, .now = req->now_us);
	sql_account_email_verify(tx, .id = account.id, .email = account.email, .now = req->now_us);
	reply_commit_none(req, tx);
}

HANDLER(email_verify_resend, nothing, mail_promised)
{
	struct str email = own_account(req)->email;

	check_rate(req, &mail_rate_rule, email);
	struct tx *tx = tx_collect(req->db);
	int64_t life_s = one_time_token_send(req, tx, .purpose = TOKEN_VERIFY_EMAIL, .email = email);

	reply_commit(req, tx, &(struct mail_promised){ life_s });
}

/* The reply does not tell whether another account has the new address: only the reply to the token does, which the
 * owner of the address has. */
HANDLER(email_change, change_email, mail_promised)
{
	const struct sql_account_row *account = own_account(req);
	struct str email = str_lower(task_arena(), input->email);

	check_rate(req, &mail_rate_rule, email);
	struct login_throttle_try try;

	if (str_is_null(password_check_throttled(req, account->email, input->current, &try)))
		refuse(&problem_wrong_password, "the current password is wrong");
	struct tx *tx = tx_collect(req->db);

	login_throttle_passed(tx, &try);
	int64_t life_s = one_time_token_send(req, tx, .purpose = TOKEN_CHANGE_EMAIL, .email = email,
	                                     .account_id = SOME(uuid, account->id));

	reply_commit(req, tx, &(struct mail_promised){ life_s });
}

/* The token alone changes the address: the person who opens the link need not be logged in. The old address gets a
 * mail. */
HANDLER(email_change_confirm, token_back, nothing)
{
	struct sql_account_row account;
	const struct sql_one_time_token_find_row *token =
	        one_time_token_get(req, TOKEN_CHANGE_EMAIL, input->token, &account);
	struct str old_email = account.email;
	struct tx *tx = tx_collect(req->db);

	account.email = token->email;
	account.event_seq++;
	sql_one_time_token_use(tx, .id = token->id, .now = req->now_us);
	sql_account_email_change(tx, .id = account.id, .version = account.version, .email = account.email,
	                         .now = req->now_us);
	one_time_token_void_all(tx, account.audience, old_email, req->now_us);
	account_emit_changed(tx, &account);
	mail_send(tx, .id = uuid_new_v7(req->now_us), .template = STR("email_changed"), .audience = account.audience,
	          .recipient = old_email, .now = req->now_us);
	reply_commit_none(req, tx);
}

/* ---- Tables ----------------------------------------------------------------------------------- */

/* clang-format off */
static const struct route credential_rows[] = {
	{ POST("/api/auth/change-password", password_change), .name = "change_password",
	  .doc = "Changes the password; all other logins end.", .needs = &permission_signed_in,
	  .problems = PROBLEMS(&problem_wrong_password, &problem_account_locked) },
	{ POST("/api/auth/forgot-password", password_forgot), .name = "forgot_password",
	  .doc = "Mails a token to set a new password. The reply is the same for every address.",
	  .needs = &permission_anyone, .status = 202, .limit = &mail_rate_rule,
	  .form = "If an account has this address, a mail is on its way." },
	{ POST("/api/auth/reset-password", password_reset), .name = "reset_password",
	  .doc = "Sets a new password by a mailed token, good once; all logins end.",
	  .needs = &permission_anyone, .limit = &login_rate_rule, .problems = PROBLEMS(&problem_invalid_token),
	  .form = "The new password is set. You can log in with it now." },
	{ POST("/api/auth/verify-email", email_verify), .name = "verify_email",
	  .doc = "Confirms the e-mail address of an account by a mailed token, which can be used once.",
	  .needs = &permission_anyone, .limit = &login_rate_rule,
	  .problems = PROBLEMS(&problem_invalid_token),
	  .form = "The e-mail address is confirmed." },
	{ POST("/api/auth/verify-email/resend", email_verify_resend), .name = "verify_email_resend",
	  .doc = "Mails another token, unless the address is already confirmed.",
	  .needs = &permission_signed_in, .status = 202, .limit = &mail_rate_rule },
	{ POST("/api/me/email", email_change), .name = "me_email_change",
	  .doc = "Mails a token to a new e-mail address; the token changes the account's address.",
	  .needs = &permission_signed_in, .status = 202, .limit = &mail_rate_rule,
	  .problems = PROBLEMS(&problem_wrong_password, &problem_account_locked) },
	{ POST("/api/auth/change-email", email_change_confirm), .name = "change_email",
	  .doc = "Changes the account's e-mail address to the one to which the token was mailed.",
	  .needs = &permission_anyone, .limit = &login_rate_rule,
	  .problems = PROBLEMS(&problem_invalid_token),
	  .conflicts = CONFLICTS({ "account_email", &problem_email_taken, NULL, "another account has this address now" }),
	  .form = "The e-mail address is changed." },
};
static const struct routes credential_routes = ROUTES(credential_rows);

static const struct route admin_credential_rows[] = {
	{ POST("/api/admin/auth/change-password", password_change), .name = "admin_change_password",
	  .doc = "Changes the password; all other logins end.", .needs = &permission_signed_in,
	  .problems = PROBLEMS(&problem_wrong_password, &problem_account_locked) },
	{ POST("/api/admin/auth/forgot-password", password_forgot), .name = "admin_forgot_password",
	  .doc = "Mails a token to set a new password. The reply is the same for every address.",
	  .needs = &permission_anyone, .status = 202, .limit = &mail_rate_rule,
	  .form = "If an account has this address, a mail is on its way." },
	{ POST("/api/admin/auth/reset-password", password_reset), .name = "admin_reset_password",
	  .doc = "Sets a new password by a mailed token, good once; all logins end.",
	  .needs = &permission_anyone, .limit = &login_rate_rule, .problems = PROBLEMS(&problem_invalid_token),
	  .form = "The new password is set. You can log in with it now." },
};
static const struct routes admin_credential_routes = ROUTES(admin_credential_rows);
/* clang-format on */

const struct subject credentials_subject = {
	.name = "credentials",
	.sql = LIST(const struct sql_module *const, &sql_credentials_module),
	.public_routes = LIST(const struct routes *const, &credential_routes, &page_routes),
	.admin_routes = LIST(const struct routes *const, &admin_credential_routes, &admin_page_routes),
};
