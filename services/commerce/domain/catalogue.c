/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/domain/catalogue.h"

#include "base/ascii.h"

static bool is_alnum(char c)
{
	return is_letter(c) || is_digit(c);
}

bool sku_valid(struct str sku)
{
	if (!sku.len || !is_alnum(sku.ptr[0]))
		return false;
	for (size_t i = 1; i < sku.len; i++)
		if (!is_alnum(sku.ptr[i]) && !str_has_char(STR("._-/"), sku.ptr[i]))
			return false;
	return true;
}
