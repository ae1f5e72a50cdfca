/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expired rows are deleted, batch by batch of each table: refresh tokens, mailed secrets, old tries, and mails written long ago.
 * Mails that were not written stay, for an operator to look at.
 */
#include "accounts/accounts.h"
#include "accounts/credentials/credentials_sql.h"
#include "accounts/mail/mail_sql.h"
#include "accounts/sessions/login_throttle_sql.h"
#include "accounts/sessions/tokens_sql.h"
#include "base/clock.h"
#include "base/date.h"
#include "task/task.h"

enum { BATCH = 1000 };
#define LOGIN_THROTTLE_KEEP_US US_PER_DAY /* the maximum lockout window */
#define LOGIN_KEEP_US          US_PER_DAY /* the longest life of its access tokens, which are revoked by these rows */
#define MAIL_KEEP_US           (7 * US_PER_DAY)

void accounts_purge(struct db *db, int64_t now_us)
{
	for (bool more = true; more;) {
		struct tx *tx = tx_begin(db);
		const int64_t counts[] = {
			sql_refresh_token_purge(tx, .before = now_us - LOGIN_KEEP_US, .batch = BATCH)->count,
			sql_one_time_token_purge(tx, .before = now_us, .batch = BATCH)->count,
			sql_login_throttle_purge(tx, .before = now_us - LOGIN_THROTTLE_KEEP_US, .batch = BATCH)->count,
			sql_mail_purge(tx, .before = now_us - MAIL_KEEP_US, .batch = BATCH)->count,
		};

		tx_commit(tx);
		more = false;
		for (size_t i = 0; i < ARRAY_COUNT(counts); i++)
			more = more || counts[i] == BATCH;
	}
}
