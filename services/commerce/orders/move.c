/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/orders/move.h"

#include "base/arena.h"
#include "base/check.h"
#include "service/refuse.h"
#include "task/task.h"

static void check_move(const struct order_move *move)
{
	const struct move_facts facts = { (enum fulfilment)move->order->fulfilment, move->reason.len > 0 };

	switch (order_move_check((enum order_status)move->order->status, move->to, move->by, facts)) {
	case MOVE_OK:
		return;
	case MOVE_NOT_A_PICKUP:
		refuse(&problem_not_a_pickup, "the order is for delivery; a courier brings it");
	case MOVE_NOT_A_DELIVERY:
		refuse(&problem_not_a_delivery, "the order is for pickup; no courier brings it");
	case MOVE_UNREASONED:
		refuse_field(&problem_reason_missing, "#/reason", "is required");
	case MOVE_ILLEGAL:
		refuse_transition(&problem_illegal_transition, .machine = &order_machine, .noun = "an order",
		                  .from = move->order->status, .to = (int)move->to, .who = move->by,
		                  .holds = order_guard_holds, .facts = &facts);
	}
}

/* ---- Computing ---------------------------------------------------------------------------------- */

int64_t order_change_add_event(struct order_change *change, const struct schema *schema, const struct event_type *type,
                               const void *data)
{
	CHECK(type->data == schema && change->event_count < CHANGE_EVENTS_MAX);
	change->events[change->event_count].type = type;
	change->events[change->event_count++].data = arena_copy(task_arena(), data, schema->size);
	return ++change->order.event_seq;
}

/* order.status_changed, and the event that a target status has besides. */
static void emit_moved(struct order_change *change)
{
	static const struct event_type *const step_events[order_status_count] = {
		[ORDER_on_hold] = &order_on_hold,
		[ORDER_picking] = &picking_started,
		[ORDER_cancelled] = &order_cancelled,
	};
	static const struct event_type *const goods_events[order_status_count] = {
		[ORDER_pending] = &order_resumed,
		[ORDER_expired] = &reservation_expired,
	};
	const struct order_move *move = &change->move;
	const struct sql_order_row *order = &change->order;

	order_change_emit(change, order_status_changed,
	                  &(struct order_status_changed_data){
	                          .order_id = order->id,
	                          .number = order->number,
	                          .from = change->entry.from,
	                          .to = change->entry.to,
	                          .version = order->version,
	                          .actor = change->actor_kind,
	                          .reason = move->reason,
	                          .shortages = move->shortages,
	                  });
	if (step_events[move->to])
		order_change_emit_as(change, order_step_data, step_events[move->to],
		                     &(struct order_step_data){
		                             .order_id = order->id,
		                             .number = order->number,
		                             .actor = change->actor_kind,
		                             .reason = move->reason,
		                             .shortages = move->shortages,
		                     });
	if (goods_events[move->to])
		order_change_emit_as(change, inventory_lines_data, goods_events[move->to],
		                     &(struct inventory_lines_data){ .order_id = order->id, .lines = move->goods });
}

/* Each history entry has its own reason; the order has the reason of its current status. */
static struct order_change *change_of(struct db *db, const struct order_move *move)
{
	struct order_change *change = ARENA_NEW(task_arena(), struct order_change);
	struct sql_order_row *order = &change->order;
	struct str rest = move->actor;

	*change = (struct order_change){
		.move = *move,
		.moves = move->order->status != (int)move->to,
		.actor_kind = str_cut(&rest, ':'),
		.order = *move->order,
	};
	order->version++;
	order->updated_at = task_now_after_us(move->order->updated_at);
	order->status = (int)move->to;
	if (change->moves)
		order->status_reason = move->reason;
	change->entry = (struct sql_order_history_row){
		.version = order->version,
		.from = move->order->status,
		.to = order->status,
		.actor = move->actor,
		.reason = move->reason,
		.at = order->updated_at,
	};
	if (change->moves)
		emit_moved(change);
	for (size_t i = 0; i < order_parts.count; i++)
		change->shares[i] = order_parts.items[i]->plan(db, change);
	return change;
}

const void *order_change_share(const struct order_change *change, const struct order_part *part)
{
	for (size_t i = 0; i < order_parts.count; i++)
		if (order_parts.items[i] == part)
			return change->shares[i];
	return NULL;
}

/* ---- Storing ------------------------------------------------------------------------------------ */

static void change_store(struct tx *tx, const struct order_change *change)
{
	const struct sql_order_row *was = change->move.order, *now = &change->order;
	const struct sql_order_history_row *entry = &change->entry;

	sql_order_status_set(tx, .id = now->id, .version = was->version, .status = now->status,
	                     .reason = now->status_reason, .events = now->event_seq - was->event_seq,
	                     .payment_status = now->payment_status, .payment_provider = now->payment_provider,
	                     .authorized_minor = now->authorized_minor, .captured_minor = now->captured_minor,
	                     .voided_minor = now->voided_minor, .refunding_minor = now->refunding_minor,
	                     .refunded_minor = now->refunded.amount, .payment_failures = now->payment_failures,
	                     .now = now->updated_at);
	sql_order_history_insert(tx, .order_id = now->id, .seq = entry->version, .from_status = entry->from,
	                         .to_status = entry->to, .actor = entry->actor, .reason = entry->reason,
	                         .now = entry->at);
	for (size_t i = 0; i < change->event_count; i++)
		event_emit(tx, change->events[i].type, now->id, was->event_seq + 1 + (int64_t)i,
		           change->events[i].data);
	for (size_t i = 0; i < order_parts.count; i++)
		if (change->shares[i])
			order_parts.items[i]->store(tx, change, change->shares[i]);
}

const struct order_change *order_move(struct tx *tx, const struct order_move *move)
{
	check_move(move);
	struct order_change *change = change_of(tx_owner(tx), move);

	change_store(tx, change);
	return change;
}

const struct order_change *order_record(struct tx *tx, const struct order_move *move)
{
	struct order_change *change = change_of(tx_owner(tx), move);

	CHECK(!change->moves);
	change_store(tx, change);
	return change;
}

/* ---- Showing ------------------------------------------------------------------------------------ */

/* The order as it was, then what the changes made of it: the database does not have them yet. */
struct order_view *order_changed_view(struct db *db, const struct order_change *change)
{
	enum order_actor asker = change->move.by == BY_CUSTOMER ? BY_CUSTOMER : BY_STAFF;
	const struct order_change *before = change->move.before;
	struct order_view *view =
	        before ? order_changed_view(db, before) : order_views(db, change->move.order, 1, asker);
	struct order_view now = order_view_of(&change->order, asker);

	now.lines = view->lines;
	now.history = view->history;
	now.delivery = view->delivery;
	*view = now;
	order_view_add_entry(view, &change->entry);
	for (size_t i = 0; i < order_parts.count; i++)
		if (change->shares[i] && order_parts.items[i]->show)
			order_parts.items[i]->show(view, change, change->shares[i]);
	return view;
}

void order_move_reply(struct request *req, const struct sql_order_row *order, enum order_status to, enum order_actor by,
                      struct str reason)
{
	struct tx *tx = tx_collect(req->db);
	const struct order_change *change =
	        order_move(tx, &(struct order_move){
	                               .order = order,
	                               .to = to,
	                               .by = by,
	                               .actor = by == BY_CUSTOMER ? STR("customer") : request_staff(req),
	                               .reason = reason,
	                               .goods = order_goods(req->db, order, to),
	                       });

	reply_commit_as(req, tx, order_view, order_changed_view(req->db, change));
}

void order_move_once_reply(struct request *req, const struct sql_order_row *order, enum order_status to,
                           enum order_actor by, struct str reason)
{
	if (order->status == (int)to)
		reply_as(req, order_view, order_views(req->db, order, 1, by));
	else
		order_move_reply(req, order, to, by, reason);
}
