/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moving a delivery: adds the rows and events that belong together to a transaction. A step that changes the order's
 * status goes through order_move(), and a move of the order takes its delivery along: both are in one write set, each
 * by compare-and-set on its own version.
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

/* The state after the step. Refuses illegal_transition, listing the allowed steps, and attempts_exhausted. */
enum delivery_state delivery_target(const struct delivery_move *move);

/* Takes the step, with all its effects, the order's move included. Refuses as delivery_target and order_move. */
void delivery_take_step(struct tx *tx, const struct delivery_move *move);

/* The delivery's part of a move of its order; called by order_move() only. Creates the delivery of an order that
 * becomes ready. */
void delivery_follow(struct tx *tx, const struct order_move *move);

/* Creates the delivery of an order that is ready and has none. */
struct sql_delivery_row delivery_make(struct tx *tx, const struct sql_order_row *order, struct str actor,
                                      int64_t now_us);

/* The row after the step, for another step in the same write set or for the reply. */
struct sql_delivery_row delivery_moved(const struct delivery_move *move);

/* Counts a wrong PIN and writes it into the history. */
void delivery_count_wrong_pin(struct tx *tx, const struct sql_delivery_row *delivery, struct str actor, int64_t now_us);

/* ---- Views ------------------------------------------------------------------------------------ */

/* Adds its delivery to the view of each order that has one, by one query. Only the customer gets the PIN, and only
 * while a courier is on the way with the goods. */
void delivery_give_views(struct db *db, struct order_view *views, size_t count, enum order_actor asker);

/* The view of the delivery after a move of the order; `view` may be NULL. Never has the PIN. */
const struct order_delivery *delivery_view_moved(const struct order_delivery *view, const struct order_move *move);

/* Adds the courier's position to the view of an order that is on its way. */
void delivery_show_position(struct request *req, struct order_view *view);

/* The ETag of an order. While it is on its way, its view changes without its version; then the reply is never "not
 * modified". */
void reply_order_version(struct request *req, const struct order_view *view);

#endif
