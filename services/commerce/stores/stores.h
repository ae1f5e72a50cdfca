/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which store something is about. Customers name one or shop at the main store; staff tied to a store see and move only
 * what is its own, and for them another store's order is as good as none.
 */
#ifndef STOA_COMMERCE_STORES_H
#define STOA_COMMERCE_STORES_H

#include "service/route.h"

struct uuid store_main(void);

/* A store that is there: the one asked for, or the main one. Refuses unknown_store. */
struct uuid store_for_order(struct request *req, struct opt_uuid asked);

/* May whoever asks see rows of that store? */
bool staff_sees_store(const struct request *req, struct uuid store_id);
/* Where a list is limited to: not set when it shows all stores. Asking for one that is not theirs is 404. */
struct opt_uuid staff_stores(const struct request *req, struct opt_uuid asked);
/* The one store an act is about: asked for, theirs, or the main one. */
struct uuid staff_store(const struct request *req, struct opt_uuid asked);

#endif
