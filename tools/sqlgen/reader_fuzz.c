/* SPDX-License-Identifier: Apache-2.0 */
/* Any file is read or refused; what is read holds no comment, and a place in it leads back into the file. */
#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/test_fuzz.h"
#include "tools/sqlgen/lex.h"
#include "tools/sqlgen/reader.h"

static int count_lines(struct str text)
{
	int lines = 1;

	for (size_t i = 0; i < text.len; i++)
		lines += text.ptr[i] == '\n';
	return lines;
}

/* `fragments`: the text may come from above its statement. */
static void check_statement(const struct sqlgen_statement *statement, bool fragments, int lines)
{
	struct lexer lexer;
	struct lex_token token;

	lexer_init(&lexer, statement->text);
	while (token = lexer_next(&lexer), token.kind != LEX_END) {
		CHECK(token.kind != LEX_BAD && token.kind != LEX_PARAM && token.kind != LEX_SEMICOLON);
		CHECK(token.kind != LEX_FRAGMENT);
		CHECK(token.kind != LEX_LINE_COMMENT && token.kind != LEX_BLOCK_COMMENT);
	}
	for (size_t i = 0; i <= statement->text.len; i++) {
		int line = sqlgen_line_at(statement, i);

		CHECK(line >= (fragments ? 1 : statement->line) && line <= lines);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(1 << 16, 1 << 28, NULL, NULL);
	struct str text = { (const char *)data, size };
	struct sqlgen_list list = { 0 };
	struct sqlgen_error error;
	bool fragments = size && memmem(data, size, "-- fragment:", 12);

	if (sqlgen_read(arena, STR("fuzz.sql"), text, &list, &error) == 0) {
		for (size_t i = 0; i < list.count; i++)
			check_statement(list.items[i], fragments, count_lines(text));
	}
	arena_free(arena);
	return 0;
}
