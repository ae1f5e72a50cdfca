/* SPDX-License-Identifier: Apache-2.0 */
/* The limits of the catalogue, and SKUs: they can be printed, scanned and typed. Pure, as order.h. */
#ifndef STOA_COMMERCE_DOMAIN_CATALOGUE_H
#define STOA_COMMERCE_DOMAIN_CATALOGUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum { TAX_RATE_MAX = 10000 /* hundredths of a percent */, LOW_AT_DEFAULT = 5 };

/* ASCII letters, digits and . _ - /, first a letter or digit; the schema has the length. */
bool sku_valid(struct str sku);

#endif
