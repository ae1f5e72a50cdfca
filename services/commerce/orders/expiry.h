/* SPDX-License-Identifier: Apache-2.0 */
/* Orders that held goods for a payment that did not come in time: they expire, and the goods are free again. */
#ifndef STOA_COMMERCE_EXPIRY_H
#define STOA_COMMERCE_EXPIRY_H

#include "base/uuid.h"
#include "base/vec.h"
#include "db/db.h"

/* Cron's: expires all whose time is up, batch by batch. */
void expire_lapsed(struct db *db, int64_t now_us);

/* For a sale that lacks these products in a store: expires who holds them past their time, sweeper or no sweeper.
 * Returns how many orders. In a task, with a transaction of its own for each. */
size_t expire_holders(struct db *db, struct uuid store_id, struct uuid_list products, int64_t now_us);

#endif
