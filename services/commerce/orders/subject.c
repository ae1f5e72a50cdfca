/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "commerce/commerce.h"
#include "commerce/orders/api.h"
#include "commerce/orders/events.h"
#include "commerce/orders/routes.h"

SCHEMA_DEFINE(ORDERS_SHAPES)
SCHEMA_DEFINE(ORDERS_EVENT_SHAPES)
ORDERS_PROBLEMS(PROBLEM_DEFINE)
ORDERS_EVENTS(EVENT_DEFINE)
static const struct event_types events = EVENT_TYPES(ORDERS_EVENTS);

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
	                      { .name = "commerce.expire_lapsed", .every_us = US_PER_S, .run = expire_lapsed },
	                      { .name = "commerce.write_listing", .every_us = US_PER_S, .run = listing_write }),
	.events = &events,
};
