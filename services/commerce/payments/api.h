/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of payments and refunds. Amounts in requests are minor units of the order's currency. */
#ifndef STOA_COMMERCE_PAYMENT_API_H
#define STOA_COMMERCE_PAYMENT_API_H

#include "commerce/domain/payment.h"
#include "json/schema.h"

extern const struct choice payment_kind_choice; /* over enum money_kind, PAYMENT_KINDS of it */

#define PAYMENT_VIEW(X, T)                                                                             \
	X(T, i64, _, seq, .doc = "Sequence number of the order's event about this payment")            \
	X(T, str, _, kind, .max = 32, .doc = "Kind of record: authorized, captured, voided or failed") \
	X(T, str, _, method, .max = 32, .doc = "Payment method: cash or card")                         \
	X(T, money, _, amount, .doc = "Amount of money")                                               \
	X(T, str, _, provider, .max = 32, .doc = "Payment provider: instant, manual or cash")          \
	X(T, str, _, reference, .max = 100, .doc = "The provider's reference of the payment")          \
	X(T, str, _, actor, .max = 64, .doc = "Who recorded the payment, for example staff:<id>")      \
	X(T, time, _, at, .doc = "Time")
SCHEMA_STRUCT(payment_view, PAYMENT_VIEW)

#define REFUND_STATES(X)         \
	X(REFUND_STATE, pending) \
	X(REFUND_STATE, settled) \
	X(REFUND_STATE, failed)
CHOICE_ENUM(refund_state, REFUND_STATES)

#define REFUND_VIEW(X, T)                                                                         \
	X(T, uuid, _, id, .doc = "Id of the refund")                                              \
	X(T, money, _, amount, .doc = "Amount of the refund")                                     \
	X(T, choice, refund_state, state, .doc = "Whether it is paid out")                        \
	X(T, str, _, reason, .max = 500, .nullable = true, .doc = "Reason, as text for people")   \
	X(T, str, _, provider, .max = 32, .doc = "Payment provider: instant, manual or cash")     \
	X(T, str, _, actor, .max = 64, .doc = "Who requested the refund, for example staff:<id>") \
	X(T, time, _, created_at, .doc = "Time of the request")                                   \
	X(T, time, _, updated_at, .doc = "Time of the last change")
SCHEMA_STRUCT(refund_view, REFUND_VIEW)

#define RECORD_PAYMENT(X, T)                                                                                       \
	X(T, choice, payment_kind, kind, .doc = "Kind of record")                                                  \
	X(T, opt_i64, _, amount, .min = 1, .max = PAYMENT_MAX,                                                     \
	  .doc = "Amount in minor units (cents); default: the total, or the authorised amount that is still open") \
	X(T, str, _, reference, .min = 1, .max = 100,                                                              \
	  .doc = "The provider's reference of the payment; each reference is accepted once")
SCHEMA_STRUCT(record_payment, RECORD_PAYMENT)

#define REQUEST_REFUND(X, T)                                                                       \
	X(T, i64, _, amount, .min = 1, .max = PAYMENT_MAX, .doc = "Amount in minor units (cents)") \
	X(T, str, _, reason, .min = 1, .max = 500, .doc = "Reason; the customer can read it")
SCHEMA_STRUCT(request_refund, REQUEST_REFUND)

#endif
