/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/credentials/one_time_token.h"

#include "accounts/account.h"
#include "accounts/credentials/api.h"
#include "accounts/mail/mail.h"
#include "auth/code.h"
#include "base/check.h"
#include "base/clock.h"
#include "service/app.h"

static const struct {
	const char *text;
	int64_t life_s;
	bool code; /* a code of digits; else a token for a link */
} purposes[TOKEN_PURPOSE_COUNT] = {
	[TOKEN_RESET_PASSWORD] = { "reset_password", 3600, false },
	[TOKEN_LOGIN_CODE] = { "login_code", 600, true },
	[TOKEN_VERIFY_EMAIL] = { "verify_email", 48 * 3600, false },
	[TOKEN_CHANGE_EMAIL] = { "change_email", 3600, false },
};

static struct str purpose_text(enum one_time_token_purpose purpose)
{
	return str_from(purposes[purpose].text);
}

int64_t one_time_token_life_s(enum one_time_token_purpose purpose)
{
	return purposes[purpose].life_s;
}

struct str one_time_token_code_hash(struct request *req, struct uuid id, struct str code)
{
	const struct config *config = req->app->config;
	const char *key = app_token_secret(config, audience_of(req));

	return code_hash(task_arena(), str_from(key), id, code);
}

static void tokens_void(struct tx *tx, struct str audience, struct str email, const enum one_time_token_purpose *which,
                        size_t count, int64_t now_us)
{
	struct str texts[TOKEN_PURPOSE_COUNT];

	CHECK(count <= TOKEN_PURPOSE_COUNT);
	for (size_t i = 0; i < count; i++)
		texts[i] = purpose_text(which[i]);
	sql_one_time_token_void(tx, .audience = audience, .email = email, .purposes = { texts, count }, .now = now_us);
}

void one_time_token_void_all(struct tx *tx, struct str audience, struct str email, int64_t now_us)
{
	static const enum one_time_token_purpose which[] = { TOKEN_RESET_PASSWORD, TOKEN_LOGIN_CODE };

	tokens_void(tx, audience, email, which, ARRAY_COUNT(which), now_us);
}

void one_time_token_send(struct request *req, struct tx *tx, const struct one_time_token_request *wanted)
{
	bool code = purposes[wanted->purpose].code;
	int64_t life_s = wanted->life_s ? wanted->life_s : one_time_token_life_s(wanted->purpose);
	struct str audience = str_is_null(wanted->audience) ? audience_text(req) : wanted->audience;
	struct str secret = code ? code_new(task_arena()) : secret_new(task_arena());
	struct mail mail = {
		.id = uuid_new_v7(req->now_us),
		.template = wanted->template ? wanted->template : purposes[wanted->purpose].text,
		.audience = audience,
		.recipient = wanted->email,
		.secret = secret,
	};

	if (code)
		tokens_void(tx, audience, wanted->email, &wanted->purpose, 1, req->now_us);
	sql_one_time_token_insert(tx, .id = mail.id, .purpose = purpose_text(wanted->purpose), .audience = audience,
	                          .email = wanted->email, .account_id = wanted->account_id,
	                          .hash = code ? one_time_token_code_hash(req, mail.id, secret)
	                                       : secret_hash(task_arena(), secret),
	                          .now = req->now_us, .expires_at = req->now_us + life_s * US_PER_S);
	mail_send(tx, &mail, req->now_us);
}

const struct sql_one_time_token_find_row *one_time_token_get(struct request *req, enum one_time_token_purpose purpose,
                                                             struct str token)
{
	const struct sql_one_time_token_find_row *found =
	        sql_one_time_token_find(req->db, .hash = secret_hash(task_arena(), token), .now = req->now_us,
	                                .purpose = purpose_text(purpose), .audience = audience_text(req));

	if (!found)
		refuse(&problem_invalid_token, "request a new token");
	return found;
}
