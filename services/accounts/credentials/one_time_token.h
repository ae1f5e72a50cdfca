/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets that travel by mail, good once: whoever sends one back reads that address's mail. One is made for every
 * address that is asked for, known or not, by the same statements; whether anybody has the address is looked up by the
 * worker that writes the mail. So neither the answer nor its time tells a stranger who has an account here.
 */
#ifndef STOA_ACCOUNTS_ONE_TIME_TOKEN_H
#define STOA_ACCOUNTS_ONE_TIME_TOKEN_H

#include "accounts/credentials/credentials_sql.h"
#include "base/opt.h"
#include "base/str.h"
#include "db/db.h"
#include "service/route.h"

enum one_time_token_purpose {
	TOKEN_RESET_PASSWORD,
	TOKEN_LOGIN_CODE,
	TOKEN_VERIFY_EMAIL,
	TOKEN_CHANGE_EMAIL,
	TOKEN_PURPOSE_COUNT
};

/* As it stands in the table. */
struct str one_time_token_purpose_text(enum one_time_token_purpose purpose);
/* What is told to whoever asked: seconds. */
int64_t one_time_token_life_s(enum one_time_token_purpose purpose);

struct one_time_token_request {
	enum one_time_token_purpose purpose;
	struct str audience;        /* null: the request's */
	struct str email;           /* lower case */
	struct opt_uuid account_id; /* of a change of address: whose */
	const char *template;       /* NULL: the purpose's own */
	int64_t life_s;             /* 0: the purpose's own */
};

/* Makes the secret and asks for its mail, in the caller's transaction. A new code takes the place of earlier ones. */
void one_time_token_send(struct request *req, struct tx *tx, const struct one_time_token_request *wanted);

/* A token that came back, as long as it is good for that; else refuses invalid_token. Use sql_one_time_token_use to
 * spend it. */
struct sql_one_time_token_find_row;
const struct sql_one_time_token_find_row *one_time_token_get(struct request *req, enum one_time_token_purpose purpose,
                                                             struct str token);

/* What is stored of a code. */
struct str one_time_token_code_hash(struct request *req, struct uuid id, struct str code);

/* Voids what is still on its way to an address that would give whoever reads it the account. */
void one_time_token_void_all(struct tx *tx, struct str audience, struct str email, int64_t now_us);

#endif
