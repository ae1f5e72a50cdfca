/* SPDX-License-Identifier: Apache-2.0 */
/* The text as PostgreSQL sees it: comments gone, :name turned into $n, an :expect statement wrapped. */
#include "base/buf.h"
#include "base/check.h"
#include "tools/sqlgen/body.h"

struct writer {
	struct sqlgen_statement *statement;
	struct sqlgen_error *error;
	const struct sqlgen_given *given; /* NULL: the text for all calls */
	struct buf out;
	bool after_param;
};

/* The number of a parameter, from 1; 0 when there are too many, -1 when it cannot be called so. */
static int param_number(struct writer *writer, struct str name, bool nullable)
{
	struct sqlgen_statement *statement = writer->statement;
	size_t i = 0;

	while (i < statement->param_count && !str_eq(statement->params[i].name, name))
		i++;
	if (i == SQLGEN_VALUES_MAX)
		return 0;
	if (i == statement->param_count && sqlgen_value_name(&statement->params[statement->param_count++], name) != 0)
		return -1;
	statement->params[i].nullable |= nullable;
	return (int)i + 1;
}

static int write_param(struct writer *writer, const struct lex_token *token)
{
	bool nullable = str_ends(token->text, STR("?"));
	struct str name = str_slice(token->text, 1, token->text.len - nullable);

	int number = param_number(writer, name, nullable);
	if (number < 0)
		return sqlgen_refuse(writer->error, writer->statement, token->line,
		                     "\"%.*s\" cannot be a parameter's name%s", STR_ARG(name),
		                     str_has_char(name, '.') ? "; a dot is of money, .amount and .currency" : "");
	if (!number)
		return sqlgen_refuse(writer->error, writer->statement, token->line, "more than %d parameters",
		                     SQLGEN_VALUES_MAX);
	buf_printf(&writer->out, "$%d", number);
	writer->after_param = true;
	return 0;
}

/* Only layout can stand at the end of the text when this is called. */
static void trim_blanks(struct buf *out)
{
	while (out->len && strchr(" \t\n", out->ptr[out->len - 1]))
		out->len--;
}

/* Keeps the layout of a line and its indentation, drops empty lines. */
static void write_space(struct writer *writer, struct str space)
{
	const char *newline = memrchr(space.ptr, '\n', space.len);

	if (newline) {
		trim_blanks(&writer->out);
		buf_char(&writer->out, '\n');
		space = str_slice(space, (size_t)(newline + 1 - space.ptr), space.len);
	}
	buf_str(&writer->out, space);
}

static bool joins_words(char c)
{
	return c == '$' || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (unsigned char)c >= 0x80;
}

/* A number in place of a name must not grow together with its neighbours: IN:ids, :a?2. */
static void write_gap(struct writer *writer, const struct lex_token *token)
{
	const struct buf *out = &writer->out;
	bool meets_word = token->kind == LEX_PARAM || (writer->after_param && joins_words(token->text.ptr[0]));

	if (meets_word && out->len && joins_words(out->ptr[out->len - 1]))
		buf_char(&writer->out, ' ');
	writer->after_param = false;
}

static int write_token(struct writer *writer, const struct lex_token *token)
{
	struct sqlgen_statement *statement = writer->statement;

	if (token_is_blank(token)) {
		write_space(writer, token->kind == LEX_SPACE ? token->text : STR(" "));
		return 0;
	}
	write_gap(writer, token);
	if (!writer->given)
		statement->marks[statement->mark_count++] =
		        (struct sqlgen_mark){ .offset = writer->out.len, .line = token->line };
	if (token->kind == LEX_PARAM)
		return write_param(writer, token);
	buf_str(&writer->out, token->text);
	return 0;
}

/* WITH own_ctes, touched AS (the statement RETURNING 1) SELECT .. : the statement's own WITH stays at the top, where
 * alone it may change data. */
static void open_expect(struct writer *writer, bool has_with)
{
	trim_blanks(&writer->out);
	buf_str(&writer->out, has_with ? STR(",\ntouched AS (") : STR("WITH touched AS ("));
}

static int close_expect(struct writer *writer, struct str expect)
{
	struct str name = writer->statement->name;

	buf_str(&writer->out, STR("\nRETURNING 1)\nSELECT CASE WHEN count(*) = "));
	if (expect.ptr[0] == ':') {
		struct lex_token token = { .kind = LEX_PARAM, .text = expect, .line = writer->statement->line };

		if (write_param(writer, &token) != 0)
			return -1;
		buf_str(&writer->out, STR("::bigint"));
	} else {
		buf_str(&writer->out, expect);
	}
	buf_printf(&writer->out, " THEN 0 ELSE stoa.expect_failed('%.*s') END\nFROM touched", STR_ARG(name));
	return 0;
}

/* One call over many: nothing stands before the verb, and it counts on one row, or on none. */
static void keep_bare(struct writer *writer, const struct body *body, size_t start, struct str expect)
{
	struct sqlgen_statement *statement = writer->statement;
	bool counts_other = statement->rows == SQL_EXPECT && !str_eq(expect, STR("1"));

	if (statement->use == SQL_WRITE && (statement->rows == SQL_EXEC || statement->rows == SQL_EXPECT) &&
	    !counts_other && !body_before(body, body->verb))
		statement->bare = str_slice(buf_view(&writer->out), start, writer->out.len);
}

static int write_text(struct writer *writer, const struct body *body, struct str expect)
{
	bool counted = writer->statement->rows == SQL_EXPECT;
	size_t start = 0;

	for (size_t i = 0; i < body->count; i++) {
		if (counted && i == body->verb)
			open_expect(writer, body_before(body, i) != NULL);
		if (i == body->verb)
			start = writer->out.len;
		if (write_token(writer, &body->tokens[i]) != 0)
			return -1;
	}
	trim_blanks(&writer->out);
	keep_bare(writer, body, start, expect);
	return counted ? close_expect(writer, expect) : 0;
}

static int write_given(struct writer *writer, const struct body *body)
{
	for (size_t i = 0; i < body->count;) {
		struct str fixed;
		size_t tokens = sqlgen_given_param(writer->given, body, i, &fixed);

		if (tokens)
			buf_str(&writer->out, fixed);
		else if (write_token(writer, &body->tokens[i]) != 0)
			return -1;
		i += tokens ? tokens : 1;
	}
	trim_blanks(&writer->out);
	CHECK(!writer->out.overflow);
	return 0;
}

static int write_givens(struct arena *arena, struct sqlgen_statement *statement, const struct body *body,
                        struct sqlgen_error *error)
{
	for (size_t i = 0; i < statement->given_count; i++) {
		struct sqlgen_given *given = &statement->givens[i];
		struct writer writer = { .statement = statement, .error = error, .given = given };

		buf_init_arena(&writer.out, arena, 3 * SQLGEN_FILE_MAX);
		if (write_given(&writer, body) != 0)
			return -1;
		given->text = buf_view(&writer.out);
	}
	return sqlgen_check_givens(statement, error);
}

int sqlgen_build_text(struct arena *arena, struct sqlgen_statement *statement, const struct body *body,
                      struct str expect, struct sqlgen_error *error)
{
	struct writer writer = { .statement = statement, .error = error };

	/* $128 is twice as long as :a, and the wrapping has a fixed length. */
	buf_init_arena(&writer.out, arena, 3 * SQLGEN_FILE_MAX);
	statement->params = ARENA_ARRAY(arena, struct sqlgen_value, SQLGEN_VALUES_MAX);
	statement->marks = ARENA_ARRAY(arena, struct sqlgen_mark, body->count + 1);
	if (write_text(&writer, body, expect) != 0)
		return -1;
	statement->text = buf_view(&writer.out);
	CHECK(!writer.out.overflow);
	if (write_givens(arena, statement, body, error) != 0)
		return -1;
	return sqlgen_pair_money(statement, "parameter", statement->params, statement->param_count, error);
}
