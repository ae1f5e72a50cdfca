/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/api.h"

CHOICE_TABLE(substitution, SUBSTITUTIONS)
CHOICE_TABLE(payment_method, PAYMENT_METHODS)
CHOICE_TABLE(order_status, ORDER_STATUSES)

SCHEMA_TABLE(department_view, DEPARTMENT_VIEW, "A department of the shop")
SCHEMA_TABLE(department_list, DEPARTMENT_LIST, "All departments")
SCHEMA_TABLE(category_view, CATEGORY_VIEW, "A category of a department")
SCHEMA_TABLE(category_list, CATEGORY_LIST, "Categories")
SCHEMA_TABLE(category_query, CATEGORY_QUERY, "Which categories")
SCHEMA_TABLE(brand_view, BRAND_VIEW, "A brand")
SCHEMA_TABLE(brand_list, BRAND_LIST, "All brands")
SCHEMA_TABLE(product_view, PRODUCT_VIEW, "A product as the shop shows it")
SCHEMA_TABLE(product_page, PRODUCT_PAGE, "A page of products")
SCHEMA_TABLE(product_query, PRODUCT_QUERY, "Which products, in which order")

SCHEMA_TABLE(place_order_line, PLACE_ORDER_LINE, "One line of an order to be placed")
SCHEMA_TABLE(order_address, ORDER_ADDRESS, "Where goods go")
SCHEMA_TABLE(place_order, PLACE_ORDER, "An order to be placed; prices are the server's")
SCHEMA_TABLE(order_line_view, ORDER_LINE_VIEW, "One line of an order")
SCHEMA_TABLE(order_history_view, ORDER_HISTORY_VIEW, "One entry of an order's diary")
SCHEMA_TABLE(order_view, ORDER_VIEW, "An order")
SCHEMA_TABLE(order_page, ORDER_PAGE, "A page of orders")
SCHEMA_TABLE(order_query, ORDER_QUERY, "Which orders")
SCHEMA_TABLE(cancel_order, CANCEL_ORDER, "Why an order is cancelled")
SCHEMA_TABLE(follow_query, FOLLOW_QUERY, "Where to resume")
SCHEMA_TABLE(follow_connected, FOLLOW_CONNECTED, "The first message of a socket that follows an order")
SCHEMA_TABLE(follow_event, FOLLOW_EVENT, "A message about an event of the order")

SCHEMA_TABLE(admin_order_row, ADMIN_ORDER_ROW, "An order in the staff's list")
SCHEMA_TABLE(admin_order_page, ADMIN_ORDER_PAGE, "A page of the staff's list")
SCHEMA_TABLE(admin_order_query, ADMIN_ORDER_QUERY, "Which orders, in which order")
SCHEMA_TABLE(admin_customer, ADMIN_CUSTOMER, "A customer as commerce knows them")
SCHEMA_TABLE(admin_event, ADMIN_EVENT, "An event of the order")
SCHEMA_TABLE(admin_order, ADMIN_ORDER, "An order with its customer and its events")
SCHEMA_TABLE(move_order, MOVE_ORDER, "Where an order is to go, and why")

COMMERCE_PROBLEMS(PROBLEM_DEFINE)
const struct problem *const commerce_problems[] = { COMMERCE_PROBLEMS(PROBLEM_POINTER) NULL };
