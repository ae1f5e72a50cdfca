/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/commerce.h"
#include "commerce/customers/api.h"
#include "commerce/customers/customers_sql.h"
#include "commerce/customers/routes.h"

SCHEMA_DEFINE(CUSTOMERS_SHAPES)
CUSTOMERS_PROBLEMS(PROBLEM_DEFINE)

static const struct subscription subscriptions[] = {
	{ .name = "commerce.keep_customer", .consumer = &keep_customer_consumer },
};

const struct subject customers_subject = {
	.name = "customers",
	.sql = LIST(const struct sql_module *const, &sql_addresses_module, &sql_customers_module),
	.public_routes = LIST(const struct routes *const, &address_routes),
	.subscriptions = SUBSCRIPTIONS(subscriptions),
};
