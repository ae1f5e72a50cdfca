/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much there may be of what, once for shapes, rules and tables: what can be listed can be ordered, and what can be
 * ordered can be paid and refunded. Migration 0050 has the same numbers as constraints; test_limits.py compares them.
 */
#ifndef STOA_COMMERCE_DOMAIN_LIMITS_H
#define STOA_COMMERCE_DOMAIN_LIMITS_H

#include <stdint.h>

enum {
	PRICE_MAX = 1000000000,   /* minor units: the price of a piece, or of a delivery */
	ORDER_QUANTITY_MAX = 999, /* pieces of a product in an order */
	ORDER_LINES_MAX = 100,
	STOCK_MAX = 1000000000, /* pieces of a product in a store */
};

/* Minor units: the total of the largest order, 99,901,000,000,000. */
#define ORDER_TOTAL_MAX (INT64_C(1) * PRICE_MAX * ORDER_QUANTITY_MAX * ORDER_LINES_MAX + PRICE_MAX)
_Static_assert(ORDER_TOTAL_MAX <= INT64_C(1) << 53, "JSON's numbers are exact up to here");

#endif
