/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file is cut into tokens at once; a statement is a run of them from its `-- name:` comment to its semicolon, and so
 * is a fragment. Its parts are read by heading.c, fragment.c, check.c, outer.c and text.c.
 */
#include "tools/sqlgen/reader.h"

#include <stdio.h>

#include "base/check.h"
#include "base/encode.h"
#include "tools/sqlgen/body.h"

struct reader {
	struct arena *arena;
	struct str file;
	struct lex_token *tokens; /* the last one is LEX_END */
	size_t at;
	struct sqlgen_list *list;
	struct sqlgen_fragments fragments;
	struct sqlgen_choices *choices;
	struct sqlgen_error *error;
};

static const struct sqlgen_statement *list_find(const struct sqlgen_list *list, struct str name)
{
	for (size_t i = 0; i < list->count; i++) {
		if (str_eq(list->items[i]->name, name))
			return list->items[i];
	}
	return NULL;
}

static struct sqlgen_statement *list_add(struct reader *reader)
{
	struct sqlgen_list *list = reader->list;

	if (list->count == list->cap) {
		size_t cap = list->cap ? list->cap * 2 : 32;
		struct sqlgen_statement **items = ARENA_ARRAY(reader->arena, struct sqlgen_statement *, cap);

		for (size_t i = 0; i < list->count; i++)
			items[i] = list->items[i];
		list->items = items;
		list->cap = cap;
	}
	list->items[list->count] = ARENA_NEW(reader->arena, struct sqlgen_statement);
	return list->items[list->count++];
}

static const struct str name_mark = { "-- name:", 8 };
static const struct str fragment_mark = { "-- fragment:", 12 };
static const struct str choice_mark = { "-- choice:", 10 };

static bool is_mark(const struct lex_token *token, struct str mark)
{
	return token->kind == LEX_LINE_COMMENT && token->line_start && str_starts(token->text, mark);
}

/* Where a statement, a fragment or a choice begins. */
static bool is_heading(const struct lex_token *token)
{
	return is_mark(token, name_mark) || is_mark(token, fragment_mark) || is_mark(token, choice_mark);
}

static struct lex_token *tokens_of(struct arena *arena, struct str text)
{
	struct lexer lexer;
	size_t count = 1;

	lexer_init(&lexer, text);
	while (lexer_next(&lexer).kind != LEX_END)
		count++;
	struct lex_token *tokens = ARENA_ARRAY(arena, struct lex_token, count);
	lexer_init(&lexer, text);
	for (size_t i = 0; i < count; i++)
		tokens[i] = lexer_next(&lexer);
	return tokens;
}

static struct str doc_line(struct str comment)
{
	struct str text = str_slice(comment, 2, comment.len);

	if (str_starts(text, STR(" ")))
		text = str_slice(text, 1, text.len);
	while (text.len && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\r'))
		text.len--;
	return text;
}

/* The comment lines right under the name, without a blank line between. */
static void read_doc(struct reader *reader, struct sqlgen_statement *statement)
{
	const struct lex_token *tokens = reader->tokens + reader->at;
	size_t count = 0;

	while (tokens[count * 2].kind == LEX_SPACE && tokens[count * 2 + 1].kind == LEX_LINE_COMMENT &&
	       tokens[count * 2 + 1].line == statement->line + 1 + (int)count && !is_heading(&tokens[count * 2 + 1]))
		count++;
	statement->doc = ARENA_ARRAY(reader->arena, struct str, count + 1);
	statement->doc_count = count;
	for (size_t i = 0; i < count; i++)
		statement->doc[i] = doc_line(tokens[i * 2 + 1].text);
	reader->at += count * 2;
}

/* Where the text ends: at its semicolon. */
static int find_end(struct reader *reader, const struct sqlgen_statement *statement, size_t *ret)
{
	const struct lex_token *token = &reader->tokens[reader->at];
	int depth = 0;

	for (; token->kind != LEX_SEMICOLON; token++) {
		depth += token_depth(token);
		if (token->kind == LEX_BAD)
			return sqlgen_refuse(reader->error, statement, token->line, "this quote or comment never ends");
		if (token->kind == LEX_END || is_heading(token))
			return sqlgen_refuse(reader->error, statement, token->line, "ends without a semicolon");
		if (depth < 0)
			break;
	}
	if (depth != 0)
		return sqlgen_refuse(reader->error, statement, token->line, "parentheses do not match");
	*ret = (size_t)(token - reader->tokens);
	return 0;
}

static int read_body(struct reader *reader, const struct sqlgen_statement *statement, struct body *ret)
{
	size_t end = 0;

	if (find_end(reader, statement, &end) != 0)
		return -1;
	while (token_is_blank(&reader->tokens[reader->at]))
		reader->at++;
	*ret = (struct body){ .tokens = reader->tokens + reader->at, .count = end - reader->at };
	reader->at = end + 1;
	return 0;
}

static int read_fragment(struct reader *reader)
{
	const struct lex_token *heading = &reader->tokens[reader->at++];
	struct sqlgen_fragment fragment = {
		.name = str_trim(str_slice(heading->text, fragment_mark.len, heading->text.len)),
		.line = heading->line,
	};
	struct sqlgen_statement named = { .name = fragment.name, .line = heading->line };
	struct body body;

	if (read_body(reader, &named, &body) != 0)
		return -1;
	while (body.count && token_is_blank(&body.tokens[body.count - 1]))
		body.count--;
	fragment.tokens = body.tokens;
	fragment.count = body.count;
	return sqlgen_fragment_add(reader->arena, &reader->fragments, &fragment, reader->error);
}

static int read_heading(struct reader *reader, struct sqlgen_statement *statement, struct str *ret_expect)
{
	struct str line = reader->tokens[reader->at++].text;
	struct str heading = str_slice(line, name_mark.len, line.len - str_ends(line, STR("\r")));

	if (sqlgen_parse_heading(reader->arena, heading, statement, ret_expect, reader->error) != 0)
		return -1;
	const struct sqlgen_statement *other = list_find(reader->list, statement->name);
	if (other && other != statement)
		return sqlgen_refuse(reader->error, statement, statement->line, "is already at %.*s:%d",
		                     STR_ARG(other->file), other->line);
	return 0;
}

static int refuse_file(struct sqlgen_error *error, int line, const char *message)
{
	snprintf(error->message, sizeof(error->message), "%s", message);
	error->line = line;
	return -1;
}

/* `-- choice: status order_status` */
static int read_choice(struct reader *reader)
{
	const struct lex_token *token = &reader->tokens[reader->at++];
	struct str rest = str_trim(str_slice(token->text, choice_mark.len, token->text.len));
	struct sqlgen_choice choice = { .name = str_cut(&rest, ' '), .line = token->line };
	struct sqlgen_choices *choices = reader->choices;

	choice.table = str_trim(str_is_null(rest) ? STR("") : rest);
	if (!sqlgen_name_ok(choice.name) || !sqlgen_name_ok(choice.table))
		return refuse_file(
		        reader->error, token->line,
		        "after `-- choice:` comes a column's or parameter's name, and what its choice is called");
	for (size_t i = 0; i < choices->count; i++) {
		if (str_eq(choices->items[i].name, choice.name))
			return refuse_file(reader->error, token->line, "this name has a choice already");
	}
	if (choices->count == SQLGEN_CHOICES_MAX)
		return refuse_file(reader->error, token->line, "too many choices in a file");
	choices->items[choices->count++] = choice;
	return 0;
}

static int read_statement(struct reader *reader)
{
	struct sqlgen_statement *statement = list_add(reader);
	struct str expect = STR_NULL;
	struct body body;

	statement->file = reader->file;
	statement->choices = reader->choices;
	statement->line = reader->tokens[reader->at].line;
	if (read_heading(reader, statement, &expect) != 0)
		return -1;
	read_doc(reader, statement);
	if (read_body(reader, statement, &body) != 0 ||
	    sqlgen_unfold(reader->arena, &reader->fragments, statement, &body, reader->error) != 0)
		return -1;
	body_find_verb(&body);
	if (sqlgen_check_body(statement, &body, reader->error) != 0)
		return -1;
	sqlgen_find_outer(reader->arena, statement, &body);
	return sqlgen_build_text(reader->arena, statement, &body, expect, reader->error);
}

static int read_marked(struct reader *reader)
{
	const struct lex_token *token = &reader->tokens[reader->at];

	if (is_mark(token, name_mark))
		return read_statement(reader);
	return is_mark(token, fragment_mark) ? read_fragment(reader) : read_choice(reader);
}

int sqlgen_read(struct arena *arena, struct str file, struct str text, struct sqlgen_list *list,
                struct sqlgen_error *ret)
{
	struct reader reader = { .arena = arena, .file = file, .list = list, .error = ret };

	if (text.len > SQLGEN_FILE_MAX)
		return refuse_file(ret, 1, "longer than a megabyte");
	if (str_has_char(text, '\0') || !utf8_valid(text))
		return refuse_file(ret, 1, "not UTF-8 text");
	reader.tokens = tokens_of(arena, text);
	reader.choices = ARENA_NEW(arena, struct sqlgen_choices);
	reader.choices->items = ARENA_ARRAY(arena, struct sqlgen_choice, SQLGEN_CHOICES_MAX);
	for (;;) {
		const struct lex_token *token = &reader.tokens[reader.at];

		if (token->kind == LEX_END)
			return sqlgen_fragments_end(&reader.fragments, ret);
		if (!is_heading(token) && !token_is_blank(token))
			return refuse_file(ret, token->line,
			                   "text outside of any statement: a `-- name:` line is missing");
		if (!is_heading(token))
			reader.at++;
		else if (read_marked(&reader) != 0)
			return -1;
	}
}

int sqlgen_line_at(const struct sqlgen_statement *statement, size_t offset)
{
	int line = statement->line;

	for (size_t i = 0; i < statement->mark_count && statement->marks[i].offset <= offset; i++)
		line = statement->marks[i].line;
	return line;
}
