/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of customers show the table of their subject and other subjects. */
#ifndef STOA_COMMERCE_CUSTOMERS_ROUTES_H
#define STOA_COMMERCE_CUSTOMERS_ROUTES_H

#include "events/consumer.h"
#include "service/route.h"

extern const struct routes address_routes;
extern const struct consumer keep_customer_consumer;

struct order_address;
/* The address of an order to be placed, sent with it or kept: exactly one, else refuses. */
const struct order_address *address_of_order(struct request *req, const struct order_address *sent, struct opt_uuid id);

#endif
