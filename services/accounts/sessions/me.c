/* SPDX-License-Identifier: Apache-2.0 */
/* The account of the token, for its owner. */
#include "accounts/account.h"
#include "accounts/sessions/api.h"
#include "accounts/sessions/routes.h"

HANDLER(me_get, nothing, account_view)
{
	const struct sql_account_row *account = own_account(req);

	reply_version(req, account->version);
	reply(req, account);
}

HANDLER(me_change, change_me, account_view)
{
	struct sql_account_row account = *own_account(req);
	struct tx *tx = tx_collect(req->db);

	request_check_version(req, account.version);
	request_patch(req, account_view, &account);
	account_store(tx, &account, req->now_us);
	reply_version(req, account.version);
	reply_commit(req, tx, &account);
}

/* clang-format off */
static const struct route me_rows[] = {
	{ GET("/api/me", me_get), .doc = "Who the token belongs to.", .needs = &permission_signed_in },
	{ PATCH("/api/me", me_change), .doc = "Changes name or phone; what is left out stays.", .needs = &permission_signed_in,
	  .idempotency = IDEMPOTENCY_ACCEPTED, .if_match = IF_MATCH_ACCEPTED, .patches = &account_view_schema },
};

static const struct route admin_me_rows[] = {
	{ GET("/api/admin/me", me_get), .name = "admin_me_get", .doc = "Who the token belongs to.",
	  .needs = &permission_signed_in },
};
/* clang-format on */

const struct routes me_routes = ROUTES(me_rows);
const struct routes admin_me_routes = ROUTES(admin_me_rows);
