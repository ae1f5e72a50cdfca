/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a delivery: one job an order, from the counter to the door. One table says which step leads where, who
 * takes it, and what is said about it; each state goes with one status of the order, so the two can be moved together
 * and never disagree. Pure, as order.h.
 */
#ifndef STOA_COMMERCE_DOMAIN_DELIVERY_H
#define STOA_COMMERCE_DOMAIN_DELIVERY_H

#include "commerce/domain/order.h"

enum {
	DELIVERY_ATTEMPTS_MAX = 3, /* journeys to the door; after the last one the goods come back */
	COURIER_CAPACITY_DEFAULT = 3,
	COURIER_CAPACITY_MAX = 20,
};

/* X(prefix, name); the names are the words of API, events and database. */
#define DELIVERY_STATES(X)               \
	X(DELIVERY, unassigned)          \
	X(DELIVERY, assigned)            \
	X(DELIVERY, en_route_to_pickup)  \
	X(DELIVERY, arrived_at_pickup)   \
	X(DELIVERY, picked_up)           \
	X(DELIVERY, en_route_to_dropoff) \
	X(DELIVERY, arrived_at_dropoff)  \
	X(DELIVERY, delivered)           \
	X(DELIVERY, failed)              \
	X(DELIVERY, returning)           \
	X(DELIVERY, returned)            \
	X(DELIVERY, cancelled)

CHOICE_ENUM(delivery_state, DELIVERY_STATES)

/* X(value, "the word of the API") */
#define DELIVERY_STEPS(X)                             \
	X(STEP_ASSIGN, "assign")                      \
	X(STEP_UNASSIGN, "unassign")                  \
	X(STEP_START, "start") /* to the next stop */ \
	X(STEP_ARRIVE_AT_PICKUP, "arrive-at-pickup")  \
	X(STEP_PICK_UP, "pick-up")                    \
	X(STEP_ARRIVE, "arrive")                      \
	X(STEP_DELIVER, "deliver")                    \
	X(STEP_FAIL, "fail")                          \
	X(STEP_RETURN, "return")                      \
	X(STEP_DROP, "drop")                          \
	X(STEP_RECEIVE, "receive")                    \
	X(STEP_CANCEL, "cancel")

#define DELIVERY_STEP_VALUE(value, name) value,
enum delivery_step { STEP_NONE, DELIVERY_STEPS(DELIVERY_STEP_VALUE) STEP_COUNT };
extern const struct choice delivery_step_choice;

/* The steps; their guards are delivery_step_to's to ask. */
extern const struct machine delivery_machine;

/* What others are told about a step. */
enum delivery_event {
	DELIVERY_EVENT_NONE,
	DELIVERY_EVENT_ASSIGNED,
	DELIVERY_EVENT_UNASSIGNED,
	DELIVERY_EVENT_PICKED_UP,
	DELIVERY_EVENT_COMPLETED,
	DELIVERY_EVENT_FAILED,
	DELIVERY_EVENT_RETURNED,
	DELIVERY_EVENT_COUNT
};

struct str delivery_state_name(enum delivery_state state);
enum delivery_state delivery_state_find(struct str name); /* delivery_state_none when unknown */
struct str delivery_step_name(enum delivery_step step);

enum delivery_refusal { DELIVERY_OK, DELIVERY_ILLEGAL, DELIVERY_NO_ATTEMPT_LEFT };

/* A step from `from` by this actor (one of enum order_actor), when `attempts` journeys to the door were begun. */
enum delivery_refusal delivery_step_to(enum delivery_state from, enum delivery_step step, enum order_actor actor,
                                       int64_t attempts, enum delivery_state *ret_to, enum delivery_event *ret_event);

/* The steps this actor may take from there, but for the limit of attempts. Returns how many. */
size_t delivery_steps(enum delivery_state from, enum order_actor actor, enum delivery_step ret[STEP_COUNT]);

/* Was it this step of this actor that led here? Then taking it again is nothing new. */
bool delivery_step_taken(enum delivery_state at, enum delivery_step step, enum order_actor actor);

/* Journeys to the door, once the job stands at `to`. */
int64_t delivery_attempts_at(enum delivery_state from, enum delivery_state to, int64_t attempts);

/* Does a courier answer for it: is there an active assignment? */
bool delivery_is_carried(enum delivery_state state);
bool delivery_is_final(enum delivery_state state);

/* The status an order has while its delivery stands there; a cancelled one also goes with an order that was collected
 * at the counter. */
enum order_status delivery_order_status(enum delivery_state state);

/* The first state a delivery has had when its order stands there; delivery_state_none when such an order has none. */
enum delivery_state delivery_state_for(enum order_status order);

/* The step that an order's own move to this status is for its delivery; STEP_NONE when only the delivery's own step may
 * bring the order there. */
enum delivery_step delivery_step_for(enum order_status to);

/* May an order that stands there have a delivery? */
bool order_has_delivery(enum order_status status);

#endif
