/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/delivery/delivery.h"

#include "base/check.h"
#include "base/random.h"
#include "commerce/couriers/couriers_sql.h"
#include "commerce/couriers/position.h"
#include "commerce/delivery/delivery_sql.h"
#include "commerce/domain/proof.h"
#include "commerce/orders/orders_sql.h"
#include "commerce/orders/view.h"
#include "events/event.h"
#include "service/app.h"
#include "service/refuse.h"
#include "task/task.h"

/* An order has one delivery. Its id is the order's id with the last byte changed, so each id can be computed from
 * the other. */
static struct uuid delivery_id(struct uuid order_id)
{
	order_id.bytes[15] ^= 0xff;
	return order_id;
}

static enum delivery_state state_of(const struct sql_delivery_row *delivery)
{
	return delivery_state_find(delivery->state);
}

NORETURN static void refuse_step(const struct delivery_move *move)
{
	enum delivery_step allowed[STEP_COUNT];
	size_t count = delivery_steps(state_of(move->delivery), move->by, allowed);
	struct str names[STEP_COUNT];

	for (size_t i = 0; i < count; i++)
		names[i] = delivery_step_name(allowed[i]);
	refuse_listing(&problem_illegal_transition, "allowed", (struct str_list){ names, count },
	               "\"%.*s\" is not a step of a delivery that is %.*s", STR_ARG(delivery_step_name(move->step)),
	               STR_ARG(move->delivery->state));
}

struct target {
	enum delivery_state to;
	enum delivery_event event;
};

static struct target delivery_target_of(const struct delivery_move *move)
{
	const struct sql_delivery_row *row = move->delivery;
	struct target target = { .to = delivery_state_none };

	switch (delivery_step_to(state_of(row), move->step, move->by, row->attempts, &target.to, &target.event)) {
	case DELIVERY_ILLEGAL:
		refuse_step(move);
	case DELIVERY_NO_ATTEMPT_LEFT:
		refuse(&problem_attempts_exhausted, "the maximum of %lld attempts is reached",
		       (long long)row->attempts);
	case DELIVERY_OK:
		break;
	}
	return target;
}

enum delivery_state delivery_target(const struct delivery_move *move)
{
	return delivery_target_of(move).to;
}

struct sql_delivery_row delivery_moved(const struct delivery_move *move)
{
	struct sql_delivery_row row = *move->delivery;
	struct target target = delivery_target_of(move);

	row.attempts = delivery_attempts_at(state_of(&row), target.to, row.attempts);
	row.state = delivery_state_name(target.to);
	if (move->courier)
		row.courier_id = SOME(uuid, move->courier->id);
	if (!str_is_null(move->failure))
		row.failure = move->failure;
	row.version++;
	row.event_seq += target.event != DELIVERY_EVENT_NONE;
	row.updated_at = move->now_us;
	return row;
}

/* ---- Storing ---------------------------------------------------------------------------------- */

static void emit_step(struct tx *tx, const struct delivery_move *move, const struct sql_delivery_row *now,
                      enum delivery_event event)
{
	static const struct event_type *const types[DELIVERY_EVENT_COUNT] = {
		[DELIVERY_EVENT_ASSIGNED] = &delivery_assigned,   [DELIVERY_EVENT_UNASSIGNED] = &delivery_unassigned,
		[DELIVERY_EVENT_PICKED_UP] = &delivery_picked_up, [DELIVERY_EVENT_COMPLETED] = &delivery_completed,
		[DELIVERY_EVENT_FAILED] = &delivery_failed,       [DELIVERY_EVENT_RETURNED] = &delivery_returned,
	};
	struct str actor = move->actor;

	if (!types[event])
		return;
	emit_as(tx, delivery_step_data, types[event], now->id, now->event_seq,
	        &(struct delivery_step_data){
	                .delivery_id = now->id,
	                .order_id = now->order_id,
	                .number = now->number,
	                .courier_id = now->courier_id.value,
	                .attempts = now->attempts,
	                .actor = str_cut(&actor, ':'),
	                .proof = move->proof,
	                .reason = move->reason,
	        });
}

/* Constraints decide the winner: one active assignment per delivery, and no courier above their capacity. */
static void store_assignment(struct tx *tx, const struct delivery_move *move, const struct sql_delivery_row *now)
{
	struct uuid courier_id = now->courier_id.value;
	bool had = delivery_is_carried(state_of(move->delivery)), has = delivery_is_carried(state_of(now));

	if (has && !had) {
		sql_courier_load_add(tx, .id = courier_id, .now = move->now_us);
		sql_delivery_assignment_insert(tx, .id = uuid_new_v7(move->now_us), .delivery_id = now->id,
		                               .courier_id = courier_id, .actor = move->actor, .now = move->now_us);
	}
	if (had && !has) {
		sql_delivery_assignment_end(tx, .delivery_id = now->id, .courier_id = courier_id,
		                            .step = delivery_step_name(move->step), .now = move->now_us);
		sql_courier_load_remove(tx, .id = courier_id, .now = move->now_us);
	}
}

static void delivery_store_row(struct tx *tx, const struct sql_delivery_row *was, const struct sql_delivery_row *now)
{
	sql_delivery_set(tx, .id = was->id, .version = was->version, .state = now->state, .courier_id = now->courier_id,
	                 .attempts = now->attempts, .failure = now->failure, .pin_tries = now->pin_tries,
	                 .events = now->event_seq - was->event_seq, .now = now->updated_at);
}

static void delivery_store(struct tx *tx, const struct delivery_move *move)
{
	struct sql_delivery_row now = delivery_moved(move);

	delivery_store_row(tx, move->delivery, &now);
	sql_delivery_history_insert(tx, .delivery_id = now.id, .seq = now.version, .from_state = move->delivery->state,
	                            .to_state = now.state, .step = delivery_step_name(move->step), .actor = move->actor,
	                            .reason = move->reason, .now = move->now_us);
	store_assignment(tx, move, &now);
	emit_step(tx, move, &now, delivery_target_of(move).event);
}

void delivery_count_wrong_pin(struct tx *tx, const struct sql_delivery_row *delivery, struct str actor, int64_t now_us)
{
	struct sql_delivery_row now = *delivery;

	now.pin_tries++;
	now.version++;
	now.updated_at = now_us;
	delivery_store_row(tx, delivery, &now);
	sql_delivery_history_insert(tx, .delivery_id = now.id, .seq = now.version, .from_state = now.state,
	                            .to_state = now.state, .step = delivery_step_name(STEP_DELIVER), .actor = actor,
	                            .reason = STR("wrong PIN"), .now = now_us);
}

struct sql_delivery_row delivery_make(struct tx *tx, const struct sql_order_row *order, struct str actor,
                                      int64_t now_us)
{
	char *pin = arena_alloc(task_arena(), PIN_LEN);
	struct sql_delivery_row row = {
		.id = delivery_id(order->id),
		.order_id = order->id,
		.store_id = order->store_id,
		.number = order->number,
		.state = delivery_state_name(DELIVERY_unassigned),
		.pin = { pin, PIN_LEN },
		.version = 1,
		.created_at = now_us,
		.updated_at = now_us,
	};

	pin_format(random_u64(), pin);
	sql_delivery_insert(tx, .id = row.id, .order_id = row.order_id, .store_id = row.store_id, .pin = row.pin,
	                    .now = now_us);
	sql_delivery_history_insert(tx, .delivery_id = row.id, .seq = 1, .to_state = row.state, .step = STR("create"),
	                            .actor = actor, .now = now_us);
	return row;
}

/* ---- With the order --------------------------------------------------------------------------- */

/* A courier gives an order back with the step drop; for anybody else the step is unassign. */
static enum delivery_step step_of(const struct order_move *move)
{
	bool drops = move->to == ORDER_ready && move->by == BY_COURIER;

	return drops ? STEP_DROP : delivery_step_for(move->to);
}

void delivery_follow(struct tx *tx, const struct order_move *move)
{
	enum order_status from = order_status_find(move->order->status);
	const struct sql_delivery_row *row = NULL;

	if (fulfilment_method(move->order) != FULFILMENT_delivery)
		return;
	if (move->delivery) {
		delivery_store(tx, move->delivery);
		return;
	}
	if (order_has_delivery(from))
		row = sql_delivery_of_order(tx_owner(tx), .order_id = move->order->id);
	if (!row && move->to == ORDER_ready)
		delivery_make(tx, move->order, move->actor, move->now_us);
	if (!row)
		return;
	if (delivery_order_status(state_of(row)) != from)
		fail_conflict("the delivery and its order have changed");
	delivery_store(tx, &(struct delivery_move){
	                           .delivery = row,
	                           .step = step_of(move),
	                           .by = move->by,
	                           .actor = move->actor,
	                           .reason = move->reason,
	                           .now_us = move->now_us,
	                   });
}

void delivery_take_step(struct tx *tx, const struct delivery_move *move)
{
	enum order_status from = delivery_order_status(state_of(move->delivery));
	enum order_status to = delivery_order_status(delivery_target(move));
	struct db *db = tx_owner(tx);

	if (from == to) {
		delivery_store(tx, move);
		return;
	}
	const struct sql_order_row *order = sql_order_find(db, .id = move->delivery->order_id);

	CHECK(order);
	if (order_status_find(order->status) != from)
		fail_conflict("the order and its delivery have changed");
	order_move(tx, &(struct order_move){
	                       .order = order,
	                       .to = to,
	                       .by = move->by,
	                       .actor = move->actor,
	                       .reason = move->reason,
	                       .goods = order_goods(db, order, to),
	                       .delivery = move,
	                       .now_us = move->now_us,
	               });
}

/* ---- Views ------------------------------------------------------------------------------------ */

static bool is_under_way(enum delivery_state state)
{
	return delivery_is_carried(state) && state != DELIVERY_failed && state != DELIVERY_returning;
}

/* A courier who no longer has the delivery is not named. */
static bool names_courier(enum delivery_state state)
{
	return state != DELIVERY_unassigned && state != DELIVERY_cancelled;
}

/* The order was read before its delivery. If the delivery has changed since then, the view shows the state that
 * matches the order. */
static enum delivery_state state_beside(const struct sql_deliveries_of_orders_row *row, enum order_status order)
{
	enum delivery_state state = delivery_state_find(row->state);
	bool agrees = delivery_order_status(state) == order || delivery_state_for(order) == state;

	return agrees ? state : delivery_state_for(order);
}

static const struct order_delivery *delivery_view_of(const struct sql_deliveries_of_orders_row *row,
                                                     enum order_status order, enum order_actor asker)
{
	enum delivery_state state = state_beside(row, order);
	struct order_delivery *view = ARENA_NEW(task_arena(), struct order_delivery);

	*view = (struct order_delivery){ .id = row->id, .state = (int)state, .attempts = row->attempts };
	if (names_courier(state)) {
		view->courier = row->courier_name;
		view->courier_id = asker == BY_STAFF ? row->courier_id : NONE(uuid);
	}
	if (asker == BY_CUSTOMER && is_under_way(state))
		view->pin = row->pin;
	return view;
}

void delivery_give_views(struct db *db, struct order_view *views, size_t count, enum order_actor asker)
{
	struct uuid *ids = ARENA_ARRAY(task_arena(), struct uuid, count);
	size_t wanted = 0;

	for (size_t i = 0; i < count; i++)
		if (order_has_delivery((enum order_status)views[i].status))
			ids[wanted++] = views[i].id;
	if (!wanted)
		return;
	struct sql_deliveries_of_orders_rows found = sql_deliveries_of_orders(db, .order_ids = { ids, wanted });

	for (size_t i = 0; i < found.count; i++)
		for (size_t k = 0; k < count; k++)
			if (uuid_eq(views[k].id, found.rows[i].order_id))
				views[k].delivery =
				        delivery_view_of(&found.rows[i], (enum order_status)views[k].status, asker);
}

const struct order_delivery *delivery_view_moved(const struct order_delivery *view, const struct order_move *move)
{
	struct order_delivery *now = ARENA_NEW(task_arena(), struct order_delivery);
	enum delivery_event event;
	enum delivery_state to = DELIVERY_unassigned;
	enum delivery_step step = move->delivery ? move->delivery->step : step_of(move);

	if (!view && move->to != ORDER_ready)
		return NULL;
	if (view)
		*now = *view;
	else
		*now = (struct order_delivery){ .id = delivery_id(move->order->id) };
	if (view && delivery_step_to((enum delivery_state)view->state, step, move->by, view->attempts, &to, &event))
		fail_conflict("the delivery and its order have changed");
	now->attempts = view ? delivery_attempts_at((enum delivery_state)view->state, to, view->attempts) : 0;
	now->state = (int)to;
	now->pin = STR_NULL;
	if (move->delivery && move->delivery->courier) {
		now->courier = move->delivery->courier->name;
		now->courier_id = SOME(uuid, move->delivery->courier->id);
	} else if (!names_courier(to)) {
		now->courier = STR_NULL;
		now->courier_id = NONE(uuid);
	}
	return now;
}

void delivery_show_position(struct request *req, struct order_view *view)
{
	const struct sql_delivery_row *row;
	const struct sql_courier_row *courier = NULL;

	if (!view->delivery || !is_under_way((enum delivery_state)view->delivery->state))
		return;
	row = sql_delivery_of_order(req->db, .order_id = view->id);
	if (row && row->courier_id.set)
		courier = sql_courier_find(req->db, .id = row->courier_id.value);
	if (!courier)
		return;
	struct order_delivery *shown = arena_copy(task_arena(), view->delivery, sizeof(*shown));

	shown->position = courier_positions(req->app->redis, courier, 1)[0];
	view->delivery = shown;
}

void reply_order_version(struct request *req, const struct order_view *view)
{
	if (view->delivery && delivery_is_carried((enum delivery_state)view->delivery->state))
		reply_header(req, "ETag", str_printf(task_arena(), "\"v%lld\"", (long long)view->version));
	else
		reply_version(req, view->version);
}
