/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of stock: what each change of status does to the goods, and that no path of an order loses or makes any. */
#include "base/test.h"

#include "base/random.h"
#include "commerce/domain/stock.h"

/* The table a second time; a change that is not here must have no effect. */
static const struct {
	enum order_status from, to;
	enum stock_effect effect;
	int64_t on_hand, reserved;
} moving[] = {
	{ ORDER_pending, ORDER_confirmed, STOCK_RESERVED, 0, 1 },
	{ ORDER_pending, ORDER_cancelled, STOCK_RELEASED, 0, -1 },
	{ ORDER_pending, ORDER_rejected, STOCK_RELEASED, 0, -1 },
	{ ORDER_pending, ORDER_on_hold, STOCK_RELEASED, 0, -1 },
	{ ORDER_pending, ORDER_expired, STOCK_EXPIRED, 0, -1 },
	{ ORDER_confirmed, ORDER_cancelled, STOCK_RELEASED, 0, -1 },
	{ ORDER_picking, ORDER_cancelled, STOCK_RELEASED, 0, -1 },
	{ ORDER_picking, ORDER_ready, STOCK_PICKED, -1, -1 },
	{ ORDER_ready, ORDER_cancelled, STOCK_RETURNED, 1, 0 },
	{ ORDER_assigned, ORDER_cancelled, STOCK_RETURNED, 1, 0 },
	{ ORDER_returning, ORDER_returned, STOCK_RETURNED, 1, 0 },
	{ ORDER_picked_up, ORDER_lost, STOCK_LOST, 0, 0 },
	{ ORDER_in_transit, ORDER_lost, STOCK_LOST, 0, 0 },
	{ ORDER_delivery_failed, ORDER_lost, STOCK_LOST, 0, 0 },
	{ ORDER_returning, ORDER_lost, STOCK_LOST, 0, 0 },
};

static void test_every_change_of_status(void **state)
{
	for (enum order_status from = order_status_none + 1; from < order_status_count; from++)
		for (enum order_status to = order_status_none + 1; to < order_status_count; to++) {
			enum stock_effect expected = STOCK_STAYS;

			for (size_t i = 0; i < ARRAY_COUNT(moving); i++)
				if (moving[i].from == from && moving[i].to == to)
					expected = moving[i].effect;
			assert_int_equal(stock_effect_of(from, to), expected);
		}
}

static void test_bookings(void **state)
{
	assert_null(stock_booking_of(STOCK_STAYS));
	for (size_t i = 0; i < ARRAY_COUNT(moving); i++) {
		const struct stock_booking *booking = stock_booking_of(moving[i].effect);

		assert_int_equal(booking->on_hand, moving[i].on_hand);
		assert_int_equal(booking->reserved, moving[i].reserved);
		assert_int_equal(booking->back, moving[i].effect == STOCK_LOST);
		assert_true(booking->kind.len && booking->becomes.len);
		assert_int_equal(str_is_null(booking->was), moving[i].effect == STOCK_RESERVED);
	}
}

static void book(const struct stock_booking *booking, struct str *reservation, int64_t counters[2])
{
	assert_true(str_is_null(booking->was) ? !str_eq(*reservation, STR("active"))
	                                      : str_eq(*reservation, booking->was));
	*reservation = booking->becomes;
	counters[0] += booking->on_hand;
	counters[1] += booking->reserved;
}

/* Walks every legal path at random: a reservation is found in the state that the next booking expects, and in the end
 * the goods are in the store, with the customer, or written off. A pending order may have reserved stock before it is
 * confirmed. */
static void test_goods_are_somewhere(void **state)
{
	const enum order_actor anybody = BY_CUSTOMER | BY_STAFF | BY_WORKER | BY_COURIER | BY_TIMER | BY_DISPATCH;

	for (int round = 0; round < 5000; round++) {
		enum fulfilment way = round % 2 ? FULFILMENT_pickup : FULFILMENT_delivery;
		enum order_status status = ORDER_pending, next[order_status_count];
		struct str reservation = STR_NULL;
		int64_t counters[2] = { 0, 0 };

		for (size_t count; (count = order_moves(status, anybody, way, next)) > 0;) {
			enum order_status to = next[random_below((uint32_t)count)];
			const struct stock_booking *booking = stock_booking_of(stock_effect_of(status, to));
			bool held = str_eq(reservation, STR("active"));

			if (status == ORDER_pending && !held && random_below(2)) {
				book(stock_booking_of(STOCK_RESERVED), &reservation, counters);
				held = true;
			}
			if (booking && !(status == ORDER_pending && held == (to == ORDER_confirmed)))
				book(booking, &reservation, counters);
			status = to;
		}
		bool gone = status == ORDER_delivered || status == ORDER_collected || status == ORDER_lost;

		assert_int_equal(counters[1], 0);
		assert_int_equal(counters[0], gone ? -1 : 0);
	}
}

/* ---- Counting --------------------------------------------------------------------------------- */

static void test_corrections(void **state)
{
	static const struct {
		struct stock_counters now;
		struct stock_change change;
		enum stock_refusal refusal;
		int64_t on_hand;
	} rows[] = {
		{ { 10, 4, 0, 0 }, { false, 5, 0 }, STOCK_OK, 15 },
		{ { 10, 4, 0, 0 }, { false, -6, 0 }, STOCK_OK, 4 },
		{ { 10, 4, 0, 0 }, { false, -7, 0 }, STOCK_BELOW_RESERVED, 0 },
		{ { 10, 4, 0, 0 }, { false, -10, 0 }, STOCK_BELOW_RESERVED, 0 },
		{ { 10, 4, 0, 0 }, { false, -11, 0 }, STOCK_NEGATIVE, 0 },
		{ { 0, 0, 0, 0 }, { false, -1, 0 }, STOCK_NEGATIVE, 0 },
		{ { 10, 4, 0, 0 }, { true, 4, 10 }, STOCK_OK, 4 },
		{ { 10, 4, 0, 0 }, { true, 10, 10 }, STOCK_OK, 10 },
		{ { 10, 4, 0, 0 }, { true, 3, 10 }, STOCK_BELOW_RESERVED, 0 },
		{ { 10, 4, 0, 0 }, { true, 12, 9 }, STOCK_NOT_EXPECTED, 0 },
		{ { 1, 0, 0, 0 }, { false, STOCK_MAX, 0 }, STOCK_TOO_HIGH, 0 },
		{ { 0, 0, 0, 0 }, { false, STOCK_MAX, 0 }, STOCK_OK, STOCK_MAX },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct stock_counters after = { .on_hand = -1 };

		assert_int_equal(stock_change(&rows[i].now, &rows[i].change, &after), rows[i].refusal);
		assert_int_equal(after.on_hand, rows[i].refusal ? -1 : rows[i].on_hand);
		if (!rows[i].refusal)
			assert_int_equal(after.reserved, rows[i].now.reserved);
	}
}

static void test_low(void **state)
{
	static const struct {
		struct stock_counters counters;
		int64_t left;
		bool low;
	} rows[] = {
		{ { 10, 4, 0, 5 }, 6, false }, { { 10, 5, 0, 5 }, 5, true }, { { 10, 4, 1, 5 }, 5, true },
		{ { 0, 0, 0, 0 }, 0, true },   { { 1, 0, 0, 0 }, 1, false }, { { 1, 0, 3, 0 }, -2, true },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		assert_int_equal(stock_left(&rows[i].counters), rows[i].left);
		assert_int_equal(stock_is_low(&rows[i].counters), rows[i].low);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_change_of_status),
		cmocka_unit_test(test_bookings),
		cmocka_unit_test(test_goods_are_somewhere),
		cmocka_unit_test(test_corrections),
		cmocka_unit_test(test_low),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
