/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The events that commerce emits, of the aggregates "order" and "delivery": name, version, and the shape of their data.
 * Also the events of accounts that commerce reads, with shapes of its own: services never include each other.
 */
#ifndef STOA_COMMERCE_EVENTS_H
#define STOA_COMMERCE_EVENTS_H

#include "events/event.h"
#include "json/schema.h"

#define ORDER_CREATED_LINE(X, T)                              \
	X(T, uuid, _, product_id, .doc = "Id of the product") \
	X(T, i64, _, quantity, .min = 1, .max = 999, .doc = "Number of pieces; lines of one product are summed")
SCHEMA_STRUCT(order_created_line, ORDER_CREATED_LINE)

#define ORDER_CREATED(X, T)                                                              \
	X(T, uuid, _, order_id, .doc = "Id of the order")                                \
	X(T, str, _, number, .max = 32, .doc = "Number of the order, as people read it") \
	X(T, uuid, _, customer_id, .doc = "Id of the customer who placed the order")     \
	X(T, money, _, total, .doc = "Total price of the order, including delivery")     \
	X(T, list, order_created_line, lines, .min = 1, .max = 100, .doc = "Lines of the order, one per product")
SCHEMA_STRUCT(order_created_data, ORDER_CREATED)

#define ORDER_SHORTAGE(X, T)                                                                           \
	X(T, uuid, _, product_id, .doc = "Id of the product with too little stock")                    \
	X(T, str, _, sku, .max = 64, .doc = "SKU (stock keeping unit) of the product")                 \
	X(T, str, _, name, .max = 200, .doc = "Name of the product at the time of the order")          \
	X(T, i64, _, requested, .min = 1, .max = 1000000, .doc = "Number of pieces that were ordered") \
	X(T, i64, _, available, .min = 0, .max = 1000000000, .doc = "Number of pieces that could be reserved")
SCHEMA_STRUCT(order_shortage, ORDER_SHORTAGE)

#define ORDER_STATUS_CHANGED(X, T)                                                                              \
	X(T, uuid, _, order_id, .doc = "Id of the order")                                                       \
	X(T, str, _, number, .max = 32, .doc = "Number of the order")                                           \
	X(T, str, _, from, .max = 32, .doc = "Status before the change")                                        \
	X(T, str, _, to, .max = 32, .doc = "Status after the change")                                           \
	X(T, i64, _, version, .min = 1, .max = INT64_MAX, .doc = "Version of the order after the change")       \
	X(T, str, _, actor, .max = 64, .doc = "Who made the change: customer, staff, worker, courier or timer") \
	X(T, str, _, reason, .max = 500, .optional = true, .doc = "Reason, as text for people")                 \
	X(T, list, order_shortage, shortages, .max = 100, .optional = true,                                     \
	  .doc = "Products with too little stock, if that is the reason")
SCHEMA_STRUCT(order_status_changed_data, ORDER_STATUS_CHANGED)

#define ORDER_CANCELLED(X, T)                                                                       \
	X(T, uuid, _, order_id, .doc = "Id of the order")                                           \
	X(T, str, _, number, .max = 32, .doc = "Number of the order")                               \
	X(T, str, _, actor, .max = 64, .doc = "Who cancelled the order: customer, staff or worker") \
	X(T, str, _, reason, .max = 500, .optional = true, .doc = "Reason, as text for people")     \
	X(T, list, order_shortage, shortages, .max = 100, .optional = true,                         \
	  .doc = "Products with too little stock, if that is the reason")
SCHEMA_STRUCT(order_cancelled_data, ORDER_CANCELLED)

#define INVENTORY_LINES(X, T)                             \
	X(T, uuid, _, order_id, .doc = "Id of the order") \
	X(T, list, order_created_line, lines, .min = 1, .max = 100, .doc = "Products and numbers of pieces")
SCHEMA_STRUCT(inventory_lines_data, INVENTORY_LINES)

#define ORDER_STEP(X, T)                                                                       \
	X(T, uuid, _, order_id, .doc = "Id of the order")                                      \
	X(T, str, _, number, .max = 32, .doc = "Number of the order")                          \
	X(T, str, _, actor, .max = 64, .doc = "Who took the step: staff, courier or customer") \
	X(T, str, _, reason, .max = 500, .optional = true, .doc = "Reason, as text for people")
SCHEMA_STRUCT(order_step_data, ORDER_STEP)

#define ORDER_PAYMENT(X, T)                                                                               \
	X(T, uuid, _, order_id, .doc = "Id of the order")                                                 \
	X(T, str, _, number, .max = 32, .doc = "Number of the order")                                     \
	X(T, str, _, kind, .max = 32, .doc = "authorized, captured, voided, failed, refund_settled")      \
	X(T, money, _, amount, .doc = "Amount of money")                                                  \
	X(T, str, _, payment_status, .max = 32, .doc = "Payment status of the order after the change")    \
	X(T, i64, _, version, .min = 1, .max = INT64_MAX, .doc = "Version of the order after the change") \
	X(T, str, _, actor, .max = 64, .doc = "Who recorded the payment")
SCHEMA_STRUCT(order_payment_data, ORDER_PAYMENT)

#define ORDER_REFUND(X, T)                                                                                \
	X(T, uuid, _, order_id, .doc = "Id of the order")                                                 \
	X(T, str, _, number, .max = 32, .doc = "Number of the order")                                     \
	X(T, uuid, _, refund_id, .doc = "Id of the refund")                                               \
	X(T, money, _, amount, .doc = "Amount of the refund")                                             \
	X(T, str, _, provider, .max = 32, .doc = "Payment provider")                                      \
	X(T, str, _, payment_status, .max = 32, .doc = "Payment status of the order after the change")    \
	X(T, i64, _, version, .min = 1, .max = INT64_MAX, .doc = "Version of the order after the change") \
	X(T, str, _, actor, .max = 64, .doc = "Who requested or recorded the refund")
SCHEMA_STRUCT(order_refund_data, ORDER_REFUND)

#define COMMERCE_EVENTS(X)                                                                                             \
	X(order_created, "order.created", order, 1, order_created_data,                                                \
	  "A customer placed an order; its stock is not reserved yet")                                                 \
	X(order_status_changed, "order.status_changed", order, 1, order_status_changed_data,                           \
	  "An order moved to another status")                                                                          \
	X(order_cancelled, "order.cancelled", order, 1, order_cancelled_data,                                          \
	  "An order was cancelled; its reserved stock is released")                                                    \
	X(order_on_hold, "order.on_hold", order, 1, order_step_data, "An order was put on hold until staff resume it") \
	X(order_resumed, "order.resumed", order, 1, inventory_lines_data,                                              \
	  "An order on hold was resumed; its stock is not reserved yet")                                               \
	X(order_payment_changed, "order.payment_changed", order, 1, order_payment_data,                                \
	  "A payment of an order was authorised, captured, voided or refunded, or it failed")                          \
	X(order_refund_requested, "order.refund_requested", order, 1, order_refund_data,                               \
	  "A refund of an order was requested")                                                                        \
	X(order_refunded, "order.refunded", order, 1, order_refund_data, "A refund of an order was settled")           \
	X(order_refund_failed, "order.refund_failed", order, 1, order_refund_data,                                     \
	  "A refund of an order failed; it may be requested again")                                                    \
	X(reservation_expired, "reservation.expired", order, 1, inventory_lines_data,                                  \
	  "An order with reserved stock was not paid in time; it expired")                                             \
	X(picking_started, "picking.started", order, 1, order_step_data,                                               \
	  "Staff started to pick the goods of an order")                                                               \
	X(picking_completed, "picking.completed", order, 1, inventory_lines_data,                                      \
	  "The goods of an order were picked and packed")                                                              \
	X(inventory_reserved, "inventory.reserved", order, 1, inventory_lines_data, "Stock was reserved for an order") \
	X(inventory_released, "inventory.released", order, 1, inventory_lines_data,                                    \
	  "The reserved stock of an order was released")                                                               \
	X(inventory_returned, "inventory.returned", order, 1, inventory_lines_data,                                    \
	  "Picked goods of an order were returned to the stock")
COMMERCE_EVENTS(EVENT_DECLARE)

extern const struct event_types commerce_events;

/* account.changed, with the members that commerce reads. */
#define COMMERCE_ACCOUNT(X, T)                                                                 \
	X(T, uuid, _, account_id, .doc = "Id of the account")                                  \
	X(T, str, _, audience, .max = 16, .doc = "public or admin")                            \
	X(T, str, _, email, .max = 254, .doc = "E-mail address of the account, in lower case") \
	X(T, str, _, name, .max = 200, .doc = "Name of the person")                            \
	X(T, str, _, phone, .max = 32, .optional = true, .doc = "Phone number")                \
	X(T, str, _, role, .max = 32, .doc = "Role of the account")                            \
	X(T, opt_boolean, _, disabled, .doc = "Whether the account is disabled: it cannot log in")
SCHEMA_STRUCT(commerce_account_data, COMMERCE_ACCOUNT)

#define COMMERCE_EVENTS_HEARD(X) \
	X(commerce_account_changed, "account.changed", account, 1, commerce_account_data, "Emitted by accounts")
COMMERCE_EVENTS_HEARD(EVENT_DECLARE)

#endif
