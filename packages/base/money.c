/* SPDX-License-Identifier: Apache-2.0 */
#include "base/money.h"

#include "base/check.h"

/* ISO 4217 list one: the currencies whose minor unit is not a hundredth. */
static const struct {
	char code[4];
	int exponent;
} odd_currencies[] = {
	{ "BHD", 3 }, { "BIF", 0 }, { "CLF", 4 }, { "CLP", 0 }, { "DJF", 0 }, { "GNF", 0 }, { "IQD", 3 },
	{ "ISK", 0 }, { "JOD", 3 }, { "JPY", 0 }, { "KMF", 0 }, { "KRW", 0 }, { "KWD", 3 }, { "LYD", 3 },
	{ "OMR", 3 }, { "PYG", 0 }, { "RWF", 0 }, { "TND", 3 }, { "UGX", 0 }, { "UYI", 0 }, { "UYW", 4 },
	{ "VND", 0 }, { "VUV", 0 }, { "XAF", 0 }, { "XOF", 0 }, { "XPF", 0 },
};

struct money money_of(int64_t amount, struct str currency)
{
	struct money money = { .amount = amount };

	CHECK(currency.len == 3);
	memcpy(money.currency, currency.ptr, 3);
	return money;
}

bool money_same_currency(struct money a, struct money b)
{
	return memcmp(a.currency, b.currency, sizeof(a.currency)) == 0;
}

int money_add(struct money a, struct money b, struct money *ret)
{
	int64_t sum;

	if (!money_same_currency(a, b) || __builtin_add_overflow(a.amount, b.amount, &sum))
		return -1;
	a.amount = sum;
	*ret = a;
	return 0;
}

int money_times(struct money a, int64_t factor, struct money *ret)
{
	int64_t product;

	if (__builtin_mul_overflow(a.amount, factor, &product))
		return -1;
	a.amount = product;
	*ret = a;
	return 0;
}

int money_exponent(struct str currency)
{
	if (currency.len != 3)
		return -1;
	for (size_t i = 0; i < 3; i++) {
		if (currency.ptr[i] < 'A' || currency.ptr[i] > 'Z')
			return -1;
	}
	for (size_t i = 0; i < ARRAY_COUNT(odd_currencies); i++) {
		if (memcmp(currency.ptr, odd_currencies[i].code, 3) == 0)
			return odd_currencies[i].exponent;
	}
	return 2;
}
