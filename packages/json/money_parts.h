/* SPDX-License-Identifier: Apache-2.0 */
/* Money as it stands in JSON, described like every other shape. */
#ifndef STOA_JSON_MONEY_PARTS_H
#define STOA_JSON_MONEY_PARTS_H

#include "json/schema.h"

#define MONEY_PARTS(X, T) \
	X(T, i64, _, amount, \
	  .doc = "Minor units of the currency: cents for EUR, yen for JPY, fils (thousandths) for KWD") \
	X(T, str, currency, currency, .min = 3, .max = 3, .doc = "ISO 4217 code")
#define MONEY_SHAPES(STRUCT, OVER) STRUCT(money_parts, MONEY_PARTS, "An amount of money in whole minor units")
SCHEMA_DECLARE(MONEY_SHAPES)

#endif
