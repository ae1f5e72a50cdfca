/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of payments and refunds. Amounts sent are minor units of the order's currency. */
#ifndef STOA_COMMERCE_PAYMENT_API_H
#define STOA_COMMERCE_PAYMENT_API_H

#include "commerce/domain/payment.h"
#include "json/schema.h"

extern const struct choice payment_kind_choice; /* over enum money_kind, PAYMENT_KINDS of it */

#define PAYMENT_VIEW(X, T)                                                                \
	X(T, i64, _, seq, .doc = "Sequence number of the order's event that tells of it") \
	X(T, str, _, kind, .max = 32, .doc = "authorized, captured, voided or failed")    \
	X(T, str, _, method, .max = 32, .doc = "cash or card")                            \
	X(T, money, _, amount, .doc = "How much")                                         \
	X(T, str, _, provider, .max = 32, .doc = "Through whom: instant, manual, cash")   \
	X(T, str, _, reference, .max = 100, .doc = "The provider's name for it")          \
	X(T, str, _, actor, .max = 64, .doc = "Who recorded it")                          \
	X(T, time, _, at, .doc = "When")
SCHEMA_STRUCT(payment_view, PAYMENT_VIEW)

#define REFUND_STATES(X)         \
	X(REFUND_STATE, pending) \
	X(REFUND_STATE, settled) \
	X(REFUND_STATE, failed)
CHOICE_ENUM(refund_state, REFUND_STATES)

#define REFUND_VIEW(X, T)                                                               \
	X(T, uuid, _, id, .doc = "Identifies the refund")                               \
	X(T, money, _, amount, .doc = "How much goes back")                             \
	X(T, choice, refund_state, state, .doc = "Whether it is paid out")              \
	X(T, str, _, reason, .max = 500, .nullable = true, .doc = "Why")                \
	X(T, str, _, provider, .max = 32, .doc = "Through whom: instant, manual, cash") \
	X(T, str, _, actor, .max = 64, .doc = "Who asked for it")                       \
	X(T, time, _, created_at, .doc = "When it was asked for")                       \
	X(T, time, _, updated_at, .doc = "When it changed last")
SCHEMA_STRUCT(refund_view, REFUND_VIEW)

#define RECORD_PAYMENT(X, T)                                                              \
	X(T, choice, payment_kind, kind, .doc = "What the provider says")                 \
	X(T, opt_i64, _, amount, .min = 1, .max = PAYMENT_MAX,                            \
	  .doc = "Minor units; default: the total, or what is authorised and still open") \
	X(T, str, _, reference, .min = 1, .max = 100, .doc = "The provider's name for it; used once")
SCHEMA_STRUCT(record_payment, RECORD_PAYMENT)

#define REQUEST_REFUND(X, T)                                                     \
	X(T, i64, _, amount, .min = 1, .max = PAYMENT_MAX, .doc = "Minor units") \
	X(T, str, _, reason, .min = 1, .max = 500, .doc = "Why; the customer may read it")
SCHEMA_STRUCT(request_refund, REQUEST_REFUND)

#endif
