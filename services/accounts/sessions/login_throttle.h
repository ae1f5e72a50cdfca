/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lockout: what is guessed wrong too often is closed for a while, for a login name (known or not) and for a client's
 * address. Counted in PostgreSQL, so neither a restart nor the loss of Redis forgives anything.
 *
 * A try is taken before anything is compared and given back when it was right. So the bound is exact: in any window at
 * most STOA_LOCKOUT_FAILURES guesses are looked at, however many come at once and however many processes serve them.
 */
#ifndef STOA_ACCOUNTS_LOGIN_THROTTLE_H
#define STOA_ACCOUNTS_LOGIN_THROTTLE_H

#include "service/route.h"

enum login_throttle_kind { LOGIN_THROTTLE_PASSWORD, LOGIN_THROTTLE_CODE };

struct login_throttle_try {
	struct str_list subjects; /* the login name's, then the address's */
	int64_t taken_at;
	bool counted; /* false: there is no limit */
};

/* Takes a try, or refuses account_locked with Retry-After: alike for every name. */
struct login_throttle_try login_throttle_acquire(struct request *req, enum login_throttle_kind kind, struct str email);

/* It was right: forgets what was counted against the name; the address gets back this try only, or whoever has one
 * account of his own could go on for ever. Into the transaction of what follows. */
void login_throttle_passed(struct tx *tx, const struct login_throttle_try *try);

/* Nothing was compared: the try is given back, in a transaction of its own. */
void login_throttle_return(struct request *req, const struct login_throttle_try *try);

/* Opens the doors of a login name, whatever was counted against it. */
void login_throttle_unlock(struct tx *tx, struct str audience, struct str email);

#endif
