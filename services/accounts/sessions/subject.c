/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/accounts.h"
#include "accounts/sessions/identities_sql.h"
#include "accounts/sessions/login_throttle_sql.h"
#include "accounts/sessions/routes.h"
#include "accounts/sessions/tokens_sql.h"

const struct subject sessions_subject = {
	.name = "sessions",
	.sql = LIST(const struct sql_module *const, &sql_identities_module, &sql_login_throttle_module,
	            &sql_tokens_module),
	.public_routes = LIST(const struct routes *const, &session_routes, &code_routes, &external_routes),
	.admin_routes = LIST(const struct routes *const, &admin_session_routes, &unlock_routes),
};
