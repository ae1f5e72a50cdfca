/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that statements share by row(name), across all files of a run: the first file that gives one owns its struct. */
#include <stdio.h>

#include "tools/sqlgen/emit_parts.h"

const struct sqlgen_statement *row_owner(const struct sqlgen_list *list, struct str row)
{
	for (size_t i = 0; i < list->count; i++) {
		if (statement_has_row(list->items[i]) && str_eq(list->items[i]->row, row))
			return list->items[i];
	}
	return NULL;
}

bool row_is_listed(const struct sqlgen_list *list, struct str row)
{
	for (size_t i = 0; i < list->count; i++) {
		if (statement_is_list(list->items[i]) && str_eq(list->items[i]->row, row))
			return true;
	}
	return false;
}

static struct str choice_of(const struct sqlgen_value *value)
{
	return value->choice ? value->choice->table : STR("");
}

static bool same_columns(const struct sqlgen_statement *a, const struct sqlgen_statement *b)
{
	if (a->column_count != b->column_count)
		return false;
	for (size_t i = 0; i < a->column_count; i++) {
		const struct sqlgen_value *left = &a->columns[i];
		const struct sqlgen_value *right = &b->columns[i];

		if (!str_eq(left->name, right->name) ||
		    !str_eq(str_from(value_c_type(left)), str_from(value_c_type(right))) ||
		    !str_eq(choice_of(left), choice_of(right)))
			return false;
	}
	return true;
}

int sqlgen_check_rows(const struct sqlgen_list *list, const struct sqlgen_statement **ret_statement,
                      struct sqlgen_error *ret)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct sqlgen_statement *statement = list->items[i];
		const struct sqlgen_statement *owner = row_owner(list, statement->row);

		if (!statement_has_row(statement) || same_columns(statement, owner))
			continue;
		snprintf(ret->message, sizeof(ret->message),
		         "%.*s: row(%.*s) has other columns, types, choices or NULLs in %.*s at %.*s:%d",
		         STR_ARG(statement->name), STR_ARG(statement->row), STR_ARG(owner->name), STR_ARG(owner->file),
		         owner->line);
		ret->line = statement->line;
		*ret_statement = statement;
		return -1;
	}
	return 0;
}
