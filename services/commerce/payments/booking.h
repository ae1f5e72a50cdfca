/* SPDX-License-Identifier: Apache-2.0 */
/* Payments as a part of an order's changes. */
#ifndef STOA_COMMERCE_PAYMENTS_BOOKING_H
#define STOA_COMMERCE_PAYMENTS_BOOKING_H

#include "commerce/orders/move.h"
#include "commerce/payments/api.h"

struct payment_case payment_case_of(const struct sql_order_row *order);

/* The refund that the change requests; NULL: it requests none. */
const struct sql_refund_row *payments_refund_of(const struct order_change *change);

#endif
