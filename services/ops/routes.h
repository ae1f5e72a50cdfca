/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STOA_OPS_ROUTES_H
#define STOA_OPS_ROUTES_H

#include "service/route.h"

extern const struct routes feed_routes, dead_routes, consumer_routes;

/* These routes show data of all stores; they refuse staff of one store. */
void require_all_stores(const struct request *req);

#endif
