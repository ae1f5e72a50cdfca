/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The listing of orders: what lists of staff are read from, with an index for each way of asking. A change of an order
 * leaves its id in commerce.order_unlisted, by a trigger; here such ids are taken in batches and the listing is brought
 * up to date, so that an order that was placed and confirmed in one second enters its indexes once. Lists look at both,
 * and show an order at once (admin_order_listed).
 */
#include "commerce/orders/admin_orders_sql.h"
#include "commerce/orders/routes.h"

enum { BATCH = 10000 };

/* All that is there is looked at, BATCH changes at a time: those of orders that wait for their worker are left, and may
 * be any number in front of others. Of two leaders of the periodic jobs only one has transactions: no older batch comes
 * after a newer one. */
void listing_write(struct db *db, int64_t now_us)
{
	struct sql_order_listing_write_row looked = { .count = sql_orders_unlisted(db)->some ? BATCH : 0,
		                                      .last = STR("(0,0)") };

	while (looked.count == BATCH) {
		struct tx *tx = tx_begin(db);

		looked = *sql_order_listing_write(tx, .after = looked.last, .row_limit = BATCH, .now = now_us);
		tx_commit(tx);
	}
}
