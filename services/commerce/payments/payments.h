/* SPDX-License-Identifier: Apache-2.0 */
/* Payments as a part of an order's changes. */
#ifndef STOA_COMMERCE_PAYMENTS_H
#define STOA_COMMERCE_PAYMENTS_H

#include "commerce/api.h"
#include "commerce/domain/payment.h"
#include "commerce/orders/move.h"
#include "commerce/payments/payments_sql.h"

struct payment_case payment_case_of(const struct sql_order_row *order);

/* The refund that the change requests; NULL: it requests none. */
const struct sql_refund_row *payments_refund_of(const struct order_change *change);

/* "12.50 EUR captured", for the history. */
struct str payment_text(struct money_step step, struct str currency);

/* For the staff's view of an order. */
struct payment_view_list payments_view(struct db *db, const struct sql_order_row *order);
struct refund_view_list refunds_view(struct db *db, const struct sql_order_row *order);

NORETURN void refuse_payment(enum payment_refusal no, const struct sql_order_row *order, int64_t expected);

#endif
