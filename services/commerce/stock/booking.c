/* SPDX-License-Identifier: Apache-2.0 */
/* The goods of an order's move: counters, reservations and ledger entries, as domain/stock.h derives them. */
#include "commerce/domain/stock.h"

#include "commerce/commerce.h"
#include "commerce/orders/move.h"
#include "commerce/stock/stock_sql.h"
#include "task/task.h"

static const struct event_type *const booking_events[STOCK_EFFECT_COUNT] = {
	[STOCK_RESERVED] = &inventory_reserved, [STOCK_RELEASED] = &inventory_released,
	[STOCK_EXPIRED] = &inventory_released,  [STOCK_PICKED] = &picking_completed,
	[STOCK_RETURNED] = &inventory_returned, [STOCK_LOST] = &inventory_written_off,
};

/* An order that keeps its status may reserve: it waits for its payment. */
static const void *booking_plan(struct db *db, struct order_change *change)
{
	enum order_status from = (enum order_status)change->move.order->status;
	enum stock_effect effect = change->moves ? stock_effect_of(from, change->move.to) : STOCK_RESERVED;

	if (!change->move.goods.count || effect == STOCK_STAYS)
		return NULL;
	order_change_emit_as(
	        change, inventory_lines_data, booking_events[effect],
	        &(struct inventory_lines_data){ .order_id = change->order.id, .lines = change->move.goods });
	return stock_booking_of(effect);
}

struct ledger_entry {
	struct str kind;
	int64_t on_hand, reserved; /* signs */
};

static void ledger_add(struct tx *tx, const struct order_change *change, struct uuid_list products,
                       struct i64_list quantities, struct ledger_entry entry)
{
	sql_stock_movements_insert(tx, .store_id = change->order.store_id, .product_ids = products,
	                           .quantities = quantities, .kind = entry.kind, .on_hand_sign = entry.on_hand,
	                           .reserved_sign = entry.reserved, .order_id = SOME(uuid, change->order.id),
	                           .actor = change->move.actor, .reason = change->move.reason,
	                           .now = change->order.updated_at);
}

static void booking_store(struct tx *tx, const struct order_change *change, const void *share)
{
	const struct stock_booking *booking = share;
	const struct order_created_line_list *goods = &change->move.goods;
	struct uuid *ids = ARENA_ARRAY(task_arena(), struct uuid, goods->count);
	int64_t *numbers = ARENA_ARRAY(task_arena(), int64_t, goods->count), now = change->order.updated_at;
	struct uuid_list products = { ids, goods->count };
	struct i64_list quantities = { numbers, goods->count };
	int64_t count = (int64_t)goods->count;

	for (size_t i = 0; i < goods->count; i++) {
		ids[i] = goods->items[i].product_id;
		numbers[i] = goods->items[i].quantity;
	}
	if (str_is_null(booking->was)) {
		sql_stock_reserve(tx, .store_id = change->order.store_id, .product_ids = products,
		                  .quantities = quantities, .product_count = count, .now = now);
		sql_reservations_insert(tx, .order_id = change->order.id, .product_ids = products,
		                        .quantities = quantities, .product_count = count,
		                        .expires_at = change->move.hold_until, .now = now);
	} else {
		sql_stock_move(tx, .store_id = change->order.store_id, .product_ids = products,
		               .quantities = quantities, .on_hand_sign = booking->on_hand,
		               .reserved_sign = booking->reserved, .product_count = count, .now = now);
		sql_reservations_close(tx, .order_id = change->order.id, .product_ids = products, .was = booking->was,
		                       .state = booking->becomes, .product_count = count, .now = now);
	}
	const struct ledger_entry entry = { booking->kind, booking->on_hand - booking->back, booking->reserved };

	if (booking->back)
		ledger_add(tx, change, products, quantities, (struct ledger_entry){ STR("return"), booking->back, 0 });
	ledger_add(tx, change, products, quantities, entry);
}

const struct order_part stock_part = { .plan = booking_plan, .store = booking_store };
