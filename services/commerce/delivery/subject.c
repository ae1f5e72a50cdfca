/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/commerce.h"
#include "commerce/delivery/delivery_sql.h"
#include "commerce/delivery/routes.h"

const struct subject delivery_subject = {
	.name = "delivery",
	.sql = LIST(const struct sql_module *const, &sql_delivery_module),
	.admin_routes = LIST(const struct routes *const, &dispatch_routes, &admin_delivery_routes),
};
