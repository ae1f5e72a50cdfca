/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STOA_OPS_ROUTES_H
#define STOA_OPS_ROUTES_H

#include "service/route.h"

extern const struct routes feed_routes, dead_routes, consumer_routes;

/* What is shown here is of all stores: staff who are tied to one are refused. */
void require_all_stores(const struct request *req);

#endif
