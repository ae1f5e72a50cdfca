/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of payments: every status from its sums, the steps at each status of an order, refusals; and no path
 * refunds more than it captured. */
#include "base/test.h"

#include "base/random.h"
#include "commerce/domain/payment.h"

static void test_status_from_sums(void **state)
{
	static const struct {
		struct payment_sums sums;
		enum payment_status status;
	} rows[] = {
		/* of a total of 100 */
		{ { 0 }, PAYMENT_IS_none },
		{ { .failures = 2 }, PAYMENT_IS_failed },
		{ { .authorized = 100 }, PAYMENT_IS_authorized },
		{ { .authorized = 100, .failures = 1 }, PAYMENT_IS_authorized },
		{ { .authorized = 100, .voided = 40 }, PAYMENT_IS_authorized },
		{ { .authorized = 100, .voided = 100 }, PAYMENT_IS_voided },
		{ { .captured = 1 }, PAYMENT_IS_partially_paid },
		{ { .authorized = 100, .captured = 99 }, PAYMENT_IS_partially_paid },
		{ { .authorized = 100, .captured = 60, .voided = 40 }, PAYMENT_IS_partially_paid },
		{ { .captured = 100 }, PAYMENT_IS_paid },
		{ { .authorized = 100, .captured = 100 }, PAYMENT_IS_paid },
		{ { .captured = 101 }, PAYMENT_IS_overpaid },
		{ { .captured = 100, .refunding = 100 }, PAYMENT_IS_paid },
		{ { .captured = 100, .refunding = 1, .refunded = 1 }, PAYMENT_IS_partially_refunded },
		{ { .captured = 100, .refunded = 99 }, PAYMENT_IS_partially_refunded },
		{ { .captured = 101, .refunded = 1 }, PAYMENT_IS_partially_refunded },
		{ { .captured = 100, .refunded = 100 }, PAYMENT_IS_refunded },
		{ { .captured = 40, .refunded = 40 }, PAYMENT_IS_refunded },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (payment_status_of(&rows[i].sums, 100) != rows[i].status)
			test_fail("row %zu should be %s", i, choice_text(&payment_status_choice, rows[i].status).ptr);
}

/* The table a second time; a status that is not here needs no step. */
static const struct {
	enum order_status to;
	bool cash;
	struct payment_sums sums; /* of a total of 100 */
	struct money_step steps[MONEY_MOVES_MAX];
} asking[] = {
	{ ORDER_ready, false, { .authorized = 100 }, { { MONEY_captured, 100 } } },
	{ ORDER_ready, false, { .authorized = 100, .captured = 30 }, { { MONEY_captured, 70 } } },
	{ ORDER_collected, true, { 0 }, { { MONEY_captured, 100 } } },
	{ ORDER_delivered, true, { .captured = 30 }, { { MONEY_captured, 70 } } },
	{ ORDER_cancelled, false, { .authorized = 100 }, { { MONEY_voided, 100 } } },
	{ ORDER_cancelled, false, { .authorized = 100, .captured = 100 }, { { MONEY_refund_requested, 100 } } },
	{ ORDER_cancelled, true, { .captured = 5 }, { { MONEY_refund_requested, 5 } } },
	{ ORDER_cancelled,
	  false,
	  { .authorized = 100, .captured = 60, .refunding = 10, .refunded = 20 },
	  { { MONEY_voided, 40 }, { MONEY_refund_requested, 30 } } },
	{ ORDER_rejected, false, { .authorized = 100 }, { { MONEY_voided, 100 } } },
	{ ORDER_expired, false, { .authorized = 100 }, { { MONEY_voided, 100 } } },
	{ ORDER_returned, false, { .authorized = 100, .captured = 100 }, { { MONEY_refund_requested, 100 } } },
	{ ORDER_lost, false, { .authorized = 100 }, { { MONEY_voided, 100 } } },
	{ ORDER_lost, false, { .authorized = 100, .captured = 100 }, { { MONEY_refund_requested, 100 } } },
	{ ORDER_cancelled, false, { 0 }, { { 0 } } },
	{ ORDER_cancelled, false, { .authorized = 100, .voided = 100 }, { { 0 } } },
	{ ORDER_returned, false, { .captured = 100, .refunded = 100 }, { { 0 } } },
	{ ORDER_ready, true, { 0 }, { { 0 } } },
	{ ORDER_ready, false, { 0 }, { { 0 } } },
	{ ORDER_delivered, false, { .authorized = 100, .captured = 100 }, { { 0 } } },
	{ ORDER_delivered, true, { .captured = 120 }, { { 0 } } },
};

static void test_what_a_status_asks_for(void **state)
{
	for (size_t i = 0; i < ARRAY_COUNT(asking); i++) {
		struct payment_case money = { .total = 100, .cash = asking[i].cash, .sums = asking[i].sums };
		struct money_step steps[MONEY_MOVES_MAX] = { { 0 } };
		size_t count = payment_moves(&money, asking[i].to, steps);

		assert_int_equal(count, !!asking[i].steps[0].kind + !!asking[i].steps[1].kind);
		for (size_t k = 0; k < count; k++) {
			assert_int_equal(steps[k].kind, asking[i].steps[k].kind);
			assert_int_equal(steps[k].amount, asking[i].steps[k].amount);
		}
	}
}

static void test_other_statuses_ask_for_nothing(void **state)
{
	for (enum order_status to = order_status_none + 1; to < order_status_count; to++) {
		struct payment_case money = { .total = 100, .sums = { .authorized = 100, .captured = 50 } };
		struct money_step steps[MONEY_MOVES_MAX];
		bool listed = false;

		for (size_t i = 0; i < ARRAY_COUNT(asking); i++)
			listed |= asking[i].to == to;
		if (!listed)
			assert_int_equal(payment_moves(&money, to, steps), 0);
	}
}

static void test_what_is_admitted(void **state)
{
	static const struct {
		enum order_status status;
		bool waits;
		struct payment_sums sums; /* of a total of 100 */
		struct money_step step;
		enum payment_refusal refusal;
	} rows[] = {
		{ ORDER_pending, true, { 0 }, { MONEY_authorized, 100 }, PAYMENT_OK },
		{ ORDER_pending, true, { 0 }, { MONEY_authorized, 99 }, PAYMENT_AMOUNT_WRONG },
		{ ORDER_pending, true, { 0 }, { MONEY_authorized, 101 }, PAYMENT_AMOUNT_WRONG },
		{ ORDER_pending, false, { 0 }, { MONEY_authorized, 100 }, PAYMENT_NOT_AWAITED },
		{ ORDER_on_hold, false, { 0 }, { MONEY_authorized, 100 }, PAYMENT_NOT_AWAITED },
		{ ORDER_confirmed, false, { .authorized = 100 }, { MONEY_authorized, 100 }, PAYMENT_NOT_AWAITED },
		{ ORDER_expired, false, { 0 }, { MONEY_authorized, 100 }, PAYMENT_TOO_LATE },
		{ ORDER_cancelled, false, { 0 }, { MONEY_captured, 100 }, PAYMENT_TOO_LATE },
		{ ORDER_rejected, false, { 0 }, { MONEY_failed, 100 }, PAYMENT_TOO_LATE },
		{ ORDER_returned, false, { 0 }, { MONEY_voided, 100 }, PAYMENT_TOO_LATE },
		{ ORDER_pending, true, { 0 }, { MONEY_failed, 100 }, PAYMENT_OK },
		{ ORDER_confirmed, false, { 0 }, { MONEY_failed, 100 }, PAYMENT_NOT_AWAITED },
		{ ORDER_pending, true, { 0 }, { MONEY_captured, 100 }, PAYMENT_NOT_AWAITED },
		{ ORDER_confirmed, false, { .authorized = 100 }, { MONEY_captured, 40 }, PAYMENT_OK },
		{ ORDER_delivered, false, { .captured = 100 }, { MONEY_captured, 20 }, PAYMENT_OK },
		{ ORDER_delivered, false, { .captured = 100 }, { MONEY_captured, 0 }, PAYMENT_AMOUNT_WRONG },
		{ ORDER_confirmed, false, { .authorized = 100 }, { MONEY_voided, 100 }, PAYMENT_OK },
		{ ORDER_confirmed, false, { .authorized = 100 }, { MONEY_voided, 99 }, PAYMENT_AMOUNT_WRONG },
		{ ORDER_confirmed, false, { .captured = 100 }, { MONEY_voided, 0 }, PAYMENT_NOT_AWAITED },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct payment_case money = { .total = 100, .sums = rows[i].sums };
		enum payment_refusal got = payment_admit(&money, rows[i].status, rows[i].waits, rows[i].step);

		if (got != rows[i].refusal)
			test_fail("row %zu: %d instead of %d", i, got, rows[i].refusal);
	}
}

static void test_refunds_have_a_ceiling(void **state)
{
	struct payment_case money = { .total = 100, .sums = { .captured = 100, .refunding = 30, .refunded = 20 } };

	assert_int_equal(refund_admit(&money, 50), PAYMENT_OK);
	assert_int_equal(refund_admit(&money, 51), REFUND_TOO_HIGH);
	money.sums = (struct payment_sums){ .authorized = 100 };
	assert_int_equal(refund_admit(&money, 1), REFUND_TOO_HIGH);
}

/* Random steps, if they are admitted: sums never go below zero, and no more is refunded than captured. */
static void test_no_path_gives_back_too_much(void **state)
{
	static const enum order_status statuses[] = { ORDER_pending, ORDER_confirmed, ORDER_ready, ORDER_delivered,
		                                      ORDER_cancelled };

	for (int round = 0; round < 3000; round++) {
		struct payment_case money = { .total = 1 + random_below(200), .cash = random_below(2) };

		for (int i = 0; i < 30; i++) {
			struct money_step step = { 1 + (int)random_below(money_kind_count - 1), 1 + random_below(200) };
			struct money_step moves[MONEY_MOVES_MAX];
			enum order_status status = statuses[random_below(ARRAY_COUNT(statuses))];
			bool may = step.kind == MONEY_refund_requested  ? !refund_admit(&money, step.amount)
			           : step.kind > MONEY_refund_requested ? step.amount <= money.sums.refunding
			                                                : !payment_admit(&money, status, true, step);

			if (may)
				money.sums = payment_after(money.sums, step);
			size_t count = payment_moves(&money, status, moves);

			for (size_t k = 0; k < count; k++)
				money.sums = payment_after(money.sums, moves[k]);
			assert_true(money.sums.refunding >= 0 && money.sums.refunded >= 0 && money.sums.voided >= 0);
			assert_true(money.sums.refunding + money.sums.refunded <= money.sums.captured);
			assert_true(money.sums.voided <= money.sums.authorized);
			if (status == ORDER_cancelled)
				assert_true(payment_open(&money.sums) == 0 && payment_refundable(&money.sums) == 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status_from_sums),
		cmocka_unit_test(test_what_a_status_asks_for),
		cmocka_unit_test(test_other_statuses_ask_for_nothing),
		cmocka_unit_test(test_what_is_admitted),
		cmocka_unit_test(test_refunds_have_a_ceiling),
		cmocka_unit_test(test_no_path_gives_back_too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
