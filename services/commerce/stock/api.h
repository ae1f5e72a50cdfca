/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes and problems of stock. */
#ifndef STOA_COMMERCE_STOCK_API_H
#define STOA_COMMERCE_STOCK_API_H

#include "base/problem.h"
#include "commerce/domain/stock.h"
#include "commerce/stock/stock_sql.h"
#include "json/schema.h"

#define STOCK_VIEW(X, T) \
	X(T, uuid, _, store_id, .doc = "Id of the store") \
	X(T, uuid, _, product_id, .doc = "Id of the product") \
	X(T, str, line, sku, .max = 64, .doc = "SKU (stock keeping unit): the shop's code of the product") \
	X(T, str, line, name, .max = 200, .doc = "Name of the product") \
	X(T, str, line, unit, .max = 64, .doc = "What one piece is, for example 500 g or 6 x 330 ml") \
	X(T, i64, _, on_hand, .doc = "Number of pieces in the store") \
	X(T, i64, _, reserved, .doc = "Number of these pieces that are reserved for orders") \
	X(T, i64, _, safety, .doc = "Safety stock: number of pieces that cannot be ordered") \
	X(T, i64, _, available, \
	  .doc = "Number of pieces that can be ordered: on_hand - reserved - safety; may be negative") \
	X(T, i64, _, low_at, .doc = "Stock is low when available is at most this number") \
	X(T, boolean, _, low, .doc = "Whether the stock is low") \
	X(T, i64, _, version, .doc = "Version: 1 at creation, one more with each change; also the ETag") \
	X(T, time, _, updated_at, .doc = "Time of the last change")

#define STOCK_STORE_QUERY(X, T) \
	X(T, opt_uuid, _, store_id, .doc = "Id of the store; default: the staff member's store, or all stores")

#define STOCK_QUERY(X, T) \
	X(T, opt_uuid, _, store_id, .doc = "Id of the store; default: the staff member's store, or the main store") \
	X(T, opt_boolean, _, filter_low, .doc = "true: only products with low stock; false: only the others") \
	X(T, str, line, q, .min = 1, .max = 100, .optional = true, \
	  .doc = "Words to find in name, SKU and description: in any order, without case and accents")

#define STOCK_MOVEMENT_VIEW(X, T) \
	X(T, i64, _, id, .doc = "Number of the entry; later entries have higher numbers") \
	X(T, str, code, kind, .max = 32, .doc = "receive, adjust, count, reserve, release, pick, return, write_off") \
	X(T, i64, _, on_hand_delta, .doc = "Change of on_hand: positive when pieces were added") \
	X(T, i64, _, reserved_delta, .doc = "Change of reserved: positive when pieces were reserved") \
	X(T, opt_uuid, _, order_id, .doc = "Id of the order that caused the entry") \
	X(T, str, code, actor, .max = 64, .doc = "Who made the change, for example customer or staff:<id>") \
	X(T, str, block, reason, .max = 500, .nullable = true, .doc = "Reason, as text for people") \
	X(T, time, _, at, .doc = "Time")

#define STOCK_MOVEMENT_QUERY(X, T) \
	X(T, opt_uuid, _, store_id, .doc = "Id of the store; default: the staff member's store, or the main store")

#define ADJUST_STOCK(X, T) \
	X(T, opt_uuid, _, store_id, .doc = "Id of the store; default: the staff member's store, or the main store") \
	X(T, opt_i64, _, delta, .min = -STOCK_MAX, .max = STOCK_MAX, \
	  .doc = "Number of pieces to add; negative to remove") \
	X(T, opt_i64, _, set_to, .min = 0, .max = STOCK_MAX, .doc = "Number of pieces that were counted") \
	X(T, opt_i64, _, expected, .min = 0, .max = STOCK_MAX, \
	  .doc = "Required with set_to: on_hand at the time of the count") \
	X(T, str, block, reason, .min = 1, .max = 500, .doc = "Reason; stored in the ledger")

#define SET_STOCK_LEVELS(X, T) \
	X(T, opt_uuid, _, store_id, .doc = "Id of the store; default: the staff member's store, or the main store") \
	X(T, opt_i64, _, safety, .min = 0, .max = STOCK_MAX, \
	  .doc = "Safety stock: number of pieces that cannot be ordered") \
	X(T, opt_i64, _, low_at, .min = 0, .max = STOCK_MAX, \
	  .doc = "Stock is low when available is at most this number")

#define STOCK_DIFFERENCE(X, T) \
	X(T, uuid, _, store_id, .doc = "Id of the store") \
	X(T, uuid, _, product_id, .doc = "Id of the product") \
	X(T, i64, _, on_hand, .doc = "Value of the counter") \
	X(T, i64, _, reserved, .doc = "Value of the counter") \
	X(T, i64, _, ledger_on_hand, .doc = "Sum of the ledger's entries") \
	X(T, i64, _, ledger_reserved, .doc = "Sum of the ledger's entries")

#define STOCK_RECONCILIATION(X, T) \
	X(T, boolean, _, agree, .doc = "Whether all counters equal the sums of the ledger") \
	X(T, list, stock_difference, data, .max = 1000, .doc = "Counters that differ from the ledger")

/* clang-format off */
#define STOCK_SHAPES(STRUCT, OVER)                                                                                     \
	OVER(stock_view, STOCK_VIEW, struct sql_stock_row, "The stock of a product")                                   \
	STRUCT(stock_store_query, STOCK_STORE_QUERY, "The store whose stock is shown")                                 \
	STRUCT(stock_query, STOCK_QUERY, "Filter of a list of stock")                                                  \
	OVER(stock_movement_view, STOCK_MOVEMENT_VIEW, struct sql_stock_movement_row, "An entry of the stock's ledger") \
	STRUCT(stock_movement_query, STOCK_MOVEMENT_QUERY, "The store whose ledger is shown")                          \
	STRUCT(adjust_stock, ADJUST_STOCK, "A correction of stock: by a difference, or to a counted number")           \
	STRUCT(set_stock_levels, SET_STOCK_LEVELS, "Safety stock and low-stock limit; members that are left out stay as they are") \
	OVER(stock_difference, STOCK_DIFFERENCE, struct sql_stock_difference_row, "Counters of a product that differ from its ledger") \
	STRUCT(stock_reconciliation, STOCK_RECONCILIATION, "Whether counters and ledger agree")
SCHEMA_DECLARE(STOCK_SHAPES)

#define STOCK_PROBLEMS(X)                                                                    \
	X(stock_not_expected, 409, "The stock differs from the expected number")             \
	X(stock_negative, 409, "The stock cannot be negative")                               \
	X(stock_below_reserved, 409, "Orders have reserved more pieces than would be left")  \
	X(stock_too_high, 409, "The stock is higher than the maximum")
STOCK_PROBLEMS(PROBLEM_DECLARE)
/* clang-format on */

#endif
