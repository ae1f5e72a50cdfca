/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/delivery/delivery.h"

#include "base/random.h"
#include "commerce/commerce.h"
#include "commerce/couriers/couriers_sql.h"
#include "commerce/couriers/position.h"
#include "commerce/delivery/api.h"
#include "commerce/delivery/events.h"
#include "commerce/domain/proof.h"
#include "commerce/orders/orders_sql.h"
#include "commerce/orders/view.h"
#include "commerce/permissions.h"
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

const struct delivery_change *delivery_plan(const struct delivery_move *move)
{
	const struct sql_delivery_row *was = move->delivery;
	struct delivery_change *change = ARENA_NEW(task_arena(), struct delivery_change);
	enum delivery_state to = delivery_state_none;

	*change = (struct delivery_change){ .move = *move, .row = *was };
	switch (delivery_step_to(was->state, move->step, move->by, was->attempts, &to, &change->event)) {
	case DELIVERY_ILLEGAL:
		refuse_transition(&problem_illegal_transition, .machine = &delivery_machine, .noun = "a delivery",
		                  .from = was->state, .to = (int)move->step, .who = move->by);
	case DELIVERY_NO_ATTEMPT_LEFT:
		refuse(&problem_attempts_exhausted, "the maximum of %lld attempts is reached",
		       (long long)was->attempts);
	case DELIVERY_OK:
		break;
	}
	change->row.attempts = delivery_attempts_at(was->state, to, was->attempts);
	change->row.state = (int)to;
	if (move->courier) {
		change->row.courier_id = SOME(uuid, move->courier->id);
		change->row.courier_name = move->courier->name;
	}
	if (change->event == DELIVERY_EVENT_FAILED)
		change->row.failure = move->reason;
	change->row.version++;
	change->row.event_seq += change->event != DELIVERY_EVENT_NONE;
	change->row.updated_at = task_now_after_us(was->updated_at);
	return change;
}

/* The delivery of an order that becomes ready, or is ready and has none. */
static const struct delivery_change *delivery_plan_new(const struct sql_order_row *order, struct str actor)
{
	struct delivery_change *change = ARENA_NEW(task_arena(), struct delivery_change);
	char *pin = arena_alloc(task_arena(), PIN_LEN);

	pin_format(random_u64(), pin);
	*change = (struct delivery_change){
		.move = { .actor = actor },
		.row = { .id = delivery_id(order->id),
		         .order_id = order->id,
		         .store_id = order->store_id,
		         .number = order->number,
		         .state = DELIVERY_unassigned,
		         .pin = { pin, PIN_LEN },
		         .version = 1,
		         .created_at = task_now_us(),
		         .updated_at = task_now_us() },
	};
	return change;
}

/* ---- Storing ---------------------------------------------------------------------------------- */

static void emit_step(struct tx *tx, const struct delivery_change *change)
{
	const struct sql_delivery_row *now = &change->row;
	static const struct event_type *const types[DELIVERY_EVENT_COUNT] = {
		[DELIVERY_EVENT_ASSIGNED] = &delivery_assigned,   [DELIVERY_EVENT_UNASSIGNED] = &delivery_unassigned,
		[DELIVERY_EVENT_PICKED_UP] = &delivery_picked_up, [DELIVERY_EVENT_COMPLETED] = &delivery_completed,
		[DELIVERY_EVENT_FAILED] = &delivery_failed,       [DELIVERY_EVENT_RETURNED] = &delivery_returned,
		[DELIVERY_EVENT_LOST] = &delivery_lost,
	};
	struct str actor = change->move.actor;

	if (!types[change->event])
		return;
	emit_as(tx, delivery_step_data, types[change->event], now->id, now->event_seq,
	        &(struct delivery_step_data){
	                .delivery_id = now->id,
	                .order_id = now->order_id,
	                .number = now->number,
	                .courier_id = now->courier_id.value,
	                .attempts = now->attempts,
	                .actor = str_cut(&actor, ':'),
	                .proof = change->move.proof,
	                .reason = change->move.reason,
	        });
}

/* Constraints decide the winner: one active assignment per delivery, and no courier above their capacity. */
static void store_assignment(struct tx *tx, const struct delivery_change *change)
{
	const struct delivery_move *move = &change->move;
	const struct sql_delivery_row *now = &change->row;
	struct uuid from = move->delivery->courier_id.value, to = now->courier_id.value;
	bool had = delivery_is_carried(move->delivery->state), has = delivery_is_carried(now->state);
	bool handed = had && has && !uuid_eq(from, to);

	if (had && (!has || handed)) {
		sql_delivery_assignment_end(tx, .delivery_id = now->id, .courier_id = from,
		                            .step = choice_text(&delivery_step_choice, move->step),
		                            .now = now->updated_at);
		sql_courier_load_remove(tx, .id = from, .now = now->updated_at);
	}
	if (has && (!had || handed)) {
		sql_courier_load_add(tx, .id = to, .now = now->updated_at);
		sql_delivery_assignment_insert(tx, .id = uuid_new_v7(now->updated_at), .delivery_id = now->id,
		                               .courier_id = to, .actor = move->actor, .now = now->updated_at);
	}
}

static void delivery_store_row(struct tx *tx, const struct sql_delivery_row *was, const struct sql_delivery_row *now)
{
	sql_delivery_set(tx, .id = was->id, .version = was->version, .state = now->state, .courier_id = now->courier_id,
	                 .attempts = now->attempts, .failure = now->failure, .pin_tries = now->pin_tries,
	                 .events = now->event_seq - was->event_seq, .now = now->updated_at);
}

static void delivery_store_new(struct tx *tx, const struct delivery_change *change)
{
	const struct sql_delivery_row *row = &change->row;

	sql_delivery_insert(tx, .id = row->id, .order_id = row->order_id, .store_id = row->store_id, .pin = row->pin,
	                    .now = row->created_at);
	sql_delivery_history_insert(tx, .delivery_id = row->id, .seq = 1, .to_state = row->state, .step = STR("create"),
	                            .actor = change->move.actor, .now = row->created_at);
}

static void delivery_store(struct tx *tx, const struct delivery_change *change)
{
	const struct delivery_move *move = &change->move;

	if (!move->delivery) {
		delivery_store_new(tx, change);
		return;
	}
	delivery_store_row(tx, move->delivery, &change->row);
	sql_delivery_history_insert(tx, .delivery_id = change->row.id, .seq = change->row.version,
	                            .from_state = move->delivery->state, .to_state = change->row.state,
	                            .step = choice_text(&delivery_step_choice, move->step), .actor = move->actor,
	                            .reason = move->reason, .now = change->row.updated_at);
	store_assignment(tx, change);
	emit_step(tx, change);
}

void delivery_count_wrong_pin(struct tx *tx, const struct sql_delivery_row *delivery, struct str actor)
{
	struct sql_delivery_row now = *delivery;

	now.pin_tries++;
	now.version++;
	now.updated_at = task_now_after_us(delivery->updated_at);
	delivery_store_row(tx, delivery, &now);
	sql_delivery_history_insert(tx, .delivery_id = now.id, .seq = now.version, .from_state = now.state,
	                            .to_state = now.state, .step = choice_text(&delivery_step_choice, STEP_DELIVER),
	                            .actor = actor, .reason = STR("wrong PIN"), .now = now.updated_at);
}

const struct delivery_change *delivery_make(struct tx *tx, const struct sql_order_row *order, struct str actor)
{
	const struct delivery_change *change = delivery_plan_new(order, actor);

	delivery_store_new(tx, change);
	return change;
}

/* ---- With the order --------------------------------------------------------------------------- */

/* What is asked for with the move, or what follows from it. */
static const void *part_plan(struct db *db, struct order_change *change)
{
	const struct order_move *move = &change->move;
	enum order_status from = (enum order_status)move->order->status;
	const struct sql_delivery_row *row = NULL;

	if (!change->moves && move->delivery)
		order_change_emit_as(change, order_step_data, &order_reassigned,
		                     &(struct order_step_data){ .order_id = change->order.id,
		                                                .number = change->order.number,
		                                                .actor = change->actor_kind,
		                                                .reason = move->reason });
	if (move->delivery)
		return move->delivery;
	if (!change->moves || change->order.fulfilment != FULFILMENT_delivery)
		return NULL;
	if (order_has_delivery(from))
		row = sql_delivery_of_order(db, .order_id = change->order.id);
	if (!row)
		return move->to == ORDER_ready ? delivery_plan_new(&change->order, move->actor) : NULL;
	if (delivery_order_status(row->state) != from)
		fail_conflict("the delivery and its order have changed");
	/* A courier gives an order back with the step drop; for anybody else the step is unassign. */
	bool drops = move->to == ORDER_ready && move->by == BY_COURIER;

	return delivery_plan(&(struct delivery_move){
	        .delivery = row,
	        .step = drops ? STEP_DROP : delivery_step_for(move->to),
	        .by = move->by,
	        .actor = move->actor,
	        .reason = move->reason,
	});
}

static void part_store(struct tx *tx, const struct order_change *change, const void *share)
{
	delivery_store(tx, share);
}

void delivery_take(struct tx *tx, const struct delivery_change *change)
{
	const struct delivery_move *move = &change->move;
	enum order_status from = delivery_order_status(move->delivery->state);
	enum order_status to = delivery_order_status(change->row.state);
	struct db *db = tx_owner(tx);

	if (from == to) {
		delivery_store(tx, change);
		return;
	}
	const struct sql_order_row *order = sql_order_get(db, .id = move->delivery->order_id);

	if (order->status != (int)from)
		fail_conflict("the order and its delivery have changed");
	order_move(tx, &(struct order_move){
	                       .order = order,
	                       .to = to,
	                       .by = move->by,
	                       .actor = move->actor,
	                       .reason = move->reason,
	                       .goods = order_goods(db, order, to),
	                       .delivery = change,
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

/* Only the customer gets the PIN, and only while a courier is on the way with the goods. */
static const struct order_delivery *delivery_view_of(const struct sql_order_delivery_row *row, enum order_status order,
                                                     enum order_actor asker)
{
	enum delivery_state state = (enum delivery_state)row->state;
	struct order_delivery *view = ARENA_NEW(task_arena(), struct order_delivery);

	/* The order was read before its delivery. If the delivery has changed since then, the view shows the state that
	 * matches the order. */
	if (delivery_order_status(state) != order)
		state = delivery_state_for(order);
	*view = (struct order_delivery){ .id = row->id, .state = (int)state, .attempts = row->attempts };
	if (names_courier(state)) {
		view->courier = row->courier_name;
		view->courier_id = asker == BY_STAFF ? row->courier_id : NONE(uuid);
	}
	if (asker == BY_CUSTOMER && is_under_way(state))
		view->pin = row->pin;
	return view;
}

static void part_add_views(struct db *db, struct order_view *views, size_t count, enum order_actor asker)
{
	struct uuid *ids = ARENA_ARRAY(task_arena(), struct uuid, count);
	size_t wanted = 0;

	for (size_t i = 0; i < count; i++)
		if (order_has_delivery((enum order_status)views[i].status))
			ids[wanted++] = views[i].id;
	if (!wanted)
		return;
	struct sql_order_delivery_rows found = wanted == 1 ? sql_order_delivery(db, .order_id = *ids)
	                                                   : sql_order_deliveries_of(db, .order_ids = { ids, wanted });

	for (size_t i = 0; i < found.count; i++)
		for (size_t k = 0; k < count; k++)
			if (uuid_eq(views[k].id, found.rows[i].order_id))
				views[k].delivery =
				        delivery_view_of(&found.rows[i], (enum order_status)views[k].status, asker);
}

/* Never has the PIN. */
static void part_show(struct order_view *view, const struct order_change *change, const void *share)
{
	const struct delivery_change *delivery = share;
	const struct sql_delivery_row *row = &delivery->row;
	struct order_delivery *now = ARENA_NEW(task_arena(), struct order_delivery);

	*now = (struct order_delivery){ .id = row->id, .state = row->state, .attempts = row->attempts };
	if (names_courier(row->state)) {
		now->courier = row->courier_name;
		now->courier_id = change->move.by == BY_CUSTOMER ? NONE(uuid) : row->courier_id;
	}
	view->delivery = now;
}

/* ---- On the way ------------------------------------------------------------------------------- */

/* The position of the courier. */
static void part_add_live(struct request *req, struct order_view *view)
{
	const struct sql_courier_row *courier;

	if (!view->delivery || !is_under_way((enum delivery_state)view->delivery->state))
		return;
	courier = sql_courier_of_order(req->db, .order_id = view->id);
	if (!courier)
		return;
	struct order_delivery *shown = arena_copy(task_arena(), view->delivery, sizeof(*shown));

	shown->position = courier_positions(req->app->redis, courier, 1)[0];
	view->delivery = shown;
}

static bool part_is_brought_by(struct request *req, struct uuid order_id)
{
	const struct sql_delivery_row *delivery;

	if (req->actor->role != &role_courier)
		return false;
	delivery = sql_delivery_of_order(req->db, .order_id = order_id);
	return delivery && delivery_is_carried(delivery->state) &&
	       uuid_eq(delivery->courier_id.value, req->actor->account_id);
}

const struct order_part delivery_part = {
	.plan = part_plan,
	.store = part_store,
	.show = part_show,
	.add_views = part_add_views,
	.add_live = part_add_live,
	.is_brought_by = part_is_brought_by,
};
