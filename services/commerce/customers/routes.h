/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of customers show the table of their subject. */
#ifndef STOA_COMMERCE_CUSTOMERS_ROUTES_H
#define STOA_COMMERCE_CUSTOMERS_ROUTES_H

#include "events/consumer.h"
#include "service/route.h"

extern const struct routes address_routes;
extern const struct consumer keep_customer_consumer;

#endif
