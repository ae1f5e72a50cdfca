/* SPDX-License-Identifier: Apache-2.0 */
/* The consumers of orders: they reserve stock for new orders, and for those that are resumed. */
#include "commerce/config.h"
#include "commerce/orders/move.h"
#include "commerce/orders/routes.h"
#include "commerce/stock/stock_sql.h"
#include "service/app.h"

enum { EXPIRE_ROUNDS = 5 };

static size_t shortages_of(struct db *db, struct uuid store_id, struct order_created_line_list goods,
                           struct stock_shortage *ret)
{
	struct uuid *ids = ARENA_ARRAY(task_arena(), struct uuid, goods.count);

	for (size_t i = 0; i < goods.count; i++)
		ids[i] = goods.items[i].product_id;
	struct sql_stock_available_rows found =
	        sql_stock_available(db, .store_id = store_id, .product_ids = { ids, goods.count });
	struct stock_level *levels = ARENA_ARRAY(task_arena(), struct stock_level, found.count);

	for (size_t i = 0; i < found.count; i++)
		levels[i] = (struct stock_level){ found.rows[i].product_id, found.rows[i].available };
	return stock_shortages(goods.items, goods.count, levels, found.count, ret);
}

/* The SKU and the name that the order lines have. */
static void shortages_name(struct db *db, struct uuid order_id, struct order_shortage_list shortages)
{
	struct sql_order_line_rows lines = sql_order_lines(db, .order_id = order_id);

	for (size_t i = 0; i < shortages.count; i++)
		for (size_t k = 0; k < lines.count; k++)
			if (uuid_eq(lines.rows[k].product_id, shortages.items[i].product_id)) {
				shortages.items[i].sku = lines.rows[k].sku;
				shortages.items[i].name = lines.rows[k].name;
			}
}

static struct str shortage_reason(struct order_shortage_list shortages)
{
	const struct stock_shortage *first = &shortages.items[0];
	struct str reason = str_printf(task_arena(), "out of stock: %.*s (%lld ordered, %lld left)",
	                               STR_ARG(first->name), (long long)first->requested, (long long)first->available);

	if (shortages.count > 1)
		reason = str_printf(task_arena(), "%.*s and %zu more", STR_ARG(reason), shortages.count - 1);
	return reason;
}

/* The shortages that remain after lapsed reservations are expired: a sale never waits for the periodic job. What is
 * read here may be old at the commit: then the conditional update changes too few rows, the write set conflicts, and
 * the runner calls again. */
static size_t shortages_left(struct db *db, struct uuid store_id, struct order_created_line_list goods,
                             struct stock_shortage *ret)
{
	size_t count = shortages_of(db, store_id, goods, ret);

	for (int round = 0; count && round < EXPIRE_ROUNDS; round++) {
		struct uuid *short_of = ARENA_ARRAY(task_arena(), struct uuid, count);

		for (size_t i = 0; i < count; i++)
			short_of[i] = ret[i].product_id;
		if (!expire_holders(db, store_id, (struct uuid_list){ short_of, count }, task_now_us()))
			break;
		count = shortages_of(db, store_id, goods, ret);
	}
	return count;
}

/* Confirms the order: cash is paid later, a total of 0 never. A card is authorised now; when the provider answers
 * later, stock is reserved until then. */
static void order_confirm(struct consumption *consumption, struct order_move *move)
{
	const struct app *app = consumption->app;
	const struct commerce_config *config = service_config(app, commerce);
	int64_t total = move->order->total.amount;

	if (move->order->payment_method == PAY_cash || !total) {
		order_move(consumption->tx, move);
	} else if (commerce_payment_manual(config, app->config)) {
		move->to = ORDER_pending;
		move->reason = STR("waiting for the payment");
		move->hold_until = SOME(i64, task_now_us() + config->reservation_ttl);
		order_record(consumption->tx, move);
	} else {
		move->money = (struct order_money){ .step = { MONEY_authorized, total }, .provider = STR("instant") };
		order_move(consumption->tx, move);
	}
}

static void reserve_or_cancel(struct consumption *consumption, struct uuid order_id,
                              struct order_created_line_list goods)
{
	const struct sql_order_row *order = sql_order_find(consumption->db, .id = order_id);

	if (!order || order->status != ORDER_pending)
		return;
	if (order->version > 1 && order_goods_reserved(consumption->db, order_id).count)
		return;
	struct stock_shortage *shortages = ARENA_ARRAY(task_arena(), struct stock_shortage, goods.count);
	size_t count = shortages_left(consumption->db, order->store_id, goods, shortages);
	struct order_move move = {
		.order = order,
		.to = ORDER_confirmed,
		.by = BY_WORKER,
		.actor = STR("worker"),
		.goods = goods,
	};

	if (!count) {
		order_confirm(consumption, &move);
		return;
	}
	move.to = ORDER_cancelled;
	move.goods = (struct order_created_line_list){ NULL, 0 };
	move.shortages = (struct order_shortage_list){ shortages, count };
	shortages_name(consumption->db, order->id, move.shortages);
	move.reason = shortage_reason(move.shortages);
	order_move(consumption->tx, &move);
}

CONSUMER(reserve_stock, order_created)
{
	reserve_or_cancel(consumption, data->order_id, data->lines);
}

/* The order was on hold when order.created was handled, or it is pending for the second time. */
CONSUMER(reserve_resumed, order_resumed)
{
	reserve_or_cancel(consumption, data->order_id, data->lines);
}
