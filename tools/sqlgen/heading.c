/* SPDX-License-Identifier: Apache-2.0 */
/* `-- name: order_get :get read row(order)`: a name, how many rows (or which pages), what for, and whose row struct it gives or takes. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "tools/sqlgen/body.h"

/* db/sql.h has functions of these names already. */
static bool is_taken(struct str name)
{
	return str_eq(name, STR("read")) || str_eq(name, STR("in_tx"));
}

/* Cuts the next word off; empty at the end. */
static struct str next_word(struct str *rest)
{
	struct str word = { "", 0 };

	while (!word.len && !str_is_null(*rest))
		word = str_trim(str_cut(rest, ' '));
	return word;
}

/* The same where parentheses may follow the word, blanks and all in them. */
static struct str next_group(struct str *rest, struct str word)
{
	struct str trimmed = str_is_null(*rest) ? STR("") : str_trim(*rest);
	const char *end = memchr(trimmed.ptr, ')', trimmed.len);

	if (!end || !str_starts(trimmed, word))
		return next_word(rest);
	size_t len = (size_t)(end + 1 - trimmed.ptr);
	*rest = str_slice(trimmed, len, trimmed.len);
	return str_slice(trimmed, 0, len);
}

/* `x(inner)` with this x: the inner text, else null. */
static struct str between(struct str word, struct str prefix)
{
	if (!str_starts(word, prefix) || !str_ends(word, STR(")")))
		return STR_NULL;
	return str_slice(word, prefix.len, word.len - 1);
}

static const struct {
	const char *word;
	enum sql_rows rows;
} cardinalities[] = { { ":get", SQL_GET }, { ":find", SQL_FIND }, { ":many", SQL_MANY }, { ":exec", SQL_EXEC } };

static const struct {
	const char *word;
	enum sql_use use;
} uses[] = { { "read", SQL_READ }, { "slow", SQL_SLOW }, { "write", SQL_WRITE }, { "lock", SQL_LOCK } };

static bool is_count(struct str text)
{
	int64_t number;

	if (text.len && text.ptr[0] == ':')
		return sqlgen_name_ok(str_slice(text, 1, text.len));
	return text.len && text.ptr[0] != '-' && text.ptr[0] != '+' && str_to_i64(text, &number) == 0;
}

/* `*ret_expect` is what stands in :expect(..). */
static int parse_cardinality(struct sqlgen_statement *statement, struct str word, struct str *ret_expect)
{
	*ret_expect = between(word, STR(":expect("));
	if (!str_is_null(*ret_expect)) {
		statement->rows = SQL_EXPECT;
		return is_count(*ret_expect) ? 0 : -1;
	}
	for (size_t i = 0; i < ARRAY_COUNT(cardinalities); i++) {
		if (str_eq(word, str_from(cardinalities[i].word))) {
			statement->rows = cardinalities[i].rows;
			return 0;
		}
	}
	return -1;
}

static int parse_use(struct sqlgen_statement *statement, struct str word)
{
	for (size_t i = 0; i < ARRAY_COUNT(uses); i++) {
		if (str_eq(word, str_from(uses[i].word))) {
			statement->use = uses[i].use;
			return 0;
		}
	}
	return -1;
}

/* The name decides what everything else is called, so it comes with the default of the row's. */
static int parse_name(struct sqlgen_statement *statement, struct str word, struct sqlgen_error *error)
{
	if (!sqlgen_name_ok(word) || is_taken(word)) {
		snprintf(error->message, sizeof(error->message), "\"%.*s\" cannot be a statement's name",
		         word.len > SQLGEN_NAME_MAX ? SQLGEN_NAME_MAX : (int)word.len, word.ptr);
		error->line = statement->line;
		return -1;
	}
	statement->name = word;
	statement->row = word;
	return 0;
}

static int parse_row(struct sqlgen_statement *statement, struct str word)
{
	if (!word.len)
		return 0;
	statement->merge = between(word, STR("merge("));
	if (!str_is_null(statement->merge))
		return sqlgen_name_ok(statement->merge) ? 0 : -1;
	statement->from = between(word, STR("from("));
	if (!str_is_null(statement->from))
		return sqlgen_name_ok(statement->from) ? 0 : -1;
	statement->row = between(word, STR("row("));
	return !str_is_null(statement->row) && sqlgen_name_ok(statement->row) ? 0 : -1;
}

static const char misplaced[] =
        "after the use nothing comes but row(name), from(row) or merge(parameter), then given(parameters)";

static int parse_given(struct arena *arena, struct sqlgen_statement *statement, struct str *rest,
                       struct sqlgen_error *error)
{
	struct str word = next_group(rest, STR("given(")), givens = between(word, STR("given("));

	if (!word.len)
		return 0;
	if (str_is_null(givens) || next_word(rest).len)
		return sqlgen_refuse(error, statement, statement->line, "%s", misplaced);
	return sqlgen_parse_givens(arena, givens, statement, error);
}

/* get must exist, find may be absent: by the name alone the caller knows whether to look for NULL. */
static int check_name(const struct sqlgen_statement *statement, struct sqlgen_error *error)
{
	if (str_ends(statement->name, STR("_get")) && statement->rows != SQL_GET)
		return sqlgen_refuse(error, statement, statement->line, "a name that ends in _get is of a :get");
	if (str_ends(statement->name, STR("_find")) && statement->rows != SQL_FIND)
		return sqlgen_refuse(error, statement, statement->line, "a name that ends in _find is of a :find");
	return 0;
}

static int check_from(const struct sqlgen_statement *statement, struct sqlgen_error *error)
{
	if (!str_is_null(statement->from) && statement->rows != SQL_EXEC && statement->rows != SQL_EXPECT)
		return sqlgen_refuse(error, statement, statement->line, "from(row) is of :exec and :expect(n)");
	return 0;
}

static int check_page(const struct sqlgen_statement *statement, struct sqlgen_error *error)
{
	if (statement->order_count && statement->use != SQL_READ && statement->use != SQL_SLOW)
		return sqlgen_refuse(error, statement, statement->line, ":page is of read or slow");
	return 0;
}

int sqlgen_parse_heading(struct arena *arena, struct str heading, struct sqlgen_statement *statement,
                         struct str *ret_expect, struct sqlgen_error *error)
{
	struct str rest = heading, cardinality, orders;
	int line = statement->line;

	if (parse_name(statement, next_word(&rest), error) != 0)
		return -1;
	cardinality = next_group(&rest, STR(":page("));
	orders = between(cardinality, STR(":page("));
	if (!str_is_null(orders) && sqlgen_parse_orders(arena, orders, statement, error) != 0)
		return -1;
	if (parse_cardinality(statement, str_is_null(orders) ? cardinality : STR(":many"), ret_expect) != 0)
		return sqlgen_refuse(error, statement, line,
		                     "after the name comes :get, :find, :many, :page(keys), :exec or :expect(n)");
	if (parse_use(statement, next_word(&rest)) != 0)
		return sqlgen_refuse(error, statement, line, "after the cardinality comes read, slow, write or lock");
	if (parse_row(statement, next_word(&rest)) != 0)
		return sqlgen_refuse(error, statement, line, "%s", misplaced);
	if (parse_given(arena, statement, &rest, error) != 0)
		return -1;
	if ((statement->use == SQL_READ || statement->use == SQL_SLOW) &&
	    (statement->rows == SQL_EXEC || statement->rows == SQL_EXPECT))
		return sqlgen_refuse(error, statement, line, "a read gives :get, :find, :many or :page");
	if (check_from(statement, error) != 0)
		return -1;
	return check_page(statement, error) != 0 ? -1 : check_name(statement, error);
}
