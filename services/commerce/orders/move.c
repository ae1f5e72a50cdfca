/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/orders/move.h"

#include "base/check.h"
#include "commerce/delivery/delivery.h"
#include "commerce/orders/orders_sql.h"
#include "commerce/orders/view.h"
#include "commerce/stock/stock_sql.h"
#include "events/event.h"
#include "service/refuse.h"
#include "task/task.h"

NORETURN static void refuse_illegal(const struct order_move *move, enum order_status from)
{
	refuse_listing(&problem_illegal_transition, "allowed",
	               order_moves_view(from, move->by, fulfilment_method(move->order)),
	               "an order that is %.*s cannot become %.*s", STR_ARG(move->order->status),
	               STR_ARG(order_status_name(move->to)));
}

NORETURN static void refuse_move(const struct order_move *move, enum order_status from, enum move_refusal no)
{
	static const struct field_error unreasoned = { STR("#/reason"), STR("is required") };

	if (no == MOVE_NOT_A_PICKUP)
		refuse(&problem_not_a_pickup, "the order is for delivery; a courier brings it");
	if (no == MOVE_NOT_A_DELIVERY)
		refuse(&problem_not_a_delivery, "the order is for pickup; no courier brings it");
	if (no == MOVE_UNREASONED)
		refuse_fields(&problem_reason_missing, &unreasoned, 1);
	refuse_illegal(move, from);
}

static struct order_created_line_list reserved_lines(struct db *db, struct uuid order_id, struct str state)
{
	struct sql_order_reservations_rows found = sql_order_reservations(db, .order_id = order_id, .state = state);
	struct order_created_line *lines = ARENA_ARRAY(task_arena(), struct order_created_line, found.count);

	for (size_t i = 0; i < found.count; i++)
		lines[i] = (struct order_created_line){ found.rows[i].product_id, found.rows[i].quantity };
	return (struct order_created_line_list){ lines, found.count };
}

static struct order_created_line_list ordered_lines(struct db *db, struct uuid order_id)
{
	struct sql_order_lines_rows found = sql_order_lines(db, .order_ids = { &order_id, 1 });
	struct order_created_line *lines = ARENA_ARRAY(task_arena(), struct order_created_line, found.count);

	for (size_t i = 0; i < found.count; i++)
		lines[i] = (struct order_created_line){ found.rows[i].product_id, found.rows[i].quantity };
	return (struct order_created_line_list){ lines, found.count };
}

struct order_created_line_list order_goods(struct db *db, const struct sql_order_row *order, enum order_status to)
{
	const struct stock_booking *booking = stock_booking_of(stock_effect_of(order_status_find(order->status), to));

	if (booking && !str_is_null(booking->was))
		return reserved_lines(db, order->id, booking->was);
	if (to == ORDER_pending)
		return ordered_lines(db, order->id);
	return (struct order_created_line_list){ NULL, 0 };
}

static void goods_book(struct tx *tx, const struct order_move *move, const struct stock_booking *booking)
{
	size_t count = move->goods.count;
	struct uuid *ids = ARENA_ARRAY(task_arena(), struct uuid, count);
	int64_t *numbers = ARENA_ARRAY(task_arena(), int64_t, count);
	struct uuid_list products = { ids, count };
	struct i64_list quantities = { numbers, count };

	for (size_t i = 0; i < count; i++) {
		ids[i] = move->goods.items[i].product_id;
		numbers[i] = move->goods.items[i].quantity;
	}
	if (str_is_null(booking->was)) {
		sql_stock_reserve(tx, .store_id = move->order->store_id, .product_ids = products,
		                  .quantities = quantities, .product_count = (int64_t)count, .now = move->now_us);
		sql_reservations_insert(tx, .order_id = move->order->id, .product_ids = products,
		                        .quantities = quantities, .product_count = (int64_t)count,
		                        .expires_at = move->hold_until, .now = move->now_us);
	} else {
		sql_stock_move(tx, .store_id = move->order->store_id, .product_ids = products, .quantities = quantities,
		               .on_hand_sign = booking->on_hand, .reserved_sign = booking->reserved,
		               .product_count = (int64_t)count, .now = move->now_us);
		sql_reservations_close(tx, .order_id = move->order->id, .product_ids = products, .was = booking->was,
		                       .state = booking->becomes, .product_count = (int64_t)count, .now = move->now_us);
	}
	sql_stock_movements_insert(tx, .store_id = move->order->store_id, .product_ids = products,
	                           .quantities = quantities, .kind = booking->kind, .on_hand_sign = booking->on_hand,
	                           .reserved_sign = booking->reserved, .order_id = SOME(uuid, move->order->id),
	                           .actor = move->actor, .now = move->now_us);
}

/* Customers see the events, so an event says only the kind of the actor; the history says who it was. */
static struct str actor_kind(const struct order_move *move)
{
	struct str rest = move->actor;

	return str_cut(&rest, ':');
}

static void emit_changed(struct tx *tx, const struct order_move *move, const struct event_type *type, int64_t seq)
{
	emit_as(tx, order_status_changed_data, type, move->order->id, seq,
	        &(struct order_status_changed_data){
	                .order_id = move->order->id,
	                .number = move->order->number,
	                .from = move->order->status,
	                .to = order_status_name(move->to),
	                .version = move->order->version + 1,
	                .actor = actor_kind(move),
	                .reason = move->reason,
	                .shortages = move->shortages,
	        });
}

static void emit_step(struct tx *tx, const struct order_move *move, const struct event_type *type, int64_t seq)
{
	emit_as(tx, order_step_data, type, move->order->id, seq,
	        &(struct order_step_data){
	                .order_id = move->order->id,
	                .number = move->order->number,
	                .actor = actor_kind(move),
	                .reason = move->reason,
	        });
}

static void emit_goods(struct tx *tx, const struct order_move *move, const struct event_type *type, int64_t seq)
{
	emit_as(tx, inventory_lines_data, type, move->order->id, seq,
	        &(struct inventory_lines_data){ .order_id = move->order->id, .lines = move->goods });
}

static void emit_cancelled(struct tx *tx, const struct order_move *move, const struct event_type *type, int64_t seq)
{
	emit_as(tx, order_cancelled_data, type, move->order->id, seq,
	        &(struct order_cancelled_data){
	                .order_id = move->order->id,
	                .number = move->order->number,
	                .actor = actor_kind(move),
	                .reason = move->reason,
	                .shortages = move->shortages,
	        });
}

/* The event table: events in addition to order.status_changed, by target status and by the effect on the goods. */
static const struct event_row {
	const struct event_type *type;
	void (*write)(struct tx *tx, const struct order_move *move, const struct event_type *type, int64_t seq);
} target_events[order_status_count] = {
	[ORDER_pending] = { &order_resumed, emit_goods },
	[ORDER_on_hold] = { &order_on_hold, emit_step },
	[ORDER_picking] = { &picking_started, emit_step },
	[ORDER_cancelled] = { &order_cancelled, emit_cancelled },
	[ORDER_expired] = { &reservation_expired, emit_goods },
}, goods_events[STOCK_EFFECT_COUNT] = {
	[STOCK_RESERVED] = { &inventory_reserved, emit_goods },
	[STOCK_RELEASED] = { &inventory_released, emit_goods },
	[STOCK_EXPIRED] = { &inventory_released, emit_goods },
	[STOCK_PICKED] = { &picking_completed, emit_goods },
	[STOCK_RETURNED] = { &inventory_returned, emit_goods },
}, changed_event = { &order_status_changed, emit_changed }, no_event;

/* Each history entry has its own reason; the order has the reason of its current status. */
static struct str status_reason_of(const struct order_move *move)
{
	return str_eq(move->order->status, order_status_name(move->to)) ? move->order->status_reason : move->reason;
}

static void order_store_move(struct tx *tx, const struct order_move *move, int64_t events,
                             const struct payment_entries *payments)
{
	const struct sql_order_row *order = move->order;
	struct str to = order_status_name(move->to);

	sql_order_status_set(tx, .id = order->id, .version = order->version, .status = to,
	                     .reason = status_reason_of(move), .events = events, .payment_status = payments->status,
	                     .payment_provider = payments->provider, .authorized_minor = payments->sums.authorized,
	                     .captured_minor = payments->sums.captured, .voided_minor = payments->sums.voided,
	                     .refunding_minor = payments->sums.refunding, .refunded_minor = payments->sums.refunded,
	                     .payment_failures = payments->sums.failures, .now = move->now_us);
	sql_order_history_insert(tx, .order_id = order->id, .seq = order->version + 1, .from_status = order->status,
	                         .to_status = to, .actor = move->actor, .reason = move->reason, .now = move->now_us);
}

enum { MOVE_EVENTS_MAX = 3 };

/* The events of a move, and its effect on the goods. */
struct move_events {
	const struct event_row *of[MOVE_EVENTS_MAX];
	enum stock_effect effect;
};

static struct move_events move_events_of(const struct order_move *move)
{
	enum order_status from = order_status_find(move->order->status);
	bool moves = from != move->to;
	enum stock_effect held = moves ? stock_effect_of(from, move->to) : STOCK_RESERVED;
	enum stock_effect effect = move->goods.count ? held : STOCK_STAYS;

	return (struct move_events){
		.of = { moves ? &changed_event : &no_event, moves ? &target_events[move->to] : &no_event,
		        &goods_events[effect] },
		.effect = effect,
	};
}

static int64_t event_count_of(const struct move_events *events, const struct payment_entries *payments)
{
	int64_t count = payments->events;

	for (size_t i = 0; i < MOVE_EVENTS_MAX; i++)
		count += events->of[i]->type != NULL;
	return count;
}

static void move_apply(struct tx *tx, const struct order_move *move)
{
	struct move_events events = move_events_of(move);
	struct payment_entries payments = payment_entries_of(move);
	int64_t seq = move->order->event_seq;

	order_store_move(tx, move, event_count_of(&events, &payments), &payments);
	for (size_t i = 0; i < MOVE_EVENTS_MAX; i++)
		if (events.of[i]->type)
			events.of[i]->write(tx, move, events.of[i]->type, ++seq);
	payment_entries_store(tx, move, &payments, seq);
	if (events.effect != STOCK_STAYS)
		goods_book(tx, move, stock_booking_of(events.effect));
}

void order_move(struct tx *tx, const struct order_move *move)
{
	enum order_status from = order_status_find(move->order->status);
	enum move_refusal no = order_move_check(
	        from, move->to, move->by,
	        (struct move_facts){ .fulfilment = fulfilment_method(move->order), .reasoned = move->reason.len > 0 });

	if (no)
		refuse_move(move, from, no);
	move_apply(tx, move);
	delivery_follow(tx, move);
}

void order_record_payment(struct tx *tx, const struct order_move *move)
{
	CHECK(move->to == order_status_find(move->order->status));
	move_apply(tx, move);
}

struct sql_order_row order_moved(const struct order_move *move)
{
	struct sql_order_row row = *move->order;
	struct move_events events = move_events_of(move);
	struct payment_entries payments = payment_entries_of(move);

	row.status_reason = status_reason_of(move);
	row.status = order_status_name(move->to);
	row.payment_status = payments.status;
	row.payment_provider = payments.provider;
	row.authorized_minor = payments.sums.authorized;
	row.captured_minor = payments.sums.captured;
	row.voided_minor = payments.sums.voided;
	row.refunding_minor = payments.sums.refunding;
	row.refunded_minor = payments.sums.refunded;
	row.payment_failures = payments.sums.failures;
	row.version++;
	row.event_seq += event_count_of(&events, &payments);
	row.updated_at = move->now_us;
	return row;
}

void order_view_move(struct order_view *view, const struct order_move *move)
{
	struct sql_order_row row = order_moved(move);
	struct order_history_view *history =
	        ARENA_ARRAY(task_arena(), struct order_history_view, view->history.count + 1);

	memcpy(history, view->history.items, view->history.count * sizeof(*history));
	history[view->history.count] = (struct order_history_view){
		.version = row.version,
		.from = move->order->status,
		.to = row.status,
		.actor = move->actor,
		.reason = move->reason,
		.at = move->now_us,
	};
	view->history = (struct order_history_view_list){ history, view->history.count + 1 };
	view->status = (int)move->to;
	view->status_reason = row.status_reason;
	view->payment_status = row.payment_status;
	view->refunded = money_of(row.refunded_minor, row.currency);
	view->fulfilment_status = fulfilment_status(move->to);
	if (move->to != order_status_find(move->order->status) && fulfilment_method(move->order) == FULFILMENT_delivery)
		view->delivery = delivery_view_moved(view->delivery, move);
	view->version = row.version;
	view->updated_at = row.updated_at;
	view->allowed_transitions = order_moves_view(move->to, move->by == BY_CUSTOMER ? BY_CUSTOMER : BY_STAFF,
	                                             fulfilment_method(move->order));
}

struct order_view *order_moved_view(struct db *db, const struct order_move *move)
{
	struct order_view *view = order_views(db, move->order, 1, move->by == BY_CUSTOMER ? BY_CUSTOMER : BY_STAFF);

	order_view_move(view, move);
	return view;
}
