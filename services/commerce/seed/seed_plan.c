/* SPDX-License-Identifier: Apache-2.0 */
/* Demo orders of the last thirty days, decided: who ordered what when, and which path the order has taken since. */
#include "commerce/seed/seed.h"

#include "base/clock.h"
#include "task/task.h"

static const struct seed_customer customers[] = {
	{ "anna.berger@example.com", "Anna Berger", "Lindenstrasse 14", "10969", "Berlin" },
	{ "jonas.weber@example.com", "Jonas Weber", "Am Kanal 3", "12047", "Berlin" },
	{ "marta.kowalska@example.com", "Marta Kowalska", "Rosenweg 22", "13086", "Berlin" },
	{ "luca.romano@example.com", "Luca Romano", "Bergstrasse 61", "12169", "Berlin" },
	{ "sophie.laurent@example.com", "Sophie Laurent", "Gartenufer 8", "10179", "Berlin" },
	{ "emre.yildiz@example.com", "Emre Yildiz", "Marktgasse 5", "13351", "Berlin" },
	{ "clara.hoffmann@example.com", "Clara Hoffmann", "Kastanienhof 17", "10437", "Berlin" },
	{ "peter.novak@example.com", "Peter Novak", "Seestrasse 90", "13353", "Berlin" },
	{ "ingrid.solberg@example.com", "Ingrid Solberg", "Birkenallee 2", "14055", "Berlin" },
	{ "david.meyer@example.com", "David Meyer", "Turmplatz 1", "10551", "Berlin" },
	{ "elena.petrova@example.com", "Elena Petrova", "Ahornring 33", "12619", "Berlin" },
	{ "tom.vandenberg@example.com", "Tom van den Berg", "Hafenweg 12", "10317", "Berlin" },
	{ "maria.silva@example.com", "Maria Silva", "Sonnenhang 7", "12357", "Berlin" },
	{ "felix.wagner@example.com", "Felix Wagner", "Schulgasse 19", "13187", "Berlin" },
	{ "aisha.rahman@example.com", "Aisha Rahman", "Parkstrasse 48", "12053", "Berlin" },
	{ "henrik.larsen@example.com", "Henrik Larsen", "Uferpromenade 6", "14089", "Berlin" },
	{ "laura.fischer@example.com", "Laura Fischer", "Wiesengrund 25", "12587", "Berlin" },
	{ "mateo.garcia@example.com", "Mateo Garcia", "Nordring 71", "13059", "Berlin" },
	{ "hanna.lindqvist@example.com", "Hanna Lindqvist", "Amselweg 4", "14163", "Berlin" },
	{ "paul.schneider@example.com", "Paul Schneider", "Kirchplatz 10", "12555", "Berlin" },
};

static const char *const notes[] = {
	"", "", "", "Please ring twice.", "Leave it with the neighbour on the ground floor.", "", "Third floor, left.",
	"",
};

static const struct seed_step placed[] = { { ORDER_pending, SEED_CUSTOMER, 0, GOODS_STAY }, { 0 } };
static const struct seed_step confirmed[] = {
	{ ORDER_pending, SEED_CUSTOMER, 0, GOODS_STAY },
	{ ORDER_confirmed, SEED_WORKER, 1, GOODS_HELD },
	{ 0 },
};
static const struct seed_step regretted[] = {
	{ ORDER_pending, SEED_CUSTOMER, 0, GOODS_STAY },
	{ ORDER_confirmed, SEED_WORKER, 1, GOODS_HELD },
	{ ORDER_cancelled, SEED_CUSTOMER, 540, GOODS_RELEASED },
	{ 0 },
};
static const struct seed_step called_off[] = {
	{ ORDER_pending, SEED_CUSTOMER, 0, GOODS_STAY },
	{ ORDER_confirmed, SEED_WORKER, 1, GOODS_HELD },
	{ ORDER_cancelled, SEED_STAFF, 5400, GOODS_RELEASED },
	{ 0 },
};
static const struct seed_step short_of_stock[] = {
	{ ORDER_pending, SEED_CUSTOMER, 0, GOODS_STAY },
	{ ORDER_cancelled, SEED_WORKER, 1, GOODS_STAY },
	{ 0 },
};
static const struct seed_step delivered[] = {
	{ ORDER_pending, SEED_CUSTOMER, 0, GOODS_STAY },
	{ ORDER_confirmed, SEED_WORKER, 1, GOODS_HELD },
	{ ORDER_picking, SEED_PICKER, 2400, GOODS_STAY },
	{ ORDER_ready, SEED_PICKER, 1080, GOODS_TAKEN },
	{ ORDER_assigned, SEED_COURIER, 420, GOODS_STAY },
	{ ORDER_picked_up, SEED_COURIER, 900, GOODS_STAY },
	{ ORDER_in_transit, SEED_COURIER, 60, GOODS_STAY },
	{ ORDER_delivered, SEED_COURIER, 1500, GOODS_STAY },
	{ 0 },
};

/* `reason` of the last step. Ages in minutes, of the oldest and of the newest order. */
static const struct plan {
	const struct seed_step *path;
	int count;
	int oldest, newest;
	const char *reason;
	bool sold_out; /* its first line is a product that is sold out */
} plans[] = {
	{ placed, 3, 14, 2, "", false },
	{ confirmed, 9, 1200, 35, "", false },
	{ regretted, 3, 17000, 900, "changed my mind", false },
	{ called_off, 2, 30000, 12000, "the address does not exist", false },
	{ short_of_stock, 2, 20000, 3000, "", true },
	{ delivered, 21, 43000, 1500, "", false },
};

static struct order_line *offers_of(struct seed_items items)
{
	struct order_line *offers = ARENA_ARRAY(task_arena(), struct order_line, items.count);

	for (size_t i = 0; i < items.count; i++)
		offers[i] = (struct order_line){
			.product_id = items.items[i].id,
			.sku = items.items[i].sku,
			.name = str_from(items.items[i].row->name),
			.unit = str_from(items.items[i].row->unit),
			.unit_price = EUR(items.items[i].row->price_minor),
			.tax_rate_bp = items.items[i].tax_rate_bp,
		};
	return offers;
}

/* A random product: sold out, or with enough stock. */
static struct uuid choose_product(struct seed_choice *choice, struct seed_items items, bool sold_out)
{
	size_t at = (size_t)seed_pick(choice, 0, (int64_t)items.count - 1);

	for (size_t i = 0; i < items.count; i++) {
		const struct seed_item *item = &items.items[(at + i) % items.count];

		if (sold_out ? item->row->flags & SOLD_OUT : item->on_hand - item->safety >= 60)
			return item->id;
	}
	check_failed(__FILE__, __LINE__, "the demo shop has both");
}

static void fill_items(struct seed_order *order, struct seed_choice *choice, struct seed_items items,
                       const struct order_line *offers, bool sold_out)
{
	static const struct delivery_terms terms = { .fee = { 299, "EUR" }, .free_from = { true, 5000 } };
	struct line_request wishes[9];
	size_t count = (size_t)seed_pick(choice, 2, ARRAY_COUNT(wishes)), culprit;

	for (size_t i = 0; i < count; i++)
		wishes[i] = (struct line_request){
			.product_id = choose_product(choice, items, sold_out && i == 0),
			.quantity = seed_pick(choice, 1, 4),
		};
	order->lines = ARENA_ARRAY(task_arena(), struct order_line, count);
	CHECK(!order_price(wishes, count, offers, items.count, &terms, order->lines, &order->line_count, &order->totals,
	                   &culprit));
}

static struct seed_item *item_of(struct seed_item *items, const struct order_line *line)
{
	size_t at = 0;

	while (!uuid_eq(items[at].id, line->product_id))
		at++;
	return &items[at];
}

/* The reason that the worker gives. */
static struct str shortage_of(const struct seed_order *order, struct seed_items items)
{
	for (size_t i = 0; i < order->line_count; i++)
		if (item_of(items.items, &order->lines[i])->row->flags & SOLD_OUT)
			return str_printf(task_arena(), "out of stock: %.*s (%lld ordered, 0 left)",
			                  STR_ARG(order->lines[i].name), (long long)order->lines[i].quantity);
	return STR("");
}

/* Ids do not change with the day of the seeding, so they carry no time; numbers do. */
static void number_of(struct seed_order *order)
{
	struct uuid dated = order->id;

	for (int i = 0; i < 6; i++)
		dated.bytes[i] = (uint8_t)(order->created_at / US_PER_MS >> (40 - 8 * i));
	order_number(dated, order->number);
}

static struct seed_order plan_order(const struct plan *plan, int place, int n, struct seed_items items,
                                    const struct order_line *offers)
{
	struct uuid id = seed_id("order %d", n + 1);
	struct seed_choice choice = seed_choice_of(id);
	const struct seed_customer *customer = &customers[n * 7 % (int)ARRAY_COUNT(customers)];
	struct seed_order order = {
		.path = plan->path,
		.customer = customer,
		.id = id,
		.customer_id = seed_id("account public %s", customer->email),
		.reason = str_from(plan->reason),
		.note = notes[seed_pick(&choice, 0, ARRAY_COUNT(notes) - 1)],
		.by_card = seed_pick(&choice, 0, 2) > 0,
	};
	int age_min = plan->newest + (plan->oldest - plan->newest) * place / (plan->count - 1);

	order.created_at = -(age_min * 60 + seed_pick(&choice, 0, 59)) * US_PER_S;
	fill_items(&order, &choice, items, offers, plan->sold_out);
	if (plan->sold_out)
		order.reason = shortage_of(&order, items);
	return order;
}

static void count_sold(const struct seed_order *order, struct seed_items items)
{
	for (const struct seed_step *step = order->path; step->to; step++)
		for (size_t i = 0; i < order->line_count && step->goods == GOODS_TAKEN; i++)
			item_of(items.items, &order->lines[i])->sold += order->lines[i].quantity;
}

struct seed_orders seed_orders_plan(struct seed_items items, int64_t now_us)
{
	const struct order_line *offers = offers_of(items);
	struct seed_orders orders = { 0 };

	for (size_t i = 0; i < ARRAY_COUNT(plans); i++)
		orders.count += (size_t)plans[i].count;
	orders.items = ARENA_ARRAY(task_arena(), struct seed_order, orders.count);
	int n = 0;

	for (size_t i = 0; i < ARRAY_COUNT(plans); i++)
		for (int place = 0; place < plans[i].count; place++) {
			struct seed_order *order = &orders.items[n];

			*order = plan_order(&plans[i], place, n++, items, offers);
			order->created_at += now_us;
			number_of(order);
			count_sold(order, items);
		}
	return orders;
}
