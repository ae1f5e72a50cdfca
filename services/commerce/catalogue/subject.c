/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/catalogue/catalogue_admin_sql.h"
#include "commerce/catalogue/catalogue_sql.h"
#include "commerce/catalogue/routes.h"
#include "commerce/commerce.h"

const struct subject catalogue_subject = {
	.name = "catalogue",
	.sql = LIST(const struct sql_module *const, &sql_catalogue_admin_module, &sql_catalogue_module),
	.public_routes = LIST(const struct routes *const, &catalogue_routes),
	.admin_routes = LIST(const struct routes *const, &admin_product_routes, &admin_taxon_routes),
};
