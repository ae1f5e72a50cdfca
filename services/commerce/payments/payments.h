/* SPDX-License-Identifier: Apache-2.0 */
/* What a change of an order does to its payments: the records that are written with it, and the sums afterwards. */
#ifndef STOA_COMMERCE_PAYMENTS_H
#define STOA_COMMERCE_PAYMENTS_H

#include "commerce/api.h"
#include "commerce/domain/payment.h"
#include "commerce/orders/orders_sql.h"

/* A step that a provider or staff report together with a change of an order, in addition to the steps that
 * domain/payment.h derives from it. */
struct order_money {
	struct money_step step; /* kind money_kind_none: none */
	struct str provider;    /* null: the order's */
	struct str reference;   /* null: one is generated */
	struct uuid refund_id;  /* of a refund; all zero: a new refund */
};

struct payment_entries {
	struct money_step steps[1 + MONEY_MOVES_MAX];
	size_t count;
	int64_t events;
	struct payment_sums sums; /* after the change, like the members below */
	struct str status;
	struct str provider; /* null: none yet */
};

struct payment_case payment_case_of(const struct sql_order_row *order);

struct order_move;
struct payment_entries payment_entries_of(const struct order_move *move);
/* Adds the records and their events, which are numbered from seq + 1. */
void payment_entries_store(struct tx *tx, const struct order_move *move, const struct payment_entries *entries,
                           int64_t seq);

/* "12.50 EUR captured", for the history. */
struct str payment_text(struct money_step step, struct str currency);

/* For the staff's view of an order. */
struct payment_view_list payments_view(struct db *db, const struct sql_order_row *order);
struct refund_view_list refunds_view(struct db *db, const struct sql_order_row *order);

NORETURN void refuse_payment(enum payment_refusal no, const struct sql_order_row *order, int64_t expected);

#endif
