/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/sqlgen/describe.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "tools/sqlgen/body.h"

/* By the OIDs of PostgreSQL's pg_type.dat, which never change. */
static const struct sqlgen_type types[] = {
	{ 16, "SQL_BOOL", "boolean", "bool", "struct opt_bool", false, "flag" },
	{ 21, "SQL_I16", "smallint", "int64_t", "struct opt_i64", false, "number" },
	{ 23, "SQL_I32", "integer", "int64_t", "struct opt_i64", false, "number" },
	{ 20, "SQL_I64", "bigint", "int64_t", "struct opt_i64", false, "number" },
	{ 701, "SQL_F64", "double precision", "double", "struct opt_f64", false, "real" },
	{ 25, "SQL_TEXT", "text", "struct str", "struct str", false, "text" },
	{ 1043, "SQL_TEXT", "text", "struct str", "struct str", false, "text" },
	{ 3802, "SQL_JSONB", "jsonb", "struct str", "struct str", false },
	{ 114, "SQL_JSON", "json", "struct str", "struct str", false },
	{ 17, "SQL_BYTEA", "bytea", "struct str", "struct str", false },
	{ 2950, "SQL_UUID", "uuid", "struct uuid", "struct opt_uuid", false, "id" },
	{ 1184, "SQL_TIME", "timestamptz", "int64_t", "struct opt_i64", false, "number" },
	{ 2951, "SQL_UUIDS", NULL, "struct uuid_list", "struct uuid_list", true },
	{ 1009, "SQL_TEXTS", NULL, "struct str_list", "struct str_list", true },
	{ 1016, "SQL_I64S", NULL, "struct i64_list", "struct i64_list", true },
	{ 1007, "SQL_I32S", NULL, "struct i64_list", "struct i64_list", true },
	{ 1185, "SQL_TIMES", NULL, "struct i64_list", "struct i64_list", true },
	{ 1000, "SQL_BOOLS", NULL, "struct bool_list", "struct bool_list", true },
};

/* What a name makes of a value, and of which type it must be. */
struct special {
	struct sqlgen_type type;
	const char *needs;
	const char *rule;
};

static const struct special a_choice = {
	.type = { .oid = 25, .constant = "SQL_CHOICE", .sql = "text", .c_type = "int", .c_nullable = "int" },
	.needs = "SQL_TEXT",
	.rule = "a choice is a text",
};
static const struct special an_amount = {
	.type = { .oid = 20,
	          .constant = "SQL_AMOUNT",
	          .sql = "bigint",
	          .c_type = "struct money",
	          .c_nullable = "struct money",
	          .key = "number" },
	.needs = "SQL_I64",
	.rule = "an amount is a bigint",
};
static const struct special a_currency = {
	.type = { .oid = 25,
	          .constant = "SQL_CURRENCY",
	          .sql = "text",
	          .c_type = "struct money",
	          .c_nullable = "struct money" },
	.needs = "SQL_TEXT",
	.rule = "a currency is a text",
};

struct describer {
	struct arena *arena;
	PGconn *conn;
	struct sqlgen_statement *statement;
	struct sqlgen_error *error;
};

/* A catalogue question with two numbers; the first value of the first row, "" when there is none. */
static struct str ask(struct describer *describer, const char *query, Oid first, int second)
{
	char numbers[2][16];
	const char *values[] = { numbers[0], numbers[1] };

	snprintf(numbers[0], sizeof(numbers[0]), "%u", first);
	snprintf(numbers[1], sizeof(numbers[1]), "%d", second);
	PGresult *result = PQexecParams(describer->conn, query, 2, NULL, values, NULL, NULL, 0);
	bool found = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) > 0;
	struct str answer = str_dup(describer->arena, str_from(found ? PQgetvalue(result, 0, 0) : ""));
	PQclear(result);
	return answer;
}

/* A domain stands for its base type. NULL when the type has no place in C. */
static const struct sqlgen_type *find_type(struct describer *describer, Oid oid)
{
	int64_t base;

	for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
		if (types[i].oid == oid)
			return &types[i];
	}
	struct str answer =
	        ask(describer, "SELECT typbasetype FROM pg_type WHERE oid = $1::oid AND $2::int = 0", oid, 0);
	if (str_to_i64(answer, &base) != 0 || base == 0)
		return NULL;
	return find_type(describer, (Oid)base);
}

static struct str type_name(struct describer *describer, Oid oid)
{
	return ask(describer, "SELECT format_type($1::oid, NULL) WHERE $2::int = 0", oid, 0);
}

/* NULL: its own type is what it is. */
static const struct special *special_of(const struct sqlgen_statement *statement, struct sqlgen_value *value)
{
	const struct sqlgen_choices *choices = statement->choices;

	for (size_t i = 0; i < choices->count; i++) {
		if (!str_eq(choices->items[i].name, value->name))
			continue;
		choices->items[i].used = true;
		value->choice = &choices->items[i];
		return &a_choice;
	}
	if (value->part == SQLGEN_AMOUNT)
		return &an_amount;
	return value->part == SQLGEN_CURRENCY ? &a_currency : NULL;
}

/* `what` the value is: "parameter" or "column". */
static int describe_type(struct describer *describer, const char *what, Oid oid, struct sqlgen_value *value)
{
	const struct sqlgen_statement *statement = describer->statement;
	const struct sqlgen_type *own = find_type(describer, oid);
	const struct special *special = special_of(statement, value);

	if (!own)
		return sqlgen_refuse(describer->error, statement, statement->line,
		                     "%s %.*s has type %.*s; cast it to one we carry", what, STR_ARG(value->name),
		                     STR_ARG(type_name(describer, oid)));
	if (special && strcmp(own->constant, special->needs) != 0)
		return sqlgen_refuse(describer->error, statement, statement->line, "%s %.*s has type %.*s; %s", what,
		                     STR_ARG(value->name), STR_ARG(type_name(describer, oid)), special->rule);
	value->type = special ? &special->type : own;
	return 0;
}

/* ---- Parameters --------------------------------------------------------------------------------------------- */

static int describe_params(struct describer *describer, const PGresult *result)
{
	struct sqlgen_statement *statement = describer->statement;

	CHECK((size_t)PQnparams(result) == statement->param_count);
	for (size_t i = 0; i < statement->param_count; i++) {
		struct sqlgen_value *param = &statement->params[i];

		if (describe_type(describer, "parameter", PQparamtype(result, (int)i), param) != 0)
			return -1;
		if (param->type->list && param->nullable)
			return sqlgen_refuse(describer->error, describer->statement, statement->line,
			                     "parameter %.*s is an array and cannot be NULL", STR_ARG(param->name));
	}
	return 0;
}

/* ---- Columns ------------------------------------------------------------------------------------------------- */

static bool is_not_null(struct describer *describer, const PGresult *result, int at)
{
	const struct sqlgen_statement *statement = describer->statement;
	Oid table = PQftable(result, at);

	if (table == InvalidOid || statement->outer)
		return false;
	struct str name = ask(describer,
	                      "SELECT nspname || '.' || relname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid"
	                      " JOIN pg_namespace n ON n.oid = relnamespace"
	                      " WHERE attnotnull AND attrelid = $1::oid AND attnum = $2::int",
	                      table, PQftablecol(result, at));
	for (size_t i = 0; i < statement->outer_count; i++) {
		if (str_eq(statement->outer_tables[i], name))
			return false;
	}
	return name.len > 0;
}

static int describe_column(struct describer *describer, const PGresult *result, int at, struct sqlgen_value *column)
{
	const struct sqlgen_statement *statement = describer->statement;
	struct str name = str_dup(describer->arena, str_from(PQfname(result, at)));
	bool promised = str_ends(name, STR("!"));

	column->alias = name;
	column->nullable = !promised && !is_not_null(describer, result, at);
	if (sqlgen_value_name(column, str_slice(name, 0, name.len - promised)) != 0)
		return sqlgen_refuse(describer->error, describer->statement, statement->line,
		                     "\"%.*s\" cannot be a column's name; give it an alias", STR_ARG(column->name));
	for (const struct sqlgen_value *other = statement->columns; other < column; other++) {
		if (str_eq(other->name, column->name))
			return sqlgen_refuse(describer->error, describer->statement, statement->line,
			                     "two columns are called %.*s", STR_ARG(column->name));
	}
	return describe_type(describer, "column", PQftype(result, at), column);
}

static int describe_columns(struct describer *describer, const PGresult *result)
{
	struct sqlgen_statement *statement = describer->statement;
	int count = PQnfields(result);

	if (statement->rows == SQL_EXEC || statement->rows == SQL_EXPECT)
		return 0;
	if (count < 1 || count > SQLGEN_VALUES_MAX)
		return sqlgen_refuse(describer->error, describer->statement, statement->line,
		                     "%d columns; a row has 1 to %d", count, SQLGEN_VALUES_MAX);
	statement->columns = ARENA_ARRAY(describer->arena, struct sqlgen_value, (size_t)count);
	statement->column_count = (size_t)count;
	for (int i = 0; i < count; i++) {
		if (describe_column(describer, result, i, &statement->columns[i]) != 0)
			return -1;
	}
	return sqlgen_pair_money(statement, "column", statement->columns, statement->column_count, describer->error);
}

/* ---- The statement -------------------------------------------------------------------------------------------- */

/* PostgreSQL counts characters of UTF-8 from 1. */
static size_t offset_of_character(struct str text, int64_t character)
{
	size_t at = 0;

	while (at < text.len && character > 1) {
		at++;
		while (at < text.len && ((unsigned char)text.ptr[at] & 0xc0) == 0x80)
			at++;
		character--;
	}
	return at;
}

static int column_in_line(struct str text, size_t offset)
{
	size_t start = offset;

	while (start > 0 && text.ptr[start - 1] != '\n')
		start--;
	return (int)(offset - start);
}

/* PostgreSQL's message, with the place it points at: the file's line and some of the text from there on. */
static int refuse_by_server(struct describer *describer, const PGresult *result)
{
	const struct sqlgen_statement *statement = describer->statement;
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
	const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
	int64_t character;

	if (!message)
		message = PQresultErrorMessage(result);
	if (!position || str_to_i64(str_from(position), &character) != 0)
		return sqlgen_refuse(describer->error, describer->statement, statement->line, "%s", message);
	size_t offset = offset_of_character(statement->text, character);
	struct str near = str_slice(statement->text, offset, statement->text.len);
	near = str_cut(&near, '\n');
	return sqlgen_refuse(describer->error, describer->statement, sqlgen_line_at(statement, offset),
	                     "%s, at position %" PRId64 " (%d in its line), near \"%.*s\"%s%s", message, character,
	                     column_in_line(statement->text, offset) + 1, near.len > 40 ? 40 : (int)near.len,
	                     near.len ? near.ptr : "", hint ? "; " : "", hint ? hint : "");
}

/* What the keys are compared with must be of their types, or a cursor of them would not compare. */
static int check_keys(struct describer *describer, const struct sqlgen_order *order, const PGresult *result)
{
	const struct sqlgen_statement *statement = describer->statement;
	size_t own = statement->param_count;

	CHECK((size_t)PQnparams(result) == own + order->key_count + 1);
	for (size_t i = 0; i < order->key_count; i++) {
		const struct sqlgen_value *column = order->keys[i].column;
		const struct sqlgen_type *type = find_type(describer, PQparamtype(result, (int)(own + i)));

		if (!type || strcmp(type->constant, sqlgen_key_type(column)) != 0)
			return sqlgen_refuse(describer->error, statement, statement->line,
			                     "key %.*s compares as another type than it has; cast it",
			                     STR_ARG(column->name));
	}
	return 0;
}

/* `order` is set for the page after another; `arrays`: the text is over many calls, and casts them. */
static int try_text(struct describer *describer, struct str name, struct str text, const struct sqlgen_order *order,
                    bool arrays)
{
	const struct sqlgen_statement *statement = describer->statement;
	Oid oids[SQLGEN_VALUES_MAX];
	int status = -1;

	/* Not each text has each parameter. */
	for (size_t i = 0; i < statement->param_count; i++)
		oids[i] = arrays ? InvalidOid : statement->params[i].type->oid;
	PGresult *result = PQprepare(describer->conn, str_cstr(describer->arena, name),
	                             str_cstr(describer->arena, text), (int)statement->param_count, oids);

	if (PQresultStatus(result) == PGRES_COMMAND_OK) {
		PQclear(result);
		result = PQdescribePrepared(describer->conn, str_cstr(describer->arena, name));
	}
	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		sqlgen_refuse(describer->error, statement, statement->line, "as %.*s: %s", STR_ARG(name),
		              PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
	else
		status = order ? check_keys(describer, order, result) : 0;
	PQclear(result);
	return status;
}

static int try_order(struct describer *describer, const struct sqlgen_order *order)
{
	struct str after = str_printf(describer->arena, "%.*s_after", STR_ARG(order->stem));

	return try_text(describer, order->stem, order->first, NULL, false) != 0 ||
	                       try_text(describer, after, order->after, order, false) != 0
	               ? -1
	               : 0;
}

static int describe_orders(struct describer *describer)
{
	struct sqlgen_statement *statement = describer->statement;

	if (sqlgen_build_orders(describer->arena, statement, describer->error) != 0)
		return -1;
	for (size_t i = 0; i < statement->order_count; i++)
		if (try_order(describer, &statement->orders[i]) != 0)
			return -1;
	for (size_t i = 0; i < statement->given_count; i++)
		if (try_order(describer, &statement->givens[i].order) != 0)
			return -1;
	return statement->order_count
	               ? try_text(describer, str_printf(describer->arena, "%.*s_total", STR_ARG(statement->name)),
	                          statement->total, NULL, false)
	               : 0;
}

static int try_batch(struct describer *describer, struct str name, struct str text)
{
	return str_is_null(text) ? 0
	                         : try_text(describer, str_printf(describer->arena, "%.*s_batch", STR_ARG(name)), text,
	                                    NULL, true);
}

static int describe_batch(struct describer *describer)
{
	struct sqlgen_statement *statement = describer->statement;

	if (sqlgen_build_batch(describer->arena, statement, describer->error) != 0)
		return -1;
	for (size_t i = 0; i < statement->given_count; i++) {
		const struct sqlgen_order *order = &statement->givens[i].order;

		if (try_batch(describer, order->stem, order->first_batch) != 0 ||
		    try_batch(describer, str_printf(describer->arena, "%.*s_after", STR_ARG(order->stem)),
		              order->after_batch) != 0)
			return -1;
	}
	return try_batch(describer, statement->name, statement->batch);
}

static int describe_prepared(struct describer *describer, const char *name)
{
	PGresult *result = PQdescribePrepared(describer->conn, name);
	int status = -1;

	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		refuse_by_server(describer, result);
	else if (describe_params(describer, result) == 0)
		status = describe_columns(describer, result);
	PQclear(result);
	if (status == 0)
		status = describe_orders(describer);
	return status == 0 ? describe_batch(describer) : status;
}

int sqlgen_describe(struct arena *arena, PGconn *conn, struct sqlgen_statement *statement, struct sqlgen_error *ret)
{
	struct describer describer = { .arena = arena, .conn = conn, .statement = statement, .error = ret };
	const char *name = str_cstr(arena, statement->name);
	PGresult *result = PQprepare(conn, name, str_cstr(arena, statement->text), 0, NULL);
	int status = -1;

	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		refuse_by_server(&describer, result);
	else
		status = describe_prepared(&describer, name);
	PQclear(result);
	return status;
}

int sqlgen_check_choices(const struct sqlgen_list *list, const struct sqlgen_statement **ret_statement,
                         struct sqlgen_error *ret)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct sqlgen_choices *choices = list->items[i]->choices;

		for (size_t k = 0; k < choices->count; k++) {
			if (choices->items[k].used)
				continue;
			snprintf(ret->message, sizeof(ret->message),
			         "choice %.*s: no column and no parameter of this file is called so",
			         STR_ARG(choices->items[k].name));
			ret->line = choices->items[k].line;
			*ret_statement = list->items[i];
			return -1;
		}
	}
	return 0;
}
