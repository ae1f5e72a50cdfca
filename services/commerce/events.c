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

COMMERCE_EVENTS(EVENT_DEFINE)
COMMERCE_EVENTS_HEARD(EVENT_DEFINE)

const struct event_types commerce_events = EVENT_TYPES(COMMERCE_EVENTS);
