/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moving a delivery: the rows and events that always go together, added to a transaction. A step that brings the order
 * to another status goes through order_move(), and a move of the order takes its delivery along: either way both are in
 * one write set, each by compare-and-set on its own version.
 */
#ifndef STOA_COMMERCE_DELIVERY_H
#define STOA_COMMERCE_DELIVERY_H

#include "commerce/couriers/couriers_sql.h"
#include "commerce/delivery/delivery_sql.h"
#include "commerce/orders/move.h"
#include "commerce/orders/orders_sql.h"
#include "service/route.h"

struct delivery_move {
	const struct sql_delivery_row *delivery; /* as loaded */
	enum delivery_step step;
	enum order_actor by;
	struct str actor; /* "courier:<id>" */
	struct str reason;
	const struct sql_courier_row *courier; /* of STEP_ASSIGN */
	struct str failure;                    /* of STEP_FAIL */
	struct str proof;                      /* of STEP_DELIVER: its kind */
	int64_t now_us;
};

/* Where the step leads. Refuses illegal_transition, naming the steps that are allowed, and attempts_exhausted. */
enum delivery_state delivery_target(const struct delivery_move *move);

/* The step with all that follows from it, the order's own move included. Refuses as delivery_target and order_move. */
void delivery_take_step(struct tx *tx, const struct delivery_move *move);

/* The delivery's share of a move of its order; called by order_move() only. Makes the delivery of an order that becomes
 * ready. */
void delivery_follow(struct tx *tx, const struct order_move *move);

/* The delivery of an order, made now; for an order that is ready and has none. */
struct sql_delivery_row delivery_make(struct tx *tx, const struct sql_order_row *order, struct str actor,
                                      int64_t now_us);

/* The row as the step leaves it, for another step in the same write set or to be shown. */
struct sql_delivery_row delivery_moved(const struct delivery_move *move);

/* One more wrong number, written into the diary. */
void delivery_count_wrong_pin(struct tx *tx, const struct sql_delivery_row *delivery, struct str actor, int64_t now_us);

/* ---- Views ------------------------------------------------------------------------------------ */

/* Gives each order that has a delivery the view of it, by one query. Only the customer is told the number for the door,
 * and only while somebody is under way with the goods. */
void delivery_give_views(struct db *db, struct order_view *views, size_t count, enum order_actor asker);

/* What such a view becomes when the order moves; `view` may be NULL. Never has the number for the door. */
const struct order_delivery *delivery_view_moved(const struct order_delivery *view, const struct order_move *move);

/* Adds where the courier is to the view of an order that is on its way. */
void delivery_show_position(struct request *req, struct order_view *view);

/* The ETag of an order. While it is on its way its view changes without its version: then it is never "not modified".
 */
void reply_order_version(struct request *req, const struct order_view *view);

#endif
