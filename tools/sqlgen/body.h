/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the reader share: the tokens of a statement's text, looked at by words. */
#ifndef STOA_SQLGEN_BODY_H
#define STOA_SQLGEN_BODY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/str.h"
#include "tools/sqlgen/lex.h"
#include "tools/sqlgen/reader.h"

/* The tokens of one statement's text, from its first word up to its semicolon. */
struct body {
	const struct lex_token *tokens;
	size_t count;
	size_t verb; /* the first SELECT, INSERT .. outside all parentheses; count when there is none */
};

static inline bool token_is_blank(const struct lex_token *token)
{
	return token->kind == LEX_SPACE || token->kind == LEX_LINE_COMMENT || token->kind == LEX_BLOCK_COMMENT;
}

/* 1 at an opening parenthesis, -1 at a closing one. */
static inline int token_depth(const struct lex_token *token)
{
	return (token->kind == LEX_OPEN) - (token->kind == LEX_CLOSE);
}

/* NULL is none of these. */
bool token_is_word(const struct lex_token *token, const char *word);
bool token_is_one_of(const struct lex_token *token, const char *const *words);
bool token_is_byte(const struct lex_token *token, char c);

/* The token before this one that is no blank; NULL at the start. */
const struct lex_token *body_before(const struct body *body, size_t at);

/* The next token that is no blank, from `at` on; count at the end. */
size_t body_skip_blanks(const struct body *body, size_t at);

/* The verbs that change rows, NULL-terminated. */
extern const char *const body_changers[];

/* Sets body->verb. */
void body_find_verb(struct body *body);

/* -1 always. The message begins with the statement's name. */
PRINTF_LIKE(4, 5)
int sqlgen_refuse(struct sqlgen_error *error, const struct sqlgen_statement *statement, int line, const char *format,
                  ...);

/* ---- Fragments: pieces of text that several statements of a file share ------------------------------------------ */

struct sqlgen_fragment {
	struct str name;
	int line;
	const struct lex_token *tokens; /* without blanks around */
	size_t count;
	size_t bytes;
	bool used;
};

/* Those of one file, in its order. */
struct sqlgen_fragments {
	struct sqlgen_fragment *items;
	size_t count;
	size_t cap;
	size_t unfolded; /* bytes, by all statements together */
};

/* Adds one. Its tokens may hold no fragment and something besides blanks; names are taken once. */
MUST_CHECK int sqlgen_fragment_add(struct arena *arena, struct sqlgen_fragments *fragments,
                                   const struct sqlgen_fragment *fragment, struct sqlgen_error *error);

/* The body with each :{name} replaced by its fragment's tokens, which keep their own lines. Together a file unfolds to
 * SQLGEN_FILE_MAX bytes at most. */
MUST_CHECK int sqlgen_unfold(struct arena *arena, struct sqlgen_fragments *fragments,
                             const struct sqlgen_statement *statement, struct body *body, struct sqlgen_error *error);

/* A fragment that nothing uses is refused. */
MUST_CHECK int sqlgen_fragments_end(const struct sqlgen_fragments *fragments, struct sqlgen_error *error);

/* ---- Values: what parameters and columns are called ------------------------------------------------------------ */

/* Fills name, member and part. -1 when it cannot be a value's name. */
MUST_CHECK int sqlgen_value_name(struct sqlgen_value *value, struct str name);

/* Both halves of each sum of money are there, nothing else is called like one, and both are nullable when one is.
 * `what` they are: "parameter" or "column". */
MUST_CHECK int sqlgen_pair_money(const struct sqlgen_statement *statement, const char *what,
                                 struct sqlgen_value *values, size_t count, struct sqlgen_error *error);

/* ---- Parts of the reader ---------------------------------------------------------------------------------------- */

/* What follows `-- name:` on its line. `*ret_expect` is what stands in :expect(..), else null. */
MUST_CHECK int sqlgen_parse_heading(struct arena *arena, struct str heading, struct sqlgen_statement *statement,
                                    struct str *ret_expect, struct sqlgen_error *error);

MUST_CHECK int sqlgen_check_body(const struct sqlgen_statement *statement, const struct body *body,
                                 struct sqlgen_error *error);

/* ---- Pages ------------------------------------------------------------------------------------------------------ */

/* What stands in :page(..): fills orders. */
MUST_CHECK int sqlgen_parse_orders(struct arena *arena, struct str text, struct sqlgen_statement *statement,
                                   struct sqlgen_error *error);

/* The orders' columns and texts, when the statement is described. */
MUST_CHECK int sqlgen_build_orders(struct arena *arena, struct sqlgen_statement *statement, struct sqlgen_error *error);

/* What stands in given(..): fills givens. */
MUST_CHECK int sqlgen_parse_givens(struct arena *arena, struct str text, struct sqlgen_statement *statement,
                                   struct sqlgen_error *error);
/* When the parameters are known. */
MUST_CHECK int sqlgen_check_givens(const struct sqlgen_statement *statement, struct sqlgen_error *error);
bool sqlgen_gives(const struct sqlgen_given *given, struct str name);
/* What stands in this text for the parameter at `at`, and for how many tokens; 0: its number. */
size_t sqlgen_given_param(const struct sqlgen_given *given, const struct body *body, size_t at, struct str *ret_text);

/* The text over many calls, when the statement is described and has one. */
MUST_CHECK int sqlgen_build_batch(struct arena *arena, struct sqlgen_statement *statement, struct sqlgen_error *error);

/* Fills outer and outer_tables. */
void sqlgen_find_outer(struct arena *arena, struct sqlgen_statement *statement, const struct body *body);

/* Fills text, bare, marks and params, and the texts of givens. */
MUST_CHECK int sqlgen_build_text(struct arena *arena, struct sqlgen_statement *statement, const struct body *body,
                                 struct str expect, struct sqlgen_error *error);

#endif
