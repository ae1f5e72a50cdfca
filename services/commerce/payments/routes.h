/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of payments show the table of their subject. */
#ifndef STOA_COMMERCE_PAYMENTS_ROUTES_H
#define STOA_COMMERCE_PAYMENTS_ROUTES_H

#include "events/consumer.h"
#include "service/route.h"

extern const struct routes payment_routes, refund_routes;
extern const struct consumer settle_refund_consumer;

#endif
