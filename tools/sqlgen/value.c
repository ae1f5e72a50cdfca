/* SPDX-License-Identifier: Apache-2.0 */
/* Names of parameters and columns: plain ones, and the halves of sums of money. */
#include "base/check.h"
#include "tools/sqlgen/body.h"

static const struct {
	struct str suffix;
	enum sqlgen_part part;
} parts[] = { { { ".amount", 7 }, SQLGEN_AMOUNT }, { { ".currency", 9 }, SQLGEN_CURRENCY } };

int sqlgen_value_name(struct sqlgen_value *value, struct str name)
{
	value->name = name;
	value->member = name;
	value->part = SQLGEN_WHOLE;
	for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
		if (!str_ends(name, parts[i].suffix))
			continue;
		value->member = str_slice(name, 0, name.len - parts[i].suffix.len);
		value->part = parts[i].part;
	}
	return sqlgen_name_ok(value->member) ? 0 : -1;
}

/* The value of this member and part; NULL when there is none. */
static struct sqlgen_value *find(struct sqlgen_value *values, size_t count, struct str member, enum sqlgen_part part)
{
	for (size_t i = 0; i < count; i++) {
		if (str_eq(values[i].member, member) && values[i].part == part)
			return &values[i];
	}
	return NULL;
}

int sqlgen_pair_money(const struct sqlgen_statement *statement, const char *what, struct sqlgen_value *values,
                      size_t count, struct sqlgen_error *error)
{
	for (size_t i = 0; i < count; i++) {
		struct sqlgen_value *value = &values[i];
		bool amount = value->part == SQLGEN_AMOUNT;

		if (value->part == SQLGEN_WHOLE)
			continue;
		if (find(values, count, value->member, SQLGEN_WHOLE))
			return sqlgen_refuse(error, statement, statement->line,
			                     "a %s is called %.*s, and so is a sum of money", what,
			                     STR_ARG(value->member));
		struct sqlgen_value *other =
		        find(values, count, value->member, amount ? SQLGEN_CURRENCY : SQLGEN_AMOUNT);
		if (!other)
			return sqlgen_refuse(error, statement, statement->line, "%s %.*s has no %.*s.%s beside it",
			                     what, STR_ARG(value->name), STR_ARG(value->member),
			                     amount ? "currency" : "amount");
		value->nullable |= other->nullable;
		other->nullable = value->nullable;
	}
	return 0;
}
