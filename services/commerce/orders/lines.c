/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/orders/lines.h"

#include "commerce/domain/stock.h"
#include "task/task.h"

void order_lines_insert(struct tx *tx, struct uuid order_id, const struct order_line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sql_order_line_insert(tx, .order_id = order_id, .line_no = (int64_t)i + 1,
		                      .product_id = lines[i].product_id, .sku = lines[i].sku, .name = lines[i].name,
		                      .unit = lines[i].unit, .quantity = lines[i].quantity,
		                      .unit_price_minor = lines[i].unit_price.amount,
		                      .total_minor = lines[i].quantity * lines[i].unit_price.amount,
		                      .substitution = lines[i].substitution);
}

struct order_created_line_list order_lines_goods(const struct order_line *lines, size_t count)
{
	struct goods_line *goods = ARENA_ARRAY(task_arena(), struct goods_line, count);

	for (size_t i = 0; i < count; i++)
		goods[i] = (struct goods_line){ lines[i].product_id, lines[i].quantity };
	return (struct order_created_line_list){ goods, count };
}

static struct order_created_line_list goods_of(struct sql_order_goods_rows found)
{
	struct goods_line *goods = ARENA_ARRAY(task_arena(), struct goods_line, found.count);

	for (size_t i = 0; i < found.count; i++)
		goods[i] = (struct goods_line){ found.rows[i].product_id, found.rows[i].quantity };
	return (struct order_created_line_list){ goods, found.count };
}

struct order_created_line_list order_goods(struct db *db, const struct sql_order_row *order, enum order_status to)
{
	const struct stock_booking *booking = stock_booking_of(stock_effect_of((enum order_status)order->status, to));

	if (booking && !str_is_null(booking->was))
		return goods_of(sql_order_goods_held(db, .order_id = order->id, .state = booking->was));
	if (to == ORDER_pending)
		return goods_of(sql_order_goods_ordered(db, .order_id = order->id));
	return (struct order_created_line_list){ NULL, 0 };
}

struct order_created_line_list order_goods_reserved(struct db *db, struct uuid order_id)
{
	return goods_of(sql_order_goods_held(db, .order_id = order_id, .state = STR("active")));
}
