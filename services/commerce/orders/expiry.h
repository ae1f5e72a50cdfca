/* SPDX-License-Identifier: Apache-2.0 */
/* Unpaid orders with lapsed reservations: they expire, and their stock is released. */
#ifndef STOA_COMMERCE_EXPIRY_H
#define STOA_COMMERCE_EXPIRY_H

#include "base/uuid.h"
#include "base/vec.h"
#include "db/db.h"

/* Expires all lapsed orders, batch by batch; for the periodic job. */
void expire_lapsed(struct db *db, int64_t now_us);

/* For a sale that lacks these products in a store: expires the orders whose reservations have lapsed, without
 * waiting for the periodic job. Returns how many orders. In a task, with a transaction of its own for each. */
size_t expire_holders(struct db *db, struct uuid store_id, struct uuid_list products, int64_t now_us);

#endif
