/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moving a delivery. A step is computed once, into a struct delivery_change, then stored and shown. A step that changes
 * the order's status goes through order_move(), and a move of the order takes its delivery along, as a part of it
 * (orders/part.h): both are in one write set, each by compare-and-set on its own version.
 */
#ifndef STOA_COMMERCE_DELIVERY_H
#define STOA_COMMERCE_DELIVERY_H

#include "commerce/couriers/couriers_sql.h"
#include "commerce/delivery/delivery_sql.h"
#include "commerce/domain/delivery.h"
#include "commerce/orders/move.h"
#include "service/route.h"

struct delivery_move {
	const struct sql_delivery_row *delivery; /* as loaded */
	enum delivery_step step;
	enum order_actor by;
	struct str actor;                      /* "courier:<id>" */
	struct str reason;                     /* of STEP_FAIL: why the attempt failed */
	const struct sql_courier_row *courier; /* of STEP_ASSIGN */
	struct str proof;                      /* of STEP_DELIVER: its kind */
};

struct delivery_change {
	struct delivery_move move;   /* .delivery NULL: the delivery is new */
	struct sql_delivery_row row; /* as it will stand */
	enum delivery_event event;
};

/* The step, computed. Refuses illegal_transition, listing the allowed steps, and attempts_exhausted. */
const struct delivery_change *delivery_plan(const struct delivery_move *move);

/* Takes the step, with all its effects, the order's move included. Refuses as order_move. */
void delivery_take(struct tx *tx, const struct delivery_change *change);

/* Creates the delivery of an order that is ready and has none. */
const struct delivery_change *delivery_make(struct tx *tx, const struct sql_order_row *order, struct str actor);

/* Counts a wrong PIN and writes it into the history. */
void delivery_count_wrong_pin(struct tx *tx, const struct sql_delivery_row *delivery, struct str actor);

extern const struct routes dispatch_routes; /* for the subject's table */

#endif
