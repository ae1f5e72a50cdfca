/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of orders show the table of their subject. */
#ifndef STOA_COMMERCE_ORDERS_ROUTES_H
#define STOA_COMMERCE_ORDERS_ROUTES_H

#include "events/consumer.h"
#include "service/route.h"

extern const struct routes order_routes, follow_routes, admin_order_routes, staff_routes;
extern const struct consumer reserve_stock_consumer;
extern const struct consumer reserve_resumed_consumer;

#endif
