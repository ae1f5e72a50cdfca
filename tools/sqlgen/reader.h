/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the named statements of a .sql file; the format is described in packages/db/sql.h. What comes out is the text
 * as PostgreSQL shall see it: comments gone, fragments unfolded, :names turned into $1..$n, an :expect statement
 * wrapped. Types are not known yet; describe.h asks the database for them.
 */
#ifndef STOA_SQLGEN_READER_H
#define STOA_SQLGEN_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/str.h"
#include "db/sql.h"

/* Ceilings: a file, the parameters or columns of a statement, a name, the choices of a file, the orders of a list. */
enum {
	SQLGEN_FILE_MAX = 1 << 20,
	SQLGEN_VALUES_MAX = 128,
	SQLGEN_NAME_MAX = 56,
	SQLGEN_CHOICES_MAX = 32,
	SQLGEN_ORDERS_MAX = 8,
	SQLGEN_GIVENS_MAX = 8
};

/* How a type of PostgreSQL looks in C; the table is in describe.c. */
struct sqlgen_type {
	unsigned oid;
	const char *constant; /* of enum sql_type */
	const char *sql;      /* as a cast spells it */
	const char *c_type;
	const char *c_nullable;
	bool list;       /* an array: as a parameter it may not be NULL */
	const char *key; /* as a key of an order: its member of union sql_key_value; NULL: cannot be one */
};

/* `-- choice: status order_status`: what is called so in this file is one of order_status_choice. */
struct sqlgen_choice {
	struct str name;
	struct str table;
	int line;
	bool used; /* found by describe */
};

/* Those of one file. */
struct sqlgen_choices {
	struct sqlgen_choice *items;
	size_t count;
};

/* "price.amount" and "price.currency" are two values and one member. */
enum sqlgen_part { SQLGEN_WHOLE, SQLGEN_AMOUNT, SQLGEN_CURRENCY };

/* A parameter or a column. */
struct sqlgen_value {
	struct str name;   /* "price.amount" */
	struct str alias;  /* a column as PostgreSQL calls it: "total!" */
	struct str member; /* of the C struct: "price" */
	enum sqlgen_part part;
	bool nullable;
	bool of_row;                        /* a parameter that the row of from(..) has; found by sqlgen_check_from */
	const struct sqlgen_type *type;     /* NULL until described */
	const struct sqlgen_choice *choice; /* NULL: none */
};

/* From here on in the text it came from this line of the file. */
struct sqlgen_mark {
	size_t offset;
	int line;
};

struct sqlgen_key {
	struct str name;   /* of an output column */
	struct str called; /* by ?sort= */
	bool descending;
	const struct sqlgen_value *column; /* NULL until described */
};

/* One order of a :page statement: two texts of the statement around it. */
struct sqlgen_order {
	struct str name; /* "-updated_at" */
	struct str stem; /* of both names: "groups_by_updated_at_desc" */
	struct sqlgen_key keys[SQL_KEYS_MAX];
	size_t key_count;
	struct str first; /* texts, filled by describe */
	struct str after;
	struct str first_batch; /* of those of given(..), over many calls */
	struct str after_batch;
};

/* Of a :page, for calls that give these parameters and no other that may be NULL: a text of its own, and of the first order
 * texts and a stem ("groups_given_name") of their own. */
struct sqlgen_given {
	struct str names[SQLGEN_GIVENS_MAX];
	size_t count;
	struct str text;
	struct sqlgen_order order;
};

struct sqlgen_statement {
	struct str name;
	struct str row;   /* names the row struct: its own name, or what row(..) says */
	struct str from;  /* names the row struct it is called with: what from(..) says; null: none */
	struct str merge; /* the parameter that merge(..) sums up; null: none */
	struct str file;
	int line; /* of its `-- name:` */
	const struct sqlgen_choices *choices;
	enum sql_rows rows;
	enum sql_use use;
	struct str *doc; /* lines without their dashes */
	size_t doc_count;
	struct sqlgen_order *orders; /* :page: SQL_MANY with orders */
	size_t order_count;
	struct sqlgen_given *givens; /* :page: what given(..) says */
	size_t given_count;
	struct str total; /* :page: the text that counts, filled by describe */
	struct str text;
	struct str
	        bare; /* of a statement of one call over many: the text without what counts its rows; null: it is none */
	struct str batch; /* the text over many calls, filled by describe; null: none */
	struct sqlgen_mark *marks;
	size_t mark_count;
	bool outer;               /* any NOT NULL column may come out NULL: outer joins, grouping sets */
	struct str *outer_tables; /* or only those of these, "schema.table" */
	size_t outer_count;
	struct sqlgen_value *params;
	size_t param_count;
	struct sqlgen_value *columns; /* filled by describe */
	size_t column_count;
};

struct sqlgen_list {
	struct sqlgen_statement **items;
	size_t count;
	size_t cap;
};

struct sqlgen_error {
	int line;
	char message[400];
};

/* Appends the statements of a file, in its order. 0, or -1 with the error; the list is then not to be used. `file` and
 * `text` must outlive the arena's content. Duplicate names in the list are refused. */
MUST_CHECK int sqlgen_read(struct arena *arena, struct str file, struct str text, struct sqlgen_list *list,
                           struct sqlgen_error *ret);

/* The enum sql_type of a column as a key: an amount is a number. */
static inline const char *sqlgen_key_type(const struct sqlgen_value *column)
{
	return column->part == SQLGEN_AMOUNT ? "SQL_I64" : column->type->constant;
}

/* Whether generated C may use it as a name: lower case, digits, underscores, not too long, no key word or macro. */
bool sqlgen_name_ok(struct str name);

/* The file's line for a byte of the statement's text. */
int sqlgen_line_at(const struct sqlgen_statement *statement, size_t offset);

#endif
