/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `:page(name, id | -updated_at, -id)`: a list in several orders. Of each order two statements are made, for the first
 * page and for those after it; both stand around the statement as it is written, so that a key may be any column it
 * gives, computed ones too. PostgreSQL pulls a plain SELECT up into the one around it: an index on the keys serves as
 * if the text had been written out. `name=sort_name, id` orders by sort_name and is called name. One more statement, for
 * the whole list, counts its rows.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "tools/sqlgen/body.h"

enum { TEXT_MORE = 4096 }; /* what an order adds to a statement's text */

/* ---- Reading ---------------------------------------------------------------------------------------------------- */

static int refuse(struct sqlgen_error *error, const struct sqlgen_statement *statement, const char *why)
{
	return sqlgen_refuse(error, statement, statement->line, "%s; write :page(name, id | -updated_at, -id)", why);
}

/* A column's name: plain, or the amount of a sum of money. */
static bool is_key(struct str name)
{
	struct sqlgen_value value;

	return sqlgen_value_name(&value, name) == 0 && value.part != SQLGEN_CURRENCY;
}

/* "price" of "price.amount" */
static struct str member_of(struct str name)
{
	struct sqlgen_value value;

	return sqlgen_value_name(&value, name) == 0 ? value.member : name;
}

static int add_key(struct sqlgen_statement *statement, struct sqlgen_order *order, struct str word,
                   struct sqlgen_error *error)
{
	bool descending = str_starts(word, STR("-"));
	struct str name = str_slice(word, descending, word.len), called = str_cut(&name, '=');

	if (str_is_null(name))
		name = called;
	else if (!sqlgen_name_ok(called))
		return refuse(error, statement, "what a key is called is a word");
	if (!is_key(name))
		return refuse(error, statement, "a key is a column's name, with a - before it where it falls");
	if (order->key_count == SQL_KEYS_MAX)
		return refuse(error, statement, "an order has at most 4 keys");
	for (size_t i = 0; i < order->key_count; i++) {
		if (str_eq(order->keys[i].name, name))
			return refuse(error, statement, "a key stands twice in its order");
	}
	order->keys[order->key_count++] =
	        (struct sqlgen_key){ .name = name, .called = member_of(called), .descending = descending };
	return 0;
}

/* By all keys but the last, which only tells rows apart: "-rating,-created_at", and "_by_rating_desc_created_at_desc". */
static void name_order(struct arena *arena, const struct sqlgen_statement *statement, struct sqlgen_order *order)
{
	size_t count = order->key_count > 1 ? order->key_count - 1 : 1;
	struct buf name, stem;

	buf_init_arena(&name, arena, TEXT_MORE);
	buf_init_arena(&stem, arena, TEXT_MORE);
	buf_printf(&stem, "%.*s_by", STR_ARG(statement->name));
	for (size_t i = 0; i < count; i++) {
		const struct sqlgen_key *key = &order->keys[i];

		buf_printf(&name, "%s%s%.*s", i ? "," : "", key->descending ? "-" : "", STR_ARG(key->called));
		buf_printf(&stem, "_%.*s%s", STR_ARG(key->called), key->descending ? "_desc" : "");
	}
	order->name = buf_view(&name);
	order->stem = buf_view(&stem);
}

static int parse_order(struct arena *arena, struct sqlgen_statement *statement, struct str text,
                       struct sqlgen_error *error)
{
	struct sqlgen_order *order = &statement->orders[statement->order_count];

	for (struct str rest = text; !str_is_null(rest);) {
		if (add_key(statement, order, str_trim(str_cut(&rest, ',')), error) != 0)
			return -1;
	}
	if (order->key_count > 1 &&
	    order->keys[order->key_count - 1].descending != order->keys[order->key_count - 2].descending)
		return refuse(error, statement, "the last key goes the way of the one before it");
	name_order(arena, statement, order);
	if (order->stem.len + strlen("_after") > SQLGEN_NAME_MAX)
		return refuse(error, statement, "the statement's name and its keys' are too long together");
	for (size_t i = 0; i < statement->order_count; i++) {
		if (str_eq(statement->orders[i].name, order->name))
			return refuse(error, statement, "two orders are called the same");
	}
	statement->order_count++;
	return 0;
}

int sqlgen_parse_orders(struct arena *arena, struct str text, struct sqlgen_statement *statement,
                        struct sqlgen_error *error)
{
	statement->orders = ARENA_ARRAY(arena, struct sqlgen_order, SQLGEN_ORDERS_MAX);
	for (struct str rest = text; !str_is_null(rest);) {
		struct str one = str_cut(&rest, '|');

		if (statement->order_count == SQLGEN_ORDERS_MAX)
			return refuse(error, statement, "a list has at most 8 orders");
		if (parse_order(arena, statement, one, error) != 0)
			return -1;
	}
	return 0;
}

/* ---- Texts ------------------------------------------------------------------------------------------------------ */

static const struct sqlgen_value *find_column(const struct sqlgen_statement *statement, struct str name)
{
	for (size_t i = 0; i < statement->column_count; i++) {
		if (str_eq(statement->columns[i].name, name))
			return &statement->columns[i];
	}
	return NULL;
}

static int find_columns(struct sqlgen_statement *statement, struct sqlgen_order *order, struct sqlgen_error *error)
{
	for (size_t i = 0; i < order->key_count; i++) {
		struct sqlgen_key *key = &order->keys[i];

		key->column = find_column(statement, key->name);
		if (!key->column)
			return sqlgen_refuse(error, statement, statement->line, "key %.*s is no column",
			                     STR_ARG(key->name));
		if (key->column->nullable)
			return sqlgen_refuse(error, statement, statement->line,
			                     "key %.*s may be NULL, and nothing comes after NULL", STR_ARG(key->name));
		if (!key->column->type->key)
			return sqlgen_refuse(error, statement, statement->line, "key %.*s is %s, which cannot be one",
			                     STR_ARG(key->name), key->column->type->constant);
	}
	return 0;
}

static void put_column(struct buf *out, const struct sqlgen_key *key)
{
	struct str alias = key->column->alias;
	bool quoted = !sqlgen_name_ok(alias);

	buf_printf(out, "page.%s%.*s%s", quoted ? "\"" : "", STR_ARG(alias), quoted ? "\"" : "");
}

static bool goes_one_way(const struct sqlgen_order *order)
{
	for (size_t i = 1; i < order->key_count; i++) {
		if (order->keys[i].descending != order->keys[0].descending)
			return false;
	}
	return true;
}

/* (page.name, page.id) > ($3, $4) */
static void put_row_after(struct buf *out, const struct sqlgen_order *order, size_t param)
{
	buf_char(out, '(');
	for (size_t i = 0; i < order->key_count; i++) {
		buf_str(out, i ? STR(", ") : STR(""));
		put_column(out, &order->keys[i]);
	}
	buf_str(out, order->keys[0].descending ? STR(") < (") : STR(") > ("));
	for (size_t i = 0; i < order->key_count; i++)
		buf_printf(out, "%s$%zu", i ? ", " : "", param + i);
	buf_char(out, ')');
}

/* page.rating <= $3 AND (page.rating < $3 OR (page.name >= $4 AND (page.name > $4 OR page.id > $5))) */
static void put_keys_after(struct buf *out, const struct sqlgen_order *order, size_t param)
{
	for (size_t i = 0; i < order->key_count; i++) {
		const struct sqlgen_key *key = &order->keys[i];
		char sign = key->descending ? '<' : '>';

		if (i + 1 < order->key_count) {
			put_column(out, key);
			buf_printf(out, " %c= $%zu AND (", sign, param + i);
		}
		put_column(out, key);
		buf_printf(out, " %c $%zu", sign, param + i);
		if (i + 1 < order->key_count)
			buf_str(out, i + 2 < order->key_count ? STR(" OR (") : STR(" OR "));
	}
	for (size_t i = 2; i < 2 * order->key_count - 1; i++)
		buf_char(out, ')');
}

static void put_after(struct buf *out, const struct sqlgen_order *order, size_t param)
{
	buf_str(out, STR("\nWHERE "));
	if (goes_one_way(order))
		put_row_after(out, order, param);
	else
		put_keys_after(out, order, param);
}

static struct str page_text(struct arena *arena, const struct sqlgen_statement *statement, struct str text,
                            const struct sqlgen_order *order, bool after)
{
	size_t param = statement->param_count + 1;
	struct buf out;

	buf_init_arena(&out, arena, text.len + TEXT_MORE);
	buf_printf(&out, "SELECT * FROM (\n%.*s\n) AS page", STR_ARG(text));
	if (after)
		put_after(&out, order, param);
	buf_str(&out, STR("\nORDER BY "));
	for (size_t i = 0; i < order->key_count; i++) {
		buf_str(&out, i ? STR(", ") : STR(""));
		put_column(&out, &order->keys[i]);
		buf_str(&out, order->keys[i].descending ? STR(" DESC") : STR(""));
	}
	buf_printf(&out, "\nLIMIT $%zu", param + (after ? order->key_count : 0));
	CHECK(!out.overflow);
	return buf_view(&out);
}

static struct str total_text(struct arena *arena, const struct sqlgen_statement *statement)
{
	return str_printf(arena, "SELECT count(*) AS total FROM (SELECT FROM (\n%.*s\n) AS page LIMIT %d) AS counted",
	                  STR_ARG(statement->text), SQL_TOTAL_MAX + 1);
}

static int build_order(struct arena *arena, struct sqlgen_statement *statement, struct str text,
                       struct sqlgen_order *order, struct sqlgen_error *error)
{
	if (find_columns(statement, order, error) != 0)
		return -1;
	order->first = page_text(arena, statement, text, order, false);
	order->after = page_text(arena, statement, text, order, true);
	return 0;
}

int sqlgen_build_orders(struct arena *arena, struct sqlgen_statement *statement, struct sqlgen_error *error)
{
	for (size_t i = 0; i < statement->order_count; i++)
		if (build_order(arena, statement, statement->text, &statement->orders[i], error) != 0)
			return -1;
	for (size_t i = 0; i < statement->given_count; i++)
		if (build_order(arena, statement, statement->givens[i].text, &statement->givens[i].order, error) != 0)
			return -1;
	if (statement->order_count)
		statement->total = total_text(arena, statement);
	return 0;
}
