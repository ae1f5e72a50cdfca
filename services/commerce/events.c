/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/events.h"

SCHEMA_TABLE(order_created_line, ORDER_CREATED_LINE, "A product and the number of pieces")
SCHEMA_TABLE(order_created_data, ORDER_CREATED, "An order was placed")
SCHEMA_TABLE(order_shortage, ORDER_SHORTAGE, "A product with too little stock")
SCHEMA_TABLE(order_status_changed_data, ORDER_STATUS_CHANGED, "An order moved to another status")
SCHEMA_TABLE(order_cancelled_data, ORDER_CANCELLED, "An order was cancelled")
SCHEMA_TABLE(inventory_lines_data, INVENTORY_LINES, "Goods of an order, by product")
SCHEMA_TABLE(order_step_data, ORDER_STEP, "An order took a step without another status")
SCHEMA_TABLE(order_payment_data, ORDER_PAYMENT, "A payment of an order was recorded")
SCHEMA_TABLE(order_refund_data, ORDER_REFUND, "A step of a refund")
SCHEMA_TABLE(commerce_account_data, COMMERCE_ACCOUNT, "An account, with the members that commerce reads")

COMMERCE_EVENTS(EVENT_DEFINE)
COMMERCE_EVENTS_HEARD(EVENT_DEFINE)

const struct event_types commerce_events = EVENT_TYPES(COMMERCE_EVENTS);
