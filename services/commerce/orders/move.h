/* SPDX-License-Identifier: Apache-2.0 */
/* Moving an order to another status: the rows and events that always go together, added to a transaction. */
#ifndef STOA_COMMERCE_MOVE_H
#define STOA_COMMERCE_MOVE_H

#include "commerce/api.h"
#include "commerce/domain/stock.h"
#include "commerce/orders/orders_sql.h"
#include "commerce/payments/payments.h"
#include "db/db.h"

struct delivery_move;

struct order_move {
	const struct sql_order_row *order; /* as loaded: its version is what the move compares with */
	enum order_status to;
	enum order_actor by;
	struct str actor;                     /* "customer", "worker", "staff:<id>" */
	struct str reason;                    /* null: none */
	struct order_shortage_list shortages; /* of a cancellation for want of stock */
	struct order_created_line_list goods; /* what moves with it, by product in id order; may be empty */
	struct order_money money;             /* what a provider says, or nothing */
	struct opt_i64 hold_until;            /* of goods that are held until the order is paid for */
	const struct delivery_move *delivery; /* the delivery's step this is part of; NULL: the delivery follows */
	int64_t now_us;
};

/* The goods of a move that is not the worker's: what the order holds, has taken or, when it is pending again, wants. */
struct order_created_line_list order_goods(struct db *db, const struct sql_order_row *order, enum order_status to);

/* Refuses illegal_transition, naming what is allowed, unless the table of the domain has the row. Then: status by
 * compare-and-set, history, order.status_changed, the event of its target, and what domain/stock.h says it does to the
 * goods: stock, reservations, ledger, and the event of that; likewise domain/payment.h and the money. Its delivery
 * moves with it (delivery.h). */
void order_move(struct tx *tx, const struct order_move *move);

/* The same for an order that stays where it is (`to` is its status): what happens to its money, and goods it holds
 * from now on until `hold_until`, are an entry of its diary and count its version like a move. */
void order_record_payment(struct tx *tx, const struct order_move *move);

/* The order as it stands after the move, without asking for it again: the row, for another move in the same write set,
 * and the view. A second move is put upon the view of the first. */
struct sql_order_row order_moved(const struct order_move *move);
struct order_view *order_moved_view(struct db *db, const struct order_move *move);
void order_view_move(struct order_view *view, const struct order_move *move);

#endif
