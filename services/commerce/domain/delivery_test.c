/* SPDX-License-Identifier: Apache-2.0 */
/* The whole table of a delivery's life; it always agrees with the order. */
#include "base/test.h"

#include "commerce/domain/delivery.h"

static const enum order_actor actors[] = { BY_CUSTOMER, BY_STAFF, BY_WORKER, BY_COURIER, BY_TIMER, BY_DISPATCH };

enum { U = BY_CUSTOMER, C = BY_COURIER, S = BY_STAFF, W = BY_WORKER, P = BY_DISPATCH };

/* The table a second time, as texts; a step that is not here must be refused. */
static const struct {
	struct str from, step, to, event;
	unsigned who;
} legal[] = {
	{ STR("unassigned"), STR("assign"), STR("assigned"), STR("assigned"), P },
	{ STR("unassigned"), STR("cancel"), STR("cancelled"), STR(""), U | S },
	{ STR("assigned"), STR("unassign"), STR("unassigned"), STR("unassigned"), S | W },
	{ STR("assigned"), STR("drop"), STR("unassigned"), STR("unassigned"), C },
	{ STR("assigned"), STR("start"), STR("en_route_to_pickup"), STR(""), C },
	{ STR("assigned"), STR("arrive-at-pickup"), STR("arrived_at_pickup"), STR(""), C },
	{ STR("assigned"), STR("pick-up"), STR("picked_up"), STR("picked_up"), C },
	{ STR("assigned"), STR("cancel"), STR("cancelled"), STR("unassigned"), U | S },
	{ STR("en_route_to_pickup"), STR("unassign"), STR("unassigned"), STR("unassigned"), S | W },
	{ STR("en_route_to_pickup"), STR("drop"), STR("unassigned"), STR("unassigned"), C },
	{ STR("en_route_to_pickup"), STR("arrive-at-pickup"), STR("arrived_at_pickup"), STR(""), C },
	{ STR("en_route_to_pickup"), STR("pick-up"), STR("picked_up"), STR("picked_up"), C },
	{ STR("en_route_to_pickup"), STR("cancel"), STR("cancelled"), STR("unassigned"), U | S },
	{ STR("arrived_at_pickup"), STR("unassign"), STR("unassigned"), STR("unassigned"), S | W },
	{ STR("arrived_at_pickup"), STR("drop"), STR("unassigned"), STR("unassigned"), C },
	{ STR("arrived_at_pickup"), STR("pick-up"), STR("picked_up"), STR("picked_up"), C },
	{ STR("arrived_at_pickup"), STR("cancel"), STR("cancelled"), STR("unassigned"), U | S },
	{ STR("picked_up"), STR("start"), STR("en_route_to_dropoff"), STR(""), C },
	{ STR("picked_up"), STR("assign"), STR("picked_up"), STR("assigned"), P },
	{ STR("picked_up"), STR("return"), STR("returning"), STR(""), S },
	{ STR("picked_up"), STR("write-off"), STR("lost"), STR("lost"), S },
	{ STR("en_route_to_dropoff"), STR("arrive"), STR("arrived_at_dropoff"), STR(""), C },
	{ STR("en_route_to_dropoff"), STR("deliver"), STR("delivered"), STR("completed"), C },
	{ STR("en_route_to_dropoff"), STR("fail"), STR("failed"), STR("failed"), C | S },
	{ STR("en_route_to_dropoff"), STR("assign"), STR("en_route_to_dropoff"), STR("assigned"), P },
	{ STR("en_route_to_dropoff"), STR("write-off"), STR("lost"), STR("lost"), S },
	{ STR("arrived_at_dropoff"), STR("deliver"), STR("delivered"), STR("completed"), C },
	{ STR("arrived_at_dropoff"), STR("fail"), STR("failed"), STR("failed"), C | S },
	{ STR("arrived_at_dropoff"), STR("assign"), STR("en_route_to_dropoff"), STR("assigned"), P },
	{ STR("arrived_at_dropoff"), STR("write-off"), STR("lost"), STR("lost"), S },
	{ STR("failed"), STR("start"), STR("en_route_to_dropoff"), STR(""), C },
	{ STR("failed"), STR("return"), STR("returning"), STR(""), C | S },
	{ STR("failed"), STR("assign"), STR("failed"), STR("assigned"), P },
	{ STR("failed"), STR("write-off"), STR("lost"), STR("lost"), S },
	{ STR("returning"), STR("receive"), STR("returned"), STR("returned"), S },
	{ STR("returning"), STR("assign"), STR("returning"), STR("assigned"), P },
	{ STR("returning"), STR("write-off"), STR("lost"), STR("lost"), S },
};

static const struct str words[DELIVERY_EVENT_COUNT] = {
	[DELIVERY_EVENT_NONE] = STR(""),
	[DELIVERY_EVENT_ASSIGNED] = STR("assigned"),
	[DELIVERY_EVENT_UNASSIGNED] = STR("unassigned"),
	[DELIVERY_EVENT_PICKED_UP] = STR("picked_up"),
	[DELIVERY_EVENT_COMPLETED] = STR("completed"),
	[DELIVERY_EVENT_FAILED] = STR("failed"),
	[DELIVERY_EVENT_RETURNED] = STR("returned"),
	[DELIVERY_EVENT_LOST] = STR("lost"),
};

static size_t row_of(enum delivery_state from, enum delivery_step step, enum order_actor actor)
{
	size_t i = 0;

	while (i < ARRAY_COUNT(legal) &&
	       !(str_eq(legal[i].from, choice_text(&delivery_state_choice, from)) &&
	         str_eq(legal[i].step, choice_text(&delivery_step_choice, step)) && legal[i].who & actor))
		i++;
	return i;
}

static void check_step(enum delivery_state from, enum delivery_step step, enum order_actor actor)
{
	enum delivery_state to = delivery_state_none;
	enum delivery_event event = DELIVERY_EVENT_COUNT;
	enum delivery_refusal no = delivery_step_to(from, step, actor, 0, &to, &event);
	size_t row = row_of(from, step, actor);

	if (row == ARRAY_COUNT(legal)) {
		assert_int_equal(no, DELIVERY_ILLEGAL);
		assert_true(to == delivery_state_none && event == DELIVERY_EVENT_COUNT);
		return;
	}
	assert_int_equal(no, DELIVERY_OK);
	assert_str(choice_text(&delivery_state_choice, to), legal[row].to);
	assert_str(words[event], legal[row].event);
	assert_true(machine_came_by(&delivery_machine, to, step, actor));
}

static void test_every_step_from_every_state(void **state)
{
	for (enum delivery_state from = delivery_state_none + 1; from < delivery_state_count; from++)
		for (enum delivery_step step = STEP_NONE + 1; step < STEP_COUNT; step++)
			for (size_t i = 0; i < ARRAY_COUNT(actors); i++)
				check_step(from, step, actors[i]);
}

/* An actor who may take a step may also move the order to the step's status. */
static void test_no_step_leaves_the_order_behind(void **state)
{
	for (size_t i = 0; i < ARRAY_COUNT(legal); i++) {
		enum order_status from = delivery_order_status(choice_parse(&delivery_state_choice, legal[i].from));
		enum order_status to = delivery_order_status(choice_parse(&delivery_state_choice, legal[i].to));

		for (size_t k = 0; k < ARRAY_COUNT(actors); k++)
			if (legal[i].who & actors[k] && from != to && !order_may_move(from, to, actors[k]))
				test_fail("row %zu: the order may not follow", i);
	}
}

/* The reverse: for each move of an order that has a delivery there is a step of the delivery. */
static void check_order_move(enum delivery_state at, enum order_status to, enum order_actor actor)
{
	enum delivery_step step = delivery_step_for(to);
	enum delivery_state next = delivery_state_none;
	enum delivery_event event;

	if (step == STEP_NONE) {
		assert_true(actor == BY_COURIER || actor == BY_DISPATCH);
		return;
	}
	/* A courier gives the order back by dropping its delivery. */
	if (to == ORDER_ready && actor == BY_COURIER)
		step = STEP_DROP;
	assert_int_equal(delivery_step_to(at, step, actor, 0, &next, &event), DELIVERY_OK);
	if (to != ORDER_collected)
		assert_int_equal(delivery_order_status(next), to);
	else
		assert_int_equal(next, DELIVERY_cancelled);
}

static void test_no_move_leaves_the_delivery_behind(void **state)
{
	for (enum delivery_state at = delivery_state_none + 1; at < delivery_state_count; at++)
		for (enum order_status to = order_status_none + 1; to < order_status_count; to++)
			for (size_t i = 0; i < ARRAY_COUNT(actors); i++)
				if (order_may_move(delivery_order_status(at), to, actors[i]))
					check_order_move(at, to, actors[i]);
}

static void test_who_answers_for_it(void **state)
{
	static const bool carried[delivery_state_count] = {
		[DELIVERY_assigned] = true,
		[DELIVERY_en_route_to_pickup] = true,
		[DELIVERY_arrived_at_pickup] = true,
		[DELIVERY_picked_up] = true,
		[DELIVERY_en_route_to_dropoff] = true,
		[DELIVERY_arrived_at_dropoff] = true,
		[DELIVERY_failed] = true,
		[DELIVERY_returning] = true,
	};

	for (enum delivery_state s = delivery_state_none + 1; s < delivery_state_count; s++) {
		bool final = s == DELIVERY_delivered || s == DELIVERY_returned || s == DELIVERY_lost ||
		             s == DELIVERY_cancelled;

		assert_int_equal(delivery_is_carried(s), carried[s]);
		assert_int_equal(machine_is_final(&delivery_machine, s), final);
		assert_int_equal(final, order_is_final(delivery_order_status(s)));
	}
}

static void test_the_machine_holds_together(void **state)
{
	static const int final[] = { DELIVERY_delivered, DELIVERY_returned, DELIVERY_lost, DELIVERY_cancelled, 0 };
	const struct machine_promise promise = { .first = DELIVERY_unassigned, .finals = final, .always = BY_STAFF };
	char why[100] = "";

	if (machine_check(&delivery_machine, &promise, why, sizeof(why)))
		test_fail("%s", why);
}

static void test_three_journeys(void **state)
{
	enum delivery_state at = DELIVERY_picked_up;
	enum delivery_event event;
	int64_t attempts = 0;

	for (int i = 1; i <= DELIVERY_ATTEMPTS_MAX; i++) {
		assert_int_equal(delivery_step_to(at, STEP_START, BY_COURIER, attempts, &at, &event), DELIVERY_OK);
		attempts = delivery_attempts_at(DELIVERY_failed, at, attempts);
		assert_int_equal(attempts, i);
		assert_int_equal(delivery_step_to(at, STEP_ARRIVE, BY_COURIER, attempts, &at, &event), DELIVERY_OK);
		assert_int_equal(delivery_step_to(at, STEP_FAIL, BY_COURIER, attempts, &at, &event), DELIVERY_OK);
	}
	assert_int_equal(delivery_step_to(at, STEP_START, BY_COURIER, attempts, &at, &event), DELIVERY_NO_ATTEMPT_LEFT);
	assert_int_equal(at, DELIVERY_failed);
	assert_int_equal(delivery_step_to(at, STEP_RETURN, BY_COURIER, attempts, &at, &event), DELIVERY_OK);
}

/* Another courier goes on with the attempt that was begun. */
static void test_hand_over_is_no_attempt(void **state)
{
	assert_int_equal(delivery_attempts_at(DELIVERY_picked_up, DELIVERY_picked_up, 0), 0);
	assert_int_equal(delivery_attempts_at(DELIVERY_en_route_to_dropoff, DELIVERY_en_route_to_dropoff, 3), 3);
	assert_int_equal(delivery_attempts_at(DELIVERY_arrived_at_dropoff, DELIVERY_en_route_to_dropoff, 3), 3);
	assert_int_equal(delivery_attempts_at(DELIVERY_failed, DELIVERY_failed, 3), 3);
}

static void test_orders_with_deliveries(void **state)
{
	for (enum order_status s = order_status_none + 1; s < order_status_count; s++)
		assert_int_equal(order_has_delivery(s),
		                 s >= ORDER_ready && s <= ORDER_lost && s != ORDER_rejected && s != ORDER_expired);
}

static void test_first_states(void **state)
{
	assert_int_equal(delivery_state_for(ORDER_ready), DELIVERY_unassigned);
	assert_int_equal(delivery_state_for(ORDER_assigned), DELIVERY_assigned);
	assert_int_equal(delivery_state_for(ORDER_in_transit), DELIVERY_en_route_to_dropoff);
	assert_int_equal(delivery_state_for(ORDER_cancelled), DELIVERY_cancelled);
	assert_int_equal(delivery_state_for(ORDER_collected), DELIVERY_cancelled);
	assert_int_equal(delivery_state_for(ORDER_picking), delivery_state_none);
	for (enum delivery_state s = delivery_state_none + 1; s < delivery_state_count; s++)
		assert_int_equal(delivery_order_status(delivery_state_for(delivery_order_status(s))),
		                 delivery_order_status(s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_step_from_every_state),
		cmocka_unit_test(test_no_step_leaves_the_order_behind),
		cmocka_unit_test(test_no_move_leaves_the_delivery_behind),
		cmocka_unit_test(test_who_answers_for_it),
		cmocka_unit_test(test_the_machine_holds_together),
		cmocka_unit_test(test_three_journeys),
		cmocka_unit_test(test_hand_over_is_no_attempt),
		cmocka_unit_test(test_orders_with_deliveries),
		cmocka_unit_test(test_first_states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
