/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One table has the life of an order: the API serves it (allowed_transitions), handlers ask it, tests read it. An order
 * can be cancelled only while its goods are in the store; after the hand-over it is a return, or the goods are lost.
 * From every status staff alone can bring an order to an end: couriers and customers may be gone.
 */
#include "commerce/domain/order.h"

#include <string.h>

#include "base/ascii.h"
#include "base/check.h"
#include "base/date.h"

CHOICE_TABLE(order_status, ORDER_STATUSES)
CHOICE_TABLE(fulfilment, FULFILMENTS)
CHOICE_TABLE(substitution, SUBSTITUTIONS)

/* What a move asks for besides the right person. */
enum { NEEDS_NOTHING, NEEDS_DELIVERY, NEEDS_PICKUP, NEEDS_REASON };

static const struct machine_row moves[] = {
	{ ORDER_pending, ORDER_confirmed, BY_WORKER | BY_PROVIDER },
	{ ORDER_pending, ORDER_rejected, BY_STAFF, .guard = NEEDS_REASON },
	{ ORDER_pending, ORDER_expired, BY_TIMER },
	{ ORDER_pending, ORDER_cancelled, BY_CUSTOMER | BY_STAFF | BY_WORKER | BY_PROVIDER },
	{ ORDER_pending, ORDER_on_hold, BY_STAFF | BY_WORKER },
	{ ORDER_on_hold, ORDER_pending, BY_STAFF },
	{ ORDER_on_hold, ORDER_cancelled, BY_CUSTOMER | BY_STAFF },
	{ ORDER_confirmed, ORDER_picking, BY_STAFF },
	{ ORDER_confirmed, ORDER_cancelled, BY_CUSTOMER | BY_STAFF },
	{ ORDER_picking, ORDER_ready, BY_STAFF },
	{ ORDER_picking, ORDER_cancelled, BY_CUSTOMER | BY_STAFF | BY_WORKER },
	{ ORDER_ready, ORDER_assigned, BY_DISPATCH | BY_COURIER, .guard = NEEDS_DELIVERY },
	{ ORDER_ready, ORDER_collected, BY_STAFF, .guard = NEEDS_PICKUP },
	{ ORDER_ready, ORDER_cancelled, BY_CUSTOMER | BY_STAFF },
	{ ORDER_assigned, ORDER_picked_up, BY_COURIER },
	{ ORDER_assigned, ORDER_ready, BY_STAFF | BY_COURIER | BY_WORKER },
	{ ORDER_assigned, ORDER_cancelled, BY_CUSTOMER | BY_STAFF },
	{ ORDER_picked_up, ORDER_in_transit, BY_COURIER },
	{ ORDER_picked_up, ORDER_returning, BY_STAFF, .guard = NEEDS_REASON },
	{ ORDER_picked_up, ORDER_lost, BY_STAFF, .guard = NEEDS_REASON },
	{ ORDER_in_transit, ORDER_delivered, BY_COURIER },
	{ ORDER_in_transit, ORDER_delivery_failed, BY_COURIER },
	{ ORDER_in_transit, ORDER_delivery_failed, BY_STAFF, .guard = NEEDS_REASON },
	{ ORDER_in_transit, ORDER_lost, BY_STAFF, .guard = NEEDS_REASON },
	{ ORDER_delivery_failed, ORDER_in_transit, BY_COURIER },
	{ ORDER_delivery_failed, ORDER_returning, BY_COURIER | BY_STAFF },
	{ ORDER_delivery_failed, ORDER_lost, BY_STAFF, .guard = NEEDS_REASON },
	{ ORDER_returning, ORDER_returned, BY_STAFF },
	{ ORDER_returning, ORDER_lost, BY_STAFF, .guard = NEEDS_REASON },
};
const struct machine order_machine = MACHINE(order_status, moves);

static enum move_refusal guard_refusal(int guard, struct move_facts facts)
{
	if (guard == NEEDS_DELIVERY && facts.fulfilment != FULFILMENT_delivery)
		return MOVE_NOT_A_DELIVERY;
	if (guard == NEEDS_PICKUP && facts.fulfilment != FULFILMENT_pickup)
		return MOVE_NOT_A_PICKUP;
	return guard == NEEDS_REASON && !facts.reasoned ? MOVE_UNREASONED : MOVE_OK;
}

bool order_guard_holds(int guard, const void *facts)
{
	struct move_facts reasoned = *(const struct move_facts *)facts;

	reasoned.reasoned = true;
	return guard_refusal(guard, reasoned) == MOVE_OK;
}

enum move_refusal order_move_check(enum order_status from, enum order_status to, enum order_actor actor,
                                   struct move_facts facts)
{
	const struct machine_row *move = machine_may(&order_machine, from, to, actor);

	return move ? guard_refusal(move->guard, facts) : MOVE_ILLEGAL;
}

bool order_may_move(enum order_status from, enum order_status to, enum order_actor actor)
{
	return machine_may(&order_machine, from, to, actor) != NULL;
}

size_t order_moves(enum order_status from, enum order_actor actor, enum fulfilment fulfilment,
                   enum order_status ret[order_status_count])
{
	struct move_facts facts = { .fulfilment = fulfilment };
	const struct machine_row *move = NULL;
	size_t count = 0;

	while ((move = machine_next(&order_machine, from, actor, move)))
		if (order_guard_holds(move->guard, &facts))
			ret[count++] = (enum order_status)move->to;
	return count;
}

bool order_is_final(enum order_status status)
{
	return machine_is_final(&order_machine, status);
}

static void two_digits(char *out, int value)
{
	out[0] = (char)('0' + value / 10 % 10);
	out[1] = (char)('0' + value % 10);
}

void order_number(struct uuid id, char out[ORDER_NUMBER_LEN])
{
	static const char base32[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	int64_t ms = 0;
	uint64_t tail = 0;

	for (int i = 0; i < 6; i++)
		ms = ms << 8 | id.bytes[i];
	for (int i = 11; i < 16; i++)
		tail = tail << 8 | id.bytes[i];
	struct date date = date_from_days(ms / (US_PER_DAY / 1000));

	two_digits(out, date.year % 100);
	two_digits(out + 2, date.month);
	two_digits(out + 4, date.day);
	out[6] = '-';
	for (int i = 0; i < 8; i++)
		out[7 + i] = base32[tail >> (35 - 5 * i) & 31];
}

int64_t order_number_day(struct str beginning)
{
	int digits[6];

	if (beginning.len < ARRAY_COUNT(digits))
		return 0;
	for (size_t i = 0; i < ARRAY_COUNT(digits); i++) {
		if (!is_digit(beginning.ptr[i]))
			return 0;
		digits[i] = beginning.ptr[i] - '0';
	}
	struct date date = { 2000 + 10 * digits[0] + digits[1], 10 * digits[2] + digits[3],
		             10 * digits[4] + digits[5] };
	return date_is_valid(date) ? date_to_days(date) * US_PER_DAY : 0;
}

static const struct order_line *product_find(const struct order_line *products, size_t count, struct uuid id)
{
	for (size_t i = 0; i < count; i++)
		if (uuid_eq(products[i].product_id, id))
			return &products[i];
	return NULL;
}

/* The line of that product; a missing one is inserted, in the order of product ids. */
static struct order_line *line_for(struct order_line *lines, size_t *count, const struct order_line *product)
{
	size_t at = 0;

	while (at < *count && uuid_cmp(lines[at].product_id, product->product_id) < 0)
		at++;
	if (at < *count && uuid_eq(lines[at].product_id, product->product_id))
		return &lines[at];
	memmove(&lines[at + 1], &lines[at], (*count - at) * sizeof(*lines));
	lines[at] = *product;
	++*count;
	return &lines[at];
}

static int64_t tax_contained(int64_t gross, int64_t rate_bp)
{
	return (gross * rate_bp + (10000 + rate_bp) / 2) / (10000 + rate_bp);
}

static struct order_totals totals_of(const struct order_line *lines, size_t count, const struct delivery_terms *terms)
{
	struct order_totals totals = { .currency = str_from(lines[0].unit_price.currency) };

	for (size_t i = 0; i < count; i++) {
		totals.subtotal_minor += lines[i].total.amount;
		totals.tax_minor += tax_contained(lines[i].total.amount, lines[i].tax_rate_bp);
	}
	if (!terms->free_from.set || totals.subtotal_minor < terms->free_from.value)
		totals.delivery_fee_minor = terms->fee.amount;
	totals.total_minor = totals.subtotal_minor + totals.delivery_fee_minor - totals.discount_minor;
	return totals;
}

enum order_refusal order_price(const struct line_request *requests, size_t request_count,
                               const struct order_line *products, size_t product_count,
                               const struct delivery_terms *terms, struct order_line *lines, size_t *ret_count,
                               struct order_totals *ret_totals, size_t *ret_line)
{
	size_t count = 0;

	CHECK(request_count >= 1 && request_count <= ORDER_LINES_MAX);
	for (size_t i = 0; i < request_count; i++) {
		const struct order_line *product = product_find(products, product_count, requests[i].product_id);

		*ret_line = i;
		if (!product)
			return ORDER_UNKNOWN_PRODUCT;
		if (!money_same_currency(product->unit_price, terms->fee))
			return ORDER_OTHER_CURRENCY;
		struct order_line *line = line_for(lines, &count, product);

		line->quantity += requests[i].quantity;
		if (line->quantity > ORDER_QUANTITY_MAX)
			return ORDER_QUANTITY_TOO_HIGH;
		line->total = product->unit_price;
		line->total.amount *= line->quantity;
		if (requests[i].substitution)
			line->substitution = requests[i].substitution;
	}
	*ret_totals = totals_of(lines, count, terms);
	*ret_count = count;
	return ORDER_OK;
}

static int64_t level_of(const struct stock_level *levels, size_t count, struct uuid product_id)
{
	for (size_t i = 0; i < count; i++)
		if (uuid_eq(levels[i].product_id, product_id))
			return levels[i].available > 0 ? levels[i].available : 0;
	return 0;
}

size_t stock_shortages(const struct goods_line *needs, size_t need_count, const struct stock_level *levels,
                       size_t level_count, struct stock_shortage *ret)
{
	size_t count = 0;

	for (size_t i = 0; i < need_count; i++) {
		int64_t available = level_of(levels, level_count, needs[i].product_id);

		if (available < needs[i].quantity)
			ret[count++] = (struct stock_shortage){ .product_id = needs[i].product_id,
				                                .requested = needs[i].quantity,
				                                .available = available };
	}
	return count;
}
