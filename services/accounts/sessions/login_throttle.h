/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Login throttle: too many wrong tries lock a client's network, and far more of them, from whatever networks, a login
 * name (known or not), for a time. So one stranger shuts out nobody but themselves. The tries are counted in PostgreSQL,
 * so neither a restart nor the loss of Redis deletes them.
 *
 * A try is taken before anything is compared and returned when it was right. So the bound is exact: in any window at
 * most STOA_LOCKOUT_FAILURES guesses of a network and STOA_LOCKOUT_ACCOUNT at a name are compared, however many come at
 * once and however many processes serve them.
 */
#ifndef STOA_ACCOUNTS_LOGIN_THROTTLE_H
#define STOA_ACCOUNTS_LOGIN_THROTTLE_H

#include "service/route.h"

enum login_throttle_kind { LOGIN_THROTTLE_PASSWORD, LOGIN_THROTTLE_CODE };

struct login_throttle_try {
	struct str_list subjects; /* of the login name, then of the client's network */
	struct i64_list limits;
	int64_t taken_at;
	bool counted; /* false: there is no limit */
};

/* Takes a try, or refuses account_locked with Retry-After; the same for every name. */
struct login_throttle_try login_throttle_acquire(struct request *req, enum login_throttle_kind kind, struct str email);

/* The try was right: deletes the tries of the name, and returns this try of the client's address. Not all tries of
 * the address: else a person with one account could guess without limit. Into the transaction of what follows. */
void login_throttle_passed(struct tx *tx, const struct login_throttle_try *try);

/* Takes a try, and compares the password of the account with this login name: its hash when the password is right; null
 * when it is wrong or no account has the name, after the same time. The try is returned when nothing was compared
 * because too many requests wait. */
struct str password_check_throttled(struct request *req, struct str email, struct str password,
                                    struct login_throttle_try *ret_try);

/* Deletes all tries of a login name. */
void login_throttle_unlock(struct tx *tx, struct str audience, struct str email);

#endif
