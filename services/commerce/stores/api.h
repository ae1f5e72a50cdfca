/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes and problems of stores. */
#ifndef STOA_COMMERCE_STORES_API_H
#define STOA_COMMERCE_STORES_API_H

#include "base/problem.h"
#include "commerce/domain/limits.h"
#include "commerce/stores/stores_sql.h"
#include "json/schema.h"

#define STORE_VIEW(X, T) \
	X(T, uuid, _, id, .doc = "Id of the store") \
	X(T, str, line, name, .max = 100, .doc = "Name of the store") \
	X(T, str, slug, slug, .max = 64, .doc = "Slug: the name used in URLs; lower case letters, digits and hyphens") \
	X(T, str, currency, currency, .max = 3, \
	  .doc = "Currency in which the store sells, as ISO 4217 code; it sells the products with a price in it") \
	X(T, money, _, delivery_fee, .doc = "Fee for the delivery of an order") \
	X(T, money, _, free_delivery_from, .nullable = true, \
	  .doc = "Orders with this subtotal or a higher one are delivered without the fee; null: none") \
	X(T, str, code, time_zone, .max = 64, \
	  .doc = "IANA time zone of the store, for example Europe/Berlin: statistics by day go by it")

/* `optional_` of a patch. What a new store leaves out it has of the main store. */
#define STORE_LINES(X, T, optional_) \
	X(T, str, line, name, .min = 1, .max = 100, .optional = (optional_), .doc = "Name of the store") \
	X(T, str, slug, slug, .min = 1, .max = 64, .optional = (optional_), \
	  .doc = "Slug: the name used in URLs; lower case letters, digits and hyphens") \
	X(T, str, currency, currency, .min = 3, .max = 3, .optional = true, \
	  .doc = "Currency in which the store sells, as ISO 4217 code; with another one, the amounts are given again") \
	X(T, opt_money, _, delivery_fee, .min = 0, .max = PRICE_MAX, \
	  .doc = "Fee for the delivery of an order, in the store's currency") \
	X(T, opt_money, _, free_delivery_from, .min = 0, .max = ORDER_TOTAL_MAX, .nullable = true, \
	  .doc = "Subtotal from which orders are delivered without the fee, in the store's currency; null: none") \
	X(T, str, code, time_zone, .min = 1, .max = 64, .optional = true, \
	  .doc = "IANA time zone, for example Europe/Berlin, or UTC")

#define STORE_NEW(X, T)     STORE_LINES(X, T, false)
#define STORE_CHANGES(X, T) STORE_LINES(X, T, true)

#define STORE_SHAPES(STRUCT, OVER) \
	OVER(store_view, STORE_VIEW, struct sql_store_row, "A store") \
	STRUCT(store_new, STORE_NEW, "A store to be created; what is left out it has of the main store") \
	STRUCT(store_changes, STORE_CHANGES, "Changes of a store; members that are left out stay as they are")
SCHEMA_DECLARE(STORE_SHAPES)

#define STORE_PROBLEMS(X) \
	X(unknown_store, 422, "There is no such store") \
	X(currency_mismatch, 422, "The amount is not in the store's currency")
STORE_PROBLEMS(PROBLEM_DECLARE)

#endif
