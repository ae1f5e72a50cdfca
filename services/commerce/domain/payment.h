/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of an order's payments. Money moves in steps. Each step is a record that nothing changes later; a refund
 * takes time and has two: requested, then settled or failed. An order carries the sums of its steps; its payment status
 * is computed from them.
 *
 * Stock is reserved before money is taken. A card is authorised before the order is confirmed, and captured when the
 * order is ready: then the contents are known, and nothing leaves the store unpaid. Cash is captured at the hand-over.
 * An order that ends without its goods returns all money: an authorisation is voided, captured money is refunded. Pure,
 * as order.h.
 */
#ifndef STOA_COMMERCE_DOMAIN_PAYMENT_H
#define STOA_COMMERCE_DOMAIN_PAYMENT_H

#include "commerce/domain/order.h"

/* The payment status of an order. X(prefix, name); API, events and database use these names, and those below. */
#define PAYMENT_STATUSES(X) \
	X(PAYMENT_IS, none) \
	X(PAYMENT_IS, authorized) \
	X(PAYMENT_IS, partially_paid) \
	X(PAYMENT_IS, paid) \
	X(PAYMENT_IS, partially_refunded) \
	X(PAYMENT_IS, refunded) \
	X(PAYMENT_IS, voided) \
	X(PAYMENT_IS, failed) \
	X(PAYMENT_IS, overpaid)
CHOICE_ENUM(payment_status, PAYMENT_STATUSES)

/* What providers report of a payment: the first of the steps. */
#define PAYMENT_KINDS(X) \
	X(MONEY, authorized) \
	X(MONEY, captured) \
	X(MONEY, voided) \
	X(MONEY, failed)
#define MONEY_STEPS(X) \
	PAYMENT_KINDS(X) \
	X(MONEY, refund_requested) \
	X(MONEY, refund_settled) \
	X(MONEY, refund_failed)
CHOICE_ENUM(money_kind, MONEY_STEPS)

struct money_step {
	enum money_kind kind;
	int64_t amount; /* minor units; at most ORDER_TOTAL_MAX */
};

struct payment_sums {
	int64_t authorized, captured, voided;
	int64_t refunding, refunded; /* refunds pending, and settled */
	int64_t failures;            /* number of failures */
};

#define PAYMENT_METHODS(X) \
	X(PAY, cash) \
	X(PAY, card)
CHOICE_ENUM(payment_method, PAYMENT_METHODS)

struct payment_case {
	int64_t total;
	bool cash;
	struct payment_sums sums;
};

struct payment_sums payment_after(struct payment_sums sums, struct money_step step);
enum payment_status payment_status_of(const struct payment_sums *sums, int64_t total);
int64_t payment_open(const struct payment_sums *sums);       /* authorised, and neither captured nor voided */
int64_t payment_refundable(const struct payment_sums *sums); /* captured, and not refunded or in a pending refund */

/* The steps of the money when an order reaches a status: into `ret`, never with an amount of 0. Returns how many. */
enum { MONEY_MOVES_MAX = 2 };
size_t payment_moves(const struct payment_case *money, enum order_status to, struct money_step ret[MONEY_MOVES_MAX]);

/* ---- What providers and staff say ------------------------------------------------------------- */

enum payment_refusal {
	PAYMENT_OK,
	PAYMENT_TOO_LATE,     /* the order has ended without its goods */
	PAYMENT_NOT_AWAITED,  /* the order does not expect a step of this kind */
	PAYMENT_AMOUNT_WRONG, /* not the expected amount: payment_expected */
	REFUND_TOO_HIGH,      /* more than was captured, minus pending and settled refunds */
};

/* The default amount of a step. */
int64_t payment_expected(const struct payment_case *money, enum money_kind kind);
/* Whether a report of a provider (PAYMENT_KINDS) may be recorded. `waits`: the order has stock reserved until it is
 * paid. */
enum payment_refusal payment_admit(const struct payment_case *money, enum order_status status, bool waits,
                                   struct money_step step);
enum payment_refusal refund_admit(const struct payment_case *money, int64_t amount);

#endif
