/* SPDX-License-Identifier: Apache-2.0 */
/* What the header's and the source's writer share. */
#ifndef STOA_SQLGEN_EMIT_PARTS_H
#define STOA_SQLGEN_EMIT_PARTS_H

#include "tools/sqlgen/emit.h"

static inline bool statement_is_list(const struct sqlgen_statement *statement)
{
	return statement->rows == SQL_MANY;
}

static inline bool statement_has_row(const struct sqlgen_statement *statement)
{
	return statement->rows == SQL_GET || statement->rows == SQL_FIND || statement->rows == SQL_MANY;
}

static inline bool statement_takes_tx(const struct sqlgen_statement *statement)
{
	return statement->use == SQL_WRITE || statement->use == SQL_LOCK;
}

static inline bool statement_takes_row(const struct sqlgen_statement *statement)
{
	return !str_is_null(statement->from);
}

/* Whether its function takes parameters by name: those of the text that no row of from(..) has, and the page. */
static inline bool statement_has_params(const struct sqlgen_statement *statement)
{
	for (size_t i = 0; i < statement->param_count; i++) {
		if (!statement->params[i].of_row)
			return true;
	}
	return statement->order_count > 0;
}

static inline const char *value_c_type(const struct sqlgen_value *value)
{
	return value->nullable ? value->type->c_nullable : value->type->c_type;
}

/* The first statement that gives this row: its file's header has the struct. */
const struct sqlgen_statement *row_owner(const struct sqlgen_list *list, struct str row);

/* Whether any statement gives this row as a list. */
bool row_is_listed(const struct sqlgen_list *list, struct str row);

void put_notice(struct buf *out, const struct sqlgen_module *module);

/* `#include` of the header generated for this .sql file. */
void put_include(struct buf *out, struct str file);

/* The halves of a sum of money are one member, which the first of them stands for. */
bool is_first_of_member(const struct sqlgen_value *values, size_t at);

/* A member of a struct. */
void put_member(struct buf *out, const struct sqlgen_value *value);

/* Of the generated function, without the semicolon. */
void put_signature(struct buf *out, const struct sqlgen_statement *statement);

/* Elements of an array of struct sql_value. `shape` is "params", "sent" or "row", as in the struct's name; `owner` whose struct
 * it is. */
void put_values(struct buf *out, struct str owner, const char *shape, const struct sqlgen_value *values, size_t count);

/* SQL as a string of C, a line each. */
void put_text(struct buf *out, struct str text);

/* The struct sql_statement of this name. Its parameters stand in name_params, its columns in the statement's row. */
void put_statement(struct buf *out, const struct sqlgen_statement *statement, struct str name, struct str text,
                   size_t param_count);

/* ---- emit_page.c: what a :page statement has in place of one struct sql_statement ------------------------------- */

void put_page_statements(struct buf *out, const struct sqlgen_statement *statement);
void put_page_list(struct buf *out, const struct sqlgen_statement *statement);

/* Their names as elements of the module's list; returns how many. */
size_t put_page_names(struct buf *out, const struct sqlgen_statement *statement);

#endif
