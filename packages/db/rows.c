/* SPDX-License-Identifier: Apache-2.0 */
/* Results to the row structs of generated headers. */
#include <string.h>

#include "db/internal.h"

enum { QUOTED_MAX = 40, RETRY_AFTER_S = 1 };

NORETURN static void fail_to_read(const struct sql_statement *statement, const struct sql_value *column,
                                  const PGresult *result, int row, int at)
{
	if (column->type == SQL_CHOICE)
		fail_unavailable(RETRY_AFTER_S, "%s: column %s: \"%.*s\" is no %s of this release", statement->name,
		                 column->name, QUOTED_MAX, PQgetvalue(result, row, at), column->choice->name);
	fail("%s: column %s does not read as its type (oid %u)", statement->name, column->name, PQftype(result, at));
}

/* A list is for looking at: a choice that a newer release has written is 0 there, and one row does not take the others
 * with it. What a single row says is decided by, so a release that does not know it leaves that to one that does. */
static bool may_be_unknown(const struct sql_statement *statement, const struct sql_value *column)
{
	return column->type == SQL_CHOICE && statement->rows == SQL_MANY;
}

static void decode_column(char *rows, const struct op *op, int at, struct arena *arena)
{
	const struct sql_statement *statement = op->statement;
	const struct sql_value *column = &statement->columns[at];
	const PGresult *result = op->result;

	for (int i = 0; i < op->row_count; i++) {
		char *field = rows + (size_t)i * statement->row_size + column->offset;
		int row = op->row_first + i;

		if (PQgetisnull(result, row, at)) {
			if (!column->nullable)
				fail("%s: column %s is NULL", statement->name, column->name);
		} else if (!value_decode(field, column, PQgetvalue(result, row, at), PQgetlength(result, row, at),
		                         arena) &&
		           !may_be_unknown(statement, column)) {
			fail_to_read(statement, column, result, row, at);
		}
	}
}

/* A sum of money is absent when either half is, whatever the other says. */
static void clear_halves(char *rows, const struct op *op, int at)
{
	const struct sql_value *column = &op->statement->columns[at];

	if ((column->type != SQL_AMOUNT && column->type != SQL_CURRENCY) || !column->nullable)
		return;
	for (int i = 0; i < op->row_count; i++) {
		if (PQgetisnull(op->result, op->row_first + i, at))
			memset(rows + (size_t)i * op->statement->row_size + column->offset, 0, sizeof(struct money));
	}
}

static void check_count(const struct sql_statement *statement, int count)
{
	if (statement->rows == SQL_GET && count == 0)
		refuse(&problem_not_found, "There is no such %s", statement->noun);
	if ((statement->rows == SQL_GET || statement->rows == SQL_FIND) && count > 1)
		fail("%s: %d rows, expected one", statement->name, count);
}

/* Behind the columns of a shared result stands whose row it is. */
void *rows_decode(const struct op *op, struct arena *arena, size_t *ret_count)
{
	const struct sql_statement *statement = op->statement;
	int count = op->row_count, fields = PQnfields(op->result) - (op->sharers != NULL);

	if (ret_count)
		*ret_count = (size_t)count;
	if (statement->rows == SQL_EXEC || statement->rows == SQL_EXPECT)
		return NULL;
	if (fields != statement->column_count)
		fail("%s: %d columns, expected %d", statement->name, fields, statement->column_count);
	check_count(statement, count);
	if (statement->rows == SQL_FIND && count == 0)
		return NULL;
	char *rows = arena_array(arena, (size_t)count, statement->row_size);
	for (int i = 0; i < statement->column_count; i++)
		decode_column(rows, op, i, arena);
	for (int i = 0; i < statement->column_count; i++)
		clear_halves(rows, op, i);
	return rows;
}
