/* SPDX-License-Identifier: Apache-2.0 */
#include "lex.h"

#include <string.h>

/* NUL past the end, which no rule asks for. */
static char peek(const struct lexer *lexer, size_t at)
{
	return at < lexer->text.len ? lexer->text.ptr[at] : '\0';
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool starts_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool in_word(char c)
{
	return starts_word(c) || is_digit(c) || c == '$';
}

/* Each of these returns where its token ends, or 0 when it does not end: no token ends where the text begins. */

static size_t end_of_space(const struct lexer *lexer)
{
	size_t at = lexer->at;

	while (at < lexer->text.len && is_space(lexer->text.ptr[at]))
		at++;
	return at;
}

static size_t end_of_word(const struct lexer *lexer, size_t at)
{
	while (at < lexer->text.len && in_word(lexer->text.ptr[at]))
		at++;
	return at;
}

static size_t end_of_line_comment(const struct lexer *lexer)
{
	size_t at = lexer->at;

	while (at < lexer->text.len && lexer->text.ptr[at] != '\n')
		at++;
	return at;
}

static size_t end_of_block_comment(const struct lexer *lexer)
{
	size_t at = lexer->at;
	int depth = 0;

	while (at < lexer->text.len) {
		if (peek(lexer, at) == '/' && peek(lexer, at + 1) == '*') {
			depth++;
			at += 2;
		} else if (peek(lexer, at) == '*' && peek(lexer, at + 1) == '/') {
			at += 2;
			if (--depth == 0)
				return at;
		} else {
			at++;
		}
	}
	return 0;
}

/* From the opening quote at `at`. */
static size_t end_of_quotes(const struct lexer *lexer, size_t at, bool backslashes)
{
	char quote = lexer->text.ptr[at++];

	while (at < lexer->text.len) {
		char c = lexer->text.ptr[at++];
		bool doubled = c == quote && peek(lexer, at) == quote;

		if (doubled || (backslashes && c == '\\'))
			at++;
		else if (c == quote)
			return at;
	}
	return 0;
}

/* The length of a `$tag$` that begins here, or 0. */
static size_t dollar_tag(const struct lexer *lexer)
{
	size_t at = lexer->at + 1;

	if (starts_word(peek(lexer, at))) {
		while (in_word(peek(lexer, at)) && peek(lexer, at) != '$')
			at++;
	}
	return peek(lexer, at) == '$' ? at + 1 - lexer->at : 0;
}

static size_t end_of_dollar_quotes(const struct lexer *lexer, size_t tag)
{
	const char *open = lexer->text.ptr + lexer->at;
	const char *body = open + tag;
	const char *close = memmem(body, lexer->text.len - lexer->at - tag, open, tag);

	return close ? (size_t)(close - lexer->text.ptr) + tag : 0;
}

static size_t end_of_number(const struct lexer *lexer)
{
	size_t at = lexer->at;

	while (is_digit(peek(lexer, at)) || peek(lexer, at) == '.' || starts_word(peek(lexer, at)))
		at++;
	return at;
}

static size_t end_of_param(const struct lexer *lexer)
{
	size_t at = end_of_word(lexer, lexer->at + 1);

	if (peek(lexer, at) == '.' && starts_word(peek(lexer, at + 1)))
		at = end_of_word(lexer, at + 1);
	return peek(lexer, at) == '?' ? at + 1 : at;
}

struct span {
	enum lex_kind kind;
	size_t end; /* 0: never */
};

static struct span scan_dollar(const struct lexer *lexer)
{
	size_t tag = dollar_tag(lexer);
	size_t at = lexer->at + 1;

	if (tag)
		return (struct span){ LEX_STRING, end_of_dollar_quotes(lexer, tag) };
	if (!is_digit(peek(lexer, at)))
		return (struct span){ LEX_OTHER, at };
	while (is_digit(peek(lexer, at)))
		at++;
	return (struct span){ LEX_POSITIONAL, at };
}

static struct span scan_colon(const struct lexer *lexer)
{
	char next = peek(lexer, lexer->at + 1);

	if (next == ':')
		return (struct span){ LEX_CAST, lexer->at + 2 };
	if (starts_word(next))
		return (struct span){ LEX_PARAM, end_of_param(lexer) };
	if (next == '{') {
		size_t end = end_of_word(lexer, lexer->at + 2);

		if (peek(lexer, end) == '}')
			return (struct span){ LEX_FRAGMENT, end + 1 };
	}
	return (struct span){ LEX_OTHER, lexer->at + 1 };
}

static enum lex_kind kind_of_byte(char c)
{
	switch (c) {
	case ';':
		return LEX_SEMICOLON;
	case '(':
	case '[':
		return LEX_OPEN;
	case ')':
	case ']':
		return LEX_CLOSE;
	default:
		return LEX_OTHER;
	}
}

static struct span scan(const struct lexer *lexer)
{
	char c = peek(lexer, lexer->at);
	char next = peek(lexer, lexer->at + 1);

	if (is_space(c))
		return (struct span){ LEX_SPACE, end_of_space(lexer) };
	if (c == '-' && next == '-')
		return (struct span){ LEX_LINE_COMMENT, end_of_line_comment(lexer) };
	if (c == '/' && next == '*')
		return (struct span){ LEX_BLOCK_COMMENT, end_of_block_comment(lexer) };
	if ((c == 'e' || c == 'E') && next == '\'')
		return (struct span){ LEX_STRING, end_of_quotes(lexer, lexer->at + 1, true) };
	if (starts_word(c))
		return (struct span){ LEX_WORD, end_of_word(lexer, lexer->at) };
	if (c == '\'')
		return (struct span){ LEX_STRING, end_of_quotes(lexer, lexer->at, false) };
	if (c == '"')
		return (struct span){ LEX_QUOTED, end_of_quotes(lexer, lexer->at, false) };
	if (is_digit(c))
		return (struct span){ LEX_NUMBER, end_of_number(lexer) };
	if (c == '$')
		return scan_dollar(lexer);
	if (c == ':')
		return scan_colon(lexer);
	return (struct span){ kind_of_byte(c), lexer->at + 1 };
}

void lexer_init(struct lexer *lexer, struct str text)
{
	*lexer = (struct lexer){ .text = text, .line = 1 };
}

struct lex_token lexer_next(struct lexer *lexer)
{
	struct lex_token token = { .line = lexer->line };

	if (lexer->at >= lexer->text.len)
		return token;
	struct span span = scan(lexer);
	token.kind = span.end ? span.kind : LEX_BAD;
	token.line_start = lexer->at == 0 || lexer->text.ptr[lexer->at - 1] == '\n';
	token.text = str_slice(lexer->text, lexer->at, span.end ? span.end : lexer->text.len);
	for (size_t i = 0; i < token.text.len; i++)
		lexer->line += token.text.ptr[i] == '\n';
	lexer->at += token.text.len;
	return token;
}
