/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of delivery show the table of their subject. */
#ifndef STOA_COMMERCE_DELIVERY_ROUTES_H
#define STOA_COMMERCE_DELIVERY_ROUTES_H

#include "events/consumer.h"
#include "service/route.h"

extern const struct routes dispatch_routes, admin_delivery_routes;

#endif
