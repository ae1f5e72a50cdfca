/* SPDX-License-Identifier: Apache-2.0 */
/* Payments as a part of an order's changes. */
#ifndef STOA_COMMERCE_PAYMENTS_H
#define STOA_COMMERCE_PAYMENTS_H

#include "commerce/orders/move.h"
#include "commerce/payments/api.h"

struct payment_case payment_case_of(const struct sql_order_row *order);

/* The refund that the change requests; NULL: it requests none. */
const struct sql_refund_row *payments_refund_of(const struct order_change *change);

/* "12.50 EUR captured", for the history. */
struct str payment_text(struct money_step step, const char *currency);

NORETURN void refuse_payment(enum payment_refusal no, const struct sql_order_row *order, int64_t expected);

#endif
