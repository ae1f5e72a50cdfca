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

static void ledger_add(struct tx *tx, const struct order_change *change, const struct goods_line *goods,
                       struct ledger_entry entry)
{
	sql_stock_movement_insert(tx, .store_id = change->order.store_id, .product_id = goods->product_id,
	                          .kind = entry.kind, .on_hand_delta = entry.on_hand * goods->quantity,
	                          .reserved_delta = entry.reserved * goods->quantity,
	                          .order_id = SOME(uuid, change->order.id), .actor = change->move.actor,
	                          .reason = change->move.reason, .now = change->order.updated_at);
}

static void counters_move(struct tx *tx, const struct order_change *change, const struct stock_booking *booking,
                          const struct goods_line *goods)
{
	struct uuid store_id = change->order.store_id;
	int64_t now = change->order.updated_at;

	if (str_is_null(booking->was))
		sql_stock_reserve(tx, .store_id = store_id, .product_id = goods->product_id,
		                  .quantity = goods->quantity, .now = now);
	else
		sql_stock_move(tx, .store_id = store_id, .product_id = goods->product_id, .quantity = goods->quantity,
		               .on_hand_sign = booking->on_hand, .reserved_sign = booking->reserved, .now = now);
}

static void reservation_move(struct tx *tx, const struct order_change *change, const struct stock_booking *booking,
                             const struct goods_line *goods)
{
	struct uuid order_id = change->order.id;
	int64_t now = change->order.updated_at;

	if (str_is_null(booking->was))
		sql_reservation_insert(tx, .order_id = order_id, .product_id = goods->product_id,
		                       .quantity = goods->quantity, .expires_at = change->move.hold_until, .now = now);
	else
		sql_reservation_close(tx, .order_id = order_id, .product_id = goods->product_id, .was = booking->was,
		                      .state = booking->becomes, .now = now);
}

/* Statement by statement: equal ones that follow each other are one execution. */
static void booking_store(struct tx *tx, const struct order_change *change, const void *share)
{
	const struct stock_booking *booking = share;
	const struct ledger_entry entry = { booking->kind, booking->on_hand - booking->back, booking->reserved };
	const struct goods_line *goods = change->move.goods.items, *end = goods + change->move.goods.count;

	for (const struct goods_line *line = goods; line < end; line++)
		counters_move(tx, change, booking, line);
	for (const struct goods_line *line = goods; line < end; line++)
		reservation_move(tx, change, booking, line);
	for (const struct goods_line *line = goods; booking->back && line < end; line++)
		ledger_add(tx, change, line, (struct ledger_entry){ STR("return"), booking->back, 0 });
	for (const struct goods_line *line = goods; line < end; line++)
		ledger_add(tx, change, line, entry);
}

const struct order_part stock_part = { .plan = booking_plan, .store = booking_store };
