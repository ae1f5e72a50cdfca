/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of orders show the table of their subject. */
#ifndef STOA_COMMERCE_ORDERS_ROUTES_H
#define STOA_COMMERCE_ORDERS_ROUTES_H

#include "events/consumer.h"
#include "service/route.h"

extern const struct routes order_routes, follow_routes, admin_order_routes, staff_routes;
extern const struct consumer reserve_stock_consumer;
extern const struct consumer reserve_resumed_consumer;

/* Expires all orders whose reservations have lapsed unpaid, batch by batch; for the periodic job. */
void expire_lapsed(struct db *db, int64_t now_us);

/* Brings the listing of orders up to date, batch by batch; for the periodic job. */
void listing_write(struct db *db, int64_t now_us);

/* For a sale that lacks these products in a store: expires the orders whose reservations have lapsed, without
 * waiting for the periodic job. Returns how many orders. In a task, with a transaction of its own for each. */
size_t expire_holders(struct db *db, struct uuid store_id, struct uuid_list products, int64_t now_us);

#endif
