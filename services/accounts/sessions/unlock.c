/* SPDX-License-Identifier: Apache-2.0 */
/* Staff unlock a login after too many wrong tries. Client addresses stay locked: nobody knows whose they are. */
#include "accounts/accounts_sql.h"
#include "accounts/permissions.h"
#include "accounts/sessions/login_throttle.h"
#include "accounts/sessions/routes.h"
#include "accounts/sessions/session.h"

static void account_unlock(struct request *req)
{
	const struct sql_account_row *row = sql_account_find(req->db, .id = request_id(req, "id"));

	if (!row)
		refuse(&problem_not_found, "there is no such account");
	struct tx *tx = tx_collect(req->db);

	login_throttle_unlock(tx, row->audience, row->email);
	reply_commit_none(req, tx);
}

static const struct route unlock_rows[] = {
	{
	        .method = HTTP_POST,
	        .path = "/api/admin/accounts/{id}/unlock",
	        .name = "account_unlock",
	        .doc = "Unlocks an account of either side: deletes its wrong tries.",
	        .plain = account_unlock,
	        .needs = &permission_accounts_unlock,
	        .status = 204,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	},
};
const struct routes unlock_routes = ROUTES(unlock_rows);
