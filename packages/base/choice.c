/* SPDX-License-Identifier: Apache-2.0 */
#include "base/choice.h"

#include <stddef.h>

#include "base/check.h"

int choice_parse(const struct choice *choice, struct str text)
{
	for (int i = 1; choice->names[i]; i++) {
		if (str_eq(str_from(choice->names[i]), text))
			return i;
	}
	return 0;
}

struct str choice_text(const struct choice *choice, int value)
{
	if (value == 0)
		return STR_NULL;
	CHECK(value > 0);
	for (int i = 1; i <= value; i++)
		CHECK(choice->names[i]);
	return str_from(choice->names[value]);
}
