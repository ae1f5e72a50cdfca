/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/commerce.h"
#include "commerce/delivery/api.h"
#include "commerce/delivery/events.h"
#include "commerce/delivery/routes.h"

SCHEMA_DEFINE(DELIVERY_SHAPES)
SCHEMA_DEFINE(DELIVERY_EVENT_SHAPES)
DELIVERY_PROBLEMS(PROBLEM_DEFINE)
DELIVERY_EVENTS(EVENT_DEFINE)
static const struct event_types events = EVENT_TYPES(DELIVERY_EVENTS);

const struct subject delivery_subject = {
	.name = "delivery",
	.sql = LIST(const struct sql_module *const, &sql_delivery_module),
	.admin_routes = LIST(const struct routes *const, &dispatch_routes, &admin_delivery_routes),
	.events = &events,
};
