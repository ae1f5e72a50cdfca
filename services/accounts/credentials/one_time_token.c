/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/credentials/one_time_token.h"

#include "accounts/account.h"
#include "accounts/credentials/api.h"
#include "accounts/mail/mail.h"
#include "auth/code.h"
#include "base/clock.h"
#include "service/app.h"

static const struct token_kind {
	struct str purpose, template;
	int64_t life_s;
	bool code; /* a code of digits; else a token for a link */
} kinds[] = {
	[TOKEN_RESET_PASSWORD] = { STR("reset_password"), STR("reset_password"), 3600 },
	[TOKEN_INVITATION] = { STR("reset_password"), STR("invitation"), 3 * 24 * 3600 },
	[TOKEN_LOGIN_CODE] = { STR("login_code"), STR("login_code"), 600, .code = true },
	[TOKEN_VERIFY_EMAIL] = { STR("verify_email"), STR("verify_email"), 48 * 3600 },
	[TOKEN_REGISTER] = { STR("register"), STR("register"), 48 * 3600 },
	[TOKEN_CHANGE_EMAIL] = { STR("change_email"), STR("change_email"), 3600 },
};

struct str one_time_token_code_hash(struct request *req, struct uuid id, struct str code)
{
	const char *key = app_token_secret(req->app->config, req->app->kind->audience);

	return code_hash(task_arena(), str_from(key), id, code);
}

void one_time_token_void_all(struct tx *tx, struct str audience, struct str email, int64_t now_us)
{
	struct str purposes[] = { STR("reset_password"), STR("login_code") };

	sql_one_time_token_void(tx, .audience = audience, .email = email, .purposes = { purposes, 2 }, .now = now_us);
}

int64_t one_time_token_send_(struct request *req, struct tx *tx, const struct one_time_token_request *wanted)
{
	struct token_kind kind = kinds[wanted->purpose];
	struct uuid id = uuid_new_v7(req->now_us);
	struct str audience = str_is_null(wanted->audience) ? audience_text(req) : wanted->audience;
	struct str secret = kind.code ? code_new(task_arena()) : secret_new(task_arena());
	struct str hash = kind.code ? one_time_token_code_hash(req, id, secret) : secret_hash(task_arena(), secret);

	if (kind.code)
		sql_one_time_token_void(tx, .audience = audience, .email = wanted->email,
		                        .purposes = { &kind.purpose, 1 }, .now = req->now_us);
	sql_one_time_token_insert(tx, .id = id, .purpose = kind.purpose, .audience = audience, .email = wanted->email,
	                          .account_id = wanted->account_id, .password_hash = wanted->password_hash,
	                          .name = wanted->name, .phone = wanted->phone, .hash = hash, .now = req->now_us,
	                          .expires_at = req->now_us + kind.life_s * US_PER_S);
	mail_send(tx, .id = id, .template = kind.template, .audience = audience, .recipient = wanted->email,
	          .secret = secret, .now = req->now_us);
	return kind.life_s;
}

const struct sql_one_time_token_find_row *one_time_token_get(struct request *req, enum one_time_token_purpose purpose,
                                                             struct str token, struct sql_account_row *ret_account)
{
	const struct sql_one_time_token_find_row *found =
	        sql_one_time_token_find(req->db, .hash = secret_hash(task_arena(), token), .now = req->now_us,
	                                .purpose = kinds[purpose].purpose, .audience = audience_text(req));
	const struct sql_account_row *account = NULL;

	if (found && found->account_id.set)
		account = sql_account_find(req->db, .id = found->account_id.value);
	else if (found)
		account = sql_account_by_email(req->db, .audience = audience_text(req), .email = found->email);
	if (!account || account->disabled)
		refuse(&problem_invalid_token, "request a new token");
	*ret_account = *account;
	return found;
}
