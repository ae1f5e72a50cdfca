/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "commerce/commerce.h"
#include "commerce/orders/admin_orders_sql.h"
#include "commerce/orders/expiry.h"
#include "commerce/orders/orders_sql.h"
#include "commerce/orders/routes.h"

static const struct subscription subscriptions[] = {
	{ .name = "commerce.reserve_stock", .consumer = &reserve_stock_consumer },
	{ .name = "commerce.reserve_resumed", .consumer = &reserve_resumed_consumer },
};

const struct subject orders_subject = {
	.name = "orders",
	.sql = LIST(const struct sql_module *const, &sql_admin_orders_module, &sql_orders_module),
	.public_routes = LIST(const struct routes *const, &order_routes, &follow_routes),
	.admin_routes = LIST(const struct routes *const, &admin_order_routes, &staff_routes),
	.subscriptions = SUBSCRIPTIONS(subscriptions),
	.periodic_jobs = LIST(const struct periodic_job,
	                      { .name = "commerce.expire_lapsed", .every_us = US_PER_S, .run = expire_lapsed }),
};
