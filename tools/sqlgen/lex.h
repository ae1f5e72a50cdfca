/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cuts PostgreSQL's SQL into the few kinds of token that matter to a reader of named statements, by the rules of the
 * manual's section 4.1 with standard_conforming_strings on: what is inside quotes, dollar quotes and comments is
 * nobody's parameter. Every byte belongs to one token, so joining all of them gives the text back.
 */
#ifndef STOA_SQLGEN_LEX_H
#define STOA_SQLGEN_LEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum lex_kind {
	LEX_END,
	LEX_SPACE,
	LEX_LINE_COMMENT,  /* without its newline */
	LEX_BLOCK_COMMENT, /* they nest */
	LEX_WORD,          /* key word or plain identifier */
	LEX_QUOTED,        /* "identifier" */
	LEX_STRING,        /* 'x', E'x', $tag$x$tag$ */
	LEX_NUMBER,
	LEX_PARAM,      /* :name, :name?, :name.part or :name.part? */
	LEX_FRAGMENT,   /* :{name} */
	LEX_POSITIONAL, /* $1 */
	LEX_CAST,       /* :: */
	LEX_SEMICOLON,
	LEX_OPEN,  /* ( or [ */
	LEX_CLOSE, /* ) or ] */
	LEX_OTHER, /* one byte of anything else */
	LEX_BAD,   /* a quote or comment that never ends; reaches to the end of the text */
};

struct lex_token {
	enum lex_kind kind;
	struct str text;
	int line;        /* of its first byte, from 1 */
	bool line_start; /* nothing but the newline stands before it */
};

struct lexer {
	struct str text;
	size_t at;
	int line;
};

void lexer_init(struct lexer *lexer, struct str text);

/* The next token; LEX_END for ever at the end. */
struct lex_token lexer_next(struct lexer *lexer);

#endif
