/* SPDX-License-Identifier: Apache-2.0 */
/* What the handlers of accounts share: the audience of a request, its account, and starting a login. */
#ifndef STOA_ACCOUNTS_SESSION_H
#define STOA_ACCOUNTS_SESSION_H

#include "accounts/accounts_sql.h"
#include "accounts/api.h"
#include "service/app.h"
#include "service/route.h"

enum audience audience_of(const struct request *req);
struct str audience_text(const struct request *req); /* "public" or "admin", as in the tables */

struct account_view account_view_of(const struct sql_account_row *row);

/* The account of the token; refuses when it is deleted or disabled. */
const struct sql_account_row *own_account(struct request *req);

/* A login to be started or continued. */
struct login_grant {
	const struct account_view *account;
	struct opt_uuid scope;
	struct uuid family_id;
	struct str password_hash; /* hash with which a password was compared; null: none was */
};

/* Adds the next refresh token of a family to the transaction and returns the pair of tokens. The commit conflicts
 * when the account was disabled, or its password changed, meanwhile. */
struct session_view session_add(struct request *req, struct tx *tx, const struct login_grant *grant);

/* Adds account.changed to the transaction. */
void account_emit_changed(struct tx *tx, const struct account_view *account, struct str audience, int64_t seq);

/* Takes one try of a rate rule for a login name, in addition to the route's limit per client address. The name
 * includes the audience: tries on the public side do not lock staff out. Refuses rate_limited, with Retry-After. */
void check_rate(struct request *req, const struct rate_rule *rule, struct str email);

#endif
