/* SPDX-License-Identifier: Apache-2.0 */
/* What the handlers of accounts share: whose side the request came to, who an account is, and beginning a login. */
#ifndef STOA_ACCOUNTS_SESSION_H
#define STOA_ACCOUNTS_SESSION_H

#include "accounts/accounts_sql.h"
#include "accounts/api.h"
#include "service/app.h"
#include "service/route.h"

enum audience audience_of(const struct request *req);
struct str audience_text(const struct request *req); /* "public" or "admin", as it stands in the tables */

struct account_view account_view_of(const struct sql_account_row *row);

/* The account of the token; refuses when it is gone or disabled. */
const struct sql_account_row *own_account(struct request *req);

/* A login to be begun or gone on with. */
struct login_grant {
	const struct account_view *account;
	struct opt_uuid scope;
	struct uuid family_id;
	struct str password_hash; /* what a password was checked against; null: none was */
};

/* Adds the next refresh token of a family to the transaction and gives the pair that goes with it. The commit conflicts
 * when the account was disabled, or got another password, meanwhile. */
struct session_view session_add(struct request *req, struct tx *tx, const struct login_grant *grant);

/* Writes account.changed into the transaction. */
void account_emit_changed(struct tx *tx, const struct account_view *account, struct str audience, int64_t seq);

/* One try of a rate rule of its own for a login name, besides the route's limit per client address: whoever guesses at
 * the shop's door must not lock staff out of theirs. Refuses rate_limited, with Retry-After. */
void check_rate(struct request *req, const struct rate_rule *rule, struct str email);

#endif
