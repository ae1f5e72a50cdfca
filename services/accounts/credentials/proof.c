/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/credentials/proof.h"

#include "accounts/credentials/credentials_sql.h"
#include "accounts/mail/mail.h"
#include "accounts/sessions/session.h"
#include "auth/code.h"
#include "base/check.h"
#include "base/clock.h"

static const struct {
	const char *text;
	int64_t life_s;
	bool code; /* digits to type; else a token that fills a link */
} purposes[PROOF_COUNT] = {
	[PROOF_RESET_PASSWORD] = { "reset_password", 3600, false },
	[PROOF_LOGIN_CODE] = { "login_code", 600, true },
	[PROOF_VERIFY_EMAIL] = { "verify_email", 48 * 3600, false },
	[PROOF_CHANGE_EMAIL] = { "change_email", 3600, false },
};

struct str proof_purpose_text(enum proof_purpose purpose)
{
	return str_from(purposes[purpose].text);
}

int64_t proof_life_s(enum proof_purpose purpose)
{
	return purposes[purpose].life_s;
}

struct str proof_code_hash(struct request *req, struct uuid id, struct str code)
{
	const struct config *config = req->app->config;
	const char *key = app_token_secret(config, audience_of(req));

	return code_hash(task_arena(), str_from(key), id, code);
}

static void void_some(struct tx *tx, struct str audience, struct str email, const enum proof_purpose *which,
                      size_t count, int64_t now_us)
{
	struct str texts[PROOF_COUNT];

	CHECK(count <= PROOF_COUNT);
	for (size_t i = 0; i < count; i++)
		texts[i] = proof_purpose_text(which[i]);
	sql_proof_void(tx, .audience = audience, .email = email, .purposes = { texts, count }, .now = now_us);
}

void proof_void_all(struct tx *tx, struct str audience, struct str email, int64_t now_us)
{
	static const enum proof_purpose which[] = { PROOF_RESET_PASSWORD, PROOF_LOGIN_CODE };

	void_some(tx, audience, email, which, ARRAY_COUNT(which), now_us);
}

void proof_send(struct request *req, struct tx *tx, const struct proof_wanted *wanted)
{
	bool code = purposes[wanted->purpose].code;
	int64_t life_s = wanted->life_s ? wanted->life_s : proof_life_s(wanted->purpose);
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
		void_some(tx, audience, wanted->email, &wanted->purpose, 1, req->now_us);
	sql_proof_insert(tx, .id = mail.id, .purpose = proof_purpose_text(wanted->purpose), .audience = audience,
	                 .email = wanted->email, .account_id = wanted->account_id,
	                 .hash = code ? proof_code_hash(req, mail.id, secret) : secret_hash(task_arena(), secret),
	                 .now = req->now_us, .expires_at = req->now_us + life_s * US_PER_S);
	mail_send(tx, &mail, req->now_us);
}

const struct sql_proof_find_row *proof_of_token(struct request *req, enum proof_purpose purpose, struct str token)
{
	const struct sql_proof_find_row *proof =
	        sql_proof_find(req->db, .hash = secret_hash(task_arena(), token), .now = req->now_us,
	                       .purpose = proof_purpose_text(purpose), .audience = audience_text(req));

	if (!proof)
		refuse(&problem_invalid_token, "ask for a new one");
	return proof;
}
