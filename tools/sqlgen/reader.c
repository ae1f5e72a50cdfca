/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file is cut into tokens at once; a statement is a run of them from its `-- name:` comment to its semicolon. The
 * checks look at words only, so they can be fooled by an odd name (a column called "delete" must be quoted in a read),
 * never into letting a plain mistake through.
 */
#include "tools/sqlgen/reader.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/encode.h"
#include "tools/sqlgen/lex.h"

struct reader {
	struct arena *arena;
	struct str file;
	struct lex_token *tokens; /* the last one is LEX_END */
	size_t at;
	struct sqlgen_list *list;
	struct sqlgen_error *error;
};

/* The tokens of one statement's text, without its semicolon. */
struct body {
	const struct lex_token *tokens;
	size_t count;
	size_t verb; /* the first of `verbs` outside all parentheses; count when there is none */
};

PRINTF_LIKE(3, 4) static int refuse_at(struct reader *reader, int line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reader->error->message, sizeof(reader->error->message), format, args);
	va_end(args);
	reader->error->line = line;
	return -1;
}

/* ---- Names ---------------------------------------------------------------------------------------------- */

static const char *const reserved[] = {
	/* C's key words, and macros that every file sees */
	"auto", "bool", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum",
	"errno", "extern", "false", "float", "for", "goto", "if", "inline", "int", "linux", "long", "register",
	"restrict", "return", "short", "signed", "sizeof", "static", "stderr", "stdin", "stdout", "struct", "switch",
	"true", "typedef", "typeof", "asm", "union", "unix", "unsigned", "void", "volatile", "while",
	/* poisoned by base/banned.h */
	"asctime", "atof", "atoi", "atol", "atoll", "ctime", "gets", "gmtime", "localtime", "mktemp", "popen", "rand",
	"sprintf", "srand", "strcat", "strcpy", "strncat", "strncpy", "strtok", "system", "tmpnam", "vsprintf"
};

bool sqlgen_name_ok(struct str name)
{
	if (!name.len || name.len > SQLGEN_NAME_MAX || name.ptr[0] < 'a' || name.ptr[0] > 'z')
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
			return false;
	}
	for (size_t i = 0; i < ARRAY_COUNT(reserved); i++) {
		if (str_eq(name, str_from(reserved[i])))
			return false;
	}
	return true;
}

/* db/sql.h has functions of these names already. */
static bool is_taken(struct str name)
{
	return str_eq(name, STR("read")) || str_eq(name, STR("in_tx"));
}

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

/* ---- Tokens ----------------------------------------------------------------------------------------------- */

static bool is_blank(const struct lex_token *token)
{
	return token->kind == LEX_SPACE || token->kind == LEX_LINE_COMMENT || token->kind == LEX_BLOCK_COMMENT;
}

static bool is_word(const struct lex_token *token, const char *word)
{
	return token && token->kind == LEX_WORD && str_eq_nocase(token->text, str_from(word));
}

static bool is_one_of(const struct lex_token *token, const char *const *words)
{
	for (; *words; words++) {
		if (is_word(token, *words))
			return true;
	}
	return false;
}

static bool is_byte(const struct lex_token *token, char c)
{
	return token && token->text.len == 1 && token->text.ptr[0] == c;
}

/* The neighbours that matter; NULL at the ends. */
static const struct lex_token *before(const struct body *body, size_t at)
{
	while (at-- > 0) {
		if (!is_blank(&body->tokens[at]))
			return &body->tokens[at];
	}
	return NULL;
}

static const struct lex_token *after(const struct body *body, size_t at)
{
	while (++at < body->count) {
		if (!is_blank(&body->tokens[at]))
			return &body->tokens[at];
	}
	return NULL;
}

static bool is_name_line(const struct lex_token *token)
{
	return token->kind == LEX_LINE_COMMENT && token->line_start && str_starts(token->text, STR("-- name:"));
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

/* ---- The line with the name -------------------------------------------------------------------------------- */

/* Cuts the next word off; empty at the end. */
static struct str next_word(struct str *rest)
{
	struct str word = { "", 0 };

	while (!word.len && !str_is_null(*rest))
		word = str_trim(str_cut(rest, ' '));
	return word;
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
} cardinalities[] = { { ":one", SQL_ONE }, { ":many", SQL_MANY }, { ":exec", SQL_EXEC } };

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

static bool is_read_use(enum sql_use use)
{
	return use == SQL_READ || use == SQL_SLOW;
}

static int check_name(struct reader *reader, const struct sqlgen_statement *statement)
{
	const struct sqlgen_statement *other = list_find(reader->list, statement->name);

	if (!sqlgen_name_ok(statement->name) || is_taken(statement->name))
		return refuse_at(reader, statement->line, "\"%.*s\" cannot be a statement's name",
		                 STR_ARG(statement->name));
	if (other != statement)
		return refuse_at(reader, statement->line, "%.*s is already at %.*s:%d", STR_ARG(statement->name),
		                 STR_ARG(other->file), other->line);
	return 0;
}

static int parse_row(struct reader *reader, struct sqlgen_statement *statement, struct str word)
{
	statement->row = statement->name;
	if (!word.len)
		return 0;
	statement->row = between(word, STR("row("));
	if (str_is_null(statement->row) || !sqlgen_name_ok(statement->row))
		return refuse_at(reader, statement->line, "\"%.*s\" is not row(name)", STR_ARG(word));
	return 0;
}

static int parse_name_line(struct reader *reader, struct sqlgen_statement *statement, struct str *ret_expect)
{
	struct str line = reader->tokens[reader->at++].text;
	struct str rest = str_trim(str_slice(line, STR("-- name:").len, line.len));

	if (str_ends(rest, STR("\r")))
		rest = str_slice(rest, 0, rest.len - 1);
	statement->name = next_word(&rest);
	if (check_name(reader, statement) != 0)
		return -1;
	if (parse_cardinality(statement, next_word(&rest), ret_expect) != 0)
		return refuse_at(reader, statement->line, "%.*s: after the name comes :one, :many, :exec or :expect(n)",
		                 STR_ARG(statement->name));
	if (parse_use(statement, next_word(&rest)) != 0)
		return refuse_at(reader, statement->line, "%.*s: after the cardinality comes read, slow, write or lock",
		                 STR_ARG(statement->name));
	if (parse_row(reader, statement, next_word(&rest)) != 0)
		return -1;
	if (next_word(&rest).len)
		return refuse_at(reader, statement->line, "%.*s: too much on the line of the name",
		                 STR_ARG(statement->name));
	if (is_read_use(statement->use) && (statement->rows == SQL_EXEC || statement->rows == SQL_EXPECT))
		return refuse_at(reader, statement->line, "%.*s: a read gives :one or :many", STR_ARG(statement->name));
	return 0;
}

/* ---- The comment ------------------------------------------------------------------------------------------- */

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
	       tokens[count * 2 + 1].line == statement->line + 1 + (int)count && !is_name_line(&tokens[count * 2 + 1]))
		count++;
	statement->doc = ARENA_ARRAY(reader->arena, struct str, count + 1);
	statement->doc_count = count;
	for (size_t i = 0; i < count; i++)
		statement->doc[i] = doc_line(tokens[i * 2 + 1].text);
	reader->at += count * 2;
}

/* ---- Checks on the text ------------------------------------------------------------------------------------ */

static const char *const verbs[] = { "select", "insert", "update", "delete", "merge", "values", NULL };
static const char *const changers[] = { "insert", "update", "delete", "merge", NULL };

static bool is_star_of_columns(const struct body *body, size_t at)
{
	static const char *const list_openers[] = { "select", "distinct", "all", "returning", NULL };
	const struct lex_token *left = before(body, at);

	return is_byte(&body->tokens[at], '*') &&
	       (is_byte(left, '.') || is_byte(left, ',') || is_one_of(left, list_openers));
}

static bool makes_outer(const struct body *body, size_t at)
{
	static const char *const sides[] = { "left", "right", "full", NULL };
	static const char *const join[] = { "join", "outer", NULL };
	static const char *const groupings[] = { "rollup", "cube", "grouping", NULL };

	return is_one_of(&body->tokens[at], groupings) ||
	       (is_one_of(&body->tokens[at], sides) && is_one_of(after(body, at), join));
}

/* FOR UPDATE, FOR NO KEY UPDATE, FOR SHARE, FOR KEY SHARE; and every verb that changes something. */
static bool is_no_read(const struct body *body, size_t at)
{
	const struct lex_token *token = &body->tokens[at];
	const struct lex_token *left = before(body, at);

	if (is_word(token, "share"))
		return is_word(left, "for") || is_word(left, "key");
	return is_one_of(token, changers) && !is_byte(left, '.');
}

static int check_tokens(struct reader *reader, struct sqlgen_statement *statement, const struct body *body)
{
	for (size_t i = 0; i < body->count; i++) {
		const struct lex_token *token = &body->tokens[i];

		if (token->kind == LEX_POSITIONAL)
			return refuse_at(reader, token->line, "%.*s: parameters are :name, not %.*s",
			                 STR_ARG(statement->name), STR_ARG(token->text));
		if (is_star_of_columns(body, i))
			return refuse_at(reader, token->line, "%.*s: name the columns instead of *",
			                 STR_ARG(statement->name));
		if (is_read_use(statement->use) && is_no_read(body, i))
			return refuse_at(reader, token->line, "%.*s: %.*s in a read; it is a write or a lock",
			                 STR_ARG(statement->name), STR_ARG(token->text));
		statement->outer |= makes_outer(body, i);
	}
	return 0;
}

/* An :expect statement gets a RETURNING of its own; MERGE has none in PostgreSQL 15. */
static int check_expect(struct reader *reader, const struct sqlgen_statement *statement, const struct body *body)
{
	static const char *const counted[] = { "insert", "update", "delete", NULL };
	int depth = 0;

	if (body->verb == body->count || !is_one_of(&body->tokens[body->verb], counted))
		return refuse_at(reader, statement->line, "%.*s: :expect counts the rows of INSERT, UPDATE or DELETE",
		                 STR_ARG(statement->name));
	for (size_t i = body->verb; i < body->count; i++) {
		depth += (body->tokens[i].kind == LEX_OPEN) - (body->tokens[i].kind == LEX_CLOSE);
		if (depth == 0 && is_word(&body->tokens[i], "returning"))
			return refuse_at(reader, body->tokens[i].line, "%.*s: no RETURNING with :expect",
			                 STR_ARG(statement->name));
	}
	return 0;
}

static int check_body(struct reader *reader, struct sqlgen_statement *statement, const struct body *body)
{
	if (body->verb == body->count)
		return refuse_at(reader, statement->line, "%.*s: no SELECT, INSERT, UPDATE, DELETE, MERGE or VALUES",
		                 STR_ARG(statement->name));
	if (statement->use == SQL_LOCK && is_one_of(&body->tokens[body->verb], changers))
		return refuse_at(reader, statement->line, "%.*s: a lock selects; this is a write",
		                 STR_ARG(statement->name));
	if (statement->rows == SQL_EXPECT && check_expect(reader, statement, body) != 0)
		return -1;
	return check_tokens(reader, statement, body);
}

/* ---- The text PostgreSQL sees ------------------------------------------------------------------------------ */

struct writer {
	struct reader *reader;
	struct sqlgen_statement *statement;
	struct buf out;
};

/* The number of a parameter, from 1; 0 when there are too many. */
static size_t param_number(struct writer *writer, struct str name, bool nullable)
{
	struct sqlgen_statement *statement = writer->statement;
	size_t i = 0;

	while (i < statement->param_count && !str_eq(statement->params[i].name, name))
		i++;
	if (i == SQLGEN_VALUES_MAX)
		return 0;
	if (i == statement->param_count)
		statement->params[statement->param_count++].name = name;
	statement->params[i].nullable |= nullable;
	return i + 1;
}

static int write_param(struct writer *writer, const struct lex_token *token)
{
	bool nullable = str_ends(token->text, STR("?"));
	struct str name = str_slice(token->text, 1, token->text.len - nullable);

	if (!sqlgen_name_ok(name))
		return refuse_at(writer->reader, token->line, "%.*s: \"%.*s\" cannot be a parameter's name",
		                 STR_ARG(writer->statement->name), STR_ARG(name));
	size_t number = param_number(writer, name, nullable);
	if (!number)
		return refuse_at(writer->reader, token->line, "%.*s: more than %d parameters",
		                 STR_ARG(writer->statement->name), SQLGEN_VALUES_MAX);
	buf_printf(&writer->out, "$%zu", number);
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

static int write_token(struct writer *writer, const struct lex_token *token)
{
	struct sqlgen_statement *statement = writer->statement;

	if (token->kind == LEX_SPACE || is_blank(token)) {
		write_space(writer, token->kind == LEX_SPACE ? token->text : STR(" "));
		return 0;
	}
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

static int write_text(struct writer *writer, const struct body *body, struct str expect)
{
	bool counted = writer->statement->rows == SQL_EXPECT;

	for (size_t i = 0; i < body->count; i++) {
		if (counted && i == body->verb)
			open_expect(writer, before(body, i) != NULL);
		if (write_token(writer, &body->tokens[i]) != 0)
			return -1;
	}
	trim_blanks(&writer->out);
	return counted ? close_expect(writer, expect) : 0;
}

static int build_text(struct reader *reader, struct sqlgen_statement *statement, const struct body *body,
                      struct str expect)
{
	struct writer writer = { .reader = reader, .statement = statement };

	buf_init_arena(&writer.out, reader->arena, 2 * SQLGEN_FILE_MAX);
	statement->params = ARENA_ARRAY(reader->arena, struct sqlgen_value, SQLGEN_VALUES_MAX);
	statement->marks = ARENA_ARRAY(reader->arena, struct sqlgen_mark, body->count + 1);
	if (write_text(&writer, body, expect) != 0)
		return -1;
	statement->text = buf_view(&writer.out);
	CHECK(!writer.out.overflow);
	return 0;
}

/* ---- A statement ------------------------------------------------------------------------------------------- */

/* Where the text ends: at its semicolon. */
static int find_end(struct reader *reader, const struct sqlgen_statement *statement, size_t *ret)
{
	int depth = 0;

	for (size_t i = reader->at;; i++) {
		const struct lex_token *token = &reader->tokens[i];

		depth += (token->kind == LEX_OPEN) - (token->kind == LEX_CLOSE);
		if (token->kind == LEX_BAD)
			return refuse_at(reader, token->line, "%.*s: this quote or comment never ends",
			                 STR_ARG(statement->name));
		if (token->kind == LEX_END || is_name_line(token))
			return refuse_at(reader, token->line, "%.*s: ends without a semicolon",
			                 STR_ARG(statement->name));
		if (depth < 0 || (depth && token->kind == LEX_SEMICOLON))
			return refuse_at(reader, token->line, "%.*s: parentheses do not match",
			                 STR_ARG(statement->name));
		if (token->kind == LEX_SEMICOLON) {
			*ret = i;
			return 0;
		}
	}
}

static int read_body(struct reader *reader, const struct sqlgen_statement *statement, struct body *body)
{
	size_t end = 0;
	int depth = 0;

	if (find_end(reader, statement, &end) != 0)
		return -1;
	while (is_blank(&reader->tokens[reader->at]))
		reader->at++;
	*body = (struct body){ .tokens = reader->tokens + reader->at, .count = end - reader->at };
	reader->at = end + 1;
	for (; body->verb < body->count; body->verb++) {
		const struct lex_token *token = &body->tokens[body->verb];

		depth += (token->kind == LEX_OPEN) - (token->kind == LEX_CLOSE);
		if (depth == 0 && is_one_of(token, verbs))
			break;
	}
	return 0;
}

static int read_statement(struct reader *reader)
{
	struct sqlgen_statement *statement = list_add(reader);
	struct str expect = STR_NULL;
	struct body body;

	statement->file = reader->file;
	statement->line = reader->tokens[reader->at].line;
	if (parse_name_line(reader, statement, &expect) != 0)
		return -1;
	read_doc(reader, statement);
	if (read_body(reader, statement, &body) != 0 || check_body(reader, statement, &body) != 0)
		return -1;
	return build_text(reader, statement, &body, expect);
}

int sqlgen_read(struct arena *arena, struct str file, struct str text, struct sqlgen_list *list,
                struct sqlgen_error *ret)
{
	struct reader reader = { .arena = arena, .file = file, .list = list, .error = ret };

	if (text.len > SQLGEN_FILE_MAX)
		return refuse_at(&reader, 1, "longer than %d bytes", SQLGEN_FILE_MAX);
	if (str_has_char(text, '\0') || !utf8_valid(text))
		return refuse_at(&reader, 1, "not UTF-8 text");
	reader.tokens = tokens_of(arena, text);
	for (;;) {
		const struct lex_token *token = &reader.tokens[reader.at];

		if (token->kind == LEX_END)
			return 0;
		if (!is_name_line(token) && !is_blank(token))
			return refuse_at(&reader, token->line,
			                 "text outside of any statement: a `-- name:` line is missing");
		if (!is_name_line(token))
			reader.at++;
		else if (read_statement(&reader) != 0)
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
