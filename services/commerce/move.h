/* SPDX-License-Identifier: Apache-2.0 */
/* Moving an order to another status: the rows and events that always go together, added to a transaction. */
#ifndef STOA_COMMERCE_MOVE_H
#define STOA_COMMERCE_MOVE_H

#include "commerce/api.h"
#include "commerce/sql/commerce_sql.h"
#include "db/db.h"

struct order_move {
	const struct sql_order_row *order; /* as loaded: its version is what the move compares with */
	enum order_status to;
	enum order_actor by;
	struct str actor;                     /* "customer", "worker", "staff:<id>" */
	struct str reason;                    /* null: none */
	struct order_shortage_list shortages; /* of a cancellation for want of stock */
	struct order_created_line_list
	        reserved; /* stock reserved or released with it, by product in id order; may be empty */
	int64_t now_us;
};

/* Refuses illegal_transition, naming what is allowed, unless the table of the domain has the row. Then: status by
 * compare-and-set, history, order.status_changed, and by target order.cancelled, inventory.reserved (confirmed) or
 * inventory.released, with the stock, reservations and ledger that go with them. */
void order_move(struct tx *tx, const struct order_move *move);

#endif
