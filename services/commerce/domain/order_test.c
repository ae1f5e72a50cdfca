/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of an order: every legal and illegal move, prices to the cent, shortages. */
#include "base/test.h"

#include "base/clock.h"
#include "commerce/domain/order.h"

/* ---- The life of an order --------------------------------------------------------------------- */

enum {
	NOBODY,
	C = BY_CUSTOMER,
	S = BY_STAFF,
	W = BY_WORKER,
	D = BY_COURIER,
	T = BY_TIMER,
	P = BY_DISPATCH,
	M = BY_PROVIDER
};

/* The table a second time, from the specification; a move that is not here must be refused. */
static const struct {
	enum order_status from, to;
	unsigned who;
} legal[] = {
	{ ORDER_pending, ORDER_confirmed, W | M },
	{ ORDER_pending, ORDER_rejected, S },
	{ ORDER_pending, ORDER_expired, T },
	{ ORDER_pending, ORDER_cancelled, C | S | W | M },
	{ ORDER_pending, ORDER_on_hold, S | W },
	{ ORDER_on_hold, ORDER_pending, S },
	{ ORDER_on_hold, ORDER_cancelled, C | S },
	{ ORDER_confirmed, ORDER_picking, S },
	{ ORDER_confirmed, ORDER_cancelled, C | S },
	{ ORDER_picking, ORDER_ready, S },
	{ ORDER_picking, ORDER_cancelled, C | S | W },
	{ ORDER_ready, ORDER_assigned, P | D },
	{ ORDER_ready, ORDER_collected, S },
	{ ORDER_ready, ORDER_cancelled, C | S },
	{ ORDER_assigned, ORDER_picked_up, D },
	{ ORDER_assigned, ORDER_ready, S | D | W },
	{ ORDER_assigned, ORDER_cancelled, C | S },
	{ ORDER_picked_up, ORDER_in_transit, D },
	{ ORDER_picked_up, ORDER_returning, S },
	{ ORDER_picked_up, ORDER_lost, S },
	{ ORDER_in_transit, ORDER_delivered, D },
	{ ORDER_in_transit, ORDER_delivery_failed, D | S },
	{ ORDER_in_transit, ORDER_lost, S },
	{ ORDER_delivery_failed, ORDER_in_transit, D },
	{ ORDER_delivery_failed, ORDER_returning, D | S },
	{ ORDER_delivery_failed, ORDER_lost, S },
	{ ORDER_returning, ORDER_returned, S },
	{ ORDER_returning, ORDER_lost, S },
};

static unsigned who_may(enum order_status from, enum order_status to)
{
	for (size_t i = 0; i < ARRAY_COUNT(legal); i++)
		if (legal[i].from == from && legal[i].to == to)
			return legal[i].who;
	return NOBODY;
}

static void test_every_pair_of_statuses(void **state)
{
	static const enum order_actor actors[] = { BY_CUSTOMER, BY_STAFF,    BY_WORKER,  BY_COURIER,
		                                   BY_TIMER,    BY_DISPATCH, BY_PROVIDER };
	size_t allowed = 0, rows = 0;

	for (enum order_status from = order_status_none; from < order_status_count; from++)
		for (enum order_status to = order_status_none; to < order_status_count; to++)
			for (size_t i = 0; i < ARRAY_COUNT(actors); i++) {
				bool may = who_may(from, to) & actors[i];

				if (order_may_move(from, to, actors[i]) != may)
					test_fail("%d to %d by %d should be %d", from, to, actors[i], may);
				allowed += may;
			}
	for (size_t i = 0; i < ARRAY_COUNT(legal); i++)
		rows += (size_t)__builtin_popcount(legal[i].who);
	assert_int_equal(allowed, rows);
}

/* Moves with a guard, from the specification as well. */
static const struct {
	enum order_status from, to;
	enum fulfilment only;
	bool reasoned;
	unsigned unless; /* these actors need none */
} guarded[] = {
	{ ORDER_pending, ORDER_rejected, .reasoned = true },
	{ ORDER_ready, ORDER_assigned, .only = FULFILMENT_delivery },
	{ ORDER_ready, ORDER_collected, .only = FULFILMENT_pickup },
	{ ORDER_picked_up, ORDER_returning, .reasoned = true },
	{ ORDER_picked_up, ORDER_lost, .reasoned = true },
	{ ORDER_in_transit, ORDER_delivery_failed, .reasoned = true, .unless = D },
	{ ORDER_in_transit, ORDER_lost, .reasoned = true },
	{ ORDER_delivery_failed, ORDER_lost, .reasoned = true },
	{ ORDER_returning, ORDER_lost, .reasoned = true },
};

static enum move_refusal refusal_of(enum order_status from, enum order_status to, enum order_actor actor,
                                    struct move_facts facts)
{
	if (!(who_may(from, to) & actor))
		return MOVE_ILLEGAL;
	for (size_t i = 0; i < ARRAY_COUNT(guarded); i++) {
		if (guarded[i].from != from || guarded[i].to != to)
			continue;
		if (guarded[i].only == FULFILMENT_pickup && facts.fulfilment != FULFILMENT_pickup)
			return MOVE_NOT_A_PICKUP;
		if (guarded[i].only == FULFILMENT_delivery && facts.fulfilment != FULFILMENT_delivery)
			return MOVE_NOT_A_DELIVERY;
		if (guarded[i].reasoned && !(guarded[i].unless & actor) && !facts.reasoned)
			return MOVE_UNREASONED;
	}
	return MOVE_OK;
}

static const enum fulfilment ways[] = { FULFILMENT_delivery, FULFILMENT_pickup };

static void test_every_guard_of_every_move(void **state)
{
	for (enum order_status from = order_status_none + 1; from < order_status_count; from++)
		for (enum order_status to = order_status_none + 1; to < order_status_count; to++)
			for (unsigned actor = C; actor <= M; actor <<= 1)
				for (unsigned i = 0; i < 4; i++) {
					struct move_facts facts = { ways[i & 1], i & 2 };

					assert_int_equal(order_move_check(from, to, actor, facts),
					                 refusal_of(from, to, actor, facts));
				}
}

static void test_moves_are_listed_as_they_are_allowed(void **state)
{
	for (enum order_status from = order_status_none + 1; from < order_status_count; from++)
		for (unsigned actor = C; actor <= M; actor <<= 1)
			for (size_t way = 0; way < ARRAY_COUNT(ways); way++) {
				enum order_status listed[order_status_count];
				struct move_facts facts = { ways[way], true };
				size_t count = order_moves(from, actor, ways[way], listed), expected = 0;

				for (enum order_status to = order_status_none + 1; to < order_status_count; to++)
					expected += refusal_of(from, to, actor, facts) == MOVE_OK;
				assert_int_equal(count, expected);
				for (size_t i = 0; i < count; i++)
					assert_int_equal(order_move_check(from, listed[i], actor, facts), MOVE_OK);
			}
}

static void test_final_statuses(void **state)
{
	static const enum order_status final[] = { ORDER_delivered, ORDER_collected, ORDER_cancelled, ORDER_rejected,
		                                   ORDER_expired,   ORDER_returned,  ORDER_lost };

	for (enum order_status status = order_status_none + 1; status < order_status_count; status++) {
		bool expected = false;

		for (size_t i = 0; i < ARRAY_COUNT(final); i++)
			expected |= final[i] == status;
		assert_int_equal(order_is_final(status), expected);
		for (size_t i = 0; i < ARRAY_COUNT(ways); i++) {
			enum order_status staff[order_status_count];

			assert_int_equal(order_moves(status, BY_STAFF, ways[i], staff) == 0, expected);
		}
	}
}

static void test_the_machine_holds_together(void **state)
{
	static const int final[] = { ORDER_delivered, ORDER_collected, ORDER_cancelled, ORDER_rejected,
		                     ORDER_expired,   ORDER_returned,  ORDER_lost,      0 };
	const struct machine_promise promise = { .first = ORDER_pending, .finals = final, .always = BY_STAFF };
	char why[100] = "";

	if (machine_check(&order_machine, &promise, why, sizeof(why)))
		test_fail("%s", why);
}

/* After hand-over it is a return, never a cancellation. */
static void test_goods_on_the_road_are_not_cancelled(void **state)
{
	static const enum order_status away[] = { ORDER_picked_up, ORDER_in_transit, ORDER_delivery_failed,
		                                  ORDER_returning };

	for (size_t i = 0; i < ARRAY_COUNT(away); i++)
		assert_false(order_may_move(away[i], ORDER_cancelled, C | S | W | D | T));
}

static void test_names_of_statuses(void **state)
{
	static const struct str unknown[] = { STR(""),         STR("none"),   STR("Pending"),
		                              STR("pending "), STR("pendin"), { NULL, 0 } };

	for (enum order_status status = order_status_none + 1; status < order_status_count; status++)
		assert_int_equal(choice_parse(&order_status_choice, choice_text(&order_status_choice, (int)status)),
		                 status);
	for (size_t i = 0; i < ARRAY_COUNT(unknown); i++)
		assert_int_equal(choice_parse(&order_status_choice, unknown[i]), order_status_none);
	assert_str(choice_text(&order_status_choice, ORDER_picked_up), STR("picked_up"));
}

/* ---- Order numbers ---------------------------------------------------------------------------- */

static void test_order_numbers(void **state)
{
	static const struct {
		const char *id, *number;
	} rows[] = {
		{ "00000000-0000-7000-8000-000000000000", "700101-00000000" },
		{ "00000000-0000-7000-8000-00ffffffffff", "700101-ZZZZZZZZ" },
		{ "00000000-0000-7000-8000-ff0000000020", "700101-00000010" },
		{ "00000526-5bff-7000-8000-008421084210", "700101-GGGGGGGG" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		char number[ORDER_NUMBER_LEN];
		struct uuid id;

		assert_int_equal(uuid_parse(str_from(rows[i].id), &id), 0);
		order_number(id, number);
		assert_str(((struct str){ number, sizeof(number) }), str_from(rows[i].number));
	}
}

static void test_order_numbers_begin_with_the_day(void **state)
{
	static const struct {
		const char *time, *day;
	} rows[] = {
		{ "2026-11-21T00:00:00Z", "261121-" }, { "2026-11-20T23:59:59.999Z", "261120-" },
		{ "2028-02-29T12:00:00Z", "280229-" }, { "2099-12-31T23:59:59.999Z", "991231-" },
		{ "2100-01-01T00:00:00Z", "000101-" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		char number[ORDER_NUMBER_LEN];
		struct uuid id = { 0 };
		int64_t time_us;

		assert_int_equal(time_parse(str_from(rows[i].time), &time_us), 0);
		for (int k = 0; k < 6; k++)
			id.bytes[k] = (uint8_t)(time_us / US_PER_MS >> (40 - 8 * k));
		order_number(id, number);
		assert_str(((struct str){ number, 7 }), str_from(rows[i].day));
	}
}

static void test_the_day_of_a_number(void **state)
{
	static const struct {
		struct str beginning;
		const char *day; /* NULL: none */
	} rows[] = {
		{ STR("261121"), "2026-11-21T00:00:00Z" },
		{ STR("280229-7K3"), "2028-02-29T00:00:00Z" },
		{ STR("261121-7K3QF9ZT"), "2026-11-21T00:00:00Z" },
		{ STR("26112"), NULL },
		{ STR("261321"), NULL },
		{ STR("270229"), NULL },
		{ STR("26112-"), NULL },
		{ STR(""), NULL },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		int64_t day = 0;

		if (rows[i].day)
			assert_int_equal(time_parse(str_from(rows[i].day), &day), 0);
		assert_true(order_number_day(rows[i].beginning) == day);
	}
}

/* ---- Prices ----------------------------------------------------------------------------------- */

static struct uuid id_of(int n)
{
	return (struct uuid){ { [14] = (uint8_t)(n >> 8), [15] = (uint8_t)n } };
}

static struct order_line product(int n, int64_t price_minor, int64_t tax_rate_bp)
{
	return (struct order_line){ .product_id = id_of(n),
		                    .sku = STR("X-1"),
		                    .name = STR("Thing"),
		                    .unit = STR("1 kg"),
		                    .unit_price = EUR(price_minor),
		                    .tax_rate_bp = tax_rate_bp };
}

static struct line_request request(int n, int64_t quantity)
{
	return (struct line_request){ .product_id = id_of(n), .quantity = quantity };
}

struct priced {
	enum order_refusal refusal;
	struct order_line lines[ORDER_LINES_MAX + 1];
	size_t count, culprit;
	struct order_totals totals;
};

/* Until a test says otherwise. */
static const struct delivery_terms usual = { .fee = { 299, "EUR" }, .free_from = { true, 5000 } };

static struct priced price_with(const struct line_request *requests, size_t request_count,
                                const struct order_line *products, size_t product_count,
                                const struct delivery_terms *terms)
{
	struct priced p = { .count = 77, .culprit = 88, .totals.total_minor = 99 };

	p.refusal = order_price(requests, request_count, products, product_count, terms, p.lines, &p.count, &p.totals,
	                        &p.culprit);
	return p;
}

static struct priced price(const struct line_request *requests, size_t request_count, const struct order_line *products,
                           size_t product_count)
{
	return price_with(requests, request_count, products, product_count, &usual);
}

static void assert_refused(const struct priced *p, enum order_refusal refusal)
{
	assert_int_equal(p->refusal, refusal);
	assert_int_equal(p->count, 77);
	assert_int_equal(p->totals.total_minor, 99);
}

static void test_lines_of_one_product_are_summed(void **state)
{
	const struct order_line products[] = { product(1, 129, 700), product(2, 250, 700) };
	struct line_request requests[] = { request(2, 1), request(1, 2), request(2, 3) };

	requests[0].substitution = SUBSTITUTION_refund;
	struct priced p = price(requests, ARRAY_COUNT(requests), products, ARRAY_COUNT(products));

	assert_int_equal(p.refusal, ORDER_OK);
	assert_int_equal(p.count, 2);
	assert_true(uuid_eq(p.lines[0].product_id, id_of(1)));
	assert_true(uuid_eq(p.lines[1].product_id, id_of(2)));
	assert_int_equal(p.lines[0].quantity, 2);
	assert_int_equal(p.lines[0].total.amount, 258);
	assert_int_equal(p.lines[0].substitution, 0);
	assert_int_equal(p.lines[1].quantity, 4);
	assert_int_equal(p.lines[1].total.amount, 1000);
	assert_int_equal(p.lines[1].substitution, SUBSTITUTION_refund);
	assert_int_equal(p.totals.subtotal_minor, 1258);
	assert_str(p.totals.currency, STR("EUR"));
}

static void test_delivery_costs_what_the_store_says(void **state)
{
	static const struct delivery_terms always = { .fee = { 500, "JPY" } }, never = { .fee = { 0, "JPY" } },
	                                   from_none = { .fee = { 500, "JPY" }, .free_from = { true, 0 } };
	static const struct {
		const struct delivery_terms *terms;
		int64_t subtotal, fee;
	} rows[] = {
		{ &usual, 1, 299 },   { &usual, 4999, 299 }, { &usual, 5000, 0 },         { &usual, 5001, 0 },
		{ &usual, 0, 299 },   { &always, 0, 500 },   { &always, 5001, 500 },      { &never, 1, 0 },
		{ &from_none, 0, 0 }, { &from_none, 1, 0 },  { &always, PRICE_MAX, 500 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct order_line only = product(1, rows[i].subtotal, 700);
		struct line_request wanted = request(1, 1);
		struct str currency = str_from(rows[i].terms->fee.currency);

		only.unit_price = money_of(rows[i].subtotal, currency);
		struct priced p = price_with(&wanted, 1, &only, 1, rows[i].terms);

		assert_int_equal(p.refusal, ORDER_OK);
		assert_str(p.totals.currency, currency);
		assert_int_equal(p.totals.subtotal_minor, rows[i].subtotal);
		assert_int_equal(p.totals.delivery_fee_minor, rows[i].fee);
		assert_int_equal(p.totals.total_minor, rows[i].subtotal + rows[i].fee);
		assert_int_equal(p.totals.discount_minor, 0);
	}
}

static void test_tax_is_contained_and_rounded_half_up(void **state)
{
	static const struct {
		int64_t price, quantity, rate_bp, tax;
	} rows[] = {
		{ 107, 1, 700, 7 },
		{ 119, 1, 1900, 19 },
		{ 129, 1, 700, 8 }, /* 8.439 */
		{ 100, 1, 700, 7 }, /* 6.542 */
		{ 100, 1, 0, 0 },
		{ 3, 1, 10000, 2 },  /* 1.5 */
		{ 1, 1, 10000, 1 },  /* 0.5 */
		{ 33, 3, 1900, 16 }, /* of the line, 15.807, not three times 5 */
		{ 0, 9, 1900, 0 },
		{ PRICE_MAX, 999, 700, 65355140187 },
		{ PRICE_MAX, 999, 10000, 499500000000 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct order_line only = product(1, rows[i].price, rows[i].rate_bp);
		struct line_request wanted = request(1, rows[i].quantity);
		struct priced p = price(&wanted, 1, &only, 1);

		assert_int_equal(p.refusal, ORDER_OK);
		assert_int_equal(p.totals.tax_minor, rows[i].tax);
	}
}

static void test_what_cannot_be_priced(void **state)
{
	struct order_line products[ORDER_LINES_MAX + 1];
	struct line_request requests[ORDER_LINES_MAX + 1];
	struct priced p;

	for (int i = 0; i <= ORDER_LINES_MAX; i++) {
		products[i] = product(i, 100, 700);
		requests[i] = request(i, 1);
	}
	p = price(requests, ORDER_LINES_MAX, products, ORDER_LINES_MAX);
	assert_int_equal(p.refusal, ORDER_OK);
	assert_int_equal(p.count, ORDER_LINES_MAX);

	p = price(requests, 7, products, 5);
	assert_refused(&p, ORDER_UNKNOWN_PRODUCT);
	assert_int_equal(p.culprit, 5);
	p = price(requests, 1, products, 0);
	assert_refused(&p, ORDER_UNKNOWN_PRODUCT);
	assert_int_equal(p.culprit, 0);

	products[3].unit_price = money_of(100, STR("CHF"));
	p = price(requests, 4, products, 5);
	assert_refused(&p, ORDER_OTHER_CURRENCY);
	assert_int_equal(p.culprit, 3);
	p = price(requests, 3, products, 5);
	assert_int_equal(p.refusal, ORDER_OK);
	p = price(&requests[3], 1, products, 5); /* all of one currency, which is not the store's */
	assert_refused(&p, ORDER_OTHER_CURRENCY);
}

static void test_the_largest_order_holds_the_dearest_products(void **state)
{
	struct order_line products[ORDER_LINES_MAX];
	struct line_request requests[ORDER_LINES_MAX];
	const struct delivery_terms dear = { .fee = EUR(PRICE_MAX) };

	for (int i = 0; i < ORDER_LINES_MAX; i++) {
		products[i] = product(i, PRICE_MAX, 10000);
		requests[i] = request(i, ORDER_QUANTITY_MAX);
	}
	struct priced p = price_with(requests, ORDER_LINES_MAX, products, ORDER_LINES_MAX, &dear);

	assert_int_equal(p.refusal, ORDER_OK);
	assert_int_equal(p.totals.total_minor, ORDER_TOTAL_MAX);
}

static void test_quantities_are_limited_after_summing(void **state)
{
	const struct order_line products[] = { product(1, 100, 700), product(2, 100, 700) };
	const struct line_request most[] = { request(1, 500), request(2, ORDER_QUANTITY_MAX), request(1, 499) };
	const struct line_request more[] = { request(1, 500), request(2, 1), request(1, 500) };
	const struct line_request one[] = { request(2, ORDER_QUANTITY_MAX + 1) };
	struct priced p = price(most, 3, products, 2);

	assert_int_equal(p.refusal, ORDER_OK);
	assert_int_equal(p.lines[0].quantity, ORDER_QUANTITY_MAX);
	p = price(more, 3, products, 2);
	assert_refused(&p, ORDER_QUANTITY_TOO_HIGH);
	assert_int_equal(p.culprit, 2);
	p = price(one, 1, products, 2);
	assert_refused(&p, ORDER_QUANTITY_TOO_HIGH);
	assert_int_equal(p.culprit, 0);
}

/* ---- Prices, whatever is ordered -------------------------------------------------------------- */

static uint64_t seed;

static int64_t pick(int64_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (int64_t)((seed >> 33) % (uint64_t)below);
}

static void shuffle(struct line_request *requests, size_t count)
{
	for (size_t i = count; i > 1; i--) {
		size_t k = (size_t)pick((int64_t)i);
		struct line_request moved = requests[i - 1];

		requests[i - 1] = requests[k];
		requests[k] = moved;
	}
}

static int64_t wished(const struct line_request *requests, size_t count, struct uuid id)
{
	int64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		if (uuid_eq(requests[i].product_id, id))
			sum += requests[i].quantity;
	return sum;
}

static void check_lines(const struct priced *p, const struct line_request *requests, size_t count)
{
	int64_t pieces = 0, all = 0, subtotal = 0;

	for (size_t i = 0; i < p->count; i++) {
		const struct order_line *line = &p->lines[i];

		assert_true(i == 0 || uuid_cmp(line[-1].product_id, line->product_id) < 0);
		assert_int_equal(line->quantity, wished(requests, count, line->product_id));
		assert_int_equal(line->total.amount, line->quantity * line->unit_price.amount);
		pieces += line->quantity;
		subtotal += line->total.amount;
	}
	for (size_t i = 0; i < count; i++)
		all += requests[i].quantity;
	assert_int_equal(pieces, all);
	assert_int_equal(p->totals.subtotal_minor, subtotal);
}

/* Half a cent a line is what rounding may move; without floats: |2 tax (1 + r) - 2 gross r| <= lines (1 + r). */
static void check_totals(const struct priced *p, int64_t rate_bp)
{
	const struct order_totals *t = &p->totals;
	int64_t off = 2 * t->tax_minor * (10000 + rate_bp) - 2 * t->subtotal_minor * rate_bp;

	assert_true(llabs(off) <= (int64_t)p->count * (10000 + rate_bp));
	assert_int_equal(t->total_minor, t->subtotal_minor + t->delivery_fee_minor - t->discount_minor);
	assert_true(t->delivery_fee_minor == (t->subtotal_minor < 5000 ? 299 : 0));
}

static void test_prices_of_random_orders(void **state)
{
	enum { OFFERS = 12, RUNS = 3000 };

	seed = 20261121;
	for (int run = 0; run < RUNS; run++) {
		struct order_line products[OFFERS];
		struct line_request requests[20];
		size_t count = (size_t)pick(ARRAY_COUNT(requests)) + 1;
		int64_t rate_bp = pick(2) ? 700 : 1900;

		for (int i = 0; i < OFFERS; i++)
			products[i] =
			        product((int)pick(2000) * OFFERS + i, pick(3) ? pick(2000) : pick(100000000), rate_bp);
		for (size_t i = 0; i < count; i++)
			requests[i] = (struct line_request){ .product_id = products[pick(OFFERS)].product_id,
				                             .quantity = pick(49) + 1 };
		struct priced first = price(requests, count, products, OFFERS);

		assert_int_equal(first.refusal, ORDER_OK);
		check_lines(&first, requests, count);
		check_totals(&first, rate_bp);
		shuffle(requests, count);
		struct priced again = price(requests, count, products, OFFERS);

		assert_int_equal(again.count, first.count);
		assert_int_equal(again.totals.total_minor, first.totals.total_minor);
		assert_int_equal(again.totals.tax_minor, first.totals.tax_minor);
	}
}

/* ---- Shortages -------------------------------------------------------------------------------- */

static void test_shortages(void **state)
{
	static const struct {
		int64_t wanted, available; /* below -100: there is no level at all */
		bool is_short;
		int64_t reported;
	} rows[] = {
		{ 1, 1, false, 0 }, { 5, 6, false, 0 }, { 5, 4, true, 4 },
		{ 1, 0, true, 0 },  { 1, -3, true, 0 }, { 2, -999, true, 0 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct goods_line need = { id_of(1), rows[i].wanted };
		struct stock_level levels[] = { { id_of(2), 1000 }, { id_of(1), rows[i].available } };
		struct stock_shortage found = { .requested = -1 };
		size_t count = stock_shortages(&need, 1, levels, rows[i].available < -100 ? 1 : 2, &found);

		assert_int_equal(count, rows[i].is_short);
		assert_int_equal(found.requested, rows[i].is_short ? rows[i].wanted : -1);
		assert_int_equal(found.available, rows[i].reported);
	}
}

static void test_shortages_of_some_lines(void **state)
{
	const struct goods_line needs[] = { { id_of(1), 3 }, { id_of(2), 3 }, { id_of(3), 3 }, { id_of(4), 3 } };
	const struct stock_level levels[] = { { id_of(4), 2 }, { id_of(3), 3 }, { id_of(1), 1 }, { id_of(2), 4 } };
	struct stock_shortage found[4];

	assert_int_equal(stock_shortages(needs, 4, levels, 4, found), 2);
	assert_true(uuid_eq(found[0].product_id, id_of(1)) && found[0].available == 1);
	assert_true(uuid_eq(found[1].product_id, id_of(4)) && found[1].available == 2);
	assert_int_equal(stock_shortages(needs, 0, levels, 4, found), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_pair_of_statuses),
		cmocka_unit_test(test_every_guard_of_every_move),
		cmocka_unit_test(test_moves_are_listed_as_they_are_allowed),
		cmocka_unit_test(test_the_largest_order_holds_the_dearest_products),
		cmocka_unit_test(test_final_statuses),
		cmocka_unit_test(test_the_machine_holds_together),
		cmocka_unit_test(test_goods_on_the_road_are_not_cancelled),
		cmocka_unit_test(test_names_of_statuses),
		cmocka_unit_test(test_order_numbers),
		cmocka_unit_test(test_order_numbers_begin_with_the_day),
		cmocka_unit_test(test_the_day_of_a_number),
		cmocka_unit_test(test_lines_of_one_product_are_summed),
		cmocka_unit_test(test_delivery_costs_what_the_store_says),
		cmocka_unit_test(test_tax_is_contained_and_rounded_half_up),
		cmocka_unit_test(test_what_cannot_be_priced),
		cmocka_unit_test(test_quantities_are_limited_after_summing),
		cmocka_unit_test(test_prices_of_random_orders),
		cmocka_unit_test(test_shortages),
		cmocka_unit_test(test_shortages_of_some_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
