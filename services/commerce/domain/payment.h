/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of an order's money. Money moves in steps, each a record that nothing changes later (a refund, which takes
 * time, has two: asked for, then settled or failed). An order carries the sums of its steps; where its money stands is
 * computed from them and never written by anybody.
 *
 * Goods are reserved before money is asked for. A card is authorised before the order is confirmed and captured when it
 * is ready: what is in the bag is known by then, and nothing leaves the store unpaid. Cash is captured when it changes
 * hands. An order that ends without its goods gives everything back: what was only authorised is voided, what was
 * captured refunded. Pure, as order.h.
 */
#ifndef STOA_COMMERCE_DOMAIN_PAYMENT_H
#define STOA_COMMERCE_DOMAIN_PAYMENT_H

#include "commerce/domain/order.h"

/* Where the money stands. X(prefix, name); the names are the words of API, events and database, as below. */
#define PAYMENT_STATUSES(X)               \
	X(PAYMENT_IS, none)               \
	X(PAYMENT_IS, authorized)         \
	X(PAYMENT_IS, partially_paid)     \
	X(PAYMENT_IS, paid)               \
	X(PAYMENT_IS, partially_refunded) \
	X(PAYMENT_IS, refunded)           \
	X(PAYMENT_IS, voided)             \
	X(PAYMENT_IS, failed)             \
	X(PAYMENT_IS, overpaid)
CHOICE_ENUM(payment_status, PAYMENT_STATUSES)

/* What providers say of a payment: the first of the steps. */
#define PAYMENT_KINDS(X)     \
	X(MONEY, authorized) \
	X(MONEY, captured)   \
	X(MONEY, voided)     \
	X(MONEY, failed)
#define MONEY_STEPS(X)             \
	PAYMENT_KINDS(X)           \
	X(MONEY, refund_requested) \
	X(MONEY, refund_settled)   \
	X(MONEY, refund_failed)
CHOICE_ENUM(money_kind, MONEY_STEPS)

struct money_step {
	enum money_kind kind;
	int64_t amount; /* minor units; at most PAYMENT_MAX */
};

#define PAYMENT_MAX INT64_C(1000000000000)

struct payment_sums {
	int64_t authorized, captured, voided;
	int64_t refunding, refunded; /* refunds pending, and settled */
	int64_t failures;            /* how often */
};

struct payment_case {
	int64_t total;
	bool cash;
	struct payment_sums sums;
};

struct str payment_status_name(enum payment_status status);
struct str money_kind_name(enum money_kind kind);

struct payment_sums payment_after(struct payment_sums sums, struct money_step step);
enum payment_status payment_status_of(const struct payment_sums *sums, int64_t total);
int64_t payment_open(const struct payment_sums *sums);       /* authorised and neither captured nor voided */
int64_t payment_refundable(const struct payment_sums *sums); /* captured and not on its way back */

/* What becomes of the money when an order reaches a status: into `ret`, never an amount of 0. Returns how many. */
enum { MONEY_MOVES_MAX = 2 };
size_t payment_moves(const struct payment_case *money, enum order_status to, struct money_step ret[MONEY_MOVES_MAX]);

/* ---- What providers and staff say ------------------------------------------------------------- */

enum payment_refusal {
	PAYMENT_OK,
	PAYMENT_TOO_LATE,     /* the order has ended without its goods */
	PAYMENT_NOT_AWAITED,  /* nothing of that kind can be, as the order stands */
	PAYMENT_AMOUNT_WRONG, /* not what it has to be: payment_expected */
	REFUND_TOO_HIGH,      /* more than was captured, refunds pending and settled deducted */
};

/* What a step amounts to when nobody says. */
int64_t payment_expected(const struct payment_case *money, enum money_kind kind);
/* May a provider's word (PAYMENT_KINDS) be recorded? `waits`: the order holds its goods until it is paid for. */
enum payment_refusal payment_admit(const struct payment_case *money, enum order_status status, bool waits,
                                   struct money_step step);
enum payment_refusal refund_admit(const struct payment_case *money, int64_t amount);

#endif
