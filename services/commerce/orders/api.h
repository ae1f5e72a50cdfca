/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes and problems of orders, for customers and for staff. */
#ifndef STOA_COMMERCE_ORDERS_API_H
#define STOA_COMMERCE_ORDERS_API_H

#include "commerce/api.h"
#include "commerce/customers/customers_sql.h"
#include "commerce/domain/delivery.h"
#include "commerce/domain/order.h"
#include "commerce/orders/admin_orders_sql.h"
#include "commerce/orders/orders_sql.h"
#include "commerce/payments/api.h"

/* ---- Placing ---------------------------------------------------------------------------------- */

#define PLACE_ORDER_LINE(X, T) \
	X(T, uuid, _, product_id, .doc = "Id of the product") \
	X(T, i64, _, quantity, .min = 1, .max = ORDER_QUANTITY_MAX, .doc = "Number of pieces") \
	X(T, choice, substitution, substitution, .optional = true, \
	  .doc = "What to do when there are too few pieces of the product")

#define PLACE_ORDER(X, T) \
	X(T, list, place_order_line, lines, .min = 1, .max = ORDER_LINES_MAX, .doc = "Lines of the order") \
	X(T, opt_uuid, _, store_id, .doc = "Id of the store that serves the order; default: the main store") \
	X(T, object, order_address, address, .optional = true, \
	  .doc = "Delivery address; give either address or address_id") \
	X(T, opt_uuid, _, address_id, \
	  .doc = "Id of a stored address (/api/addresses); give either address or address_id") \
	X(T, choice, payment_method, payment_method, .doc = "Payment method") \
	X(T, choice, fulfilment, fulfilment, .optional = true, \
	  .doc = "delivery (default) or pickup; an order for pickup has no address") \
	X(T, str, block, note, .max = 1000, .optional = true, .doc = "Note to the store, at most 1,000 characters")

/* ---- For customers ---------------------------------------------------------------------------- */

#define ORDER_LINE_VIEW(X, T) \
	X(T, uuid, _, product_id, .doc = "Id of the product") \
	X(T, str, line, sku, .max = 64, .doc = "SKU (stock keeping unit): the shop's code of the product") \
	X(T, str, line, name, .max = 200, .doc = "Name of the product at the time of the order") \
	X(T, str, line, unit, .max = 64, .doc = "What one piece is, for example 500 g or 6 x 330 ml") \
	X(T, i64, _, quantity, .doc = "Number of pieces that were ordered") \
	X(T, money, _, unit_price, .doc = "Price of one piece at the time of the order") \
	X(T, money, _, total, .doc = "Total price of the line") \
	X(T, choice, substitution, substitution, .nullable = true, \
	  .doc = "What to do when there are too few pieces of the product")

#define ORDER_HISTORY_VIEW(X, T) \
	X(T, i64, _, version, .doc = "Version of the order after the change") \
	X(T, choice, order_status, from, .nullable = true, \
	  .doc = "Status before the change; null for the first entry") \
	X(T, choice, order_status, to, .doc = "Status after the change") \
	X(T, str, code, actor, .max = 64, .doc = "customer, worker, staff, courier") \
	X(T, str, block, reason, .max = 500, .nullable = true, .doc = "Reason, as text for people") \
	X(T, time, _, at, .doc = "Time")

#define ORDER_DELIVERY(X, T) \
	X(T, uuid, _, id, .doc = "Id of the delivery") \
	X(T, choice, delivery_state, state, .doc = "State of the delivery") \
	X(T, str, line, courier, .max = 200, .nullable = true, \
	  .doc = "Name of the courier; null before a courier is assigned") \
	X(T, opt_uuid, _, courier_id, .nullable = true, .doc = "Id of the courier; only staff see it") \
	X(T, i64, _, attempts, .doc = "Number of delivery attempts, 0 to 3") \
	X(T, str, code, pin, .max = 4, .nullable = true, \
	  .doc = "PIN of four digits that the customer tells the courier at the door; only the customer sees it") \
	X(T, object, position_view, position, .nullable = true, \
	  .doc = "Position of the courier, if it is known; only in the view of one order")

#define ORDER_VIEW(X, T) \
	X(T, uuid, _, id, .doc = "Id of the order") \
	X(T, str, code, number, .max = 32, .doc = "Number of the order, as people read it") \
	X(T, uuid, _, store_id, .doc = "Id of the store that serves the order") \
	X(T, choice, order_status, status, .doc = "Status of the order") \
	X(T, str, block, status_reason, .max = 500, .nullable = true, .doc = "Reason for the status, if there is one") \
	X(T, choice, payment_status, payment_status, .doc = "Payment status of the order") \
	X(T, money, _, refunded, .doc = "Amount that was refunded") \
	X(T, choice, fulfilment, fulfilment, .doc = "Fulfilment method: delivery or pickup") \
	X(T, str, code, pickup_code, .max = 6, .nullable = true, \
	  .doc = "Code of six digits that the customer shows in the store; only the customer sees it") \
	X(T, str, code, fulfilment_status, .max = 32, \
	  .doc = "Fulfilment status: unfulfilled, in_progress, fulfilled, returned or cancelled") \
	X(T, choice, payment_method, payment_method, .doc = "Payment method") \
	X(T, list, order_line_view, lines, .max = ORDER_LINES_MAX, .doc = "Lines of the order") \
	X(T, money, _, subtotal, .doc = "Sum of the line totals") \
	X(T, money, _, delivery_fee, .doc = "Delivery") \
	X(T, money, _, discount, .doc = "Discount, subtracted from the subtotal") \
	X(T, money, _, tax, .doc = "Tax contained in the subtotal") \
	X(T, money, _, total, .doc = "Total price of the order, including delivery") \
	X(T, object, order_address, address, .nullable = true, .doc = "Delivery address; null for pickup") \
	X(T, str, block, note, .max = 1000, .nullable = true, .doc = "Note from the customer to the store") \
	X(T, i64, _, version, .doc = "Version: 1 at creation, one more with each change; also the ETag") \
	X(T, time, _, created_at, .doc = "Time at which the order was placed") \
	X(T, time, _, updated_at, .doc = "Time of the last change") \
	X(T, object, order_delivery, delivery, .nullable = true, \
	  .doc = "Delivery of the order; null before the order is ready") \
	X(T, list, order_history_view, history, .max = 1000, \
	  .doc = "History of the order: one entry per version, oldest first") \
	X(T, strs, code, allowed_transitions, .max = 32, .doc = "Statuses to which the caller may move the order")

#define ORDER_QUERY(X, T) X(T, choice, order_status, status, .optional = true, .doc = "Only orders with this status")

#define CANCEL_ORDER(X, T) X(T, str, block, reason, .max = 500, .optional = true, .doc = "Reason, as text for people")

/* ---- Following -------------------------------------------------------------------------------- */

#define FOLLOW_QUERY(X, T) \
	X(T, opt_i64, _, after, .min = 0, .max = INT64_MAX, \
	  .doc = "Sequence number of the last event the client knows; the stream continues after it")

#define FOLLOW_CONNECTED(X, T) \
	X(T, str, code, type, .max = 32, .doc = "connected") \
	X(T, i64, _, seq, .doc = "Sequence number of the newest event contained in the order") \
	X(T, object, order_view, order, .doc = "The order, as it is now")

/* A message of a socket, and an entry in staff's view of an order. */
#define ORDER_EVENT(X, T) \
	X(T, str, code, type, .max = 64, .doc = "Type of the event") \
	X(T, i64, _, seq, .doc = "Sequence number within the order, without gaps") \
	X(T, time, _, occurred_at, .doc = "Time") \
	X(T, raw, _, data, .doc = "Data of the event")

/* ---- For staff -------------------------------------------------------------------------------- */

#define ADMIN_ORDER_ROW(X, T) \
	X(T, uuid, _, id, .doc = "Id of the order") \
	X(T, str, code, number, .max = 32, .doc = "Number of the order, as people read it") \
	X(T, choice, order_status, status, .doc = "Status of the order") \
	X(T, choice, payment_status, payment_status, .doc = "Payment status of the order") \
	X(T, uuid, _, store_id, .doc = "Id of the store that serves the order") \
	X(T, str, code, channel, .max = 32, .doc = "Sales channel of the order") \
	X(T, money, _, total, .doc = "Total price of the order, including delivery") \
	X(T, str, line, city, .max = 100, .doc = "City of the delivery address") \
	X(T, uuid, _, customer_id, .doc = "Id of the customer who placed the order") \
	X(T, str, email, customer_email, .max = 254, .nullable = true, .doc = "E-mail address of the customer") \
	X(T, str, line, customer_name, .max = 200, .nullable = true, .doc = "Name of the customer") \
	X(T, i64, _, version, .doc = "Version: 1 at creation, one more with each change") \
	X(T, time, _, created_at, .doc = "Time at which the order was placed") \
	X(T, time, _, updated_at, .doc = "Time of the last change")

#define ADMIN_ORDER_QUERY(X, T) \
	X(T, strs, code, filter_status, .max = 16, .choice = &order_status_choice, .optional = true, \
	  .doc = "Only orders with one of these statuses") \
	X(T, opt_uuid, _, filter_store_id, .doc = "Only orders of this store") \
	X(T, str, code, filter_channel, .max = 32, .optional = true, .doc = "Only orders of this sales channel") \
	X(T, opt_time, _, filter_created_at_gte, .doc = "Only orders placed at or after this time") \
	X(T, opt_time, _, filter_created_at_lt, .doc = "Only orders placed before this time") \
	X(T, str, line, q, .min = 3, .max = 254, .optional = true, \
	  .doc = "A part of a customer's e-mail address, or of an order number: its end, its beginning with the " \
	         "whole " \
	         "day (`261129-9Q`), or any part of the numbers of the newest 2,000 orders; at most 1,000 orders by " \
	         "number")

#define ADMIN_CUSTOMER(X, T) \
	X(T, uuid, _, id, .doc = "Id of the customer") \
	X(T, str, email, email, .max = 254, .nullable = true, \
	  .doc = "E-mail address; null until the service has received the account") \
	X(T, str, line, name, .max = 200, .nullable = true, .doc = "Name") \
	X(T, str, phone, phone, .max = 32, .nullable = true, .doc = "Phone")

#define ADMIN_ORDER(X, T) \
	X(T, object, order_view, order, .doc = "The order with its history") \
	X(T, object, admin_customer, customer, .doc = "Id of the customer who placed the order") \
	X(T, list, order_event, events, .max = 1000, .doc = "Events of the order, oldest first") \
	X(T, list, payment_view, payments, .max = 1000, .doc = "Payments of the order, oldest first") \
	X(T, list, refund_view, refunds, .max = 1000, .doc = "Refunds of the order, oldest first")

#define MOVE_ORDER(X, T) \
	X(T, choice, order_status, status, .doc = "New status of the order") \
	X(T, str, block, reason, .max = 500, .optional = true, \
	  .doc = "Reason; required to reject an order, and for one that a courier has: to fail, call back or write " \
	         "off") \
	X(T, str, line, code, .max = 32, .optional = true, \
	  .doc = "pickup_code that the customer shows; required for the status collected")

/* ---- Lists ------------------------------------------------------------------------------------ */

/* clang-format off */
#define ORDERS_SHAPES(STRUCT, OVER)                                                                                   \
	OVER(place_order_line, PLACE_ORDER_LINE, struct line_request, "One line of an order to be placed")            \
	STRUCT(place_order, PLACE_ORDER, "An order to be placed; the server computes the prices")                     \
	OVER(order_line_view, ORDER_LINE_VIEW, struct order_line, "One line of an order")                             \
	OVER(order_history_view, ORDER_HISTORY_VIEW, struct sql_order_history_row, "One entry of an order's history") \
	STRUCT(order_delivery, ORDER_DELIVERY, "The delivery of an order")                                            \
	STRUCT(order_view, ORDER_VIEW, "An order")                                                                    \
	STRUCT(order_query, ORDER_QUERY, "Filter of a list of orders")                                                \
	STRUCT(cancel_order, CANCEL_ORDER, "The reason for a cancellation")                                           \
	STRUCT(follow_query, FOLLOW_QUERY, "Where the stream of events starts")                                       \
	STRUCT(follow_connected, FOLLOW_CONNECTED, "The first message of a socket that follows an order")             \
	STRUCT(order_event, ORDER_EVENT, "An event of an order")                                                      \
	OVER(admin_order_row, ADMIN_ORDER_ROW, struct sql_admin_order_row, "An order in the list for staff")          \
	STRUCT(admin_order_query, ADMIN_ORDER_QUERY, "Filter of a list of orders")                                    \
	OVER(admin_customer, ADMIN_CUSTOMER, struct sql_customer_find_row, "A customer, as far as the service knows them") \
	STRUCT(admin_order, ADMIN_ORDER, "An order with its customer and its events")                                 \
	STRUCT(move_order, MOVE_ORDER, "New status of an order, and the reason")
SCHEMA_DECLARE(ORDERS_SHAPES)

#define ORDERS_PROBLEMS(X)                                                                    \
	X(unknown_product, 422, "A product of the order does not exist or is no longer sold") \
	X(quantity_too_high, 422, "The order has too many pieces of one product")             \
	X(not_a_pickup, 409, "The order is for delivery, not for pickup")                     \
	X(not_a_delivery, 409, "The order is for pickup, not for delivery")                   \
	X(pickup_code_wrong, 409, "The pickup code is wrong")                                 \
	X(pickup_code_locked, 409, "The pickup code is locked after too many wrong codes")
ORDERS_PROBLEMS(PROBLEM_DECLARE)
/* clang-format on */

#endif
