/* SPDX-License-Identifier: Apache-2.0 */
/* The events of stock that no order causes. */
#ifndef STOA_COMMERCE_STOCK_EVENTS_H
#define STOA_COMMERCE_STOCK_EVENTS_H

#include "events/event.h"

#define INVENTORY_ADJUSTED(X, T) \
	X(T, uuid, _, store_id, .doc = "Id of the store") \
	X(T, uuid, _, product_id, .doc = "Id of the product") \
	X(T, str, line, sku, .max = 64, .doc = "SKU (stock keeping unit) of the product") \
	X(T, str, code, kind, .max = 32, .doc = "Kind of correction: adjust or count") \
	X(T, i64, _, delta, .doc = "Change of on_hand: positive when pieces were added") \
	X(T, i64, _, on_hand, .doc = "Number of pieces in the store after the correction") \
	X(T, i64, _, reserved, .doc = "Number of these pieces that are reserved for orders") \
	X(T, i64, _, available, .doc = "Number of pieces that can be ordered") \
	X(T, str, block, reason, .max = 500, .doc = "Reason, as text for people")

#define INVENTORY_LOW(X, T) \
	X(T, uuid, _, store_id, .doc = "Id of the store") \
	X(T, uuid, _, product_id, .doc = "Id of the product") \
	X(T, str, line, sku, .max = 64, .doc = "SKU (stock keeping unit) of the product") \
	X(T, i64, _, available, .doc = "Number of pieces that can be ordered") \
	X(T, i64, _, low_at, .doc = "Stock is low when available is at most this number")

/* clang-format off */
#define STOCK_EVENT_SHAPES(STRUCT, OVER)                                                                   \
	STRUCT(inventory_adjusted_data, INVENTORY_ADJUSTED, "The stock of a product was corrected")        \
	STRUCT(inventory_low_data, INVENTORY_LOW, "The stock of a product is low")
SCHEMA_DECLARE(STOCK_EVENT_SHAPES)

#define STOCK_EVENTS(X)                                                                                                \
	X(inventory_adjusted, "inventory.adjusted", stock, 1, inventory_adjusted_data,                                 \
	  "Staff corrected the number of pieces on hand of a product")                                                 \
	X(inventory_low, "inventory.low", stock, 1, inventory_low_data, "After a correction the stock of a product is low")
STOCK_EVENTS(EVENT_DECLARE)
/* clang-format on */

#endif
