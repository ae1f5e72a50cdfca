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

/* Of the generated function, without the semicolon. */
void put_signature(struct buf *out, const struct sqlgen_statement *statement);

#endif
