/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A statement of one call over many: each parameter becomes an array with an element a call, and the text joins them,
 *
 *     INSERT INTO t (a, b) VALUES ($1, $2)      INSERT INTO t (a, b) SELECT each.p1, each.p2 FROM :each
 *     UPDATE t SET a = $1 WHERE id = $2         UPDATE t SET a = each.p1 FROM :each WHERE id = each.p2
 *     DELETE FROM t WHERE id = $1               DELETE FROM t USING :each WHERE id = each.p1
 *
 * where :each is (SELECT unnest($1::bigint[]) AS p1, unnest($2::uuid[]) AS p2) AS each. In a FROM, each array would be
 * written to a store of its own first and then read again, which takes three times as long. Columns of this table are
 * called as none of the schema's. Only what depends on nothing but its parameters and the rows it names has such a text:
 * an INSERT of VALUES and an UPDATE or DELETE that must touch one row, without a query inside. Two calls that touch the
 * same row then touch one row too few, which raises; with merge(quantity) they become one call before.
 *
 * A read of one call over many is run once for each call, by the plan it has alone (OFFSET 0 keeps the planner from joining
 * it with the calls some other way), so the rows of a call come together and in their own order:
 *
 *     SELECT .. WHERE id = $1       SELECT one.*, each.call FROM :each CROSS JOIN LATERAL (SELECT .. WHERE id = each.p1) one
 */
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "tools/sqlgen/body.h"

enum { TEXT_MORE = 8192 };

enum verb { NO_VERB, AN_INSERT, AN_UPDATE, A_DELETE };

/* Where the text is cut: the whole statement, and what the calls' table comes before. */
struct cut {
	enum verb verb;
	size_t at;          /* VALUES, or the outermost WHERE; 0: none */
	size_t open, close; /* the parentheses of VALUES */
};

static size_t closing(const struct body *body, size_t open)
{
	int depth = 0;

	for (size_t i = open; i < body->count; i++) {
		depth += token_depth(&body->tokens[i]);
		if (depth == 0)
			return i;
	}
	return body->count;
}

static enum verb verb_of(const struct lex_token *token)
{
	if (token_is_word(token, "insert"))
		return AN_INSERT;
	if (token_is_word(token, "update"))
		return AN_UPDATE;
	return token_is_word(token, "delete") ? A_DELETE : NO_VERB;
}

/* Words that make it depend on more, or that would have to be cut elsewhere. The FROM of a DELETE is its own, one token in. */
static bool has_more(const struct body *body, enum verb verb)
{
	static const char *const always[] = { "select", "with", "returning", "default", "using", NULL };
	static const char *const update[] = { "from", NULL };

	for (size_t i = 0; i < body->count; i++)
		if (token_is_one_of(&body->tokens[i], always) ||
		    (verb == AN_UPDATE && token_is_one_of(&body->tokens[i], update)))
			return true;
	return false;
}

static size_t outermost(const struct body *body, const char *word)
{
	int depth = 0;

	for (size_t i = 0; i < body->count; i++) {
		depth += token_depth(&body->tokens[i]);
		if (depth == 0 && token_is_word(&body->tokens[i], word))
			return i;
	}
	return 0;
}

static bool find_cut(const struct body *body, struct cut *ret)
{
	*ret = (struct cut){ .verb = body->count ? verb_of(&body->tokens[0]) : NO_VERB };
	if (ret->verb == NO_VERB || has_more(body, ret->verb))
		return false;
	ret->at = outermost(body, ret->verb == AN_INSERT ? "values" : "where");
	if (!ret->at || ret->verb != AN_INSERT)
		return ret->at > 0;
	ret->open = body_skip_blanks(body, ret->at + 1);
	ret->close = closing(body, ret->open);
	size_t after = body_skip_blanks(body, ret->close + 1);
	return ret->close < body->count && (after >= body->count || !token_is_byte(&body->tokens[after], ','));
}

/* ---- Text ------------------------------------------------------------------------------------------------------- */

static void put_arrays(struct buf *out, const struct sqlgen_statement *statement)
{
	for (size_t i = 0; i < statement->param_count; i++)
		buf_printf(out, "%sunnest($%zu::%s[]) AS p%zu", i ? ", " : "", i + 1, statement->params[i].type->sql,
		           i + 1);
}

static void put_calls(struct buf *out, const struct sqlgen_statement *statement, const char *name)
{
	buf_str(out, STR("(SELECT "));
	put_arrays(out, statement);
	buf_printf(out, ") AS %s", name);
}

static bool is_time(const struct sqlgen_value *param)
{
	return str_eq(str_from(param->type->constant), STR("SQL_TIME"));
}

static bool is_merged(const struct sqlgen_statement *statement, const struct sqlgen_value *param)
{
	return str_eq(param->name, statement->merge);
}

static void put_keys(struct buf *out, const struct sqlgen_statement *statement)
{
	const char *gap = "";

	for (size_t i = 0; i < statement->param_count; i++) {
		if (is_merged(statement, &statement->params[i]) || is_time(&statement->params[i]))
			continue;
		buf_printf(out, "%sp%zu", gap, i + 1);
		gap = ", ";
	}
}

/* Calls that agree in all but times and the merged quantity are one, of the sum and the latest. */
static void put_merged(struct buf *out, const struct sqlgen_statement *statement)
{
	buf_str(out, STR("(SELECT count(*) AS calls, "));
	put_keys(out, statement);
	for (size_t i = 0; i < statement->param_count; i++) {
		if (is_merged(statement, &statement->params[i]))
			buf_printf(out, ", sum(p%zu)::bigint AS p%zu", i + 1, i + 1);
		else if (is_time(&statement->params[i]))
			buf_printf(out, ", max(p%zu) AS p%zu", i + 1, i + 1);
	}
	buf_str(out, STR("\nFROM "));
	put_calls(out, statement, "call");
	buf_str(out, STR(" GROUP BY "));
	put_keys(out, statement);
	buf_str(out, STR(" ORDER BY "));
	put_keys(out, statement);
	buf_str(out, STR(") AS each"));
}

static void put_each(struct buf *out, const struct sqlgen_statement *statement)
{
	if (str_is_null(statement->merge))
		put_calls(out, statement, "each");
	else
		put_merged(out, statement);
}

static void put_tokens(struct buf *out, const struct body *body, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		struct str text = body->tokens[i].text;

		if (body->tokens[i].kind == LEX_POSITIONAL)
			buf_printf(out, "each.p%.*s", STR_ARG(str_slice(text, 1, text.len)));
		else
			buf_str(out, text);
	}
}

static void put_body(struct buf *out, const struct sqlgen_statement *statement, const struct body *body,
                     const struct cut *cut)
{
	put_tokens(out, body, 0, cut->at);
	if (cut->verb == AN_INSERT) {
		buf_str(out, STR("SELECT "));
		put_tokens(out, body, cut->open + 1, cut->close);
		buf_str(out, STR("\nFROM "));
		put_each(out, statement);
		put_tokens(out, body, cut->close + 1, body->count);
	} else {
		buf_str(out, cut->verb == AN_UPDATE ? STR("FROM ") : STR("USING "));
		put_each(out, statement);
		buf_char(out, '\n');
		put_tokens(out, body, cut->at, body->count);
	}
}

static void put_expected(struct buf *out, const struct sqlgen_statement *statement, const struct body *body,
                         const struct cut *cut)
{
	bool merges = !str_is_null(statement->merge);

	buf_str(out, STR("WITH touched AS ("));
	put_body(out, statement, body, cut);
	buf_printf(out,
	           "\nRETURNING %s)\nSELECT CASE WHEN %s = cardinality($1::%s[]) THEN 0 ELSE "
	           "stoa.expect_failed('%.*s') END\n"
	           "FROM touched",
	           merges ? "each.calls" : "1", merges ? "coalesce(sum(calls), 0)" : "count(*)",
	           statement->params[0].type->sql, STR_ARG(statement->name));
}

/* ---- The statement ---------------------------------------------------------------------------------------------- */

static bool takes_lists(const struct sqlgen_statement *statement)
{
	for (size_t i = 0; i < statement->param_count; i++)
		if (statement->params[i].type->list)
			return true;
	return false;
}

static struct body tokens_of(struct arena *arena, struct str text)
{
	struct lex_token *tokens = ARENA_ARRAY(arena, struct lex_token, text.len + 1);
	struct body body = { .tokens = tokens };
	struct lexer lexer;

	lexer_init(&lexer, text);
	while ((tokens[body.count] = lexer_next(&lexer)).kind != LEX_END)
		body.count++;
	return body;
}

static int check_merge(const struct sqlgen_statement *statement, const struct cut *cut, struct sqlgen_error *error)
{
	if (str_is_null(statement->merge))
		return 0;
	for (size_t i = 0; i < statement->param_count && cut && cut->verb == AN_UPDATE; i++)
		if (str_eq(statement->params[i].name, statement->merge) && !statement->params[i].nullable &&
		    str_eq(str_from(statement->params[i].type->constant), STR("SQL_I64")))
			return 0;
	return sqlgen_refuse(
	        error, statement, statement->line,
	        "merge(x) is of an UPDATE of one row without a query inside, and x a bigint parameter of it");
}

static bool takes_nulls(const struct sqlgen_statement *statement)
{
	for (size_t i = 0; i < statement->param_count; i++)
		if (statement->params[i].nullable)
			return true;
	return false;
}

static void build_read(struct arena *arena, struct sqlgen_statement *statement)
{
	struct body body = tokens_of(arena, statement->text);
	struct buf out;

	buf_init_arena(&out, arena, 2 * statement->text.len + TEXT_MORE);
	buf_str(&out, STR("SELECT one.*, each.call\nFROM (SELECT "));
	put_arrays(&out, statement);
	buf_printf(&out,
	           ", generate_series(1, cardinality($1::%s[])::bigint) AS call) AS each\n"
	           "CROSS JOIN LATERAL (SELECT * FROM (\n",
	           statement->params[0].type->sql);
	put_tokens(&out, &body, 0, body.count);
	buf_str(&out, STR("\n) AS one OFFSET 0) AS one"));
	CHECK(!out.overflow);
	statement->batch = buf_view(&out);
}

/* A page as a statement of its own: behind the list's parameters come the keys of the row before, and the limit. */
static struct str page_batch(struct arena *arena, const struct sqlgen_statement *statement,
                             const struct sqlgen_order *order, bool after)
{
	static const struct sqlgen_type limit = { .sql = "bigint" };
	struct sqlgen_statement page = *statement;

	page.text = after ? order->after : order->first;
	page.params = ARENA_ARRAY(arena, struct sqlgen_value, statement->param_count + order->key_count + 1);
	if (statement->param_count)
		memcpy(page.params, statement->params, statement->param_count * sizeof(*page.params));
	for (size_t i = 0; after && i < order->key_count; i++)
		page.params[page.param_count++] = *order->keys[i].column;
	page.params[page.param_count++].type = &limit;
	build_read(arena, &page);
	return page.batch;
}

/* What is not given may be NULL: no plan depends on it. */
static void build_givens(struct arena *arena, struct sqlgen_statement *statement)
{
	for (size_t i = 0; i < statement->given_count && !takes_lists(statement); i++) {
		struct sqlgen_order *order = &statement->givens[i].order;

		order->first_batch = page_batch(arena, statement, order, false);
		order->after_batch = page_batch(arena, statement, order, true);
	}
}

int sqlgen_build_batch(struct arena *arena, struct sqlgen_statement *statement, struct sqlgen_error *error)
{
	struct body body = tokens_of(arena, statement->bare);
	struct cut cut;
	struct buf out;

	if (statement->use == SQL_READ && !statement->order_count && statement->param_count &&
	    !takes_lists(statement) && !takes_nulls(statement))
		build_read(arena, statement);
	build_givens(arena, statement);
	if (str_is_null(statement->bare) || !statement->param_count || takes_lists(statement) ||
	    !find_cut(&body, &cut) || (cut.verb != AN_INSERT && statement->rows != SQL_EXPECT))
		return check_merge(statement, NULL, error);
	if (check_merge(statement, &cut, error) != 0)
		return -1;
	buf_init_arena(&out, arena, 2 * statement->text.len + TEXT_MORE);
	if (statement->rows == SQL_EXPECT)
		put_expected(&out, statement, &body, &cut);
	else
		put_body(&out, statement, &body, &cut);
	CHECK(!out.overflow);
	statement->batch = buf_view(&out);
	return 0;
}
