/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which store a request is about. Customers name a store or use the main store. Staff of one store see and change only
 * what belongs to their store; for them an order of another store is not found.
 */
#ifndef STOA_COMMERCE_STORES_H
#define STOA_COMMERCE_STORES_H

#include "commerce/stores/api.h"
#include "service/request.h"

struct uuid store_main(void);

/* The requested store, which need not exist, or the main store. */
struct uuid store_asked(struct opt_uuid asked);

/* Whether the caller may see rows of this store. */
bool staff_sees_store(const struct request *req, struct uuid store_id);
/* The store to which a list is limited; not set when it shows all stores. Refuses not_found when staff of one store
 * ask for another store. */
struct opt_uuid staff_stores(const struct request *req, struct opt_uuid asked);
/* The store that a change is about: the requested one, the staff member's own, or the main store. */
struct uuid staff_store(const struct request *req, struct opt_uuid asked);

#endif
