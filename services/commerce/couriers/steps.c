/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps that couriers take with their deliveries. A courier sees a delivery while they have it, or had it last; for
 * all others it is not found. A step that is already taken gets the same reply again, so an app on a bad connection may
 * repeat it.
 */
#include "commerce/couriers/steps.h"

#include "base/check.h"
#include "base/clock.h"
#include "commerce/commerce.h"
#include "commerce/customers/address.h"
#include "commerce/delivery/api.h"
#include "commerce/permissions.h"
#include "service/page.h"

CHOICE_TABLE(delivery_failure, DELIVERY_FAILURES)
SCHEMA_DEFINE(COURIERS_SHAPES)
COURIERS_PROBLEMS(PROBLEM_DEFINE)

/* ---- Views ------------------------------------------------------------------------------------ */

static struct str_list steps_allowed(const struct sql_delivery_row *delivery)
{
	struct str *names = ARENA_ARRAY(task_arena(), struct str, STEP_COUNT);
	const struct machine_row *row = NULL;
	size_t count = 0;

	while ((row = machine_next(&delivery_machine, delivery->state, BY_COURIER, row)))
		if (delivery_guard_holds(row->guard, delivery->attempts))
			names[count++] = choice_text(&delivery_step_choice, row->step);
	return (struct str_list){ names, count };
}

/* Address and cash are shown only to the courier who has the delivery now. */
static struct courier_delivery courier_delivery_of(const struct sql_delivery_row *row)
{
	bool carried = delivery_is_carried(row->state);

	return (struct courier_delivery){
		.id = row->id,
		.order_id = row->order_id,
		.number = row->number,
		.store_id = row->store_id,
		.state = row->state,
		.attempts = row->attempts,
		.pin_tries_left = PIN_TRIES_MAX - row->pin_tries,
		.failure = row->failure,
		.address = carried ? address_of_row(row, row->address_note) : NULL,
		.to_collect = carried ? row->to_collect : (struct money){ 0 },
		.allowed_steps = steps_allowed(row),
		.version = row->version,
		.created_at = row->created_at,
		.updated_at = row->updated_at,
	};
}

/* ---- Reading ---------------------------------------------------------------------------------- */

static struct str_list states_in_hand(void)
{
	struct str *names = ARENA_ARRAY(task_arena(), struct str, delivery_state_count);
	size_t count = 0;

	for (enum delivery_state s = delivery_state_none + 1; s < delivery_state_count; s++)
		if (delivery_is_carried(s))
			names[count++] = choice_text(&delivery_state_choice, s);
	return (struct str_list){ names, count };
}

HANDLER(courier_delivery_list, courier_delivery_query, courier_delivery)
{
	struct sql_delivery_rows found = sql_deliveries(
	        req->db, .page = req->page, .courier_id = SOME(uuid, req->actor->account_id),
	        .states = input->filter_state.count ? input->filter_state : states_in_hand(), .store_id = NONE(uuid));
	size_t shown = page_shown(req, found.count);
	struct courier_delivery *views = ARENA_ARRAY(task_arena(), struct courier_delivery, shown);

	for (size_t i = 0; i < shown; i++)
		views[i] = courier_delivery_of(&found.rows[i]);
	reply_page_of(req, found, views);
}

static const struct sql_delivery_row *own_delivery(const struct request *req)
{
	return sql_delivery_of_courier_get(req->db, .id = request_id(req, "id"), .courier_id = req->actor->account_id);
}

HANDLER(courier_delivery_get, nothing, courier_delivery)
{
	struct courier_delivery delivery = courier_delivery_of(own_delivery(req));

	reply(req, &delivery);
}

/* ---- Steps ------------------------------------------------------------------------------------ */

struct delivery_move courier_move(const struct request *req, enum delivery_step step, struct str reason)
{
	return (struct delivery_move){
		.delivery = own_delivery(req),
		.step = step,
		.by = BY_COURIER,
		.actor = str_printf(task_arena(), "courier:%.*s",
		                    STR_ARG(uuid_text(task_arena(), req->actor->account_id))),
		.reason = reason,
	};
}

bool courier_step_is_repeated(struct request *req, const struct delivery_move *move)
{
	if (!machine_came_by(&delivery_machine, move->delivery->state, move->step, BY_COURIER))
		return false;
	struct courier_delivery delivery = courier_delivery_of(move->delivery);

	reply_as(req, courier_delivery, &delivery);
	return true;
}

void courier_step_commit(struct request *req, struct tx *tx, const struct delivery_change *change)
{
	struct courier_delivery delivery = courier_delivery_of(&change->row);

	delivery_take(tx, change);
	reply_commit_as(req, tx, courier_delivery, &delivery);
}

static void step_take(struct request *req, struct delivery_move move)
{
	if (!courier_step_is_repeated(req, &move))
		courier_step_commit(req, tx_collect(req->db), delivery_plan(&move));
}

HANDLER(courier_pick_up, pick_up, courier_delivery)
{
	struct delivery_move move = courier_move(req, STEP_PICK_UP, STR_NULL);

	if (!str_is_null(input->scanned) && !str_eq_nocase(input->scanned, move.delivery->number))
		refuse_field(&problem_wrong_parcel, "#/scanned", "is not the number of this order");
	step_take(req, move);
}

/* The step is the last word of the path. */
HANDLER(courier_step, take_step, courier_delivery)
{
	struct str rest = str_from(req->route->path), word = rest;

	while (rest.len)
		word = str_cut(&rest, '/');
	enum delivery_step step = choice_parse(&delivery_step_choice, word);

	CHECK(step);
	step_take(req, courier_move(req, step, input->reason));
}

/* clang-format off */
static const struct route courier_rows[] = {
	{ GET("/api/courier/deliveries", courier_delivery_list),
	  .doc = "Lists the courier's deliveries, newest first: those the courier has now; with filter[state] also those that "
	         "they had last.",
	  .needs = &permission_deliveries_own, .list = &sql_deliveries_list },
	{ GET("/api/courier/deliveries/{id}", courier_delivery_get), .doc = "Shows one of the courier's deliveries.",
	  .needs = &permission_deliveries_own },
	{ POST("/api/courier/deliveries/{id}/arrive-at-pickup", courier_step), .name = "courier_arrive_at_pickup",
	  .doc = "The courier has arrived at the store.", .needs = &permission_deliveries_own,
	  .problems = PROBLEMS(&problem_illegal_transition) },
	{ POST("/api/courier/deliveries/{id}/pick-up", courier_pick_up),
	  .doc = "The courier has taken the goods; a scanned code must be the number of the order.",
	  .needs = &permission_deliveries_own,
	  .problems = PROBLEMS(&problem_illegal_transition, &problem_wrong_parcel) },
	{ POST("/api/courier/deliveries/{id}/start", courier_step), .name = "courier_start",
	  .doc = "The courier sets off for the next stop: the store, or the customer; after a failed attempt once more, at "
	         "most three times.",
	  .needs = &permission_deliveries_own,
	  .problems = PROBLEMS(&problem_illegal_transition, &problem_attempts_exhausted) },
	{ POST("/api/courier/deliveries/{id}/arrive", courier_step), .name = "courier_arrive", .doc = "The courier has arrived at the customer.",
	  .needs = &permission_deliveries_own,
	  .problems = PROBLEMS(&problem_illegal_transition) },
	{ POST("/api/courier/deliveries/{id}/return", courier_step), .name = "courier_return",
	  .doc = "The courier brings back the goods that could not be handed over.", .needs = &permission_deliveries_own,
	  .problems = PROBLEMS(&problem_illegal_transition) },
	{ POST("/api/courier/deliveries/{id}/drop", courier_step), .name = "courier_drop",
	  .doc = "The courier gives back a delivery whose goods are still in the store.", .needs = &permission_deliveries_own,
	  .problems = PROBLEMS(&problem_illegal_transition) },
};
static const struct routes courier_routes = ROUTES(courier_rows);

static const struct subscription subscriptions[] = {
	{ .name = "commerce.keep_courier", .consumer = &keep_courier_consumer },
};

const struct subject couriers_subject = {
	.name = "couriers",
	.sql = LIST(const struct sql_module *const, &sql_couriers_module),
	.public_routes = LIST(const struct routes *const, &courier_routes, &courier_proof_routes, &courier_self_routes),
	.subscriptions = SUBSCRIPTIONS(subscriptions),
	.periodic_jobs =
	        LIST(const struct periodic_job,
	             { .name = "commerce.purge_positions", .every_us = 3600 * US_PER_S, .run = purge_positions }),
};
/* clang-format on */
