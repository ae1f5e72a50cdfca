/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Demo orders, stored. History, reservations and stock movements all derive from the steps of an order's path. The log
 * of events begins with the seeding, so orders of the past have no events; the pending ones have theirs, and the worker
 * takes them on from there.
 */
#include "commerce/seed/seed.h"

#include "base/clock.h"
#include "commerce/orders/lines.h"
#include "commerce/seed/seed_sql.h"
#include "commerce/stock/stock_sql.h"
#include "task/task.h"

static const struct {
	const char *text, *account; /* an id follows where there is an account */
} actors[] = {
	[SEED_CUSTOMER] = { "customer", NULL },
	[SEED_WORKER] = { "worker", NULL },
	[SEED_STAFF] = { "staff:", "admin nora.klein@stoa.example" },
	[SEED_PICKER] = { "staff:", "admin ben.okafor@stoa.example" },
	[SEED_COURIER] = { "courier:", "public lena.brandt@example.com" },
};

static struct str actor_text(enum seed_who who)
{
	if (!actors[who].account)
		return str_from(actors[who].text);
	struct str id = uuid_text(task_arena(), seed_id("account %s", actors[who].account));

	return str_printf(task_arena(), "%s%.*s", actors[who].text, STR_ARG(id));
}

/* ---- Orders ----------------------------------------------------------------------------------- */

static size_t step_count(const struct seed_order *order)
{
	size_t count = 0;

	while (order->path[count].to)
		count++;
	return count;
}

static enum order_status status_of(const struct seed_order *order)
{
	return order->path[step_count(order) - 1].to;
}

/* The time after `steps` steps of the order. */
static int64_t time_of(const struct seed_order *order, size_t steps)
{
	int64_t at = order->created_at;

	for (size_t i = 0; i < steps; i++)
		at += order->path[i].after_s * US_PER_S;
	return at;
}

/* The texts of all orders, column by column: each a list as long as there are orders. */
enum text_column { NUMBER, STATUS, METHOD, PAID, RECIPIENT, STREET, POSTAL_CODE, CITY, COUNTRY, NOTE, REASON, TEXTS };
enum number_column { SUBTOTAL, FEE, TAX, TOTAL, VERSION, EVENT_SEQ, CREATED, UPDATED, NUMBERS };

struct columns {
	struct uuid_list ids, customers;
	struct str_list texts[TEXTS];
	struct i64_list numbers[NUMBERS];
};

static struct columns columns_new(size_t count)
{
	struct arena *arena = task_arena();
	struct columns columns = {
		.ids = { ARENA_ARRAY(arena, struct uuid, count), count },
		.customers = { ARENA_ARRAY(arena, struct uuid, count), count },
	};

	for (size_t i = 0; i < TEXTS; i++)
		columns.texts[i] = (struct str_list){ ARENA_ARRAY(arena, struct str, count), count };
	for (size_t i = 0; i < NUMBERS; i++)
		columns.numbers[i] = (struct i64_list){ ARENA_ARRAY(arena, int64_t, count), count };
	return columns;
}

static void fill_columns(struct columns *columns, size_t at, const struct seed_order *order)
{
	enum order_status status = status_of(order);
	const struct str texts[TEXTS] = {
		[NUMBER] = { order->number, ORDER_NUMBER_LEN },
		[STATUS] = choice_text(&order_status_choice, (int)status),
		[METHOD] = order->by_card ? STR("card") : STR("cash"),
		[PAID] = status == ORDER_delivered ? STR("paid") : STR("none"),
		[RECIPIENT] = str_from(order->customer->name),
		[STREET] = str_from(order->customer->street),
		[POSTAL_CODE] = str_from(order->customer->postal_code),
		[CITY] = str_from(order->customer->city),
		[COUNTRY] = STR("DE"),
		[NOTE] = str_from(order->note),
		[REASON] = order->reason,
	};
	const int64_t numbers[NUMBERS] = {
		[SUBTOTAL] = order->totals.subtotal_minor,
		[FEE] = order->totals.delivery_fee_minor,
		[TAX] = order->totals.tax_minor,
		[TOTAL] = order->totals.total_minor,
		[VERSION] = (int64_t)step_count(order),
		[EVENT_SEQ] = status == ORDER_pending,
		[CREATED] = order->created_at,
		[UPDATED] = time_of(order, step_count(order)),
	};

	columns->ids.items[at] = order->id;
	columns->customers.items[at] = order->customer_id;
	for (size_t i = 0; i < TEXTS; i++)
		columns->texts[i].items[at] = texts[i];
	for (size_t i = 0; i < NUMBERS; i++)
		columns->numbers[i].items[at] = numbers[i];
}

static struct sql_seed_orders_rows insert_orders(struct tx *tx, struct seed_orders orders)
{
	struct columns c = columns_new(orders.count);

	for (size_t i = 0; i < orders.count; i++)
		fill_columns(&c, i, &orders.items[i]);
	return sql_seed_orders(
	        tx, .ids = c.ids, .customer_ids = c.customers, .numbers = c.texts[NUMBER], .statuses = c.texts[STATUS],
	        .methods = c.texts[METHOD], .paid = c.texts[PAID], .recipients = c.texts[RECIPIENT],
	        .streets = c.texts[STREET], .postal_codes = c.texts[POSTAL_CODE], .cities = c.texts[CITY],
	        .countries = c.texts[COUNTRY], .notes = c.texts[NOTE], .reasons = c.texts[REASON],
	        .subtotals = c.numbers[SUBTOTAL], .fees = c.numbers[FEE], .taxes = c.numbers[TAX],
	        .totals = c.numbers[TOTAL], .versions = c.numbers[VERSION], .event_seqs = c.numbers[EVENT_SEQ],
	        .created = c.numbers[CREATED], .updated = c.numbers[UPDATED]);
}

/* ---- What hangs on them ----------------------------------------------------------------------- */

struct goods {
	struct uuid_list products;
	struct i64_list quantities;
};

static struct goods goods_of(const struct seed_order *order)
{
	size_t n = order->line_count;
	struct goods goods = {
		.products = { ARENA_ARRAY(task_arena(), struct uuid, n), n },
		.quantities = { ARENA_ARRAY(task_arena(), int64_t, n), n },
	};

	for (size_t i = 0; i < n; i++) {
		goods.products.items[i] = order->lines[i].product_id;
		goods.quantities.items[i] = order->lines[i].quantity;
	}
	return goods;
}

/* The kind of a step's ledger entry, and the sign of each counter. */
static const struct {
	const char *kind;
	int64_t on_hand, reserved;
	const char *reservation; /* its state after the step; NULL: it is created */
} effects[] = {
	[GOODS_HELD] = { "reserve", 0, 1, NULL },
	[GOODS_RELEASED] = { "release", 0, -1, "released" },
	[GOODS_TAKEN] = { "pick", -1, -1, "consumed" },
};

static void move_goods(struct tx *tx, const struct seed_order *order, const struct goods *goods,
                       const struct seed_step *step, int64_t at)
{
	const char *state = effects[step->goods].reservation;

	sql_seed_movements(tx, .product_ids = goods->products, .quantities = goods->quantities,
	                   .kind = str_from(effects[step->goods].kind), .on_hand_sign = effects[step->goods].on_hand,
	                   .reserved_sign = effects[step->goods].reserved, .order_id = order->id,
	                   .actor = actor_text(step->who), .at = at);
	for (size_t i = 0; i < order->line_count; i++) {
		const struct order_line *line = &order->lines[i];

		if (state)
			sql_reservation_close(tx, .order_id = order->id, .product_id = line->product_id,
			                      .was = STR("active"), .state = str_from(state), .now = at);
		else
			sql_reservation_insert(tx, .order_id = order->id, .product_id = line->product_id,
			                       .quantity = line->quantity, .now = at);
	}
}

static void walk_path(struct tx *tx, const struct seed_order *order, const struct goods *goods)
{
	size_t steps = step_count(order);

	for (size_t i = 0; i < steps; i++) {
		const struct seed_step *step = &order->path[i];
		int64_t at = time_of(order, i + 1);

		sql_order_history_insert(
		        tx, .order_id = order->id, .seq = (int64_t)i + 1, .from_status = i ? (int)step[-1].to : 0,
		        .to_status = (int)step->to, .actor = actor_text(step->who),
		        .reason = i + 1 == steps && order->reason.len ? order->reason : STR_NULL, .now = at);
		if (step->goods != GOODS_STAY)
			move_goods(tx, order, goods, step, at);
	}
}

static void complete(struct tx *tx, const struct seed_order *order)
{
	struct goods goods = goods_of(order);

	order_lines_insert(tx, order->id, order->lines, order->line_count);
	walk_path(tx, order, &goods);
	if (status_of(order) == ORDER_pending)
		emit(tx, order_created, order->id, 1,
		     &(struct order_created_data){
		             .order_id = order->id,
		             .number = { order->number, ORDER_NUMBER_LEN },
		             .customer_id = order->customer_id,
		             .total = EUR(order->totals.total_minor),
		             .lines = order_lines_goods(order->lines, order->line_count),
		     });
	if (status_of(order) == ORDER_delivered)
		sql_seed_review(tx, .order_id = order->id);
}

void seed_orders_store(struct tx *tx, struct seed_orders orders)
{
	struct sql_seed_orders_rows made = insert_orders(tx, orders);

	for (size_t i = 0; i < made.count; i++)
		for (size_t k = 0; k < orders.count; k++)
			if (uuid_eq(made.rows[i].id, orders.items[k].id))
				complete(tx, &orders.items[k]);
	sql_seed_ratings(tx);
}
