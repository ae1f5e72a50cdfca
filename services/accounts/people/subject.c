/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/accounts.h"
#include "accounts/people/api.h"
#include "accounts/people/people_sql.h"
#include "accounts/people/routes.h"

SCHEMA_DEFINE(PEOPLE_SHAPES)
PEOPLE_PROBLEMS(PROBLEM_DEFINE)

const struct subject people_subject = {
	.name = "people",
	.sql = LIST(const struct sql_module *const, &sql_people_module, &sql_service_keys_module),
	.admin_routes = LIST(const struct routes *const, &people_routes, &service_key_routes),
};
