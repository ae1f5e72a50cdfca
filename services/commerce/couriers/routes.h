/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of couriers show the table of their subject. */
#ifndef STOA_COMMERCE_COURIERS_ROUTES_H
#define STOA_COMMERCE_COURIERS_ROUTES_H

#include "events/consumer.h"
#include "service/route.h"

extern const struct routes courier_routes, courier_proof_routes, courier_self_routes;
extern const struct consumer keep_courier_consumer;

/* A periodic job: forgets where couriers were. */
void purge_positions(struct db *db, int64_t now_us);

#endif
