/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moving an order to another status. A move is computed once, into a struct order_change: the order as it will stand,
 * the entry of its history, its events, and the shares of the parts (part.h). The change is then stored in one write
 * set, and the reply shows the same change.
 */
#ifndef STOA_COMMERCE_MOVE_H
#define STOA_COMMERCE_MOVE_H

#include "commerce/domain/payment.h"
#include "commerce/orders/lines.h"
#include "commerce/orders/part.h"
#include "commerce/orders/view.h"

/* A step that a provider or staff report together with a change of an order, in addition to the steps that
 * domain/payment.h derives from it. */
struct order_money {
	struct money_step step;    /* kind money_kind_none: none */
	struct str provider;       /* null: the order's */
	struct str reference;      /* null: one is generated */
	struct opt_uuid refund_id; /* of a refund that is settled or failed */
};

struct delivery_change;

/* What is asked for. */
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
	/* The delivery step that this move is part of; NULL: the delivery follows. */
	const struct delivery_change *delivery;
	/* The earlier move in the same write set, which left the order as `order` has it; NULL: there is none. */
	const struct order_change *before;
};

enum { CHANGE_EVENTS_MAX = 16 };

struct order_change {
	struct order_move move;
	bool moves;                 /* it has another status afterwards */
	struct str actor_kind;      /* customers see the events, so they say only this of the actor */
	struct sql_order_row order; /* as it will stand; .updated_at is the time of all that the change writes */
	struct sql_order_history_row entry;
	struct {
		const struct event_type *type;
		const void *data;
	} events[CHANGE_EVENTS_MAX];
	size_t event_count;
	const void *shares[ORDER_PARTS_MAX];
};

/* Refuses illegal_transition, listing what is allowed, unless the domain's table has the row. Adds to the transaction:
 * the status by compare-and-set, a history entry, order.status_changed, the event of the target status, and the shares
 * of stock, payments and delivery. */
const struct order_change *order_move(struct tx *tx, const struct order_move *move);

/* The same for an order that keeps its status (`to` is its status): records payment steps, stock that is reserved until
 * `hold_until`, and another courier. It is an entry of the history and counts the version like a move. */
const struct order_change *order_record(struct tx *tx, const struct order_move *move);

/* The view of the order after the change. */
struct order_view *order_changed_view(struct db *db, const struct order_change *change);

/* The whole move of a request by its customer or by staff; answers with the order_view. */
void order_move_reply(struct request *req, const struct sql_order_row *order, enum order_status to, enum order_actor by,
                      struct str reason);
/* The same where an order that has the status already stays as it is. */
void order_move_once_reply(struct request *req, const struct sql_order_row *order, enum order_status to,
                           enum order_actor by, struct str reason);

/* ---- For parts -------------------------------------------------------------------------------------------------- */

/* Adds an event of the order; returns its sequence number. The data is copied. */
#define order_change_emit(change, event, ...) \
	order_change_add_event((change), (event).data, &(event), EVENT_POINTER_TO(EVENT_DATA(event), (__VA_ARGS__)))
/* The same where the event is chosen at run time among those with the data `tag`. */
#define order_change_emit_as(change, tag, type, ...) \
	order_change_add_event((change), &tag##_schema, (type), EVENT_POINTER_TO(struct tag, (__VA_ARGS__)))
int64_t order_change_add_event(struct order_change *change, const struct schema *schema, const struct event_type *type,
                               const void *data);

/* What the part planned; NULL: it has no share. */
const void *order_change_share(const struct order_change *change, const struct order_part *part);

#endif
