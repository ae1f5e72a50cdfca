/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to the payments of an order: events of the order. */
#ifndef STOA_COMMERCE_PAYMENTS_EVENTS_H
#define STOA_COMMERCE_PAYMENTS_EVENTS_H

#include "commerce/domain/payment.h"
#include "events/event.h"

#define ORDER_PAYMENT(X, T) \
	X(T, uuid, _, order_id, .doc = "Id of the order") \
	X(T, str, code, number, .max = 32, .doc = "Number of the order") \
	X(T, choice, money_kind, kind, .doc = "Kind of step: authorized, captured, voided, failed or refund_settled") \
	X(T, money, _, amount, .doc = "Amount of money") \
	X(T, choice, payment_status, payment_status, .doc = "Payment status of the order after the change") \
	X(T, i64, _, version, .min = 1, .max = INT64_MAX, .doc = "Version of the order after the change") \
	X(T, str, code, actor, .max = 64, .doc = "Who recorded the payment")

#define ORDER_REFUND(X, T) \
	X(T, uuid, _, order_id, .doc = "Id of the order") \
	X(T, str, code, number, .max = 32, .doc = "Number of the order") \
	X(T, uuid, _, refund_id, .doc = "Id of the refund") \
	X(T, money, _, amount, .doc = "Amount of the refund") \
	X(T, str, code, provider, .max = 32, .doc = "Payment provider") \
	X(T, choice, payment_status, payment_status, .doc = "Payment status of the order after the change") \
	X(T, i64, _, version, .min = 1, .max = INT64_MAX, .doc = "Version of the order after the change") \
	X(T, str, code, actor, .max = 64, .doc = "Who requested or recorded the refund")

#define PAYMENTS_EVENT_SHAPES(STRUCT, OVER) \
	STRUCT(order_payment_data, ORDER_PAYMENT, "A payment of an order was recorded") \
	STRUCT(order_refund_data, ORDER_REFUND, "A step of a refund")
SCHEMA_DECLARE(PAYMENTS_EVENT_SHAPES)

#define PAYMENTS_EVENTS(X) \
	X(order_payment_changed, "order.payment_changed", order, 1, order_payment_data, \
	  "A payment of an order was authorised, captured, voided or refunded, or it failed") \
	X(order_refund_requested, "order.refund_requested", order, 1, order_refund_data, \
	  "A refund of an order was requested") \
	X(order_refunded, "order.refunded", order, 1, order_refund_data, "A refund of an order was settled") \
	X(order_refund_failed, "order.refund_failed", order, 1, order_refund_data, \
	  "A refund of an order failed; it may be requested again")
PAYMENTS_EVENTS(EVENT_DECLARE)

#endif
