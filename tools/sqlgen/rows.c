/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that statements share by row(name), across all files of a run: the first file that gives one owns its struct. */
#include <stdio.h>

#include "tools/sqlgen/body.h"
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

/* ---- Rows that statements are called with ---------------------------------------------------------------------- */

/* A column that is the same member; NULL when there is none. The halves of a sum of money are two. */
static const struct sqlgen_value *column_of(const struct sqlgen_statement *owner, const struct sqlgen_value *param)
{
	const struct sqlgen_value *found = NULL;

	for (size_t i = 0; i < owner->column_count; i++) {
		if (str_eq(owner->columns[i].member, param->member) &&
		    (!found || owner->columns[i].part == param->part))
			found = &owner->columns[i];
	}
	return found;
}

/* A text may be NULL in C whatever its kind, so what the C types tell is not all. */
static bool can_take(const struct sqlgen_value *param, const struct sqlgen_value *column)
{
	return param->part == column->part && str_eq(str_from(value_c_type(param)), str_from(value_c_type(column))) &&
	       str_eq(choice_of(param), choice_of(column)) && (param->nullable || !column->nullable);
}

static int check_param(const struct sqlgen_statement *statement, const struct sqlgen_statement *owner,
                       struct sqlgen_value *param, struct sqlgen_error *error)
{
	const struct sqlgen_value *column = column_of(owner, param);

	if (!column)
		return 0;
	if (!can_take(param, column))
		return sqlgen_refuse(error, statement, statement->line,
		                     "parameter %.*s has another type, choice or NULL in row(%.*s)",
		                     STR_ARG(param->name), STR_ARG(statement->from));
	param->of_row = true;
	return 1;
}

static int check_from(const struct sqlgen_list *list, struct sqlgen_statement *statement, struct sqlgen_error *error)
{
	const struct sqlgen_statement *owner = row_owner(list, statement->from);
	bool takes = false;

	if (!owner)
		return sqlgen_refuse(error, statement, statement->line, "no statement of the service gives row(%.*s)",
		                     STR_ARG(statement->from));
	for (size_t i = 0; i < statement->param_count; i++) {
		int found = check_param(statement, owner, &statement->params[i], error);

		if (found < 0)
			return -1;
		takes |= found > 0;
	}
	if (!takes)
		return sqlgen_refuse(error, statement, statement->line, "takes no parameter from row(%.*s)",
		                     STR_ARG(statement->from));
	return 0;
}

int sqlgen_check_from(const struct sqlgen_list *list, const struct sqlgen_statement **ret_statement,
                      struct sqlgen_error *ret)
{
	for (size_t i = 0; i < list->count; i++) {
		*ret_statement = list->items[i];
		if (!str_is_null(list->items[i]->from) && check_from(list, list->items[i], ret) != 0)
			return -1;
	}
	return 0;
}
