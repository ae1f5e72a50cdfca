/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
/*
 * What tools/sqlgen generates and packages/db runs: a statement is a row with its text and the binary types of its
 * parameters and columns. Statements are never written by hand as rows, and no other SQL text is ever sent.
 *
 * A .sql file holds named statements; beside it stand its generated header and source, orders.sql's orders_sql.h and
 * orders_sql.c, which export sql_orders_module.
 *
 *     -- name: product_get :get read
 *     -- The product as the catalogue shows it.
 *     SELECT id, name, unit FROM commerce.product WHERE id = :id;
 *
 *     -- name: order_status_set :expect(1) write
 *     UPDATE commerce.orders SET status = :status, version = version + 1 WHERE id = :id AND version = :version;
 *
 * is called as
 *
 *     const struct sql_product_get_row *product = sql_product_get(req->db, .id = id);
 *
 *     sql_order_status_set(tx, .id = id, .version = row->version, .status = ORDER_ready);
 *
 * A heading is a name, how many rows, what for, and maybe whose row it gives or takes. Names are lower case, and one of their kind among
 * all modules. The comment lines right under it become the comment of the generated function. A statement ends with its
 * semicolon. `*` does not name columns.
 *
 * How many rows:
 *
 *     :get        one, which must be there  const struct sql_product_row *, never NULL: without a row the attempt ends
 *                                           with problem_not_found, "There is no such product" (the row's name)
 *     :find       one or none               the same, NULL when there is none
 *     :many       any number                struct sql_product_rows { rows, count }
 *     :page(..)   a page of a list          the same; below
 *     :exec       none                      void; what a SELECT gives is dropped; in a collected transaction nothing is
 *                                           known before the commit
 *     :expect(n)  none                      void; an INSERT, UPDATE or DELETE that must touch exactly n rows, else the
 *                                           whole transaction conflicts; n may be a bigint parameter, :expect(:count);
 *                                           no RETURNING
 *
 * A name that ends in _get is of a :get, one that ends in _find of a :find.
 *
 * What for:
 *
 *     read    takes a struct db *   autocommit; may be grouped with others of its turn, and repeated
 *     slow    takes a struct db *   the same on the slow lane, planned again each time
 *     write   takes a struct tx *   of either kind; one that gives rows needs an interactive one
 *     lock    takes a struct tx *   an interactive one: SELECT .. FOR UPDATE, or any read that must run inside
 *
 * Whose row: row(x) names the row struct sql_x_row, and sql_x_rows. All statements of a service with the same row(x)
 * share it, and give the same columns.
 *
 * Called with a row: from(x) behind an :exec or :expect(n) takes a struct sql_x_row, of any statement of the service, in
 * place of the parameters that are called as its columns are; others are named as ever. Types, choices and NULLs must
 * fit.
 *
 *     -- name: product_update :expect(1) write from(product)
 *     UPDATE commerce.product SET name = :name, updated_at = :now WHERE id = :id;
 *
 *     sql_product_update(tx, &product, .now = req->now_us);
 *
 * Many at once: an :exec INSERT of VALUES, and an :expect(1) INSERT, UPDATE or DELETE, which depend on nothing but their
 * parameters and the row they name (no query inside, no arrays) get a second text over arrays. In a collected transaction
 * equal statements that follow each other are one execution, across the transactions that are committed together; an
 * INSERT of 32 rows costs a sixth of 32 INSERTs. So write a row a call, and all calls of one statement before those of the
 * next:
 *
 *     for (size_t i = 0; i < count; i++)
 *         sql_order_line_insert(tx, .order_id = id, .line_no = (int64_t)i + 1, ..);
 *
 * Two calls that touch one row cannot be one execution and are run by themselves. When they only add to it, say so by
 * merge(x) in place of row(..): calls that agree in all parameters but x and times are one, with the sum of x and the
 * latest time.
 *
 *     -- name: stock_reserve :expect(1) write merge(quantity)
 *     UPDATE commerce.stock SET reserved = reserved + :quantity::bigint, updated_at = :now
 *     WHERE product_id = :product_id AND on_hand - reserved >= :quantity;
 *
 * A read of one or more parameters, none of which is an array or may be NULL, has such a text as well: calls of tasks that
 * ask at the same time are one execution, which costs a third. So what handlers read by a key is a statement of that key;
 * arrays are for what one handler reads of many.
 *
 * What statements of a file have in common stands once, above them, as a fragment, and is named where it belongs. A
 * fragment holds no other, and each has a user.
 *
 *     -- fragment: product_filters
 *     p.deleted_at IS NULL AND (:brand_id?::uuid IS NULL OR p.brand_id = :brand_id?);
 *
 *     .. WHERE :{product_filters} AND p.id > :after_id ..
 *
 * Parameters are :name, typed by PostgreSQL's own inference (cast where it cannot know, :ids::uuid[]); `:name?` may be
 * NULL. A colon before a name is a parameter wherever SQL has no string, quoted name or comment; so write a slice with
 * a blank, a[1: n].
 *
 * A column is nullable unless it comes straight from a NOT NULL table column, or its alias ends in `!` ("total!").
 * Behind `LEFT JOIN schema.table .. ON` only the columns of that table become nullable; RIGHT, FULL, ROLLUP, CUBE,
 * GROUPING SETS and a LEFT JOIN of anything else make all of them so, up to `!`.
 *
 * Types; a domain is its base type, and anything else is refused at generation:
 *
 *     boolean                               bool                 nullable: struct opt_bool
 *     smallint, integer, bigint             int64_t              struct opt_i64
 *     double precision                      double               struct opt_f64
 *     text, varchar, jsonb, json, bytea     struct str           the same: a null str
 *     uuid                                  struct uuid          struct opt_uuid
 *     timestamptz                           int64_t              struct opt_i64; microseconds since 1970, INT64_MAX
 *                                                                and INT64_MIN are the infinities
 *     uuid[]                                struct uuid_list     the same: items NULL, count 0; array parameters may
 *     text[]                                struct str_list      not be NULL
 *     bigint[], integer[], timestamptz[]    struct i64_list
 *     boolean[]                             struct bool_list
 *
 * Money: columns p.price_minor AS "price.amount", p.currency AS "price.currency" are one member, struct money price,
 * and so are parameters :price.amount and :price.currency. An amount is a bigint, a currency a text. A sum of which
 * either half is NULL is absent, which is zeroed; an absent one is sent as two NULLs.
 *
 * Choices: `-- choice: status order_status` on a line of its own makes each column and parameter that is called status
 * in this file an int, by the table order_status_choice (base/choice.h); 0 is NULL. A text that is not in the table was
 * written by a newer release: in rows of :many and of pages it is 0, which a reply shows as "unknown"; a :get or :find
 * ends the attempt with fail_unavailable().
 *
 * Lists: :page(name, id | -updated_at, -id) stands over a SELECT without ORDER BY and LIMIT and names its orders.
 *
 *     -- name: products :page(name, id | -updated_at, -id) slow row(product)
 *     SELECT p.id, p.name, p.updated_at FROM commerce.product p WHERE :q?::text IS NULL OR p.name ILIKE :q?;
 *
 * Keys are columns it gives, never nullable, up to 4; a key rises or, with a - before it, falls. The last key must tell
 * rows apart, or a page may lose one, and goes the way of the one before it. An order is called by its keys but the last,
 * as ?sort= says it ("-updated_at", "-rating,-created_at"; "price" for the key price.amount), and a key by the word before
 * it: name=sort_name, id is called "name". The first order is the default. Of each order two statements are made,
 * products_by_name and products_by_name_after, or products_by_updated_at_desc and so on. They compare all keys as one row,
 * (name, id) > ($1, $2), which an index on these keys answers; where some keys rise and some fall, one after the other,
 * which an index serves up to the first key: such orders are for lists whose first keys share few rows. One more statement,
 * products_total, counts the rows, up to SQL_TOTAL_MAX and one. sql_products_list describes all this for a route, and
 *
 *     struct sql_product_rows found = sql_products(req->db, .page = req->page, .q = query->q);
 *
 * reads the page, and counts where the page says so.
 *
 * The plan for a list of many optional filters is good for none of them: such lists are `slow`. For the calls that are made
 * most, given(none | brand_id) behind row(..) adds statements whose plans are kept: these are run when exactly the
 * parameters named, of those that may be NULL, are given, and the order is the first. In their text the test
 * `:brand_id?::uuid IS NULL` is false, and what is not given is NULL. Each should find an index.
 */
/* clang-format on */
#ifndef STOA_DB_SQL_H
#define STOA_DB_SQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/choice.h"
#include "base/money.h"
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
	SQL_CHOICE,   /* a text that is an int in C */
	SQL_AMOUNT,   /* a bigint and */
	SQL_CURRENCY, /* a text, in one struct money */
};

enum sql_use { SQL_READ, SQL_SLOW, SQL_WRITE, SQL_LOCK };
enum sql_rows { SQL_GET, SQL_FIND, SQL_MANY, SQL_EXEC, SQL_EXPECT };

struct sql_value {
	const char *name;
	enum sql_type type;
	bool nullable;
	uint16_t offset;             /* in the parameter struct or the row struct; of both halves of a struct money */
	const struct choice *choice; /* SQL_CHOICE */
};

struct sql_statement {
	const char *name;  /* also the prepared statement's name and the metric label */
	const char *text;  /* with $1..$n; an :expect statement comes wrapped so that the server raises on a mismatch */
	const char *batch; /* of many calls at once: $1..$n are arrays with an element a call. NULL: has none */
	enum sql_use use;
	enum sql_rows rows;
	const char *noun; /* SQL_GET: what there is none of when there is no row, "service key" */
	const struct sql_value *params;
	uint16_t param_count;
	const struct sql_value *columns;
	uint16_t column_count;
	size_t row_size;
};

/* ---- Lists: one question, several orders, pages by keyset ----------------------------------------------------- */

enum { SQL_KEYS_MAX = 4, SQL_GIVEN_PARAMS = 64 };

union sql_key_value {
	int64_t number; /* SQL_I16, SQL_I32, SQL_I64, SQL_TIME */
	double real;
	bool flag;
	struct str text;
	struct uuid id;
};

struct sql_key {
	const char *name;
	enum sql_type type;
	uint16_t offset; /* in the row */
};

struct sql_order {
	const char *name; /* as ?sort= says it: the first key's, with its sign */
	const struct sql_key *keys;
	size_t key_count;
	const struct sql_statement *first, *after; /* NULL: the list has statements of its own */
};

/* For calls that give these parameters and no other that may be NULL, in the first order. */
struct sql_given {
	uint64_t params; /* bit i: of the statement's parameter i */
	const struct sql_statement *first, *after;
};

struct sql_list {
	const char *name;
	const struct sql_order *orders; /* the first is the default */
	size_t order_count;
	const struct sql_statement *total; /* a struct sql_total_row; NULL: the list has statements of its own */
	size_t row_size;
	const struct sql_given *givens;
	size_t given_count;
};

/* How many rows a list has: counted up to SQL_TOTAL_MAX, and one more when it has more. */
enum { SQL_TOTAL_MAX = 10000 };

struct sql_total_row {
	int64_t total;
};
extern const struct sql_value sql_total_columns[1];

struct sql_page {
	size_t order; /* of the list's */
	bool after_set;
	union sql_key_value after[SQL_KEYS_MAX]; /* the keys of the last row of the page before */
	int64_t limit;                           /* rows to read: one more than shown */
	struct sql_total_row *total;             /* where to say how many there are on all pages; NULL: nobody asks */
};

/* Reads this page, and the total if it is asked for. Ends the attempt when no page was given (a limit of 0) or the list has
 * no such order. Run by generated functions; `params` has the page as well. */
void *sql_read_page(struct db *db, const struct sql_list *list, const struct sql_page *page, const void *params,
                    size_t *ret_count);
/* The statement that reads it. */
const struct sql_statement *sql_page_statement(const struct sql_list *list, const struct sql_page *page,
                                               const void *params);

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
