/* SPDX-License-Identifier: Apache-2.0 */
/* What the subjects of accounts share: the audience of a request, its account, and what becomes of accounts. */
#ifndef STOA_ACCOUNTS_ACCOUNT_H
#define STOA_ACCOUNTS_ACCOUNT_H

#include "accounts/accounts_sql.h"
#include "service/route.h"

enum audience audience_of(const struct request *req);
struct str audience_text(const struct request *req); /* "public" or "admin", as in the tables */

/* The account of the token; refuses when it is deleted or disabled. */
const struct sql_account_row *own_account(struct request *req);

/* For routes that give access to others: refuses (401) when the account has been disabled, or lost the route's
 * permission, since its token was made. */
void account_reauthorise(struct request *req);

/* A new account, of version 1; the caller fills in the rest. */
struct sql_account_row account_new(const struct request *req, struct str audience);
/* Adds it and account.changed to the transaction. An address that is taken breaks the constraint account_email. */
void account_add(struct tx *tx, const struct sql_account_row *account, struct str password_hash);

/* Adds the change of name, phone, role, store and access to the transaction, and account.changed. Conflicts when the
 * row has another version by then; counts the version up. */
void account_store(struct tx *tx, struct sql_account_row *account, int64_t now_us);

/* Adds account.changed to the transaction; the row's event_seq is the event's. */
void account_emit_changed(struct tx *tx, const struct sql_account_row *account);

#endif
