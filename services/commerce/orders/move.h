/* SPDX-License-Identifier: Apache-2.0 */
/* Moving an order to another status: adds the rows and events that belong together to a transaction. */
#ifndef STOA_COMMERCE_MOVE_H
#define STOA_COMMERCE_MOVE_H

#include "commerce/api.h"
#include "commerce/domain/stock.h"
#include "commerce/orders/orders_sql.h"
#include "commerce/payments/payments.h"
#include "db/db.h"

struct delivery_move;

struct order_move {
	const struct sql_order_row *order; /* as loaded; the move compares with its version */
	enum order_status to;
	enum order_actor by;
	struct str actor;                     /* "customer", "worker", "staff:<id>" */
	struct str reason;                    /* null: none */
	struct order_shortage_list shortages; /* of a cancellation because of too little stock */
	struct order_created_line_list goods; /* goods that move with it, sorted by product id; may be empty */
	struct order_money money;             /* the step that a provider reports, or none */
	struct opt_i64 hold_until;            /* until when stock is reserved for an unpaid order */
	const struct delivery_move
	        *delivery; /* the delivery step that this move is part of; NULL: the delivery follows */
	int64_t now_us;
};

/* The goods of a move by anybody but the worker: what the order has reserved or consumed, or what it needs when it
 * is pending again. */
struct order_created_line_list order_goods(struct db *db, const struct sql_order_row *order, enum order_status to);

/* Refuses illegal_transition, listing what is allowed, unless the domain's table has the row. Then stores: the
 * status by compare-and-set, a history entry, order.status_changed, the event of the target status; what
 * domain/stock.h derives for the goods (stock, reservations, ledger, and its event); and what domain/payment.h
 * derives for the payment. The delivery moves with the order (delivery.h). */
void order_move(struct tx *tx, const struct order_move *move);

/* The same for an order that keeps its status (`to` is its status): records payment steps, and stock that is
 * reserved until `hold_until`. It is an entry of the history and counts the version like a move. */
void order_record_payment(struct tx *tx, const struct order_move *move);

/* The order after the move, without reading it again: the row, for another move in the same write set, and the view.
 * A second move is applied to the view of the first. */
struct sql_order_row order_moved(const struct order_move *move);
struct order_view *order_moved_view(struct db *db, const struct order_move *move);
void order_view_move(struct order_view *view, const struct order_move *move);

#endif
