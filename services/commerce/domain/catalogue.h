/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of texts in the catalogue, besides lengths and ranges: names without invisible characters, and SKUs that
 * can be printed, scanned and typed. Pure, as order.h. */
#ifndef STOA_COMMERCE_DOMAIN_CATALOGUE_H
#define STOA_COMMERCE_DOMAIN_CATALOGUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum { TAX_RATE_MAX = 10000 /* hundredths of a percent */, LOW_AT_DEFAULT = 5 };

/* ASCII letters, digits and . _ - /, first a letter or digit; the schema has the length. */
bool sku_valid(struct str sku);

enum text_fault { TEXT_OK, TEXT_BLANK_END, TEXT_CONTROL };

/* A text of one line, such as a name: no space at either end, no control character. */
enum text_fault text_line_check(struct str text);
/* A text of many lines: line feeds and tabs are allowed. */
enum text_fault text_block_check(struct str text);

#endif
