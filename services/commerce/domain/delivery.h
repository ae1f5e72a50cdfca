/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a delivery: an order has one, from the store to the customer. One table has the steps, who may take each,
 * and the event it emits. Each state belongs to one status of the order, so both are moved together and never disagree.
 * Pure, as order.h.
 */
#ifndef STOA_COMMERCE_DOMAIN_DELIVERY_H
#define STOA_COMMERCE_DOMAIN_DELIVERY_H

#include "commerce/domain/order.h"

enum {
	DELIVERY_ATTEMPTS_MAX = 3, /* delivery attempts; after the last one the goods are returned */
	COURIER_CAPACITY_DEFAULT = 3,
	COURIER_CAPACITY_MAX = 20,
};

/* X(prefix, name); API, events and database use these names. */
#define DELIVERY_STATES(X) \
	X(DELIVERY, unassigned) \
	X(DELIVERY, assigned) \
	X(DELIVERY, en_route_to_pickup) \
	X(DELIVERY, arrived_at_pickup) \
	X(DELIVERY, picked_up) \
	X(DELIVERY, en_route_to_dropoff) \
	X(DELIVERY, arrived_at_dropoff) \
	X(DELIVERY, delivered) \
	X(DELIVERY, failed) \
	X(DELIVERY, returning) \
	X(DELIVERY, returned) \
	X(DELIVERY, lost) \
	X(DELIVERY, cancelled)

CHOICE_ENUM(delivery_state, DELIVERY_STATES)

/* X(value, "the name in the API") */
#define DELIVERY_STEPS(X) \
	X(STEP_ASSIGN, "assign") \
	X(STEP_UNASSIGN, "unassign") \
	X(STEP_START, "start") /* to the next stop */ \
	X(STEP_ARRIVE_AT_PICKUP, "arrive-at-pickup") \
	X(STEP_PICK_UP, "pick-up") \
	X(STEP_ARRIVE, "arrive") \
	X(STEP_DELIVER, "deliver") \
	X(STEP_FAIL, "fail") \
	X(STEP_RETURN, "return") \
	X(STEP_DROP, "drop") \
	X(STEP_RECEIVE, "receive") \
	X(STEP_WRITE_OFF, "write-off") \
	X(STEP_CANCEL, "cancel")

#define DELIVERY_STEP_VALUE(value, name) value,
enum delivery_step { STEP_NONE, DELIVERY_STEPS(DELIVERY_STEP_VALUE) STEP_COUNT };
extern const struct choice delivery_step_choice;

/* The steps. Clients name them, not the states. */
extern const struct machine delivery_machine;

/* Whether a row's guard holds after `attempts` delivery attempts. */
bool delivery_guard_holds(int guard, int64_t attempts);

/* The event of a step. */
enum delivery_event {
	DELIVERY_EVENT_NONE,
	DELIVERY_EVENT_ASSIGNED,
	DELIVERY_EVENT_UNASSIGNED,
	DELIVERY_EVENT_PICKED_UP,
	DELIVERY_EVENT_COMPLETED,
	DELIVERY_EVENT_FAILED,
	DELIVERY_EVENT_RETURNED,
	DELIVERY_EVENT_LOST,
	DELIVERY_EVENT_COUNT
};

enum delivery_refusal { DELIVERY_OK, DELIVERY_ILLEGAL, DELIVERY_NO_ATTEMPT_LEFT };

/* A step from `from` by this actor (one of enum order_actor), after `attempts` delivery attempts. */
enum delivery_refusal delivery_step_to(enum delivery_state from, enum delivery_step step, enum order_actor actor,
                                       int64_t attempts, enum delivery_state *ret_to, enum delivery_event *ret_event);

/* The number of delivery attempts after the change to `to`. */
int64_t delivery_attempts_at(enum delivery_state from, enum delivery_state to, int64_t attempts);

/* Whether a courier has the delivery: an active assignment exists. */
bool delivery_is_carried(enum delivery_state state);

/* The status of the order for this state of its delivery, none for none. A cancelled delivery may also belong to an order that was
 * collected in the store. */
enum order_status delivery_order_status(enum delivery_state state);

/* The first state of a delivery whose order has this status; DELIVERY_none when such an order has no delivery. */
enum delivery_state delivery_state_for(enum order_status order);

/* The step of the delivery that follows from a move of the order to this status; STEP_NONE when only a step of the
 * delivery leads there. */
enum delivery_step delivery_step_for(enum order_status to);

/* Whether an order with this status may have a delivery. */
bool order_has_delivery(enum order_status status);

#endif
