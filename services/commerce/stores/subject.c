/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/commerce.h"
#include "commerce/stores/api.h"
#include "commerce/stores/routes.h"

SCHEMA_DEFINE(STORE_SHAPES)
STORE_PROBLEMS(PROBLEM_DEFINE)

const struct subject stores_subject = {
	.name = "stores",
	.sql = LIST(const struct sql_module *const, &sql_stores_module),
	.public_routes = LIST(const struct routes *const, &store_routes),
	.admin_routes = LIST(const struct routes *const, &admin_store_routes),
};
