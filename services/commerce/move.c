/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/move.h"

#include "base/buf.h"
#include "commerce/view.h"
#include "events/event.h"
#include "task/task.h"

static void refuse_move(const struct order_move *move, enum order_status from)
{
	struct str_list allowed = order_moves_view(from, move->by);
	struct buf json;

	buf_init_arena(&json, task_arena(), 1024);
	buf_char(&json, '[');
	for (size_t i = 0; i < allowed.count; i++)
		buf_printf(&json, "%s\"%.*s\"", i ? "," : "", STR_ARG(allowed.items[i]));
	buf_char(&json, ']');
	refuse_with(&problem_illegal_transition,
	            str_printf(task_arena(), "an order that is %.*s cannot become %.*s", STR_ARG(move->order->status),
	                       STR_ARG(order_status_name(move->to))),
	            &(struct problem_member){ STR("allowed"), buf_view(&json) }, 1);
}

struct quantities {
	struct uuid_list products;
	struct i64_list held;  /* as reserved */
	struct i64_list moved; /* as the ledger counts them: negative when released */
};

static struct quantities quantities_of(struct order_created_line_list lines, int sign)
{
	struct arena *arena = task_arena();
	struct uuid *products = ARENA_ARRAY(arena, struct uuid, lines.count);
	int64_t *held = ARENA_ARRAY(arena, int64_t, lines.count);
	int64_t *moved = ARENA_ARRAY(arena, int64_t, lines.count);

	for (size_t i = 0; i < lines.count; i++) {
		products[i] = lines.items[i].product_id;
		held[i] = lines.items[i].quantity;
		moved[i] = sign * lines.items[i].quantity;
	}
	return (struct quantities){ { products, lines.count }, { held, lines.count }, { moved, lines.count } };
}

static void add_reservation(struct tx *tx, const struct order_move *move)
{
	struct quantities q = quantities_of(move->reserved, 1);

	sql_stock_reserve(tx, .product_ids = q.products, .quantities = q.held,
	                  .product_count = (int64_t)q.products.count, .now = move->now_us);
	sql_reservations_insert(tx, .order_id = move->order->id, .product_ids = q.products, .quantities = q.held,
	                        .now = move->now_us);
	sql_stock_movements_insert(tx, .product_ids = q.products, .quantities = q.moved, .kind = STR("reserve"),
	                           .order_id = SOME(uuid, move->order->id), .actor = move->actor, .now = move->now_us);
}

static void add_release(struct tx *tx, const struct order_move *move)
{
	struct quantities q = quantities_of(move->reserved, -1);

	sql_stock_release(tx, .product_ids = q.products, .quantities = q.held,
	                  .product_count = (int64_t)q.products.count, .now = move->now_us);
	sql_reservations_close(tx, .order_id = move->order->id, .product_ids = q.products, .state = STR("released"),
	                       .product_count = (int64_t)q.products.count, .now = move->now_us);
	sql_stock_movements_insert(tx, .product_ids = q.products, .quantities = q.moved, .kind = STR("release"),
	                           .order_id = SOME(uuid, move->order->id), .actor = move->actor, .now = move->now_us);
}

static void emit_changed(struct tx *tx, const struct order_move *move, int64_t seq)
{
	emit(tx, &order_status_changed, move->order->id, seq,
	     &(struct order_status_changed_data){
	             .order_id = move->order->id,
	             .number = move->order->number,
	             .from = move->order->status,
	             .to = order_status_name(move->to),
	             .version = move->order->version + 1,
	             .actor = move->actor,
	             .reason = move->reason,
	             .shortages = move->shortages,
	     });
}

static void emit_cancelled(struct tx *tx, const struct order_move *move, int64_t seq)
{
	emit(tx, &order_cancelled, move->order->id, seq,
	     &(struct order_cancelled_data){
	             .order_id = move->order->id,
	             .number = move->order->number,
	             .actor = move->actor,
	             .reason = move->reason,
	             .shortages = move->shortages,
	     });
}

static void emit_inventory(struct tx *tx, const struct order_move *move, const struct event_type *type, int64_t seq)
{
	emit(tx, type, move->order->id, seq,
	     &(struct inventory_lines_data){ .order_id = move->order->id, .lines = move->reserved });
}

void order_move(struct tx *tx, const struct order_move *move)
{
	enum order_status from = order_status_find(move->order->status);
	bool cancelled = move->to == ORDER_cancelled;
	bool reserves = move->to == ORDER_confirmed;
	bool stock_moves = move->reserved.count > 0;
	int64_t seq = move->order->event_seq;

	if (!order_may_move(from, move->to, move->by))
		refuse_move(move, from);
	sql_order_status_set(tx, .id = move->order->id, .version = move->order->version,
	                     .status = order_status_name(move->to), .reason = move->reason,
	                     .events = 1 + cancelled + stock_moves, .now = move->now_us);
	sql_order_history_insert(tx, .order_id = move->order->id, .seq = move->order->version + 1,
	                         .from_status = move->order->status, .to_status = order_status_name(move->to),
	                         .actor = move->actor, .reason = move->reason, .now = move->now_us);
	emit_changed(tx, move, ++seq);
	if (cancelled)
		emit_cancelled(tx, move, ++seq);
	if (!stock_moves)
		return;
	emit_inventory(tx, move, reserves ? &inventory_reserved : &inventory_released, ++seq);
	if (reserves)
		add_reservation(tx, move);
	else
		add_release(tx, move);
}
