/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tools/sqlgen generates and packages/db runs: a statement is a row with its text and the binary types of its
 * parameters and columns. Nobody writes these by hand; nobody sends text that is not in one.
 *
 * A .sql file holds named statements:
 *
 *     -- name: product_get :one read
 *     -- The product as the catalogue shows it.
 *     SELECT id, name, price_minor FROM commerce.product WHERE id = :id;
 *
 *     -- name: order_status_set :expect(1) write
 *     UPDATE commerce.orders SET status = :status, version = version + 1 WHERE id = :id AND version = :version;
 *
 * After the name: cardinality, then use, then maybe row(..).
 *   :one       zero or one row      -> const struct sql_product_find_row *, NULL when there is none
 *   :many      any number           -> struct sql_product_get_rows { rows, count }
 *   :exec      no rows (what a SELECT gives is dropped); in a collected transaction nothing is known before the commit
 *   :expect(n) INSERT, UPDATE or DELETE that must touch exactly n rows, else the whole transaction conflicts (n may be
 * a bigint parameter, :expect(:count)); RETURNING is not for these read       autocommit read: may be grouped with
 * others of its turn and repeated; takes a struct db * slow       the same on the slow lane; takes a struct db * write
 * takes a struct tx * of either kind (:one and :many with write need an interactive one) lock       a SELECT .. FOR
 * UPDATE or any read that must run inside an interactive struct tx * row(x)     calls the row struct sql_x_row (and
 * sql_x_rows): statements that give the same columns share one
 *
 * The comment lines right under the name become the comment of the generated function. A statement ends with its
 * semicolon. Names are lower case, and one of its kind among all modules. `*` does not name columns.
 *
 * What statements of a file have in common stands once, above them, as a fragment, and is named where it belongs:
 *
 *     -- fragment: product_filters
 *     p.deleted_at IS NULL AND (:brand_id?::uuid IS NULL OR p.brand_id = :brand_id?);
 *
 *     .. WHERE :{product_filters} AND p.id > :after_id ..
 *
 * A fragment holds no other, and each has a user.
 *
 * Parameters are :name, typed by PostgreSQL's own inference (cast where it cannot know, :ids::uuid[]); `:name?` may be
 * NULL. A colon before a name is a parameter wherever SQL has no string, quoted name or comment; so write a slice with
 * a blank, a[1: n].
 *
 * A column is nullable unless it comes straight from a NOT NULL table column, or its alias ends in `!` ("total!").
 * Behind `LEFT JOIN schema.table .. ON` only the columns of that table become nullable; RIGHT, FULL, ROLLUP, CUBE,
 * GROUPING SETS and a LEFT JOIN of anything else make all of them so, up to `!`.
 *
 * Types: boolean bool · smallint, integer, bigint int64_t · double precision double · text, varchar, jsonb, json, bytea
 * struct str · uuid struct uuid · timestamptz int64_t microseconds since 1970 · uuid[] struct uuid_list · text[] struct
 * str_list · bigint[], integer[] and timestamptz[] struct i64_list · boolean[] struct bool_list. A domain is its base
 * type. Nullable: struct opt_* (text: null str; an array column: items NULL, count 0; array parameters may not be
 * NULL). Anything else is refused at generation.
 *
 * A generated function takes its parameters by name:  sql_product_find(db, .id = id)
 */
#ifndef STOA_DB_SQL_H
#define STOA_DB_SQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/opt.h"
#include "base/str.h"
#include "base/uuid.h"
#include "base/vec.h"

struct db;
struct tx;

enum sql_type {
	SQL_BOOL,
	SQL_I16,
	SQL_I32,
	SQL_I64,
	SQL_F64,
	SQL_TEXT,
	SQL_JSONB,
	SQL_JSON,
	SQL_BYTEA,
	SQL_UUID,
	SQL_TIME,
	SQL_UUIDS,
	SQL_TEXTS,
	SQL_I64S,
	SQL_I32S,
	SQL_TIMES,
	SQL_BOOLS,
};

enum sql_use { SQL_READ, SQL_SLOW, SQL_WRITE, SQL_LOCK };
enum sql_rows { SQL_GET, SQL_FIND, SQL_MANY, SQL_EXEC, SQL_EXPECT };

struct sql_value {
	const char *name;
	enum sql_type type;
	bool nullable;
	uint16_t offset; /* in the parameter struct or the row struct */
};

struct sql_statement {
	const char *name; /* also the prepared statement's name and the metric label */
	const char *text; /* with $1..$n; an :expect statement comes wrapped so that the server raises on a mismatch */
	enum sql_use use;
	enum sql_rows rows;
	const char *noun; /* SQL_GET: what there is none of when there is no row, "service key" */
	const struct sql_value *params;
	uint16_t param_count;
	const struct sql_value *columns;
	uint16_t column_count;
	size_t row_size;
};

/* All statements of one package or service: prepared on each connection at connect. */
struct sql_module {
	const char *name;
	const struct sql_statement *const *statements;
	size_t count;
};

/* Run by generated functions only. Rows live in the running task's arena. Any database error ends the attempt (see
 * db.h). */
void *sql_read(struct db *db, const struct sql_statement *statement, const void *params, size_t *ret_count);
void *sql_in_tx(struct tx *tx, const struct sql_statement *statement, const void *params, size_t *ret_count);

#endif
