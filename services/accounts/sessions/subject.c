/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/accounts.h"
#include "accounts/sessions/api.h"
#include "accounts/sessions/identities_sql.h"
#include "accounts/sessions/login_throttle_sql.h"
#include "accounts/sessions/routes.h"
#include "accounts/sessions/tokens_sql.h"

SCHEMA_DEFINE(SESSIONS_SHAPES)
SESSIONS_PROBLEMS(PROBLEM_DEFINE)

const struct subject sessions_subject = {
	.name = "sessions",
	.sql = LIST(const struct sql_module *const, &sql_identities_module, &sql_login_throttle_module,
	            &sql_tokens_module),
	.public_routes = LIST(const struct routes *const, &session_routes, &me_routes, &code_routes, &external_routes),
	.admin_routes = LIST(const struct routes *const, &admin_session_routes, &admin_me_routes, &unlock_routes),
};
