/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/events.h"

SCHEMA_TABLE(order_created_line, ORDER_CREATED_LINE, "A product and how many of it")
SCHEMA_TABLE(order_created_data, ORDER_CREATED, "An order was placed")
SCHEMA_TABLE(order_shortage, ORDER_SHORTAGE, "A product of which there was too little")
SCHEMA_TABLE(order_status_changed_data, ORDER_STATUS_CHANGED, "An order moved to another status")
SCHEMA_TABLE(order_cancelled_data, ORDER_CANCELLED, "An order was cancelled")
SCHEMA_TABLE(inventory_lines_data, INVENTORY_LINES, "Goods of an order, by product")
SCHEMA_TABLE(order_step_data, ORDER_STEP, "Somebody took a step with an order")
SCHEMA_TABLE(order_payment_data, ORDER_PAYMENT, "A record of an order's money was added")
SCHEMA_TABLE(order_refund_data, ORDER_REFUND, "A step of money that goes back")
SCHEMA_TABLE(inventory_adjusted_data, INVENTORY_ADJUSTED, "What is on hand was corrected")
SCHEMA_TABLE(inventory_low_data, INVENTORY_LOW, "A product is low")
SCHEMA_TABLE(delivery_step_data, DELIVERY_STEP_DATA, "A delivery went a step")
SCHEMA_TABLE(product_event_data, PRODUCT_EVENT, "A product as it is from now on")
SCHEMA_TABLE(commerce_account_data, COMMERCE_ACCOUNT, "An account as commerce reads it")

const struct event_type order_created = {
	.name = "order.created",
	.aggregate = "order",
	.version = 1,
	.data = &order_created_data_schema,
	.doc = "A customer placed an order; its stock is not reserved yet",
};
const struct event_type order_status_changed = {
	.name = "order.status_changed",
	.aggregate = "order",
	.version = 1,
	.data = &order_status_changed_data_schema,
	.doc = "An order moved to another status",
};
const struct event_type order_cancelled = {
	.name = "order.cancelled",
	.aggregate = "order",
	.version = 1,
	.data = &order_cancelled_data_schema,
	.doc = "An order was cancelled; what it held is released",
};
const struct event_type order_on_hold = {
	.name = "order.on_hold",
	.aggregate = "order",
	.version = 1,
	.data = &order_step_data_schema,
	.doc = "An order waits until somebody has looked at it",
};
const struct event_type order_resumed = {
	.name = "order.resumed",
	.aggregate = "order",
	.version = 1,
	.data = &inventory_lines_data_schema,
	.doc = "An order waits no longer; its stock is not reserved yet",
};
const struct event_type order_payment_changed = {
	.name = "order.payment_changed",
	.aggregate = "order",
	.version = 1,
	.data = &order_payment_data_schema,
	.doc = "Money of an order was authorised, captured, voided or given back, or its payment failed",
};
const struct event_type order_refund_requested = {
	.name = "order.refund_requested",
	.aggregate = "order",
	.version = 1,
	.data = &order_refund_data_schema,
	.doc = "Money of an order is to go back",
};
const struct event_type order_refunded = {
	.name = "order.refunded",
	.aggregate = "order",
	.version = 1,
	.data = &order_refund_data_schema,
	.doc = "Money of an order has gone back",
};
const struct event_type order_refund_failed = {
	.name = "order.refund_failed",
	.aggregate = "order",
	.version = 1,
	.data = &order_refund_data_schema,
	.doc = "Money of an order could not go back; it may be asked for again",
};
const struct event_type reservation_expired = {
	.name = "reservation.expired",
	.aggregate = "order",
	.version = 1,
	.data = &inventory_lines_data_schema,
	.doc = "An order held stock and was not paid for in time",
};
const struct event_type picking_started = {
	.name = "picking.started",
	.aggregate = "order",
	.version = 1,
	.data = &order_step_data_schema,
	.doc = "Somebody takes the goods of an order from the shelves",
};
const struct event_type picking_completed = {
	.name = "picking.completed",
	.aggregate = "order",
	.version = 1,
	.data = &inventory_lines_data_schema,
	.doc = "The goods of an order are packed, and off the shelves",
};
const struct event_type inventory_reserved = {
	.name = "inventory.reserved",
	.aggregate = "order",
	.version = 1,
	.data = &inventory_lines_data_schema,
	.doc = "Stock is held for an order",
};
const struct event_type inventory_released = {
	.name = "inventory.released",
	.aggregate = "order",
	.version = 1,
	.data = &inventory_lines_data_schema,
	.doc = "Stock held for an order is free again",
};

const struct event_type inventory_returned = {
	.name = "inventory.returned",
	.aggregate = "order",
	.version = 1,
	.data = &inventory_lines_data_schema,
	.doc = "Goods that were packed for an order are on hand again",
};

const struct event_type inventory_adjusted = {
	.name = "inventory.adjusted",
	.aggregate = "stock",
	.version = 1,
	.data = &inventory_adjusted_data_schema,
	.doc = "Somebody corrected what is on hand of a product",
};
const struct event_type inventory_low = {
	.name = "inventory.low",
	.aggregate = "stock",
	.version = 1,
	.data = &inventory_low_data_schema,
	.doc = "A correction left little of a product to be ordered",
};

const struct event_type delivery_assigned = {
	.name = "delivery.assigned",
	.aggregate = "delivery",
	.version = 1,
	.data = &delivery_step_data_schema,
	.doc = "A courier has an order to deliver",
};
const struct event_type delivery_unassigned = {
	.name = "delivery.unassigned",
	.aggregate = "delivery",
	.version = 1,
	.data = &delivery_step_data_schema,
	.doc = "A courier has it no longer: given back, taken away, or cancelled",
};
const struct event_type delivery_picked_up = {
	.name = "delivery.picked_up",
	.aggregate = "delivery",
	.version = 1,
	.data = &delivery_step_data_schema,
	.doc = "A courier has the goods of an order",
};
const struct event_type delivery_completed = {
	.name = "delivery.completed",
	.aggregate = "delivery",
	.version = 1,
	.data = &delivery_step_data_schema,
	.doc = "An order was handed over at the door",
};
const struct event_type delivery_failed = {
	.name = "delivery.failed",
	.aggregate = "delivery",
	.version = 1,
	.data = &delivery_step_data_schema,
	.doc = "An attempt to hand an order over failed",
};
const struct event_type delivery_returned = {
	.name = "delivery.returned",
	.aggregate = "delivery",
	.version = 1,
	.data = &delivery_step_data_schema,
	.doc = "What could not be handed over is in the store again",
};

const struct event_type product_created = {
	.name = "product.created",
	.aggregate = "product",
	.version = 1,
	.data = &product_event_data_schema,
	.doc = "There is a new product",
};
const struct event_type product_changed = {
	.name = "product.changed",
	.aggregate = "product",
	.version = 1,
	.data = &product_event_data_schema,
	.doc = "A product is another than before, or is sold again",
};
const struct event_type product_deleted = {
	.name = "product.deleted",
	.aggregate = "product",
	.version = 1,
	.data = &product_event_data_schema,
	.doc = "A product is sold no more",
};

const struct event_type *const commerce_events[] = {
	&order_created,          &order_status_changed, &order_cancelled,
	&order_on_hold,          &order_resumed,        &order_payment_changed,
	&order_refund_requested, &order_refunded,       &order_refund_failed,
	&reservation_expired,    &picking_started,      &picking_completed,
	&inventory_reserved,     &inventory_released,   &inventory_returned,
	&inventory_adjusted,     &inventory_low,        &delivery_assigned,
	&delivery_unassigned,    &delivery_picked_up,   &delivery_completed,
	&delivery_failed,        &delivery_returned,    &product_created,
	&product_changed,        &product_deleted,      NULL,
};

const struct event_type commerce_account_changed = {
	.name = "account.changed",
	.aggregate = "account",
	.version = 1,
	.data = &commerce_account_data_schema,
	.doc = "Emitted by accounts",
};
