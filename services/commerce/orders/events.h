/* SPDX-License-Identifier: Apache-2.0 */
/* The events of orders, those of their goods included. Payments number theirs among them (payments/events.h). */
#ifndef STOA_COMMERCE_ORDERS_EVENTS_H
#define STOA_COMMERCE_ORDERS_EVENTS_H

#include "commerce/domain/order.h"
#include "events/event.h"

#define ORDER_CREATED_LINE(X, T) \
	X(T, uuid, _, product_id, .doc = "Id of the product") \
	X(T, i64, _, quantity, .min = 1, .max = ORDER_QUANTITY_MAX, \
	  .doc = "Number of pieces; lines of one product are summed")

#define ORDER_CREATED(X, T) \
	X(T, uuid, _, order_id, .doc = "Id of the order") \
	X(T, str, code, number, .max = 32, .doc = "Number of the order, as people read it") \
	X(T, uuid, _, customer_id, .doc = "Id of the customer who placed the order") \
	X(T, money, _, total, .doc = "Total price of the order, including delivery") \
	X(T, list, order_created_line, lines, .min = 1, .max = ORDER_LINES_MAX, \
	  .doc = "Lines of the order, one per product")

#define ORDER_SHORTAGE(X, T) \
	X(T, uuid, _, product_id, .doc = "Id of the product with too little stock") \
	X(T, str, line, sku, .max = 64, .doc = "SKU (stock keeping unit) of the product") \
	X(T, str, line, name, .max = 200, .doc = "Name of the product at the time of the order") \
	X(T, i64, _, requested, .min = 1, .max = ORDER_QUANTITY_MAX, .doc = "Number of pieces that were ordered") \
	X(T, i64, _, available, .min = 0, .max = STOCK_MAX, .doc = "Number of pieces that could be reserved")

#define ORDER_STATUS_CHANGED(X, T) \
	X(T, uuid, _, order_id, .doc = "Id of the order") \
	X(T, str, code, number, .max = 32, .doc = "Number of the order") \
	X(T, choice, order_status, from, .doc = "Status before the change") \
	X(T, choice, order_status, to, .doc = "Status after the change") \
	X(T, i64, _, version, .min = 1, .max = INT64_MAX, .doc = "Version of the order after the change") \
	X(T, str, code, actor, .max = 64, .doc = "Who made the change: customer, staff, worker, courier or timer") \
	X(T, str, block, reason, .max = 500, .optional = true, .doc = "Reason, as text for people") \
	X(T, list, order_shortage, shortages, .max = ORDER_LINES_MAX, .optional = true, \
	  .doc = "Products with too little stock, if that is the reason")

#define INVENTORY_LINES(X, T) \
	X(T, uuid, _, order_id, .doc = "Id of the order") \
	X(T, list, order_created_line, lines, .min = 1, .max = ORDER_LINES_MAX, .doc = "Products and numbers of pieces")

#define ORDER_STEP(X, T) \
	X(T, uuid, _, order_id, .doc = "Id of the order") \
	X(T, str, code, number, .max = 32, .doc = "Number of the order") \
	X(T, str, code, actor, .max = 64, .doc = "Who took the step: staff, customer, worker or provider") \
	X(T, str, block, reason, .max = 500, .optional = true, .doc = "Reason, as text for people") \
	X(T, list, order_shortage, shortages, .max = ORDER_LINES_MAX, .optional = true, \
	  .doc = "Products with too little stock, if that is the reason of a cancellation")

/* clang-format off */
#define ORDERS_EVENT_SHAPES(STRUCT, OVER)                                                               \
	OVER(order_created_line, ORDER_CREATED_LINE, struct goods_line, "A product and the number of pieces") \
	STRUCT(order_created_data, ORDER_CREATED, "An order was placed")                                \
	OVER(order_shortage, ORDER_SHORTAGE, struct stock_shortage, "A product with too little stock")  \
	STRUCT(order_status_changed_data, ORDER_STATUS_CHANGED, "An order moved to another status")     \
	STRUCT(inventory_lines_data, INVENTORY_LINES, "Goods of an order, by product")                  \
	STRUCT(order_step_data, ORDER_STEP, "An order took a step")
SCHEMA_DECLARE(ORDERS_EVENT_SHAPES)

#define ORDERS_EVENTS(X) \
	X(order_created, "order.created", order, 1, order_created_data,                                                \
	  "A customer placed an order; its stock is not reserved yet")                                                 \
	X(order_status_changed, "order.status_changed", order, 1, order_status_changed_data,                           \
	  "An order moved to another status")                                                                          \
	X(order_cancelled, "order.cancelled", order, 1, order_step_data,                                          \
	  "An order was cancelled; its reserved stock is released")                                                    \
	X(order_reassigned, "order.reassigned", order, 1, order_step_data,                                                    \
	  "Another courier has the goods of an order that was picked up")                                               \
	X(order_on_hold, "order.on_hold", order, 1, order_step_data, "An order was put on hold until staff resume it") \
	X(order_resumed, "order.resumed", order, 1, inventory_lines_data,                                              \
	  "An order on hold was resumed; its stock is not reserved yet")                                               \
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
	  "Picked goods of an order were returned to the stock")                                                       \
	X(inventory_written_off, "inventory.written_off", order, 1, inventory_lines_data,                              \
	  "Goods of an order were lost after the pick-up")
ORDERS_EVENTS(EVENT_DECLARE)
/* clang-format on */

#endif
