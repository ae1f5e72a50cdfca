/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The events commerce emits, of the aggregates "order" and "stock": name, version, and the shape of their data. Also
 * the events of accounts that it listens to, as a contract of its own: services never include each other.
 */
#ifndef STOA_COMMERCE_EVENTS_H
#define STOA_COMMERCE_EVENTS_H

#include "events/event.h"
#include "json/schema.h"

#define ORDER_CREATED_LINE(X, T)                                \
	X(T, uuid, _, product_id, .doc = "The product ordered") \
	X(T, i64, _, quantity, .min = 1, .max = 999, .doc = "Whole units; lines of one product are summed")
SCHEMA_STRUCT(order_created_line, ORDER_CREATED_LINE)

#define ORDER_CREATED(X, T)                                                    \
	X(T, uuid, _, order_id, .doc = "The order")                            \
	X(T, str, _, number, .max = 32, .doc = "Its number as people read it") \
	X(T, uuid, _, customer_id, .doc = "Who placed it")                     \
	X(T, money, _, total, .doc = "What it costs, delivery included")       \
	X(T, list, order_created_line, lines, .min = 1, .max = 100, .doc = "What was ordered, by product")
SCHEMA_STRUCT(order_created_data, ORDER_CREATED)

#define ORDER_SHORTAGE(X, T)                                                      \
	X(T, uuid, _, product_id, .doc = "The product there is too little of")    \
	X(T, str, _, sku, .max = 64, .doc = "Its stock keeping unit")             \
	X(T, str, _, name, .max = 200, .doc = "Its name when it was ordered")     \
	X(T, i64, _, requested, .min = 1, .max = 1000000, .doc = "Units ordered") \
	X(T, i64, _, available, .min = 0, .max = 1000000000, .doc = "Units that could have been reserved")
SCHEMA_STRUCT(order_shortage, ORDER_SHORTAGE)

#define ORDER_STATUS_CHANGED(X, T)                                                                       \
	X(T, uuid, _, order_id, .doc = "The order")                                                      \
	X(T, str, _, number, .max = 32, .doc = "Its number")                                             \
	X(T, str, _, from, .max = 32, .doc = "Status before")                                            \
	X(T, str, _, to, .max = 32, .doc = "Status now")                                                 \
	X(T, i64, _, version, .min = 1, .max = INT64_MAX, .doc = "The order's version after the change") \
	X(T, str, _, actor, .max = 64, .doc = "Who changed it")                                          \
	X(T, str, _, reason, .max = 500, .optional = true, .doc = "Why, in words")                       \
	X(T, list, order_shortage, shortages, .max = 100, .optional = true, .doc = "What was missing, if that is why")
SCHEMA_STRUCT(order_status_changed_data, ORDER_STATUS_CHANGED)

#define ORDER_CANCELLED(X, T)                                                      \
	X(T, uuid, _, order_id, .doc = "The order")                                \
	X(T, str, _, number, .max = 32, .doc = "Its number")                       \
	X(T, str, _, actor, .max = 64, .doc = "Who cancelled it")                  \
	X(T, str, _, reason, .max = 500, .optional = true, .doc = "Why, in words") \
	X(T, list, order_shortage, shortages, .max = 100, .optional = true, .doc = "What was missing, if that is why")
SCHEMA_STRUCT(order_cancelled_data, ORDER_CANCELLED)

#define INVENTORY_LINES(X, T)                             \
	X(T, uuid, _, order_id, .doc = "For which order") \
	X(T, list, order_created_line, lines, .min = 1, .max = 100, .doc = "How much of what")
SCHEMA_STRUCT(inventory_lines_data, INVENTORY_LINES)

#define ORDER_STEP(X, T)                                           \
	X(T, uuid, _, order_id, .doc = "The order")                \
	X(T, str, _, number, .max = 32, .doc = "Its number")       \
	X(T, str, _, actor, .max = 64, .doc = "Who took the step") \
	X(T, str, _, reason, .max = 500, .optional = true, .doc = "Why, in words")
SCHEMA_STRUCT(order_step_data, ORDER_STEP)

#define ORDER_PAYMENT(X, T)                                                                              \
	X(T, uuid, _, order_id, .doc = "The order")                                                      \
	X(T, str, _, number, .max = 32, .doc = "Its number")                                             \
	X(T, str, _, kind, .max = 32, .doc = "authorized, captured, voided, failed, refund_settled")     \
	X(T, money, _, amount, .doc = "How much")                                                        \
	X(T, str, _, payment_status, .max = 32, .doc = "Where the order's money stands now")             \
	X(T, i64, _, version, .min = 1, .max = INT64_MAX, .doc = "The order's version after the change") \
	X(T, str, _, actor, .max = 64, .doc = "Who recorded it")
SCHEMA_STRUCT(order_payment_data, ORDER_PAYMENT)

#define ORDER_REFUND(X, T)                                                                               \
	X(T, uuid, _, order_id, .doc = "The order")                                                      \
	X(T, str, _, number, .max = 32, .doc = "Its number")                                             \
	X(T, uuid, _, refund_id, .doc = "The refund")                                                    \
	X(T, money, _, amount, .doc = "How much goes back")                                              \
	X(T, str, _, provider, .max = 32, .doc = "Through whom")                                         \
	X(T, str, _, payment_status, .max = 32, .doc = "Where the order's money stands now")             \
	X(T, i64, _, version, .min = 1, .max = INT64_MAX, .doc = "The order's version after the change") \
	X(T, str, _, actor, .max = 64, .doc = "Who did it")
SCHEMA_STRUCT(order_refund_data, ORDER_REFUND)

#define INVENTORY_ADJUSTED(X, T)                                                       \
	X(T, uuid, _, store_id, .doc = "The store")                                    \
	X(T, uuid, _, product_id, .doc = "The product")                                \
	X(T, str, _, sku, .max = 64, .doc = "Its stock keeping unit")                  \
	X(T, str, _, kind, .max = 32, .doc = "adjust, or count")                       \
	X(T, i64, _, delta, .doc = "Pieces that came to light (positive) or are gone") \
	X(T, i64, _, on_hand, .doc = "Pieces in the store now")                        \
	X(T, i64, _, reserved, .doc = "Pieces of these that orders hold")              \
	X(T, i64, _, available, .doc = "Pieces left to be ordered")                    \
	X(T, str, _, reason, .max = 500, .doc = "Why, in words")
SCHEMA_STRUCT(inventory_adjusted_data, INVENTORY_ADJUSTED)

#define INVENTORY_LOW(X, T)                                           \
	X(T, uuid, _, store_id, .doc = "The store")                   \
	X(T, uuid, _, product_id, .doc = "The product")               \
	X(T, str, _, sku, .max = 64, .doc = "Its stock keeping unit") \
	X(T, i64, _, available, .doc = "Pieces left to be ordered")   \
	X(T, i64, _, low_at, .doc = "It is low from so many downwards")
SCHEMA_STRUCT(inventory_low_data, INVENTORY_LOW)

#define DELIVERY_STEP_DATA(X, T)                                                                              \
	X(T, uuid, _, delivery_id, .doc = "The delivery")                                                     \
	X(T, uuid, _, order_id, .doc = "The order it brings")                                                 \
	X(T, str, _, number, .max = 32, .doc = "The order's number")                                          \
	X(T, uuid, _, courier_id, .doc = "Who has it, or had it until now")                                   \
	X(T, i64, _, attempts, .doc = "Journeys to the door so far")                                          \
	X(T, str, _, actor, .max = 64, .doc = "Who took the step")                                            \
	X(T, str, _, proof, .max = 16, .optional = true, .doc = "Kind of the proof, when it was handed over") \
	X(T, str, _, reason, .max = 500, .optional = true, .doc = "Why, in words")
SCHEMA_STRUCT(delivery_step_data, DELIVERY_STEP_DATA)

#define PRODUCT_EVENT(X, T)                                                              \
	X(T, uuid, _, product_id, .doc = "The product")                                  \
	X(T, str, _, sku, .max = 64, .doc = "Its stock keeping unit")                    \
	X(T, str, _, name, .max = 200, .doc = "Its name")                                \
	X(T, uuid, _, category_id, .doc = "The category it is in")                       \
	X(T, opt_uuid, _, brand_id, .doc = "Its brand")                                  \
	X(T, str, _, unit, .max = 64, .doc = "What one piece is")                        \
	X(T, money, _, price, .doc = "Price of one piece, tax included")                 \
	X(T, i64, _, tax_rate_bp, .doc = "Tax in the price, in hundredths of a percent") \
	X(T, boolean, _, featured, .doc = "Shown in front")
SCHEMA_STRUCT(product_event_data, PRODUCT_EVENT)

#define COMMERCE_EVENTS(X)                                                                                             \
	X(order_created, "order.created", order, 1, order_created_data,                                                \
	  "A customer placed an order; its stock is not reserved yet")                                                 \
	X(order_status_changed, "order.status_changed", order, 1, order_status_changed_data,                           \
	  "An order moved to another status")                                                                          \
	X(order_cancelled, "order.cancelled", order, 1, order_cancelled_data,                                          \
	  "An order was cancelled; what it held is released")                                                          \
	X(order_on_hold, "order.on_hold", order, 1, order_step_data, "An order waits until somebody has looked at it") \
	X(order_resumed, "order.resumed", order, 1, inventory_lines_data,                                              \
	  "An order waits no longer; its stock is not reserved yet")                                                   \
	X(order_payment_changed, "order.payment_changed", order, 1, order_payment_data,                                \
	  "Money of an order was authorised, captured, voided or given back, or its payment failed")                   \
	X(order_refund_requested, "order.refund_requested", order, 1, order_refund_data,                               \
	  "Money of an order is to go back")                                                                           \
	X(order_refunded, "order.refunded", order, 1, order_refund_data, "Money of an order has gone back")            \
	X(order_refund_failed, "order.refund_failed", order, 1, order_refund_data,                                     \
	  "Money of an order could not go back; it may be asked for again")                                            \
	X(reservation_expired, "reservation.expired", order, 1, inventory_lines_data,                                  \
	  "An order held stock and was not paid for in time")                                                          \
	X(picking_started, "picking.started", order, 1, order_step_data,                                               \
	  "Somebody takes the goods of an order from the shelves")                                                     \
	X(picking_completed, "picking.completed", order, 1, inventory_lines_data,                                      \
	  "The goods of an order are packed, and off the shelves")                                                     \
	X(inventory_reserved, "inventory.reserved", order, 1, inventory_lines_data, "Stock is held for an order")      \
	X(inventory_released, "inventory.released", order, 1, inventory_lines_data,                                    \
	  "Stock held for an order is free again")                                                                     \
	X(inventory_returned, "inventory.returned", order, 1, inventory_lines_data,                                    \
	  "Goods that were packed for an order are on hand again")                                                     \
	X(inventory_adjusted, "inventory.adjusted", stock, 1, inventory_adjusted_data,                                 \
	  "Somebody corrected what is on hand of a product")                                                           \
	X(inventory_low, "inventory.low", stock, 1, inventory_low_data,                                                \
	  "A correction left little of a product to be ordered")                                                       \
	X(delivery_assigned, "delivery.assigned", delivery, 1, delivery_step_data,                                     \
	  "A courier has an order to deliver")                                                                         \
	X(delivery_unassigned, "delivery.unassigned", delivery, 1, delivery_step_data,                                 \
	  "A courier has it no longer: given back, taken away, or cancelled")                                          \
	X(delivery_picked_up, "delivery.picked_up", delivery, 1, delivery_step_data,                                   \
	  "A courier has the goods of an order")                                                                       \
	X(delivery_completed, "delivery.completed", delivery, 1, delivery_step_data,                                   \
	  "An order was handed over at the door")                                                                      \
	X(delivery_failed, "delivery.failed", delivery, 1, delivery_step_data,                                         \
	  "An attempt to hand an order over failed")                                                                   \
	X(delivery_returned, "delivery.returned", delivery, 1, delivery_step_data,                                     \
	  "What could not be handed over is in the store again")                                                       \
	X(product_created, "product.created", product, 1, product_event_data, "There is a new product")                \
	X(product_changed, "product.changed", product, 1, product_event_data,                                          \
	  "A product is another than before, or is sold again")                                                        \
	X(product_deleted, "product.deleted", product, 1, product_event_data, "A product is sold no more")
COMMERCE_EVENTS(EVENT_DECLARE)

extern const struct event_types commerce_events;

/* account.changed, as commerce reads it. */
#define COMMERCE_ACCOUNT(X, T)                                                   \
	X(T, uuid, _, account_id, .doc = "The account")                          \
	X(T, str, _, audience, .max = 16, .doc = "public or admin")              \
	X(T, str, _, email, .max = 254, .doc = "Its address, lower case")        \
	X(T, str, _, name, .max = 200, .doc = "How to call the person")          \
	X(T, str, _, phone, .max = 32, .optional = true, .doc = "Where to ring") \
	X(T, str, _, role, .max = 32, .doc = "Its role")                         \
	X(T, opt_boolean, _, disabled, .doc = "Whether it is shut out")
SCHEMA_STRUCT(commerce_account_data, COMMERCE_ACCOUNT)

#define COMMERCE_EVENTS_HEARD(X) \
	X(commerce_account_changed, "account.changed", account, 1, commerce_account_data, "Emitted by accounts")
COMMERCE_EVENTS_HEARD(EVENT_DECLARE)

#endif
