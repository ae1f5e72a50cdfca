/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/domain/payment.h"

#include "base/check.h"

CHOICE_TABLE(payment_status, PAYMENT_STATUSES)
CHOICE_TABLE(money_kind, MONEY_STEPS)
CHOICE_TABLE(payment_method, PAYMENT_METHODS)

/* ---- Sums -------------------------------------------------------------------------------------- */

/* How each sum changes, for each unit of a step. */
static const struct payment_sums signs[money_kind_count] = {
	[MONEY_authorized] = { .authorized = 1 },
	[MONEY_captured] = { .captured = 1 },
	[MONEY_voided] = { .voided = 1 },
	[MONEY_refund_requested] = { .refunding = 1 },
	[MONEY_refund_settled] = { .refunding = -1, .refunded = 1 },
	[MONEY_refund_failed] = { .refunding = -1 },
};

struct payment_sums payment_after(struct payment_sums sums, struct money_step step)
{
	const struct payment_sums *sign = &signs[step.kind];

	return (struct payment_sums){
		.authorized = sums.authorized + sign->authorized * step.amount,
		.captured = sums.captured + sign->captured * step.amount,
		.voided = sums.voided + sign->voided * step.amount,
		.refunding = sums.refunding + sign->refunding * step.amount,
		.refunded = sums.refunded + sign->refunded * step.amount,
		.failures = sums.failures + (step.kind == MONEY_failed),
	};
}

int64_t payment_open(const struct payment_sums *sums)
{
	int64_t open = sums->authorized - sums->voided - sums->captured;

	return open > 0 ? open : 0;
}

int64_t payment_refundable(const struct payment_sums *sums)
{
	return sums->captured - sums->refunding - sums->refunded;
}

static enum payment_status status_of_captured(const struct payment_sums *sums, int64_t total)
{
	if (sums->refunded)
		return sums->refunded < sums->captured ? PAYMENT_IS_partially_refunded : PAYMENT_IS_refunded;
	if (sums->captured < total)
		return PAYMENT_IS_partially_paid;
	return sums->captured == total ? PAYMENT_IS_paid : PAYMENT_IS_overpaid;
}

enum payment_status payment_status_of(const struct payment_sums *sums, int64_t total)
{
	if (sums->captured)
		return status_of_captured(sums, total);
	if (sums->authorized)
		return payment_open(sums) ? PAYMENT_IS_authorized : PAYMENT_IS_voided;
	return sums->failures ? PAYMENT_IS_failed : PAYMENT_IS_none;
}

/* ---- Moves ------------------------------------------------------------------------------------- */

static int64_t due(const struct payment_case *money)
{
	return money->total > money->sums.captured ? money->total - money->sums.captured : 0;
}

static int64_t open_of(const struct payment_case *money)
{
	return payment_open(&money->sums);
}

static int64_t refundable_of(const struct payment_case *money)
{
	return payment_refundable(&money->sums);
}

enum { CARD = 1, CASH = 2, EITHER = CARD | CASH };

static const struct {
	enum order_status to;
	unsigned method;
	enum money_kind kind;
	int64_t (*amount)(const struct payment_case *money);
} rows[] = {
	{ ORDER_ready, CARD, MONEY_captured, open_of },
	{ ORDER_collected, CASH, MONEY_captured, due },
	{ ORDER_delivered, CASH, MONEY_captured, due },
	{ ORDER_cancelled, EITHER, MONEY_voided, open_of },
	{ ORDER_cancelled, EITHER, MONEY_refund_requested, refundable_of },
	{ ORDER_rejected, EITHER, MONEY_voided, open_of },
	{ ORDER_rejected, EITHER, MONEY_refund_requested, refundable_of },
	{ ORDER_expired, EITHER, MONEY_voided, open_of },
	{ ORDER_expired, EITHER, MONEY_refund_requested, refundable_of },
	{ ORDER_returned, EITHER, MONEY_voided, open_of },
	{ ORDER_returned, EITHER, MONEY_refund_requested, refundable_of },
	{ ORDER_lost, EITHER, MONEY_voided, open_of },
	{ ORDER_lost, EITHER, MONEY_refund_requested, refundable_of },
};

size_t payment_moves(const struct payment_case *money, enum order_status to, struct money_step ret[MONEY_MOVES_MAX])
{
	unsigned method = money->cash ? CASH : CARD;
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct money_step step = { rows[i].kind, rows[i].amount(money) };

		if (rows[i].to == to && rows[i].method & method && step.amount > 0)
			ret[count++] = step;
	}
	return count;
}

/* ---- What providers and staff say ------------------------------------------------------------- */

static bool ended_without_goods(enum order_status status)
{
	return status == ORDER_cancelled || status == ORDER_rejected || status == ORDER_expired ||
	       status == ORDER_returned || status == ORDER_lost;
}

int64_t payment_expected(const struct payment_case *money, enum money_kind kind)
{
	if (kind == MONEY_authorized || kind == MONEY_failed)
		return money->total;
	if (kind == MONEY_voided || open_of(money))
		return open_of(money);
	return due(money);
}

enum payment_refusal payment_admit(const struct payment_case *money, enum order_status status, bool waits,
                                   struct money_step step)
{
	int64_t expected = payment_expected(money, step.kind);

	if (ended_without_goods(status))
		return PAYMENT_TOO_LATE;
	if (step.kind == MONEY_authorized || step.kind == MONEY_failed) {
		if (status != ORDER_pending || !waits)
			return PAYMENT_NOT_AWAITED;
		return step.amount == expected ? PAYMENT_OK : PAYMENT_AMOUNT_WRONG;
	}
	if (status == ORDER_pending || status == ORDER_on_hold)
		return PAYMENT_NOT_AWAITED;
	if (step.kind == MONEY_voided && !expected)
		return PAYMENT_NOT_AWAITED;
	if (step.amount <= 0 || (step.kind == MONEY_voided && step.amount != expected))
		return PAYMENT_AMOUNT_WRONG;
	return PAYMENT_OK;
}

enum payment_refusal refund_admit(const struct payment_case *money, int64_t amount)
{
	return amount <= refundable_of(money) ? PAYMENT_OK : REFUND_TOO_HIGH;
}
