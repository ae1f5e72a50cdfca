/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The demo grocery as rows: departments hold categories, categories hold products. Brands are those that the products
 * name; all of them are invented. A product's SKU is its category's code and its place there ("MIL-01"), so new rows go
 * to the end.
 */
#ifndef STOA_COMMERCE_SEED_DATA_H
#define STOA_COMMERCE_SEED_DATA_H

#include <stddef.h>
#include <stdint.h>

#include "base/check.h"

enum seed_flags { FEATURED = 1, SOLD_OUT = 2, SAFETY = 4 }; /* SAFETY: some pieces are never promised online */

struct seed_product {
	const char *name;
	const char *unit;
	int price_minor;
	const char *brand; /* NULL: none */
	const char *text;
	unsigned flags;
};

struct seed_category {
	const char *name;
	const char *code;
	int tax_rate_bp;
	const struct seed_product *products;
	size_t count;
};

enum { TAX_FOOD = 700, TAX_OTHER = 1900 };
#define SEED_CATEGORY(name, code, tax, rows) \
	{ \
		name, code, tax, rows, ARRAY_COUNT(rows) \
	}

struct seed_department {
	const char *name;
	const struct seed_category *categories; /* ends with one without a name */
};

extern const struct seed_category seed_produce[], seed_dairy[], seed_bakery[], seed_counter[], seed_plant[],
        seed_pantry[], seed_snacks[], seed_drinks[], seed_frozen[], seed_home[];

#endif
