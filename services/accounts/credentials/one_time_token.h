/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One-time tokens: secrets that are sent by mail and can be used once. The sender of one has read the mail of that
 * address. A token is created for every address that is requested, known or not, by the same statements; the worker
 * that writes the mail looks up whether an account has the address. So neither the reply nor its time tells a stranger
 * who has an account.
 */
#ifndef STOA_ACCOUNTS_ONE_TIME_TOKEN_H
#define STOA_ACCOUNTS_ONE_TIME_TOKEN_H

#include "accounts/accounts_sql.h"
#include "accounts/credentials/credentials_sql.h"
#include "service/route.h"

enum one_time_token_purpose {
	TOKEN_RESET_PASSWORD,
	TOKEN_INVITATION, /* resets the password, too */
	TOKEN_LOGIN_CODE,
	TOKEN_VERIFY_EMAIL,
	TOKEN_CHANGE_EMAIL,
	TOKEN_REGISTER, /* makes the account: no token of an address that exists, so one_time_token_get does not know it */
};

struct one_time_token_request {
	enum one_time_token_purpose purpose;
	struct str audience;                   /* null: that of the request */
	struct str email;                      /* lower case */
	struct opt_uuid account_id;            /* the account, for a change of address */
	struct str password_hash, name, phone; /* the account to be, for a registration */
};

/* Creates the secret and requests its mail, in the caller's transaction; returns its lifetime in seconds. A new code
 * replaces earlier ones. one_time_token_send(req, tx, .purpose = TOKEN_LOGIN_CODE, .email = email) */
#define one_time_token_send(req, tx, ...) \
	one_time_token_send_((req), (tx), &(struct one_time_token_request){ __VA_ARGS__ })
int64_t one_time_token_send_(struct request *req, struct tx *tx, const struct one_time_token_request *wanted);

/* The row of a token that is valid for the purpose, and the account that it was sent for; else refuses invalid_token.
 * sql_one_time_token_use marks it as used. */
const struct sql_one_time_token_find_row *one_time_token_get(struct request *req, enum one_time_token_purpose purpose,
                                                             struct str token, struct sql_account_row *ret_account);

/* The hash of a code that is stored. */
struct str one_time_token_code_hash(struct request *req, struct uuid id, struct str code);

/* Voids all unused tokens of an address that would give its reader access to the account. */
void one_time_token_void_all(struct tx *tx, struct str audience, struct str email, int64_t now_us);

#endif
