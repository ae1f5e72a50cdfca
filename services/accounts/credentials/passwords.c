/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing a password, and setting a new one by a mailed token. A change ends all other logins, a reset ends all. The
 * commit checks again what was checked before: the change by the old hash, the reset by the token's row. So of two
 * requests at once, one wins, and the other finds its result.
 */
#include "accounts/account.h"
#include "accounts/credentials/api.h"
#include "accounts/credentials/one_time_token.h"
#include "accounts/credentials/password_check.h"
#include "accounts/credentials/routes.h"
#include "accounts/mail/mail.h"
#include "accounts/rate_rules.h"
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

HANDLER(password_change, change_password, nothing)
{
	const struct sql_account_row *account = own_account(req);

	password_require_fit("#/new", input->new, account->email, account->name);
	struct login_throttle_try try = login_throttle_acquire(req, LOGIN_THROTTLE_PASSWORD, account->email);
	struct str old_hash = password_check_throttled(req, &try, account->email, input->current);

	if (str_is_null(old_hash))
		refuse(&problem_wrong_password, "the current password is wrong");
	struct str new_hash = password_hash(input->new);
	struct tx *tx = tx_collect(req->db);

	sql_account_password_change(tx, .id = account->id, .old_hash = old_hash, .new_hash = new_hash,
	                            .now = req->now_us);
	sql_refresh_account_revoke_others(tx, .account_id = account->id, .family_id = req->actor->session_id,
	                                  .now = req->now_us);
	login_throttle_passed(tx, &try);
	one_time_token_void_all(tx, account->audience, account->email, req->now_us);
	mail_owner(tx, req, account->email);
	reply_commit_none(req, tx);
}

HANDLER(password_forgot, mail_wanted, mail_promised)
{
	struct str email = str_lower(task_arena(), input->email);

	check_rate(req, &mail_rate_rule, email);
	struct tx *tx = tx_collect(req->db);

	one_time_token_send(req, tx,
	                    &(struct one_time_token_request){ .purpose = TOKEN_RESET_PASSWORD, .email = email });
	reply_commit(req, tx, &(struct mail_promised){ one_time_token_life_s(TOKEN_RESET_PASSWORD) });
}

HANDLER(password_reset, reset_password, nothing)
{
	const struct sql_one_time_token_find_row *token = one_time_token_get(req, TOKEN_RESET_PASSWORD, input->token);
	const struct sql_account_row *account =
	        sql_account_by_email(req->db, .audience = audience_text(req), .email = token->email);

	if (!account || account->disabled)
		refuse(&problem_invalid_token, "request a new token");
	password_require_fit("#/new_password", input->new_password, account->email, account->name);
	struct str hash = password_hash(input->new_password);
	struct tx *tx = tx_collect(req->db);

	audit_actor(req, account->id, account->role);
	/* The account is locked before its tokens: a login that is created at this moment waits for one of the two
	 * locks, and the other sees it. */
	sql_one_time_token_use(tx, .id = token->id, .now = req->now_us);
	sql_account_password_reset(tx, .id = account->id, .email = account->email, .hash = hash, .now = req->now_us);
	sql_refresh_account_revoke(tx, .account_id = account->id, .now = req->now_us);
	login_throttle_unlock(tx, account->audience, account->email);
	one_time_token_void_all(tx, account->audience, account->email, req->now_us);
	mail_owner(tx, req, account->email);
	reply_commit_none(req, tx);
}

/* ---- Routes ----------------------------------------------------------------------------------- */

/* clang-format off */
static const struct route password_rows[] = {
	{ POST("/api/auth/change-password", password_change), .name = "change_password",
	  .doc = "Changes the password; all other logins end.", .needs = &permission_signed_in,
	  .problems = PROBLEMS(&problem_wrong_password, &problem_account_locked) },
	{ POST("/api/auth/forgot-password", password_forgot), .name = "forgot_password",
	  .doc = "Mails a token to set a new password. The reply is the same for every address.",
	  .needs = &permission_anyone, .status = 202, .idempotency = IDEMPOTENCY_ACCEPTED, .limit = &mail_rate_rule },
	{ POST("/api/auth/reset-password", password_reset), .name = "reset_password",
	  .doc = "Sets a new password by a mailed token, good once; all logins end.",
	  .needs = &permission_anyone, .limit = &login_rate_rule, .problems = PROBLEMS(&problem_invalid_token) },
};

static const struct route admin_password_rows[] = {
	{ POST("/api/admin/auth/change-password", password_change), .name = "admin_change_password",
	  .doc = "Changes the password; all other logins end.", .needs = &permission_signed_in,
	  .problems = PROBLEMS(&problem_wrong_password, &problem_account_locked) },
	{ POST("/api/admin/auth/forgot-password", password_forgot), .name = "admin_forgot_password",
	  .doc = "Mails a token to set a new password. The reply is the same for every address.",
	  .needs = &permission_anyone, .status = 202, .idempotency = IDEMPOTENCY_ACCEPTED, .limit = &mail_rate_rule },
	{ POST("/api/admin/auth/reset-password", password_reset), .name = "admin_reset_password",
	  .doc = "Sets a new password by a mailed token, good once; all logins end.",
	  .needs = &permission_anyone, .limit = &login_rate_rule, .problems = PROBLEMS(&problem_invalid_token) },
};
/* clang-format on */

const struct routes password_routes = ROUTES(password_rows);
const struct routes admin_password_routes = ROUTES(admin_password_rows);
