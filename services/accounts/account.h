/* SPDX-License-Identifier: Apache-2.0 */
/* What the subjects of accounts share: the account of a request, what becomes of accounts, and the limits of tries. */
#ifndef STOA_ACCOUNTS_ACCOUNT_H
#define STOA_ACCOUNTS_ACCOUNT_H

#include "accounts/accounts_sql.h"
#include "service/route.h"

struct str audience_text(const struct request *req); /* "public" or "admin", as in the tables */

/* The account of the token; refuses when it is deleted or disabled. */
const struct sql_account_row *own_account(struct request *req);

/* For routes that give access to others: refuses (401) when the account has been disabled, or lost the route's
 * permission, and the revocation list does not say so yet. */
void account_reauthorise(struct request *req);

/* For how long an access token may be accepted yet that is made at this moment: what ends a login ends them for so long
 * (stoa.revoke). */
int64_t token_life_us(const struct request *req);

/* Refuses a new password that breaks the rules (domain/password_rules.h), naming the field. */
void password_require_fit(const char *pointer, struct str password, const struct sql_account_row *account);

/* ---- What becomes of accounts ------------------------------------------------------------------- */

/* A new account, of version 1; the caller fills in the rest. */
struct sql_account_row account_new(const struct request *req, struct str audience);
/* Adds it and account.changed to the transaction. An address that is taken breaks the constraint account_email. */
void account_add(struct tx *tx, const struct sql_account_row *account, struct str password_hash);

/* Adds the change of name, phone, role, store and access to the transaction, and account.changed. Conflicts when the
 * row has another version by then; counts the version up. */
void account_store(struct tx *tx, struct sql_account_row *account, int64_t now_us);

/* Adds account.changed to the transaction; the row's event_seq is the event's. */
void account_emit_changed(struct tx *tx, const struct sql_account_row *account);

/* ---- Rates: how often who may try what, besides an audience's general limit ---------------------- */

extern const struct rate_rule login_rate_rule;    /* per network: passwords, codes, mailed secrets */
extern const struct rate_rule register_rate_rule; /* per address */
extern const struct rate_rule mail_rate_rule;     /* per address and per recipient: whatever sends mail */

/* Takes one try of a rate rule for a login name, in addition to the route's limit per client address. The name
 * includes the audience: tries on the public side do not lock staff out. Refuses rate_limited, with Retry-After. */
void check_rate(struct request *req, const struct rate_rule *rule, struct str email);

#endif
