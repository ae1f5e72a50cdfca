/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/commerce.h"
#include "commerce/stats/routes.h"
#include "commerce/stats/stats_sql.h"

const struct subject stats_subject = {
	.name = "stats",
	.sql = LIST(const struct sql_module *const, &sql_stats_module),
	.admin_routes = LIST(const struct routes *const, &stats_routes),
};
