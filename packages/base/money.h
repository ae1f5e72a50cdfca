/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Money is whole minor units (cents) with its ISO 4217 currency; never a float. Sums and products are
 * checked: an overflow is -1 and leaves the result untouched.
 */
#ifndef STOA_BASE_MONEY_H
#define STOA_BASE_MONEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"

struct money {
	int64_t amount;   /* minor units */
	char currency[4]; /* three capitals and a NUL */
};

#define EUR(minor) ((struct money){ .amount = (minor), .currency = "EUR" })

struct money money_of(int64_t amount, struct str currency); /* currency of three bytes, asserted */
bool money_same_currency(struct money a, struct money b);
MUST_CHECK int money_add(struct money a, struct money b, struct money *ret); /* also -1: currencies differ */
MUST_CHECK int money_times(struct money a, int64_t factor, struct money *ret);

/* Digits after the point for a currency (JPY 0, KWD 3, CLF 4, else 2), or -1 if not three capitals. */
int money_exponent(struct str currency);

#endif
