/* SPDX-License-Identifier: Apache-2.0 */
#include "base/money.h"

#include "base/check.h"

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
	static const struct {
		int exponent;
		const char *codes; /* three letters each, one byte apart */
	} rows[] = { { 2, CURRENCIES_2 }, { 0, CURRENCIES_0 }, { 3, CURRENCIES_3 }, { 4, CURRENCIES_4 } };

	if (currency.len != 3)
		return -1;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		for (const char *code = rows[i].codes;; code += 4) {
			if (memcmp(code, currency.ptr, 3) == 0)
				return rows[i].exponent;
			if (!code[3])
				break;
		}
	return -1;
}
