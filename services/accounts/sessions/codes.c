/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Login with a mailed code: six digits, ten minutes, five tries, once. A try is taken from the code before it is
 * compared, and another from the login throttle, which outlives the codes: requesting new codes again and again gives
 * no more guesses. Codes are counted apart from passwords, so a person whose password is being guessed can still log in
 * this way.
 */
#include "accounts/account.h"
#include "accounts/credentials/api.h"
#include "accounts/credentials/one_time_token.h"
#include "accounts/sessions/login_throttle.h"
#include "accounts/sessions/session.h"
#include "auth/code.h"

enum { CODE_TRIES = 5 };

HANDLER(code_send, mail_wanted, mail_promised)
{
	struct str email = str_lower(task_arena(), input->email);

	check_rate(req, &mail_rate_rule, email);
	struct tx *tx = tx_collect(req->db);
	int64_t life_s = one_time_token_send(req, tx, .purpose = TOKEN_LOGIN_CODE, .email = email);

	reply_commit(req, tx, &(struct mail_promised){ life_s });
}

HANDLER(code_login, code_login, session_view)
{
	struct str audience = audience_text(req), email = str_lower(task_arena(), input->email);

	struct login_throttle_try try = login_throttle_acquire(req, LOGIN_THROTTLE_CODE, email);
	struct tx *tx = tx_begin(req->db);
	const struct sql_one_time_token_try_row *token =
	        sql_one_time_token_try(tx, .audience = audience, .email = email, .now = req->now_us, .max = CODE_TRIES);

	tx_commit(tx);
	bool right = token && code_hash_eq(token->hash, one_time_token_code_hash(req, token->id, input->code));
	const struct sql_account_row *found = sql_account_by_email(req->db, .audience = audience, .email = email);

	if (!right || !found || found->disabled)
		refuse(&problem_invalid_code, "check the e-mail address and the code, or request a new code");
	struct sql_account_row account = *found;

	account.email_verified = true;
	tx = tx_collect(req->db);
	sql_one_time_token_use(tx, .id = token->id, .now = req->now_us);
	sql_account_email_verify(tx, .id = account.id, .email = account.email, .now = req->now_us);
	struct session_view session = session_add(req, tx, &account, STR_NULL);

	login_throttle_passed(tx, &try);
	reply_commit(req, tx, &session);
}

/* clang-format off */
static const struct route code_rows[] = {
	{ POST("/api/auth/code", code_send), .doc = "Mails a login code. The reply is the same for every address.",
	  .needs = &permission_anyone, .status = 202, .limit = &mail_rate_rule },
	{ POST("/api/auth/code/login", code_login),
	  .doc = "Logs in: exchanges an e-mail address and a mailed code for a pair of tokens. A code can be used once.",
	  .needs = &permission_anyone, .limit = &login_rate_rule,
	  .problems = PROBLEMS(&problem_invalid_code, &problem_account_locked) },
};
/* clang-format on */

const struct routes code_routes = ROUTES(code_rows);
