/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/accounts.h"
#include "accounts/credentials/api.h"
#include "accounts/credentials/credentials_sql.h"
#include "accounts/credentials/routes.h"

SCHEMA_DEFINE(CREDENTIALS_SHAPES)
CREDENTIALS_PROBLEMS(PROBLEM_DEFINE)

const struct subject credentials_subject = {
	.name = "credentials",
	.sql = LIST(const struct sql_module *const, &sql_credentials_module),
	.public_routes = LIST(const struct routes *const, &password_routes, &verify_routes),
	.admin_routes = LIST(const struct routes *const, &admin_password_routes),
};
