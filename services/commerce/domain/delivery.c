/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of a delivery's life. `start` is the step to the next stop: to the store before the pick-up, to the
 * customer with the goods, and to the customer again after a failed attempt. A courier who forgets the step arrive may
 * take the next step all the same. After the pick-up `assign` gives the goods to another courier, and the delivery goes
 * on where it was: the attempt that was begun is the other courier's.
 */
#include "commerce/domain/delivery.h"

#include "base/check.h"

CHOICE_TABLE(delivery_state, DELIVERY_STATES)

#define STEP_NAME(value, name) name,
static const char *const step_names[] = { NULL, DELIVERY_STEPS(STEP_NAME) NULL };
const struct choice delivery_step_choice = { .name = "delivery_step", .names = step_names };

enum { NEEDS_NOTHING, NEEDS_ATTEMPT };

static const struct machine_row steps[] = {
	{ DELIVERY_unassigned, DELIVERY_assigned, BY_DISPATCH, .step = STEP_ASSIGN },
	{ DELIVERY_assigned, DELIVERY_unassigned, BY_STAFF | BY_WORKER, .step = STEP_UNASSIGN },
	{ DELIVERY_en_route_to_pickup, DELIVERY_unassigned, BY_STAFF | BY_WORKER, .step = STEP_UNASSIGN },
	{ DELIVERY_arrived_at_pickup, DELIVERY_unassigned, BY_STAFF | BY_WORKER, .step = STEP_UNASSIGN },
	{ DELIVERY_assigned, DELIVERY_unassigned, BY_COURIER, .step = STEP_DROP },
	{ DELIVERY_en_route_to_pickup, DELIVERY_unassigned, BY_COURIER, .step = STEP_DROP },
	{ DELIVERY_arrived_at_pickup, DELIVERY_unassigned, BY_COURIER, .step = STEP_DROP },
	{ DELIVERY_assigned, DELIVERY_en_route_to_pickup, BY_COURIER, .step = STEP_START },
	{ DELIVERY_assigned, DELIVERY_arrived_at_pickup, BY_COURIER, .step = STEP_ARRIVE_AT_PICKUP },
	{ DELIVERY_en_route_to_pickup, DELIVERY_arrived_at_pickup, BY_COURIER, .step = STEP_ARRIVE_AT_PICKUP },
	{ DELIVERY_assigned, DELIVERY_picked_up, BY_COURIER, .step = STEP_PICK_UP },
	{ DELIVERY_en_route_to_pickup, DELIVERY_picked_up, BY_COURIER, .step = STEP_PICK_UP },
	{ DELIVERY_arrived_at_pickup, DELIVERY_picked_up, BY_COURIER, .step = STEP_PICK_UP },
	{ DELIVERY_picked_up, DELIVERY_en_route_to_dropoff, BY_COURIER, .step = STEP_START, .guard = NEEDS_ATTEMPT },
	{ DELIVERY_en_route_to_dropoff, DELIVERY_arrived_at_dropoff, BY_COURIER, .step = STEP_ARRIVE },
	{ DELIVERY_en_route_to_dropoff, DELIVERY_delivered, BY_COURIER, .step = STEP_DELIVER },
	{ DELIVERY_arrived_at_dropoff, DELIVERY_delivered, BY_COURIER, .step = STEP_DELIVER },
	{ DELIVERY_en_route_to_dropoff, DELIVERY_failed, BY_COURIER | BY_STAFF, .step = STEP_FAIL },
	{ DELIVERY_arrived_at_dropoff, DELIVERY_failed, BY_COURIER | BY_STAFF, .step = STEP_FAIL },
	{ DELIVERY_failed, DELIVERY_en_route_to_dropoff, BY_COURIER, .step = STEP_START, .guard = NEEDS_ATTEMPT },
	{ DELIVERY_failed, DELIVERY_returning, BY_COURIER | BY_STAFF, .step = STEP_RETURN },
	{ DELIVERY_picked_up, DELIVERY_returning, BY_STAFF, .step = STEP_RETURN },
	{ DELIVERY_returning, DELIVERY_returned, BY_STAFF, .step = STEP_RECEIVE },
	{ DELIVERY_picked_up, DELIVERY_lost, BY_STAFF, .step = STEP_WRITE_OFF },
	{ DELIVERY_en_route_to_dropoff, DELIVERY_lost, BY_STAFF, .step = STEP_WRITE_OFF },
	{ DELIVERY_arrived_at_dropoff, DELIVERY_lost, BY_STAFF, .step = STEP_WRITE_OFF },
	{ DELIVERY_failed, DELIVERY_lost, BY_STAFF, .step = STEP_WRITE_OFF },
	{ DELIVERY_returning, DELIVERY_lost, BY_STAFF, .step = STEP_WRITE_OFF },
	{ DELIVERY_picked_up, DELIVERY_picked_up, BY_DISPATCH, .step = STEP_ASSIGN },
	{ DELIVERY_en_route_to_dropoff, DELIVERY_en_route_to_dropoff, BY_DISPATCH, .step = STEP_ASSIGN },
	{ DELIVERY_arrived_at_dropoff, DELIVERY_en_route_to_dropoff, BY_DISPATCH, .step = STEP_ASSIGN },
	{ DELIVERY_failed, DELIVERY_failed, BY_DISPATCH, .step = STEP_ASSIGN },
	{ DELIVERY_returning, DELIVERY_returning, BY_DISPATCH, .step = STEP_ASSIGN },
	{ DELIVERY_unassigned, DELIVERY_cancelled, BY_CUSTOMER | BY_STAFF, .step = STEP_CANCEL },
	{ DELIVERY_assigned, DELIVERY_cancelled, BY_CUSTOMER | BY_STAFF, .step = STEP_CANCEL },
	{ DELIVERY_en_route_to_pickup, DELIVERY_cancelled, BY_CUSTOMER | BY_STAFF, .step = STEP_CANCEL },
	{ DELIVERY_arrived_at_pickup, DELIVERY_cancelled, BY_CUSTOMER | BY_STAFF, .step = STEP_CANCEL },
};
const struct machine delivery_machine = MACHINE(delivery_state, steps, .steps = &delivery_step_choice);

static const enum delivery_event step_events[STEP_COUNT] = {
	[STEP_ASSIGN] = DELIVERY_EVENT_ASSIGNED,   [STEP_UNASSIGN] = DELIVERY_EVENT_UNASSIGNED,
	[STEP_DROP] = DELIVERY_EVENT_UNASSIGNED,   [STEP_PICK_UP] = DELIVERY_EVENT_PICKED_UP,
	[STEP_DELIVER] = DELIVERY_EVENT_COMPLETED, [STEP_FAIL] = DELIVERY_EVENT_FAILED,
	[STEP_RECEIVE] = DELIVERY_EVENT_RETURNED,  [STEP_WRITE_OFF] = DELIVERY_EVENT_LOST,
};

static const struct {
	enum order_status order;
	bool carried;
} states[delivery_state_count] = {
	[DELIVERY_unassigned] = { ORDER_ready, false },
	[DELIVERY_assigned] = { ORDER_assigned, true },
	[DELIVERY_en_route_to_pickup] = { ORDER_assigned, true },
	[DELIVERY_arrived_at_pickup] = { ORDER_assigned, true },
	[DELIVERY_picked_up] = { ORDER_picked_up, true },
	[DELIVERY_en_route_to_dropoff] = { ORDER_in_transit, true },
	[DELIVERY_arrived_at_dropoff] = { ORDER_in_transit, true },
	[DELIVERY_delivered] = { ORDER_delivered, false },
	[DELIVERY_failed] = { ORDER_delivery_failed, true },
	[DELIVERY_returning] = { ORDER_returning, true },
	[DELIVERY_returned] = { ORDER_returned, false },
	[DELIVERY_lost] = { ORDER_lost, false },
	[DELIVERY_cancelled] = { ORDER_cancelled, false },
};

bool delivery_is_carried(enum delivery_state state)
{
	CHECK(state < delivery_state_count);
	return states[state].carried;
}

/* A cancelled job is taken from its courier, if it has one. */
static enum delivery_event event_of(enum delivery_step step, enum delivery_state from)
{
	if (step == STEP_CANCEL)
		return delivery_is_carried(from) ? DELIVERY_EVENT_UNASSIGNED : DELIVERY_EVENT_NONE;
	return step_events[step];
}

bool delivery_guard_holds(int guard, int64_t attempts)
{
	return guard != NEEDS_ATTEMPT || attempts < DELIVERY_ATTEMPTS_MAX;
}

enum delivery_refusal delivery_step_to(enum delivery_state from, enum delivery_step step, enum order_actor actor,
                                       int64_t attempts, enum delivery_state *ret_to, enum delivery_event *ret_event)
{
	const struct machine_row *row = machine_may_step(&delivery_machine, from, step, actor);

	if (!row)
		return DELIVERY_ILLEGAL;
	if (!delivery_guard_holds(row->guard, attempts))
		return DELIVERY_NO_ATTEMPT_LEFT;
	*ret_to = (enum delivery_state)row->to;
	*ret_event = event_of(step, from);
	return DELIVERY_OK;
}

int64_t delivery_attempts_at(enum delivery_state from, enum delivery_state to, int64_t attempts)
{
	bool begins = to == DELIVERY_en_route_to_dropoff && (from == DELIVERY_picked_up || from == DELIVERY_failed);

	return begins ? attempts + 1 : attempts;
}

enum order_status delivery_order_status(enum delivery_state state)
{
	CHECK(state < delivery_state_count);
	return states[state].order;
}

enum delivery_step delivery_step_for(enum order_status to)
{
	static const enum delivery_step of[order_status_count] = {
		[ORDER_ready] = STEP_UNASSIGN,   [ORDER_delivery_failed] = STEP_FAIL, [ORDER_returning] = STEP_RETURN,
		[ORDER_returned] = STEP_RECEIVE, [ORDER_lost] = STEP_WRITE_OFF,       [ORDER_cancelled] = STEP_CANCEL,
		[ORDER_collected] = STEP_CANCEL,
	};

	CHECK(to > order_status_none && to < order_status_count);
	return of[to];
}

enum delivery_state delivery_state_for(enum order_status order)
{
	if (order == ORDER_collected)
		return DELIVERY_cancelled;
	for (enum delivery_state s = delivery_state_none + 1; s < delivery_state_count; s++)
		if (states[s].order == order)
			return s;
	return delivery_state_none;
}

bool order_has_delivery(enum order_status status)
{
	return delivery_state_for(status) != delivery_state_none;
}
