/* SPDX-License-Identifier: Apache-2.0 */
/* What may be written into the catalogue, beyond lengths and ranges: names that read as they look, and stock keeping
 * units that can be printed, scanned and typed. Pure, as order.h. */
#ifndef STOA_COMMERCE_DOMAIN_CATALOGUE_H
#define STOA_COMMERCE_DOMAIN_CATALOGUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum { PRICE_MAX = 1000000000, TAX_RATE_MAX = 10000 /* hundredths of a percent */, LOW_AT_DEFAULT = 5 };

/* Letters, digits and . _ - / of ASCII, a letter or digit first; the length is the schema's. */
bool sku_valid(struct str sku);

enum text_fault { TEXT_OK, TEXT_BLANK_END, TEXT_CONTROL };

/* Of one line: names and the like. No blank at either end, no control character. */
enum text_fault text_line_check(struct str text);
/* Of many: line feeds and tabs may be in it. */
enum text_fault text_block_check(struct str text);

#endif
