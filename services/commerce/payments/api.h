/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of payments and refunds. Amounts in requests are minor units of the order's currency. */
#ifndef STOA_COMMERCE_PAYMENT_API_H
#define STOA_COMMERCE_PAYMENT_API_H

#include "base/problem.h"
#include "commerce/domain/payment.h"
#include "commerce/payments/payments_sql.h"
#include "json/schema.h"

extern const struct choice payment_kind_choice; /* over enum money_kind, PAYMENT_KINDS of it */

#define PAYMENT_VIEW(X, T) \
	X(T, i64, _, seq, .doc = "Sequence number of the order's event about this payment") \
	X(T, choice, payment_kind, kind, .doc = "Kind of record: authorized, captured, voided or failed") \
	X(T, choice, payment_method, method, .doc = "Payment method: cash or card") \
	X(T, money, _, amount, .doc = "Amount of money") \
	X(T, str, code, provider, .max = 32, .doc = "Payment provider: instant, manual or cash") \
	X(T, str, line, reference, .max = 100, .doc = "The provider's reference of the payment") \
	X(T, str, code, actor, .max = 64, .doc = "Who recorded the payment, for example staff:<id>") \
	X(T, time, _, at, .doc = "Time")

#define REFUND_STATES(X) \
	X(REFUND_STATE, pending) \
	X(REFUND_STATE, settled) \
	X(REFUND_STATE, failed)
CHOICE_ENUM(refund_state, REFUND_STATES)

#define REFUND_VIEW(X, T) \
	X(T, uuid, _, id, .doc = "Id of the refund") \
	X(T, uuid, _, order_id, .doc = "Id of the order") \
	X(T, money, _, amount, .doc = "Amount of the refund") \
	X(T, choice, refund_state, state, .doc = "Whether it is paid out") \
	X(T, str, block, reason, .max = 500, .nullable = true, .doc = "Reason, as text for people") \
	X(T, str, code, provider, .max = 32, .doc = "Payment provider: instant, manual or cash") \
	X(T, str, code, actor, .max = 64, .doc = "Who requested the refund, for example staff:<id>") \
	X(T, time, _, created_at, .doc = "Time of the request") \
	X(T, time, _, updated_at, .doc = "Time of the last change")

#define RECORD_PAYMENT(X, T) \
	X(T, choice, payment_kind, kind, .doc = "Kind of record") \
	X(T, opt_i64, _, amount, .min = 1, .max = ORDER_TOTAL_MAX, \
	  .doc = "Amount in minor units of the order's currency; default: the total, or the authorised amount that " \
	         "is still open") \
	X(T, str, line, reference, .min = 1, .max = 100, \
	  .doc = "The provider's reference of the payment; each reference is accepted once")

#define REQUEST_REFUND(X, T) \
	X(T, i64, _, amount, .min = 1, .max = ORDER_TOTAL_MAX, .doc = "Amount in minor units of the order's currency") \
	X(T, str, block, reason, .min = 1, .max = 500, .doc = "Reason; the customer can read it")

/* clang-format off */
#define PAYMENTS_SHAPES(STRUCT, OVER)                                                                           \
	OVER(payment_view, PAYMENT_VIEW, struct sql_payment_row, "A record of a payment")                       \
	OVER(refund_view, REFUND_VIEW, struct sql_refund_row, "A refund")                                       \
	STRUCT(record_payment, RECORD_PAYMENT, "What a payment provider reports about an order's payment")      \
	STRUCT(request_refund, REQUEST_REFUND, "Amount and reason of a refund")
SCHEMA_DECLARE(PAYMENTS_SHAPES)

#define PAYMENTS_PROBLEMS(X)                                                                              \
	X(payment_too_late, 409, "The order has ended; it takes no more payments")                        \
	X(payment_not_awaited, 409, "The order does not expect a payment of this kind")                   \
	X(payment_amount_wrong, 409, "The amount is not the expected one")                                \
	X(payment_reference_taken, 409, "Another payment uses this reference")                            \
	X(refund_too_high, 409, "The refund is higher than the captured amount that is not refunded yet") \
	X(refund_not_pending, 409, "The refund is no longer pending")
PAYMENTS_PROBLEMS(PROBLEM_DECLARE)
/* clang-format on */

#endif
