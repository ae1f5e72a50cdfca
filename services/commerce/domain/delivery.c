/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of the delivery's life. `start` is one word for setting off to the next stop: to the store while there is
 * nothing to carry, to the door with the goods, to the door once more after an attempt that failed. A courier who
 * forgets to say that he has arrived may go on all the same.
 */
#include "commerce/domain/delivery.h"

#include "base/check.h"

CHOICE_TABLE(delivery_state, DELIVERY_STATES)

#define STEP_NAME(value, word) [value] = STR(word),
static const struct str step_names[STEP_COUNT] = { DELIVERY_STEPS(STEP_NAME) };

static const struct step {
	enum delivery_step step;
	enum delivery_state from;
	enum delivery_state to;
	unsigned who;
	enum delivery_word word;
} steps[] = {
	{ STEP_ASSIGN, DELIVERY_unassigned, DELIVERY_assigned, BY_DISPATCH, SAYS_ASSIGNED },
	{ STEP_UNASSIGN, DELIVERY_assigned, DELIVERY_unassigned, BY_STAFF | BY_TIMER, SAYS_UNASSIGNED },
	{ STEP_UNASSIGN, DELIVERY_en_route_to_pickup, DELIVERY_unassigned, BY_STAFF | BY_TIMER, SAYS_UNASSIGNED },
	{ STEP_UNASSIGN, DELIVERY_arrived_at_pickup, DELIVERY_unassigned, BY_STAFF | BY_TIMER, SAYS_UNASSIGNED },
	{ STEP_DROP, DELIVERY_assigned, DELIVERY_unassigned, BY_COURIER, SAYS_UNASSIGNED },
	{ STEP_DROP, DELIVERY_en_route_to_pickup, DELIVERY_unassigned, BY_COURIER, SAYS_UNASSIGNED },
	{ STEP_DROP, DELIVERY_arrived_at_pickup, DELIVERY_unassigned, BY_COURIER, SAYS_UNASSIGNED },
	{ STEP_START, DELIVERY_assigned, DELIVERY_en_route_to_pickup, BY_COURIER, SAYS_NOTHING },
	{ STEP_ARRIVE_AT_PICKUP, DELIVERY_assigned, DELIVERY_arrived_at_pickup, BY_COURIER, SAYS_NOTHING },
	{ STEP_ARRIVE_AT_PICKUP, DELIVERY_en_route_to_pickup, DELIVERY_arrived_at_pickup, BY_COURIER, SAYS_NOTHING },
	{ STEP_PICK_UP, DELIVERY_assigned, DELIVERY_picked_up, BY_COURIER, SAYS_PICKED_UP },
	{ STEP_PICK_UP, DELIVERY_en_route_to_pickup, DELIVERY_picked_up, BY_COURIER, SAYS_PICKED_UP },
	{ STEP_PICK_UP, DELIVERY_arrived_at_pickup, DELIVERY_picked_up, BY_COURIER, SAYS_PICKED_UP },
	{ STEP_START, DELIVERY_picked_up, DELIVERY_en_route_to_dropoff, BY_COURIER, SAYS_NOTHING },
	{ STEP_ARRIVE, DELIVERY_en_route_to_dropoff, DELIVERY_arrived_at_dropoff, BY_COURIER, SAYS_NOTHING },
	{ STEP_DELIVER, DELIVERY_en_route_to_dropoff, DELIVERY_delivered, BY_COURIER, SAYS_COMPLETED },
	{ STEP_DELIVER, DELIVERY_arrived_at_dropoff, DELIVERY_delivered, BY_COURIER, SAYS_COMPLETED },
	{ STEP_FAIL, DELIVERY_en_route_to_dropoff, DELIVERY_failed, BY_COURIER, SAYS_FAILED },
	{ STEP_FAIL, DELIVERY_arrived_at_dropoff, DELIVERY_failed, BY_COURIER, SAYS_FAILED },
	{ STEP_START, DELIVERY_failed, DELIVERY_en_route_to_dropoff, BY_COURIER, SAYS_NOTHING },
	{ STEP_RETURN, DELIVERY_failed, DELIVERY_returning, BY_COURIER | BY_STAFF, SAYS_NOTHING },
	{ STEP_RECEIVE, DELIVERY_returning, DELIVERY_returned, BY_STAFF, SAYS_RETURNED },
	{ STEP_CANCEL, DELIVERY_unassigned, DELIVERY_cancelled, BY_CUSTOMER | BY_STAFF, SAYS_NOTHING },
	{ STEP_CANCEL, DELIVERY_assigned, DELIVERY_cancelled, BY_CUSTOMER | BY_STAFF, SAYS_UNASSIGNED },
	{ STEP_CANCEL, DELIVERY_en_route_to_pickup, DELIVERY_cancelled, BY_CUSTOMER | BY_STAFF, SAYS_UNASSIGNED },
	{ STEP_CANCEL, DELIVERY_arrived_at_pickup, DELIVERY_cancelled, BY_CUSTOMER | BY_STAFF, SAYS_UNASSIGNED },
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
	[DELIVERY_cancelled] = { ORDER_cancelled, false },
};

struct str delivery_state_name(enum delivery_state state)
{
	CHECK(state != delivery_state_none);
	return choice_text(&delivery_state_choice, state);
}

enum delivery_state delivery_state_find(struct str name)
{
	return (enum delivery_state)choice_parse(&delivery_state_choice, name);
}

struct str delivery_step_name(enum delivery_step step)
{
	CHECK(step > STEP_NONE && step < STEP_COUNT);
	return step_names[step];
}

static const struct step *step_find(enum delivery_state from, enum delivery_step step, enum order_actor actor)
{
	for (size_t i = 0; i < ARRAY_COUNT(steps); i++)
		if (steps[i].from == from && steps[i].step == step && steps[i].who & actor)
			return &steps[i];
	return NULL;
}

enum delivery_refusal delivery_step_to(enum delivery_state from, enum delivery_step step, enum order_actor actor,
                                       int64_t attempts, enum delivery_state *ret_to, enum delivery_word *ret_word)
{
	const struct step *row = step_find(from, step, actor);

	if (!row)
		return DELIVERY_ILLEGAL;
	if (delivery_attempts_at(from, row->to, attempts) > DELIVERY_ATTEMPTS_MAX)
		return DELIVERY_NO_ATTEMPT_LEFT;
	*ret_to = row->to;
	*ret_word = row->word;
	return DELIVERY_OK;
}

size_t delivery_steps(enum delivery_state from, enum order_actor actor, enum delivery_step ret[STEP_COUNT])
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_COUNT(steps); i++)
		if (steps[i].from == from && steps[i].who & actor)
			ret[count++] = steps[i].step;
	return count;
}

bool delivery_step_taken(enum delivery_state at, enum delivery_step step, enum order_actor actor)
{
	for (size_t i = 0; i < ARRAY_COUNT(steps); i++)
		if (steps[i].to == at && steps[i].step == step && steps[i].who & actor)
			return true;
	return false;
}

int64_t delivery_attempts_at(enum delivery_state from, enum delivery_state to, int64_t attempts)
{
	bool begins = to == DELIVERY_en_route_to_dropoff && from != to;

	return begins ? attempts + 1 : attempts;
}

bool delivery_is_carried(enum delivery_state state)
{
	CHECK(state < delivery_state_count);
	return states[state].carried;
}

bool delivery_is_final(enum delivery_state state)
{
	for (size_t i = 0; i < ARRAY_COUNT(steps); i++)
		if (steps[i].from == state)
			return false;
	return true;
}

enum order_status delivery_order_status(enum delivery_state state)
{
	CHECK(state > delivery_state_none && state < delivery_state_count);
	return states[state].order;
}

enum delivery_step delivery_step_for(enum order_status to)
{
	static const enum delivery_step of[order_status_count] = {
		[ORDER_ready] = STEP_UNASSIGN,   [ORDER_returning] = STEP_RETURN, [ORDER_returned] = STEP_RECEIVE,
		[ORDER_cancelled] = STEP_CANCEL, [ORDER_collected] = STEP_CANCEL,
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
