/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/sqlgen/body.h"

#include <stdarg.h>
#include <stdio.h>

bool token_is_word(const struct lex_token *token, const char *word)
{
	return token && token->kind == LEX_WORD && str_eq_nocase(token->text, str_from(word));
}

bool token_is_one_of(const struct lex_token *token, const char *const *words)
{
	for (; *words; words++) {
		if (token_is_word(token, *words))
			return true;
	}
	return false;
}

bool token_is_byte(const struct lex_token *token, char c)
{
	return token && token->text.len == 1 && token->text.ptr[0] == c;
}

const struct lex_token *body_before(const struct body *body, size_t at)
{
	while (at-- > 0) {
		if (!token_is_blank(&body->tokens[at]))
			return &body->tokens[at];
	}
	return NULL;
}

size_t body_skip_blanks(const struct body *body, size_t at)
{
	while (at < body->count && token_is_blank(&body->tokens[at]))
		at++;
	return at;
}

const char *const body_changers[] = { "insert", "update", "delete", "merge", NULL };

void body_find_verb(struct body *body)
{
	static const char *const reads[] = { "select", "values", NULL };
	int depth = 0;

	for (body->verb = 0; body->verb < body->count; body->verb++) {
		const struct lex_token *token = &body->tokens[body->verb];

		depth += token_depth(token);
		if (depth == 0 && (token_is_one_of(token, reads) || token_is_one_of(token, body_changers)))
			return;
	}
}

int sqlgen_refuse(struct sqlgen_error *error, const struct sqlgen_statement *statement, int line, const char *format,
                  ...)
{
	char text[sizeof(error->message) - SQLGEN_NAME_MAX - 3];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	snprintf(error->message, sizeof(error->message), "%.*s: %s", STR_ARG(statement->name), text);
	error->line = line;
	return -1;
}
