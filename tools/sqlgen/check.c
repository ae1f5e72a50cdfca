/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks look at words only, so they can be fooled by an odd name (a column called "delete" must be quoted in a
 * read), never into letting a plain mistake through.
 */
#include "tools/sqlgen/body.h"

static bool is_star_of_columns(const struct body *body, size_t at)
{
	static const char *const list_openers[] = { "select", "distinct", "all", "returning", NULL };
	const struct lex_token *left = body_before(body, at);

	return token_is_byte(&body->tokens[at], '*') &&
	       (token_is_byte(left, '.') || token_is_byte(left, ',') || token_is_one_of(left, list_openers));
}

/* FOR UPDATE, FOR NO KEY UPDATE, FOR SHARE, FOR KEY SHARE; and every verb that changes something. */
static bool is_no_read(const struct body *body, size_t at)
{
	const struct lex_token *token = &body->tokens[at];
	const struct lex_token *left = body_before(body, at);

	if (token_is_word(token, "share"))
		return token_is_word(left, "for") || token_is_word(left, "key");
	return token_is_one_of(token, body_changers) && !token_is_byte(left, '.');
}

static bool is_read_use(enum sql_use use)
{
	return use == SQL_READ || use == SQL_SLOW;
}

static int check_tokens(const struct sqlgen_statement *statement, const struct body *body, struct sqlgen_error *error)
{
	for (size_t i = 0; i < body->count; i++) {
		const struct lex_token *token = &body->tokens[i];

		if (token->kind == LEX_POSITIONAL)
			return sqlgen_refuse(error, statement, token->line, "parameters are :name, not %.*s",
			                     STR_ARG(token->text));
		if (is_star_of_columns(body, i))
			return sqlgen_refuse(error, statement, token->line, "name the columns instead of *");
		if (is_read_use(statement->use) && is_no_read(body, i))
			return sqlgen_refuse(error, statement, token->line, "%.*s in a read; it is a write or a lock",
			                     STR_ARG(token->text));
	}
	return 0;
}

/* An :expect statement gets a RETURNING of its own; MERGE has none in PostgreSQL 15. */
static int check_expect(const struct sqlgen_statement *statement, const struct body *body, struct sqlgen_error *error)
{
	static const char *const counted[] = { "insert", "update", "delete", NULL };
	int depth = 0;

	if (body->verb == body->count || !token_is_one_of(&body->tokens[body->verb], counted))
		return sqlgen_refuse(error, statement, statement->line,
		                     ":expect counts the rows of INSERT, UPDATE or DELETE");
	for (size_t i = body->verb; i < body->count; i++) {
		depth += token_depth(&body->tokens[i]);
		if (depth == 0 && token_is_word(&body->tokens[i], "returning"))
			return sqlgen_refuse(error, statement, body->tokens[i].line, "no RETURNING with :expect");
	}
	return 0;
}

/* The orders and their ends are written around it. */
static int check_page(const struct sqlgen_statement *statement, const struct body *body, struct sqlgen_error *error)
{
	static const char *const ends[] = { "order", "limit", "offset", "fetch", NULL };
	int depth = 0;

	if (!token_is_word(&body->tokens[body->verb], "select"))
		return sqlgen_refuse(error, statement, statement->line, ":page stands over a SELECT");
	for (size_t i = body->verb; i < body->count; i++) {
		const struct lex_token *token = &body->tokens[i];

		depth += token_depth(token);
		if (depth == 0 && token_is_one_of(token, ends) && !token_is_byte(body_before(body, i), '.'))
			return sqlgen_refuse(error, statement, token->line, "no %.*s in a :page, its keys say it",
			                     STR_ARG(token->text));
	}
	return 0;
}

/* What the generated function takes besides. */
static int check_page_params(const struct sqlgen_statement *statement, const struct body *body,
                             struct sqlgen_error *error)
{
	for (size_t i = 0; i < body->count; i++) {
		const struct lex_token *token = &body->tokens[i];

		if (token->kind == LEX_PARAM &&
		    (str_eq(token->text, STR(":page")) || str_eq(token->text, STR(":page?"))))
			return sqlgen_refuse(error, statement, token->line, "page is what a :page takes by itself");
	}
	return 0;
}

int sqlgen_check_body(const struct sqlgen_statement *statement, const struct body *body, struct sqlgen_error *error)
{
	if (body->verb == body->count)
		return sqlgen_refuse(error, statement, statement->line,
		                     "no SELECT, INSERT, UPDATE, DELETE, MERGE or VALUES");
	if (statement->use == SQL_LOCK && token_is_one_of(&body->tokens[body->verb], body_changers))
		return sqlgen_refuse(error, statement, statement->line, "a lock selects; this is a write");
	if (statement->rows == SQL_EXPECT && check_expect(statement, body, error) != 0)
		return -1;
	if (statement->order_count &&
	    (check_page(statement, body, error) != 0 || check_page_params(statement, body, error) != 0))
		return -1;
	return check_tokens(statement, body, error);
}
