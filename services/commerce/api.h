/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of commerce's API: requests and replies. */
#ifndef STOA_COMMERCE_API_H
#define STOA_COMMERCE_API_H

#include "base/problem.h"
#include "commerce/domain/delivery.h"
#include "commerce/domain/order.h"
#include "commerce/domain/stock.h"
#include "commerce/events.h"
#include "commerce/payments/api.h"
#include "json/schema.h"

#define SUBSTITUTIONS(X)            \
	X(SUBSTITUTION, best_match) \
	X(SUBSTITUTION, specific)   \
	X(SUBSTITUTION, refund)     \
	X(SUBSTITUTION, contact_me)
CHOICE_ENUM(substitution, SUBSTITUTIONS)

#define PAYMENT_METHODS(X) \
	X(PAY, cash)       \
	X(PAY, card)
CHOICE_ENUM(payment_method, PAYMENT_METHODS)

/* ---- Orders ----------------------------------------------------------------------------------- */

#define PLACE_ORDER_LINE(X, T)                                                                 \
	X(T, uuid, _, product_id, .doc = "Id of the product")                                  \
	X(T, i64, _, quantity, .min = 1, .max = ORDER_QUANTITY_MAX, .doc = "Number of pieces") \
	X(T, choice, substitution, substitution, .optional = true,                             \
	  .doc = "What to do when there are too few pieces of the product")
SCHEMA_STRUCT(place_order_line, PLACE_ORDER_LINE)

#define ORDER_ADDRESS(X, T)                                                                               \
	X(T, str, _, recipient, .min = 1, .max = 200, .doc = "Name of the person who receives the goods") \
	X(T, str, _, street, .min = 1, .max = 200, .doc = "Street and house number")                      \
	X(T, str, _, postal_code, .min = 1, .max = 16, .doc = "Postal code, 1 to 16 characters")          \
	X(T, str, _, city, .min = 1, .max = 100, .doc = "City")                                           \
	X(T, str, _, country, .min = 2, .max = 2, .doc = "ISO 3166-1 alpha-2 code")                       \
	X(T, str, _, note, .max = 500, .optional = true, .doc = "Note for the courier: floor, bell, gate code")
SCHEMA_STRUCT(order_address, ORDER_ADDRESS)

#define PLACE_ORDER(X, T)                                                                                    \
	X(T, list, place_order_line, lines, .min = 1, .max = ORDER_LINES_MAX, .doc = "Lines of the order")   \
	X(T, opt_uuid, _, store_id, .doc = "Id of the store that serves the order; default: the main store") \
	X(T, object, order_address, address, .optional = true,                                               \
	  .doc = "Delivery address; give either address or address_id")                                      \
	X(T, opt_uuid, _, address_id,                                                                        \
	  .doc = "Id of a stored address (/api/addresses); give either address or address_id")               \
	X(T, choice, payment_method, payment_method, .doc = "Payment method")                                \
	X(T, choice, fulfilment, fulfilment, .optional = true,                                               \
	  .doc = "delivery (default) or pickup; an order for pickup has no address")                         \
	X(T, str, _, note, .max = 1000, .optional = true, .doc = "Note to the store, at most 1,000 characters")
SCHEMA_STRUCT(place_order, PLACE_ORDER)

#define ORDER_LINE_VIEW(X, T)                                                                           \
	X(T, uuid, _, product_id, .doc = "Id of the product")                                           \
	X(T, str, _, sku, .max = 64, .doc = "SKU (stock keeping unit): the shop's code of the product") \
	X(T, str, _, name, .max = 200, .doc = "Name of the product at the time of the order")           \
	X(T, str, _, unit, .max = 64, .doc = "What one piece is, for example 500 g or 6 x 330 ml")      \
	X(T, i64, _, quantity, .doc = "Number of pieces that were ordered")                             \
	X(T, money, _, unit_price, .doc = "Price of one piece at the time of the order")                \
	X(T, money, _, total, .doc = "Total price of the line")                                         \
	X(T, str, _, substitution, .max = 32, .nullable = true,                                         \
	  .doc = "What to do when there are too few pieces of the product")
SCHEMA_STRUCT(order_line_view, ORDER_LINE_VIEW)

#define ORDER_HISTORY_VIEW(X, T)                                                                                     \
	X(T, i64, _, version, .doc = "Version of the order after the change")                                        \
	X(T, str, _, from, .max = 32, .nullable = true, .doc = "Status before the change; null for the first entry") \
	X(T, str, _, to, .max = 32, .doc = "Status after the change")                                                \
	X(T, str, _, actor, .max = 64, .doc = "customer, worker, staff, courier")                                    \
	X(T, str, _, reason, .max = 500, .nullable = true, .doc = "Reason, as text for people")                      \
	X(T, time, _, at, .doc = "Time")
SCHEMA_STRUCT(order_history_view, ORDER_HISTORY_VIEW)

#define POSITION_VIEW(X, T)                                                                         \
	X(T, f64, _, latitude, .doc = "Latitude in degrees, -90 to 90, north is positive")          \
	X(T, f64, _, longitude, .doc = "Longitude in degrees, -180 to 180, east is positive")       \
	X(T, f64, _, accuracy, .doc = "Accuracy of the position in metres; 0 when it is not known") \
	X(T, time, _, at, .doc = "Time at which the courier's device sent the position")
SCHEMA_STRUCT(position_view, POSITION_VIEW)

#define ORDER_DELIVERY(X, T)                                                                                      \
	X(T, uuid, _, id, .doc = "Id of the delivery")                                                            \
	X(T, choice, delivery_state, state, .doc = "State of the delivery")                                       \
	X(T, str, _, courier, .max = 200, .nullable = true,                                                       \
	  .doc = "Name of the courier; null before a courier is assigned")                                        \
	X(T, opt_uuid, _, courier_id, .nullable = true, .doc = "Id of the courier; only staff see it")            \
	X(T, i64, _, attempts, .doc = "Number of delivery attempts, 0 to 3")                                      \
	X(T, str, _, pin, .max = 4, .nullable = true,                                                             \
	  .doc = "PIN of four digits that the customer tells the courier at the door; only the customer sees it") \
	X(T, object, position_view, position, .nullable = true,                                                   \
	  .doc = "Position of the courier, if it is known; only in the view of one order")
SCHEMA_STRUCT(order_delivery, ORDER_DELIVERY)

#define ORDER_VIEW(X, T)                                                                                           \
	X(T, uuid, _, id, .doc = "Id of the order")                                                                \
	X(T, str, _, number, .max = 32, .doc = "Number of the order, as people read it")                           \
	X(T, uuid, _, store_id, .doc = "Id of the store that serves the order")                                    \
	X(T, choice, order_status, status, .doc = "Status of the order")                                           \
	X(T, str, _, status_reason, .max = 500, .nullable = true, .doc = "Reason for the status, if there is one") \
	X(T, str, _, payment_status, .max = 32, .doc = "Payment status of the order")                              \
	X(T, money, _, refunded, .doc = "Amount that was refunded")                                                \
	X(T, str, _, fulfilment, .max = 32, .doc = "Fulfilment method: delivery or pickup")                        \
	X(T, str, _, pickup_code, .max = 6, .nullable = true,                                                      \
	  .doc = "Code of six digits that the customer shows in the store; only the customer sees it")             \
	X(T, str, _, fulfilment_status, .max = 32,                                                                 \
	  .doc = "Fulfilment status: unfulfilled, in_progress, fulfilled, returned or cancelled")                  \
	X(T, str, _, payment_method, .max = 32, .doc = "Payment method")                                           \
	X(T, list, order_line_view, lines, .max = 100, .doc = "Lines of the order")                                \
	X(T, money, _, subtotal, .doc = "Sum of the line totals")                                                  \
	X(T, money, _, delivery_fee, .doc = "Delivery")                                                            \
	X(T, money, _, discount, .doc = "Discount, subtracted from the subtotal")                                  \
	X(T, money, _, tax, .doc = "Tax contained in the subtotal")                                                \
	X(T, money, _, total, .doc = "Total price of the order, including delivery")                               \
	X(T, object, order_address, address, .nullable = true, .doc = "Delivery address; null for pickup")         \
	X(T, str, _, note, .max = 1000, .nullable = true, .doc = "Note from the customer to the store")            \
	X(T, i64, _, version, .doc = "Version: 1 at creation, one more with each change; also the ETag")           \
	X(T, time, _, created_at, .doc = "Time at which the order was placed")                                     \
	X(T, time, _, updated_at, .doc = "Time of the last change")                                                \
	X(T, object, order_delivery, delivery, .nullable = true,                                                   \
	  .doc = "Delivery of the order; null before the order is ready")                                          \
	X(T, list, order_history_view, history, .max = 1000,                                                       \
	  .doc = "History of the order: one entry per version, oldest first")                                      \
	X(T, strs, _, allowed_transitions, .max = 32, .doc = "Statuses to which the caller may move the order")
SCHEMA_STRUCT(order_view, ORDER_VIEW)

#define ORDER_PAGE(X, T) PAGE_ROWS(X, T, order_view)
SCHEMA_STRUCT(order_page, ORDER_PAGE)

#define ORDER_QUERY(X, T)                                                                           \
	X(T, choice, order_status, status, .optional = true, .doc = "Only orders with this status") \
	X(T, opt_i64, _, limit, .min = 1, .max = 100, .doc = "Rows per page: 1 to 100, default 20") \
	X(T, str, _, cursor, .max = 500, .optional = true, .doc = "next_cursor of the previous page")
SCHEMA_STRUCT(order_query, ORDER_QUERY)

#define CANCEL_ORDER(X, T) X(T, str, _, reason, .max = 500, .optional = true, .doc = "Reason, as text for people")
SCHEMA_STRUCT(cancel_order, CANCEL_ORDER)

#define FOLLOW_QUERY(X, T)                                  \
	X(T, opt_i64, _, after, .min = 0, .max = INT64_MAX, \
	  .doc = "Sequence number of the last event the client knows; the stream continues after it")
SCHEMA_STRUCT(follow_query, FOLLOW_QUERY)

/* The first message of the socket, and the following ones. */
#define FOLLOW_CONNECTED(X, T)                                                                 \
	X(T, str, _, type, .max = 32, .doc = "connected")                                      \
	X(T, i64, _, seq, .doc = "Sequence number of the newest event contained in the order") \
	X(T, object, order_view, order, .doc = "The order, as it is now")
SCHEMA_STRUCT(follow_connected, FOLLOW_CONNECTED)

#define FOLLOW_EVENT(X, T)                                                         \
	X(T, str, _, type, .max = 64, .doc = "Type of the event")                  \
	X(T, i64, _, seq, .doc = "Sequence number within the order, without gaps") \
	X(T, time, _, occurred_at, .doc = "Time")                                  \
	X(T, raw, _, data, .doc = "Data of the event")
SCHEMA_STRUCT(follow_event, FOLLOW_EVENT)

/* ---- Admin ------------------------------------------------------------------------------------ */

#define ADMIN_ORDER_ROW(X, T)                                                                               \
	X(T, uuid, _, id, .doc = "Id of the order")                                                         \
	X(T, str, _, number, .max = 32, .doc = "Number of the order, as people read it")                    \
	X(T, choice, order_status, status, .doc = "Status of the order")                                    \
	X(T, str, _, payment_status, .max = 32, .doc = "Payment status of the order")                       \
	X(T, uuid, _, store_id, .doc = "Id of the store that serves the order")                             \
	X(T, str, _, channel, .max = 32, .doc = "Sales channel of the order")                               \
	X(T, money, _, total, .doc = "Total price of the order, including delivery")                        \
	X(T, str, _, city, .max = 100, .doc = "City of the delivery address")                               \
	X(T, uuid, _, customer_id, .doc = "Id of the customer who placed the order")                        \
	X(T, str, _, customer_email, .max = 254, .nullable = true, .doc = "E-mail address of the customer") \
	X(T, str, _, customer_name, .max = 200, .nullable = true, .doc = "Name of the customer")            \
	X(T, i64, _, version, .doc = "Version: 1 at creation, one more with each change")                   \
	X(T, time, _, created_at, .doc = "Time at which the order was placed")                              \
	X(T, time, _, updated_at, .doc = "Time of the last change")
SCHEMA_STRUCT(admin_order_row, ADMIN_ORDER_ROW)

#define ADMIN_ORDER_PAGE(X, T) PAGE_ROWS(X, T, admin_order_row)
SCHEMA_STRUCT(admin_order_page, ADMIN_ORDER_PAGE)

#define ADMIN_ORDER_QUERY(X, T)                                                                               \
	X(T, strs, _, filter_status, .max = 16, .choice = &order_status_choice, .optional = true,             \
	  .doc = "Only orders with one of these statuses")                                                    \
	X(T, opt_uuid, _, filter_store_id, .doc = "Only orders of this store")                                \
	X(T, str, _, filter_channel, .max = 32, .optional = true, .doc = "Only orders of this sales channel") \
	X(T, opt_time, _, filter_created_at_gte, .doc = "Only orders placed at or after this time")           \
	X(T, opt_time, _, filter_created_at_lt, .doc = "Only orders placed before this time")                 \
	X(T, str, _, q, .min = 1, .max = 254, .optional = true,                                               \
	  .doc = "A complete order number or a customer's complete e-mail address")                           \
	X(T, str, _, sort, .max = 32, .optional = true, .doc = "Sort order: -created_at (default) or total")  \
	X(T, opt_i64, _, limit, .min = 1, .max = 100, .doc = "Rows per page: 1 to 100, default 20")           \
	X(T, str, _, cursor, .max = 500, .optional = true, .doc = "next_cursor of the previous page")
SCHEMA_STRUCT(admin_order_query, ADMIN_ORDER_QUERY)

#define ADMIN_CUSTOMER(X, T)                                                        \
	X(T, uuid, _, id, .doc = "Id of the customer")                              \
	X(T, str, _, email, .max = 254, .nullable = true,                           \
	  .doc = "E-mail address; null until the service has received the account") \
	X(T, str, _, name, .max = 200, .nullable = true, .doc = "Name")             \
	X(T, str, _, phone, .max = 32, .nullable = true, .doc = "Phone")
SCHEMA_STRUCT(admin_customer, ADMIN_CUSTOMER)

#define ADMIN_EVENT(X, T)                                                          \
	X(T, i64, _, seq, .doc = "Sequence number within the order, without gaps") \
	X(T, str, _, type, .max = 64, .doc = "Type of the event")                  \
	X(T, time, _, occurred_at, .doc = "Time")                                  \
	X(T, raw, _, data, .doc = "Data of the event")
SCHEMA_STRUCT(admin_event, ADMIN_EVENT)

#define ADMIN_ORDER(X, T)                                                                             \
	X(T, object, order_view, order, .doc = "The order with its history")                          \
	X(T, object, admin_customer, customer, .doc = "Id of the customer who placed the order")      \
	X(T, list, admin_event, events, .max = 1000, .doc = "Events of the order, oldest first")      \
	X(T, list, payment_view, payments, .max = 1000, .doc = "Payments of the order, oldest first") \
	X(T, list, refund_view, refunds, .max = 1000, .doc = "Refunds of the order, oldest first")
SCHEMA_STRUCT(admin_order, ADMIN_ORDER)

#define MOVE_ORDER(X, T)                                                                              \
	X(T, choice, order_status, status, .doc = "New status of the order")                          \
	X(T, str, _, reason, .max = 500, .optional = true, .doc = "Reason; required for a rejection") \
	X(T, str, _, code, .max = 32, .optional = true,                                               \
	  .doc = "pickup_code that the customer shows; required for the status collected")
SCHEMA_STRUCT(move_order, MOVE_ORDER)

/* ---- Problems --------------------------------------------------------------------------------- */

#define COMMERCE_PROBLEMS(X)                                                                              \
	X(unknown_product, 422, "A product of the order does not exist or is no longer sold")             \
	X(slug_taken, 409, "Another one uses this slug")                                                  \
	X(quantity_too_high, 422, "The order has too many pieces of one product")                         \
	X(order_not_possible, 422, "The price of the order cannot be computed")                           \
	X(illegal_transition, 409, "This change is not possible in the current state")                    \
	X(not_a_pickup, 409, "The order is for delivery, not for pickup")                                 \
	X(not_a_delivery, 409, "The order is for pickup, not for delivery")                               \
	X(reason_missing, 422, "The change requires a reason")                                            \
	X(pickup_code_wrong, 409, "The pickup code is wrong")                                             \
	X(pickup_code_locked, 409, "The pickup code is locked after too many wrong codes")                \
	X(payment_too_late, 409, "The order has ended; it takes no more payments")                        \
	X(payment_not_awaited, 409, "The order does not expect a payment of this kind")                   \
	X(payment_amount_wrong, 409, "The amount is not the expected one")                                \
	X(payment_reference_taken, 409, "Another payment uses this reference")                            \
	X(refund_too_high, 409, "The refund is higher than the captured amount that is not refunded yet") \
	X(refund_not_pending, 409, "The refund is no longer pending")
COMMERCE_PROBLEMS(PROBLEM_DECLARE)

#endif
