/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/commerce.h"
#include "commerce/stock/routes.h"
#include "commerce/stock/stock_sql.h"

const struct subject stock_subject = {
	.name = "stock",
	.sql = LIST(const struct sql_module *const, &sql_stock_module),
	.admin_routes = LIST(const struct routes *const, &stock_routes),
};
