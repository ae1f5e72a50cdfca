/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/commerce.h"
#include "commerce/stock/api.h"
#include "commerce/stock/events.h"
#include "commerce/stock/routes.h"

SCHEMA_DEFINE(STOCK_SHAPES)
SCHEMA_DEFINE(STOCK_EVENT_SHAPES)
STOCK_PROBLEMS(PROBLEM_DEFINE)
STOCK_EVENTS(EVENT_DEFINE)
static const struct event_types events = EVENT_TYPES(STOCK_EVENTS);

const struct subject stock_subject = {
	.name = "stock",
	.sql = LIST(const struct sql_module *const, &sql_stock_module),
	.admin_routes = LIST(const struct routes *const, &stock_routes),
	.events = &events,
};
