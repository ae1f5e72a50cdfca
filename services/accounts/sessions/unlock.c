/* SPDX-License-Identifier: Apache-2.0 */
/* Staff unlock a login after too many wrong tries. Client addresses stay locked: nobody knows whose they are. */
#include "accounts/accounts_sql.h"
#include "accounts/permissions.h"
#include "accounts/sessions/login_throttle.h"
#include "accounts/sessions/routes.h"

HANDLER(account_unlock, nothing, nothing)
{
	const struct sql_account_row *account = sql_account_get(req->db, .id = request_id(req, "id"));
	struct tx *tx = tx_collect(req->db);

	login_throttle_unlock(tx, account->audience, account->email);
	reply_commit_none(req, tx);
}

/* clang-format off */
static const struct route unlock_rows[] = {
	{ POST("/api/admin/accounts/{id}/unlock", account_unlock),
	  .doc = "Unlocks an account of either side: deletes its wrong tries.",
	  .needs = &permission_accounts_unlock, .idempotency = IDEMPOTENCY_ACCEPTED },
};
/* clang-format on */

const struct routes unlock_routes = ROUTES(unlock_rows);
