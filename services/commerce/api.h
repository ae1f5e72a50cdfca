/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of commerce's API, each described once: what clients send and what they get. */
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

/* ---- Stores ----------------------------------------------------------------------------------- */

#define STORE_VIEW(X, T)                                  \
	X(T, uuid, _, id, .doc = "Identifies the store")  \
	X(T, str, _, name, .max = 100, .doc = "Its name") \
	X(T, str, _, slug, .max = 64, .doc = "Its name in addresses")
SCHEMA_STRUCT(store_view, STORE_VIEW)

#define STORE_LIST(X, T) X(T, list, store_view, data, .max = 1000, .doc = "All stores by name")
SCHEMA_STRUCT(store_list, STORE_LIST)

#define STORE_NEW(X, T)                                             \
	X(T, str, _, name, .min = 1, .max = 100, .doc = "Its name") \
	X(T, str, _, slug, .min = 1, .max = 64, .format = JSON_FORMAT_SLUG, .doc = "Its name in addresses")
SCHEMA_STRUCT(store_new, STORE_NEW)

#define STORE_CHANGES(X, T)                                                                   \
	X(T, str, _, name, .min = 1, .max = 100, .optional = true, .doc = "Its name")         \
	X(T, str, _, slug, .min = 1, .max = 64, .format = JSON_FORMAT_SLUG, .optional = true, \
	  .doc = "Its name in addresses")
SCHEMA_STRUCT(store_changes, STORE_CHANGES)

/* ---- Catalogue -------------------------------------------------------------------------------- */

#define DEPARTMENT_VIEW(X, T)                                 \
	X(T, uuid, _, id, .doc = "Identifies the department") \
	X(T, str, _, name, .max = 100, .doc = "Its name")     \
	X(T, str, _, slug, .max = 100, .doc = "Its name in addresses")
SCHEMA_STRUCT(department_view, DEPARTMENT_VIEW)

#define DEPARTMENT_LIST(X, T) X(T, list, department_view, data, .max = 1000, .doc = "All departments, in shop order")
SCHEMA_STRUCT(department_list, DEPARTMENT_LIST)

#define CATEGORY_VIEW(X, T)                                            \
	X(T, uuid, _, id, .doc = "Identifies the category")            \
	X(T, uuid, _, department_id, .doc = "The department it is in") \
	X(T, str, _, name, .max = 100, .doc = "Its name")              \
	X(T, str, _, slug, .max = 100, .doc = "Its name in addresses")
SCHEMA_STRUCT(category_view, CATEGORY_VIEW)

#define CATEGORY_LIST(X, T) X(T, list, category_view, data, .max = 1000, .doc = "Categories, in shop order")
SCHEMA_STRUCT(category_list, CATEGORY_LIST)

#define CATEGORY_QUERY(X, T) X(T, opt_uuid, _, department_id, .doc = "Only those of this department")
SCHEMA_STRUCT(category_query, CATEGORY_QUERY)

#define BRAND_VIEW(X, T)                                  \
	X(T, uuid, _, id, .doc = "Identifies the brand")  \
	X(T, str, _, name, .max = 100, .doc = "Its name") \
	X(T, str, _, slug, .max = 100, .doc = "Its name in addresses")
SCHEMA_STRUCT(brand_view, BRAND_VIEW)

#define BRAND_LIST(X, T) X(T, list, brand_view, data, .max = 1000, .doc = "All brands by name")
SCHEMA_STRUCT(brand_list, BRAND_LIST)

#define PRODUCT_VIEW(X, T)                                                            \
	X(T, uuid, _, id, .doc = "Identifies the product")                            \
	X(T, str, _, sku, .max = 64, .doc = "Stock keeping unit")                     \
	X(T, str, _, name, .max = 200, .doc = "Its name")                             \
	X(T, str, _, description, .max = 4000, .doc = "What it is")                   \
	X(T, uuid, _, category_id, .doc = "The category it is in")                    \
	X(T, str, _, brand, .max = 100, .nullable = true, .doc = "Name of its brand") \
	X(T, str, _, unit, .max = 64, .doc = "What one piece is")                     \
	X(T, money, _, price, .doc = "Price of one piece, tax included")              \
	X(T, boolean, _, featured, .doc = "Shown in front")                           \
	X(T, i64, _, available, .doc = "Pieces that can be ordered now")
SCHEMA_STRUCT(product_view, PRODUCT_VIEW)

#define PRODUCT_PAGE(X, T) PAGE_ROWS(X, T, product_view)
SCHEMA_STRUCT(product_page, PRODUCT_PAGE)

#define PRODUCT_STORE_QUERY(X, T) X(T, opt_uuid, _, store_id, .doc = "The store to buy at; default: the main one")
SCHEMA_STRUCT(product_store_query, PRODUCT_STORE_QUERY)

#define PRODUCT_QUERY(X, T)                                                                                       \
	X(T, opt_uuid, _, store_id, .doc = "The store to buy at; default: the main one")                          \
	X(T, opt_uuid, _, category_id, .doc = "Only this category")                                               \
	X(T, opt_uuid, _, brand_id, .doc = "Only this brand")                                                     \
	X(T, str, _, q, .min = 1, .max = 100, .optional = true, .doc = "Words to look for in name, SKU and text") \
	X(T, opt_boolean, _, featured, .doc = "Only those shown in front, or only the others")                    \
	X(T, opt_i64, _, min_price, .min = 0, .max = 1000000000, .doc = "Least price, minor units")               \
	X(T, opt_i64, _, max_price, .min = 0, .max = 1000000000, .doc = "Highest price, minor units")             \
	X(T, opt_boolean, _, in_stock, .doc = "Only what can be ordered now, or only what cannot")                \
	X(T, str, _, sort, .max = 32, .optional = true, .doc = "name (default), price, -price or -created_at")    \
	X(T, opt_i64, _, limit, .min = 1, .max = 100, .doc = "Rows a page, default 20")                           \
	X(T, str, _, cursor, .max = 500, .optional = true, .doc = "next_cursor of the page before")
SCHEMA_STRUCT(product_query, PRODUCT_QUERY)

/* ---- Orders ----------------------------------------------------------------------------------- */

#define PLACE_ORDER_LINE(X, T)                                                            \
	X(T, uuid, _, product_id, .doc = "The product")                                   \
	X(T, i64, _, quantity, .min = 1, .max = ORDER_QUANTITY_MAX, .doc = "Whole units") \
	X(T, choice, substitution, substitution, .optional = true, .doc = "What to do when it is short")
SCHEMA_STRUCT(place_order_line, PLACE_ORDER_LINE)

#define ORDER_ADDRESS(X, T)                                                          \
	X(T, str, _, recipient, .min = 1, .max = 200, .doc = "Who takes the goods")  \
	X(T, str, _, street, .min = 1, .max = 200, .doc = "Street and house number") \
	X(T, str, _, postal_code, .min = 1, .max = 16, .doc = "Postal code")         \
	X(T, str, _, city, .min = 1, .max = 100, .doc = "City")                      \
	X(T, str, _, country, .min = 2, .max = 2, .doc = "ISO 3166-1 alpha-2 code")  \
	X(T, str, _, note, .max = 500, .optional = true, .doc = "Floor, bell, gate code")
SCHEMA_STRUCT(order_address, ORDER_ADDRESS)

#define PLACE_ORDER(X, T)                                                                                  \
	X(T, list, place_order_line, lines, .min = 1, .max = ORDER_LINES_MAX, .doc = "What to order")      \
	X(T, opt_uuid, _, store_id, .doc = "The store that is to serve it; default: the main one")         \
	X(T, object, order_address, address, .optional = true, .doc = "Where to bring it")                 \
	X(T, opt_uuid, _, address_id, .doc = "Instead of address: one of those kept under /api/addresses") \
	X(T, choice, payment_method, payment_method, .doc = "How it will be paid")                         \
	X(T, choice, fulfilment, fulfilment, .optional = true,                                             \
	  .doc = "delivery (default), or pickup: then without an address")                                 \
	X(T, str, _, note, .max = 1000, .optional = true, .doc = "A word to the store")
SCHEMA_STRUCT(place_order, PLACE_ORDER)

#define ORDER_LINE_VIEW(X, T)                                                       \
	X(T, uuid, _, product_id, .doc = "The product")                             \
	X(T, str, _, sku, .max = 64, .doc = "Stock keeping unit")                   \
	X(T, str, _, name, .max = 200, .doc = "Its name when it was ordered")       \
	X(T, str, _, unit, .max = 64, .doc = "What one piece is")                   \
	X(T, i64, _, quantity, .doc = "Pieces ordered")                             \
	X(T, money, _, unit_price, .doc = "Price of one piece when it was ordered") \
	X(T, money, _, total, .doc = "Price of the line")                           \
	X(T, str, _, substitution, .max = 32, .nullable = true, .doc = "What to do when it is short")
SCHEMA_STRUCT(order_line_view, ORDER_LINE_VIEW)

#define ORDER_HISTORY_VIEW(X, T)                                                                   \
	X(T, i64, _, version, .doc = "The order's version after the change")                       \
	X(T, str, _, from, .max = 32, .nullable = true, .doc = "Status before; null at the start") \
	X(T, str, _, to, .max = 32, .doc = "Status after")                                         \
	X(T, str, _, actor, .max = 64, .doc = "customer, worker, staff, courier")                  \
	X(T, str, _, reason, .max = 500, .nullable = true, .doc = "Why")                           \
	X(T, time, _, at, .doc = "When")
SCHEMA_STRUCT(order_history_view, ORDER_HISTORY_VIEW)

#define POSITION_VIEW(X, T)                                                 \
	X(T, f64, _, latitude, .doc = "Degrees, north positive")            \
	X(T, f64, _, longitude, .doc = "Degrees, east positive")            \
	X(T, f64, _, accuracy, .doc = "Metres it may be off; 0: not known") \
	X(T, time, _, at, .doc = "When it was told")
SCHEMA_STRUCT(position_view, POSITION_VIEW)

#define ORDER_DELIVERY(X, T)                                                                                      \
	X(T, uuid, _, id, .doc = "Identifies the delivery")                                                       \
	X(T, choice, delivery_state, state, .doc = "Where it stands")                                             \
	X(T, str, _, courier, .max = 200, .nullable = true, .doc = "Name of who brings it")                       \
	X(T, opt_uuid, _, courier_id, .nullable = true, .doc = "Who that is; for staff")                          \
	X(T, i64, _, attempts, .doc = "Journeys to the door, at most three")                                      \
	X(T, str, _, pin, .max = 4, .nullable = true, .doc = "Tell it the courier at the door; for the customer") \
	X(T, object, position_view, position, .nullable = true,                                                   \
	  .doc = "Where the courier is, if that is known; in "                                                    \
	         "the view of one order")
SCHEMA_STRUCT(order_delivery, ORDER_DELIVERY)

#define ORDER_VIEW(X, T)                                                                                       \
	X(T, uuid, _, id, .doc = "Identifies the order")                                                       \
	X(T, str, _, number, .max = 32, .doc = "The number people read out")                                   \
	X(T, uuid, _, store_id, .doc = "The store that serves it")                                             \
	X(T, choice, order_status, status, .doc = "Where it stands")                                           \
	X(T, str, _, status_reason, .max = 500, .nullable = true,                                              \
	  .doc = "Why it stands there, if there is a word to say")                                             \
	X(T, str, _, payment_status, .max = 32, .doc = "Where the money stands")                               \
	X(T, money, _, refunded, .doc = "What has been given back")                                            \
	X(T, str, _, fulfilment, .max = 32, .doc = "delivery or pickup")                                       \
	X(T, str, _, pickup_code, .max = 6, .nullable = true,                                                  \
	  .doc = "To be shown when it is fetched; only the customer sees it")                                  \
	X(T, str, _, fulfilment_status, .max = 32,                                                             \
	  .doc = "unfulfilled, in_progress, fulfilled, returned or cancelled")                                 \
	X(T, str, _, payment_method, .max = 32, .doc = "How it is paid")                                       \
	X(T, list, order_line_view, lines, .max = 100, .doc = "What was ordered")                              \
	X(T, money, _, subtotal, .doc = "Sum of the lines")                                                    \
	X(T, money, _, delivery_fee, .doc = "Delivery")                                                        \
	X(T, money, _, discount, .doc = "Taken off")                                                           \
	X(T, money, _, tax, .doc = "Tax contained in the subtotal")                                            \
	X(T, money, _, total, .doc = "To pay")                                                                 \
	X(T, object, order_address, address, .nullable = true, .doc = "Where it goes; null for pickup")        \
	X(T, str, _, note, .max = 1000, .nullable = true, .doc = "The customer's word to the store")           \
	X(T, i64, _, version, .doc = "Counts changes; also the ETag")                                          \
	X(T, time, _, created_at, .doc = "When it was placed")                                                 \
	X(T, time, _, updated_at, .doc = "When it changed last")                                               \
	X(T, object, order_delivery, delivery, .nullable = true, .doc = "On its way; null before it is ready") \
	X(T, list, order_history_view, history, .max = 1000, .doc = "Its diary, oldest first")                 \
	X(T, strs, _, allowed_transitions, .max = 32, .doc = "Statuses the asker may move it to")
SCHEMA_STRUCT(order_view, ORDER_VIEW)

#define ORDER_PAGE(X, T) PAGE_ROWS(X, T, order_view)
SCHEMA_STRUCT(order_page, ORDER_PAGE)

#define ORDER_QUERY(X, T)                                                                         \
	X(T, choice, order_status, status, .optional = true, .doc = "Only orders standing there") \
	X(T, opt_i64, _, limit, .min = 1, .max = 100, .doc = "Rows a page, default 20")           \
	X(T, str, _, cursor, .max = 500, .optional = true, .doc = "next_cursor of the page before")
SCHEMA_STRUCT(order_query, ORDER_QUERY)

#define CANCEL_ORDER(X, T) X(T, str, _, reason, .max = 500, .optional = true, .doc = "Why")
SCHEMA_STRUCT(cancel_order, CANCEL_ORDER)

#define FOLLOW_QUERY(X, T) X(T, opt_i64, _, after, .min = 0, .max = INT64_MAX, .doc = "Resume after this seq")
SCHEMA_STRUCT(follow_query, FOLLOW_QUERY)

/* What the socket says first, and then. */
#define FOLLOW_CONNECTED(X, T)                                                             \
	X(T, str, _, type, .max = 32, .doc = "connected")                                  \
	X(T, i64, _, seq, .doc = "Sequence number of the newest event in the order shown") \
	X(T, object, order_view, order, .doc = "The order as it stands")
SCHEMA_STRUCT(follow_connected, FOLLOW_CONNECTED)

#define FOLLOW_EVENT(X, T)                                                    \
	X(T, str, _, type, .max = 64, .doc = "The event's type")              \
	X(T, i64, _, seq, .doc = "Sequence number within the order: gapless") \
	X(T, time, _, occurred_at, .doc = "When")                             \
	X(T, raw, _, data, .doc = "The event's data")
SCHEMA_STRUCT(follow_event, FOLLOW_EVENT)

/* ---- Admin ------------------------------------------------------------------------------------ */

#define ADMIN_ORDER_ROW(X, T)                                                                       \
	X(T, uuid, _, id, .doc = "Identifies the order")                                            \
	X(T, str, _, number, .max = 32, .doc = "The number people read out")                        \
	X(T, choice, order_status, status, .doc = "Where it stands")                                \
	X(T, str, _, payment_status, .max = 32, .doc = "Where the money stands")                    \
	X(T, uuid, _, store_id, .doc = "The store that serves it")                                  \
	X(T, str, _, channel, .max = 32, .doc = "Where it came from")                               \
	X(T, money, _, total, .doc = "To pay")                                                      \
	X(T, str, _, city, .max = 100, .doc = "Where it goes")                                      \
	X(T, uuid, _, customer_id, .doc = "Who placed it")                                          \
	X(T, str, _, customer_email, .max = 254, .nullable = true, .doc = "The customer's address") \
	X(T, str, _, customer_name, .max = 200, .nullable = true, .doc = "The customer's name")     \
	X(T, i64, _, version, .doc = "Counts changes")                                              \
	X(T, time, _, created_at, .doc = "When it was placed")                                      \
	X(T, time, _, updated_at, .doc = "When it changed last")
SCHEMA_STRUCT(admin_order_row, ADMIN_ORDER_ROW)

#define ADMIN_ORDER_PAGE(X, T) PAGE_ROWS(X, T, admin_order_row)
SCHEMA_STRUCT(admin_order_page, ADMIN_ORDER_PAGE)

#define ADMIN_ORDER_QUERY(X, T)                                                                   \
	X(T, strs, _, filter_status, .max = 16, .choice = &order_status_choice, .optional = true, \
	  .doc = "Any of these")                                                                  \
	X(T, opt_uuid, _, filter_store_id, .doc = "Only this store")                              \
	X(T, str, _, filter_channel, .max = 32, .optional = true, .doc = "Only this channel")     \
	X(T, opt_time, _, filter_created_at_gte, .doc = "Placed at or after")                     \
	X(T, opt_time, _, filter_created_at_lt, .doc = "Placed before")                           \
	X(T, str, _, q, .min = 1, .max = 254, .optional = true,                                   \
	  .doc = "An order number or a customer's whole address")                                 \
	X(T, str, _, sort, .max = 32, .optional = true, .doc = "-created_at (default) or total")  \
	X(T, opt_i64, _, limit, .min = 1, .max = 100, .doc = "Rows a page, default 20")           \
	X(T, str, _, cursor, .max = 500, .optional = true, .doc = "next_cursor of the page before")
SCHEMA_STRUCT(admin_order_query, ADMIN_ORDER_QUERY)

#define ADMIN_CUSTOMER(X, T)                                                                             \
	X(T, uuid, _, id, .doc = "Identifies the customer")                                              \
	X(T, str, _, email, .max = 254, .nullable = true, .doc = "Address; null until it is known here") \
	X(T, str, _, name, .max = 200, .nullable = true, .doc = "Name")                                  \
	X(T, str, _, phone, .max = 32, .nullable = true, .doc = "Phone")
SCHEMA_STRUCT(admin_customer, ADMIN_CUSTOMER)

#define ADMIN_EVENT(X, T)                                            \
	X(T, i64, _, seq, .doc = "Sequence number within the order") \
	X(T, str, _, type, .max = 64, .doc = "The event's type")     \
	X(T, time, _, occurred_at, .doc = "When")                    \
	X(T, raw, _, data, .doc = "The event's data")
SCHEMA_STRUCT(admin_event, ADMIN_EVENT)

#define ADMIN_ORDER(X, T)                                                                               \
	X(T, object, order_view, order, .doc = "The order, with its history")                           \
	X(T, object, admin_customer, customer, .doc = "Who placed it")                                  \
	X(T, list, admin_event, events, .max = 1000, .doc = "Its events, oldest first")                 \
	X(T, list, payment_view, payments, .max = 1000, .doc = "What its providers said, oldest first") \
	X(T, list, refund_view, refunds, .max = 1000, .doc = "What goes back, oldest first")
SCHEMA_STRUCT(admin_order, ADMIN_ORDER)

#define MOVE_ORDER(X, T)                                                                         \
	X(T, choice, order_status, status, .doc = "Where it is to go")                           \
	X(T, str, _, reason, .max = 500, .optional = true, .doc = "Why; a rejection has to say") \
	X(T, str, _, code, .max = 32, .optional = true, .doc = "To collect: the pickup_code the customer shows")
SCHEMA_STRUCT(move_order, MOVE_ORDER)

/* ---- Stock ------------------------------------------------------------------------------------ */

#define STOCK_VIEW(X, T)                                                                   \
	X(T, uuid, _, store_id, .doc = "The store")                                        \
	X(T, uuid, _, product_id, .doc = "The product")                                    \
	X(T, str, _, sku, .max = 64, .doc = "Stock keeping unit")                          \
	X(T, str, _, name, .max = 200, .doc = "Its name")                                  \
	X(T, str, _, unit, .max = 64, .doc = "What one piece is")                          \
	X(T, i64, _, on_hand, .doc = "Pieces in the store")                                \
	X(T, i64, _, reserved, .doc = "Pieces of these that orders hold")                  \
	X(T, i64, _, safety, .doc = "Pieces kept back")                                    \
	X(T, i64, _, available, .doc = "Pieces left to be ordered; negative below safety") \
	X(T, i64, _, low_at, .doc = "Low when no more than so many are available")         \
	X(T, boolean, _, low, .doc = "Whether it is low")                                  \
	X(T, i64, _, version, .doc = "Counts changes; also the ETag")                      \
	X(T, time, _, updated_at, .doc = "When it changed last")
SCHEMA_STRUCT(stock_view, STOCK_VIEW)

#define STOCK_PAGE(X, T) PAGE_ROWS(X, T, stock_view)
SCHEMA_STRUCT(stock_page, STOCK_PAGE)

#define STOCK_STORE_QUERY(X, T) X(T, opt_uuid, _, store_id, .doc = "The store; default: one's own, or all of them")
SCHEMA_STRUCT(stock_store_query, STOCK_STORE_QUERY)

#define STOCK_QUERY(X, T)                                                                                         \
	X(T, opt_uuid, _, store_id, .doc = "The store; default: one's own, or the main one")                      \
	X(T, opt_boolean, _, filter_low, .doc = "Only what is low, or only what is not")                          \
	X(T, str, _, q, .min = 1, .max = 100, .optional = true, .doc = "Words to look for in name, SKU and text") \
	X(T, opt_i64, _, limit, .min = 1, .max = 100, .doc = "Rows a page, default 20")                           \
	X(T, str, _, cursor, .max = 500, .optional = true, .doc = "next_cursor of the page before")
SCHEMA_STRUCT(stock_query, STOCK_QUERY)

#define STOCK_MOVEMENT_VIEW(X, T)                                                                      \
	X(T, i64, _, id, .doc = "Number of the entry; ascends with time")                              \
	X(T, str, _, kind, .max = 32, .doc = "receive, adjust, count, reserve, release, pick, return") \
	X(T, i64, _, on_hand_delta, .doc = "Pieces that came (positive) or went")                      \
	X(T, i64, _, reserved_delta, .doc = "Pieces held (positive) or let go")                        \
	X(T, opt_uuid, _, order_id, .doc = "For which order")                                          \
	X(T, str, _, actor, .max = 64, .doc = "Who did it")                                            \
	X(T, str, _, reason, .max = 500, .nullable = true, .doc = "Why")                               \
	X(T, time, _, at, .doc = "When")
SCHEMA_STRUCT(stock_movement_view, STOCK_MOVEMENT_VIEW)

#define STOCK_MOVEMENT_PAGE(X, T) PAGE_ROWS(X, T, stock_movement_view)
SCHEMA_STRUCT(stock_movement_page, STOCK_MOVEMENT_PAGE)

#define STOCK_MOVEMENT_QUERY(X, T)                                                           \
	X(T, opt_uuid, _, store_id, .doc = "The store; default: one's own, or the main one") \
	X(T, opt_i64, _, limit, .min = 1, .max = 100, .doc = "Rows a page, default 20")      \
	X(T, str, _, cursor, .max = 500, .optional = true, .doc = "next_cursor of the page before")
SCHEMA_STRUCT(stock_movement_query, STOCK_MOVEMENT_QUERY)

#define ADJUST_STOCK(X, T)                                                                                     \
	X(T, opt_uuid, _, store_id, .doc = "The store; default: one's own, or the main one")                   \
	X(T, opt_i64, _, delta, .min = -STOCK_MAX, .max = STOCK_MAX, .doc = "Pieces to add, or to take away")  \
	X(T, opt_i64, _, set_to, .min = 0, .max = STOCK_MAX, .doc = "Pieces that were counted")                \
	X(T, opt_i64, _, expected, .min = 0, .max = STOCK_MAX, .doc = "Beside set_to: on_hand when they were") \
	X(T, str, _, reason, .min = 1, .max = 500, .doc = "Why; goes into the ledger")
SCHEMA_STRUCT(adjust_stock, ADJUST_STOCK)

#define SET_STOCK_LEVELS(X, T)                                                                     \
	X(T, opt_uuid, _, store_id, .doc = "In which store; left out: one's own, or the main one") \
	X(T, opt_i64, _, safety, .min = 0, .max = STOCK_MAX, .doc = "Pieces to keep back")         \
	X(T, opt_i64, _, low_at, .min = 0, .max = STOCK_MAX, .doc = "Low when no more than so many are available")
SCHEMA_STRUCT(set_stock_levels, SET_STOCK_LEVELS)

#define STOCK_DIFFERENCE(X, T)                                            \
	X(T, uuid, _, store_id, .doc = "The store")                       \
	X(T, uuid, _, product_id, .doc = "The product")                   \
	X(T, i64, _, on_hand, .doc = "What the counter says")             \
	X(T, i64, _, reserved, .doc = "What the counter says")            \
	X(T, i64, _, ledger_on_hand, .doc = "What the ledger adds up to") \
	X(T, i64, _, ledger_reserved, .doc = "What the ledger adds up to")
SCHEMA_STRUCT(stock_difference, STOCK_DIFFERENCE)

#define STOCK_RECONCILIATION(X, T)                                                          \
	X(T, boolean, _, agree, .doc = "Whether all counters equal the sums of the ledger") \
	X(T, list, stock_difference, data, .max = 1000, .doc = "Those that do not")
SCHEMA_STRUCT(stock_reconciliation, STOCK_RECONCILIATION)

/* ---- Problems --------------------------------------------------------------------------------- */

#define COMMERCE_PROBLEMS(X)                                                                   \
	X(unknown_product, 422, "A product in the order does not exist or is no longer sold")  \
	X(unknown_store, 422, "There is no such store")                                        \
	X(slug_taken, 409, "The slug is in use")                                               \
	X(sku_taken, 409, "The stock keeping unit is in use")                                  \
	X(unknown_department, 422, "There is no such department")                              \
	X(unknown_category, 422, "There is no such category")                                  \
	X(unknown_brand, 422, "There is no such brand")                                        \
	X(is_deleted, 409, "It is deleted")                                                    \
	X(still_used, 409, "Something belongs to it")                                          \
	X(quantity_too_high, 422, "More pieces of one product than an order may have")         \
	X(unknown_address, 422, "The order names an address that is not kept")                 \
	X(too_many_addresses, 409, "There is no room for another address")                     \
	X(order_not_possible, 422, "The order cannot be priced")                               \
	X(illegal_transition, 409, "The order cannot go there from where it stands")           \
	X(not_a_pickup, 409, "The order is brought to its customer")                           \
	X(not_a_delivery, 409, "The order is fetched by its customer")                         \
	X(reason_missing, 422, "The change has to say why")                                    \
	X(pickup_code_wrong, 409, "The code is not that of the order")                         \
	X(pickup_code_locked, 409, "Too many wrong codes were shown for the order")            \
	X(payment_too_late, 409, "The order has ended; no money is to be taken for it")        \
	X(payment_not_awaited, 409, "The order does not wait for a payment of that kind")      \
	X(payment_amount_wrong, 409, "The amount is not what it has to be")                    \
	X(payment_reference_taken, 409, "The provider's reference stands for another payment") \
	X(refund_too_high, 409, "More than was captured and not given back yet")               \
	X(refund_not_pending, 409, "The refund is settled or failed already")                  \
	X(unknown_courier, 422, "There is no such courier")                                    \
	X(courier_unavailable, 409, "The courier takes no deliveries now")                     \
	X(courier_full, 409, "The courier carries as much as he can")                          \
	X(attempts_exhausted, 409, "After three attempts the goods come back")                 \
	X(wrong_parcel, 422, "The code scanned is not that of the order")                      \
	X(pin_wrong, 422, "The number is not the one the customer was told")                   \
	X(pin_locked, 409, "No tries are left: only a photograph with a reason is taken")      \
	X(proof_not_acceptable, 422, "What was handed in proves nothing")                      \
	X(stock_not_expected, 409, "The stock is not what was expected")                       \
	X(stock_negative, 409, "Stock cannot be less than nothing")                            \
	X(stock_below_reserved, 409, "Orders hold more than would be left")                    \
	X(stock_too_high, 409, "More pieces than a product may have")
COMMERCE_PROBLEMS(PROBLEM_DECLARE)
extern const struct problem *const commerce_problems[];

#endif
