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

/* A batch looks at BATCH changes and leaves those of orders that wait for their worker. Of two leaders of the periodic
 * jobs only one has transactions: no older batch comes after a newer one. */
void listing_write(struct db *db, int64_t now_us)
{
	int64_t count = BATCH;

	while (count > BATCH / 2 && sql_orders_unlisted(db)->some) {
		struct tx *tx = tx_begin(db);

		count = sql_order_listing_write(tx, .row_limit = BATCH, .now = now_us)->count;
		tx_commit(tx);
	}
}
