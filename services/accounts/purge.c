/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expired rows are deleted, batch by batch: refresh tokens, mailed secrets, old tries, and mails written long ago.
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
#define MAIL_KEEP_US           (7 * US_PER_DAY)

static int64_t purge_tokens(struct tx *tx, int64_t now_us)
{
	return sql_refresh_token_purge(tx, .before = now_us, .batch = BATCH)->count;
}

static int64_t purge_one_time_tokens(struct tx *tx, int64_t now_us)
{
	return sql_one_time_token_purge(tx, .before = now_us, .batch = BATCH)->count;
}

static int64_t purge_login_throttles(struct tx *tx, int64_t now_us)
{
	return sql_login_throttle_purge(tx, .before = now_us - LOGIN_THROTTLE_KEEP_US, .batch = BATCH)->count;
}

static int64_t purge_mails(struct tx *tx, int64_t now_us)
{
	return sql_mail_purge(tx, .before = now_us - MAIL_KEEP_US, .batch = BATCH)->count;
}

void accounts_purge(struct db *db, int64_t now_us)
{
	static int64_t (*const purges[])(struct tx * tx, int64_t now_us) = { purge_tokens, purge_one_time_tokens,
		                                                             purge_login_throttles, purge_mails };

	for (size_t i = 0; i < ARRAY_COUNT(purges); i++) {
		int64_t count = BATCH;

		while (count >= BATCH) {
			struct tx *tx = tx_begin(db);

			count = purges[i](tx, now_us);
			tx_commit(tx);
		}
	}
}
