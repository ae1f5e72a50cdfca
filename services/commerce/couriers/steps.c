/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps that couriers take with their deliveries. A courier sees a delivery while they have it, or had it last; for
 * all others it is not found. A step that is already taken gets the same reply again, so an app on a bad connection may
 * repeat it.
 */
#include "commerce/couriers/steps.h"

#include "base/check.h"
#include "commerce/couriers/routes.h"
#include "commerce/delivery/delivery_sql.h"
#include "commerce/permissions.h"
#include "service/place.h"

struct str courier_actor(const struct request *req)
{
	return str_printf(task_arena(), "courier:%.*s", STR_ARG(uuid_text(task_arena(), req->actor->account_id)));
}

const struct sql_delivery_row *own_delivery(struct request *req)
{
	const struct sql_delivery_row *row = sql_delivery_get(req->db, .id = request_id(req, "id"));

	if (!row->courier_id.set || !uuid_eq(row->courier_id.value, req->actor->account_id))
		refuse(&problem_not_found, "There is no such delivery");
	return row;
}

/* ---- Views ------------------------------------------------------------------------------------ */

static struct str_list steps_view(const struct sql_delivery_row *row)
{
	enum delivery_state state = delivery_state_find(row->state), to;
	enum delivery_step steps[STEP_COUNT];
	enum delivery_event event;
	size_t count = delivery_steps(state, BY_COURIER, steps), shown = 0;
	struct str *names = ARENA_ARRAY(task_arena(), struct str, count);

	for (size_t i = 0; i < count; i++)
		if (!delivery_step_to(state, steps[i], BY_COURIER, row->attempts, &to, &event))
			names[shown++] = delivery_step_name(steps[i]);
	return (struct str_list){ names, shown };
}

static struct courier_delivery delivery_view_of(const struct sql_delivery_row *row)
{
	return (struct courier_delivery){
		.id = row->id,
		.order_id = row->order_id,
		.number = row->number,
		.store_id = row->store_id,
		.state = (int)delivery_state_find(row->state),
		.attempts = row->attempts,
		.pin_tries_left = PIN_TRIES_MAX - row->pin_tries,
		.failure = row->failure,
		.allowed_steps = steps_view(row),
		.version = row->version,
		.created_at = row->created_at,
		.updated_at = row->updated_at,
	};
}

static const struct order_address *delivery_address_of(const struct sql_delivery_addresses_row *address)
{
	return arena_copy(task_arena(),
	                  &(struct order_address){
	                          .recipient = address->recipient,
	                          .street = address->street,
	                          .postal_code = address->postal_code,
	                          .city = address->city,
	                          .country = address->country,
	                          .note = address->address_note,
	                  },
	                  sizeof(struct order_address));
}

static void give_address(struct courier_delivery *view, const struct sql_delivery_addresses_row *address)
{
	view->address = delivery_address_of(address);
	if (str_eq(address->payment_method, STR("cash")))
		view->to_collect = SOME(money, money_of(address->total_minor, address->currency));
}

/* An address is shown only to the courier who has the delivery now. */
static struct courier_delivery *delivery_views_of(struct db *db, const struct sql_delivery_row *rows, size_t count)
{
	struct courier_delivery *views = ARENA_ARRAY(task_arena(), struct courier_delivery, count);
	struct uuid *ids = ARENA_ARRAY(task_arena(), struct uuid, count);
	size_t carried = 0;

	for (size_t i = 0; i < count; i++) {
		views[i] = delivery_view_of(&rows[i]);
		if (delivery_is_carried((enum delivery_state)views[i].state))
			ids[carried++] = views[i].order_id;
	}
	if (!carried)
		return views;
	struct sql_delivery_addresses_rows addresses = sql_delivery_addresses(db, .order_ids = { ids, carried });

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < addresses.count; k++)
			if (uuid_eq(addresses.rows[k].id, views[i].order_id) &&
			    delivery_is_carried((enum delivery_state)views[i].state))
				give_address(&views[i], &addresses.rows[k]);
	return views;
}

void reply_delivery(struct request *req, const struct sql_delivery_row *row)
{
	reply_version(req, row->version);
	reply_plain(req, delivery_views_of(req->db, row, 1));
}

void reply_commit_delivery(struct request *req, struct tx *tx, const struct delivery_move *move)
{
	struct sql_delivery_row now = delivery_moved(move);

	reply_version(req, now.version);
	reply_commit_plain(req, tx, delivery_views_of(req->db, &now, 1));
}

/* ---- Reading ---------------------------------------------------------------------------------- */

static struct str_list states_in_hand(void)
{
	struct str *names = ARENA_ARRAY(task_arena(), struct str, delivery_state_count);
	size_t count = 0;

	for (enum delivery_state s = delivery_state_none + 1; s < delivery_state_count; s++)
		if (delivery_is_carried(s))
			names[count++] = delivery_state_name(s);
	return (struct str_list){ names, count };
}

static void courier_delivery_list(struct request *req)
{
	const struct courier_delivery_query *query = req->query;
	struct place after = place_read(req, query->cursor);
	struct str_list states = query->filter_state.count ? query->filter_state : states_in_hand();
	struct sql_delivery_rows found =
	        sql_deliveries_of_courier(req->db, .courier_id = req->actor->account_id, .states = states,
	                                  .after_created = place_number_or(after, INT64_MAX), .after_id = after.id,
	                                  .row_limit = page_limit(query->limit));
	struct page page = page_cut(found.count, query->limit);
	struct str next = STR_NULL;

	if (page.has_more)
		next = place_next(req, found.rows[page.shown - 1].id,
		                  number_key(found.rows[page.shown - 1].created_at));
	reply_plain(req, &(struct courier_delivery_page){
	                         .data = { delivery_views_of(req->db, found.rows, page.shown), page.shown },
	                         .has_more = page.has_more,
	                         .next_cursor = next,
	                 });
}

static void courier_delivery_get(struct request *req)
{
	reply_delivery(req, own_delivery(req));
}

/* ---- Steps ------------------------------------------------------------------------------------ */

struct delivery_move courier_move(const struct request *req, const struct sql_delivery_row *row,
                                  enum delivery_step step, struct str reason)
{
	return (struct delivery_move){
		.delivery = row,
		.step = step,
		.by = BY_COURIER,
		.actor = courier_actor(req),
		.reason = reason,
		.now_us = req->now_us,
	};
}

bool step_is_repeated(const struct delivery_move *move)
{
	return delivery_step_taken(delivery_state_find(move->delivery->state), move->step, BY_COURIER);
}

static void step_take(struct request *req, const struct sql_delivery_row *row, enum delivery_step step,
                      struct str reason)
{
	struct delivery_move move = courier_move(req, row, step, reason);

	if (step_is_repeated(&move)) {
		reply_delivery(req, row);
		return;
	}
	struct tx *tx = tx_collect(req->db);

	delivery_take_step(tx, &move);
	reply_commit_delivery(req, tx, &move);
}

static void step_take_plain(struct request *req, enum delivery_step step)
{
	const struct take_step *cmd = req->body;

	step_take(req, own_delivery(req), step, cmd->reason);
}

static void courier_arrive_at_pickup(struct request *req)
{
	step_take_plain(req, STEP_ARRIVE_AT_PICKUP);
}

static void courier_pick_up(struct request *req)
{
	const struct pick_up *cmd = req->body;
	const struct sql_delivery_row *row = own_delivery(req);

	if (!str_is_null(cmd->scanned) && !str_eq_nocase(cmd->scanned, row->number))
		refuse_fields(&problem_wrong_parcel,
		              &(struct field_error){ STR("#/scanned"), STR("is not the number of this order") }, 1);
	step_take(req, row, STEP_PICK_UP, STR_NULL);
}

static void courier_start(struct request *req)
{
	step_take_plain(req, STEP_START);
}

static void courier_arrive(struct request *req)
{
	step_take_plain(req, STEP_ARRIVE);
}

static void courier_return(struct request *req)
{
	step_take_plain(req, STEP_RETURN);
}

static void courier_drop(struct request *req)
{
	step_take_plain(req, STEP_DROP);
}

/* ---- Routes ----------------------------------------------------------------------------------- */

static const struct problem *const step_problems[] = { &problem_not_found, &problem_illegal_transition, NULL };
static const struct problem *const start_problems[] = {
	&problem_not_found,
	&problem_illegal_transition,
	&problem_attempts_exhausted,
	NULL,
};
static const struct problem *const pick_up_problems[] = {
	&problem_not_found,
	&problem_illegal_transition,
	&problem_wrong_parcel,
	NULL,
};

#define STEP(word_, handler_, body_, problems_, doc_)                                                               \
	{                                                                                                           \
		.method = HTTP_POST, .path = "/api/courier/deliveries/{id}/" word_, .name = #handler_, .doc = doc_, \
		.plain = handler_, .needs = &permission_deliveries_own, .body = &body_##_schema,                    \
		.reply = &courier_delivery_schema, .idempotency = IDEMPOTENCY_ACCEPTED, .problems = problems_,      \
	}

static const struct route courier_rows[] = {
	{
	        .method = HTTP_GET,
	        .path = "/api/courier/deliveries",
	        .name = "courier_delivery_list",
	        .doc = "Lists the courier's deliveries, newest first: those the courier has now; with filter[state] "
	               "also those that they had last.",
	        .plain = courier_delivery_list,
	        .needs = &permission_deliveries_own,
	        .query = &courier_delivery_query_schema,
	        .reply = &courier_delivery_page_schema,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/courier/deliveries/{id}",
	        .name = "courier_delivery_get",
	        .doc = "Shows one of the courier's deliveries.",
	        .plain = courier_delivery_get,
	        .needs = &permission_deliveries_own,
	        .reply = &courier_delivery_schema,
	        .problems = step_problems,
	},
	STEP("arrive-at-pickup", courier_arrive_at_pickup, take_step, step_problems,
	     "The courier has arrived at the store."),
	STEP("pick-up", courier_pick_up, pick_up, pick_up_problems,
	     "The courier has taken the goods; a scanned code must be the number of the order."),
	STEP("start", courier_start, take_step, start_problems,
	     "The courier starts to the next stop: the store or the customer. After a failed attempt they may start "
	     "again, at most three times in all."),
	STEP("arrive", courier_arrive, take_step, step_problems, "The courier has arrived at the customer."),
	STEP("return", courier_return, take_step, step_problems,
	     "The courier returns goods that could not be handed over."),
	STEP("drop", courier_drop, take_step, step_problems,
	     "The courier gives a delivery back while its goods are in the store."),
};
const struct routes courier_routes = ROUTES(courier_rows);
