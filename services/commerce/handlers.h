/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of commerce show each other: a table of routes each, standing under the handlers it points at. */
#ifndef STOA_COMMERCE_HANDLERS_H
#define STOA_COMMERCE_HANDLERS_H

#include "commerce/orders/orders_sql.h"
#include "events/consumer.h"
#include "service/route.h"

extern const struct route address_routes[];
extern const struct route catalogue_routes[];
extern const struct route order_routes[];
extern const struct route follow_routes[];
extern const struct route store_routes[];
extern const struct route courier_routes[];
extern const struct route courier_proof_routes[];
extern const struct route courier_self_routes[];

extern const struct route admin_order_routes[];
extern const struct route staff_routes[];
extern const struct route payment_routes[];
extern const struct route refund_routes[];
extern const struct route stock_routes[];
extern const struct route dispatch_routes[];
extern const struct route admin_delivery_routes[];
extern const struct route admin_store_routes[];
extern const struct route admin_product_routes[];
extern const struct route admin_taxon_routes[];
extern const struct route stats_routes[];

struct sql_order_row;
const struct sql_order_row *staff_order(struct request *req); /* {id} of the path, if they may see it; else refuses */

/* addresses.c: the address of an order to be placed, sent with it or kept: exactly one, else refuses. */
struct order_address;
const struct order_address *address_of_order(struct request *req, const struct order_address *sent, struct opt_uuid id);

/* payments/refunds.c */
extern const struct consumer settle_refund_consumer;

/* orders/reserve.c */
extern const struct consumer reserve_stock_consumer;
extern const struct consumer reserve_resumed_consumer;
extern const struct consumer keep_customer_consumer;

/* courier_self.c */
extern const struct consumer keep_courier_consumer;
void purge_positions(struct db *db, int64_t now_us);

#endif
