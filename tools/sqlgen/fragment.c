/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `-- fragment: name` up to a semicolon is a piece of text; `:{name}` below it, in a statement of the same file, stands
 * for it. The pieces are put together token by token, so everything behind the reader sees whole statements only.
 */
#include <stdio.h>

#include "base/check.h"
#include "tools/sqlgen/body.h"

static const struct lex_token blank = { .kind = LEX_SPACE, .text = { " ", 1 } };

static struct sqlgen_fragment *find(const struct sqlgen_fragments *fragments, struct str name)
{
	for (size_t i = 0; i < fragments->count; i++) {
		if (str_eq(fragments->items[i].name, name))
			return &fragments->items[i];
	}
	return NULL;
}

static int refuse(struct sqlgen_error *error, const struct sqlgen_fragment *fragment, int line, const char *why)
{
	int len = fragment->name.len > SQLGEN_NAME_MAX ? SQLGEN_NAME_MAX : (int)fragment->name.len;

	snprintf(error->message, sizeof(error->message), "fragment %.*s: %s", len, fragment->name.ptr, why);
	error->line = line;
	return -1;
}

static int check(const struct sqlgen_fragments *fragments, const struct sqlgen_fragment *fragment,
                 struct sqlgen_error *error)
{
	if (!sqlgen_name_ok(fragment->name))
		return refuse(error, fragment, fragment->line, "cannot be a fragment's name");
	if (find(fragments, fragment->name))
		return refuse(error, fragment, fragment->line, "is there already");
	if (!fragment->count)
		return refuse(error, fragment, fragment->line, "has no text");
	for (size_t i = 0; i < fragment->count; i++) {
		if (fragment->tokens[i].kind == LEX_FRAGMENT)
			return refuse(error, fragment, fragment->tokens[i].line,
			              "holds another; name both in the statement");
	}
	return 0;
}

static void grow(struct arena *arena, struct sqlgen_fragments *fragments)
{
	size_t cap = fragments->cap ? fragments->cap * 2 : 8;
	struct sqlgen_fragment *items = ARENA_ARRAY(arena, struct sqlgen_fragment, cap);

	for (size_t i = 0; i < fragments->count; i++)
		items[i] = fragments->items[i];
	fragments->items = items;
	fragments->cap = cap;
}

int sqlgen_fragment_add(struct arena *arena, struct sqlgen_fragments *fragments, const struct sqlgen_fragment *fragment,
                        struct sqlgen_error *error)
{
	struct sqlgen_fragment *added;

	if (check(fragments, fragment, error) != 0)
		return -1;
	if (fragments->count == fragments->cap)
		grow(arena, fragments);
	added = &fragments->items[fragments->count++];
	*added = *fragment;
	for (size_t i = 0; i < added->count; i++)
		added->bytes += added->tokens[i].text.len;
	return 0;
}

/* How many tokens the body has when it is unfolded, with a blank on either side of each fragment. */
static int measure(struct sqlgen_fragments *fragments, const struct sqlgen_statement *statement,
                   const struct body *body, size_t *ret, struct sqlgen_error *error)
{
	size_t count = body->count;

	for (size_t i = 0; i < body->count; i++) {
		const struct lex_token *token = &body->tokens[i];
		struct sqlgen_fragment *fragment;

		if (token->kind != LEX_FRAGMENT)
			continue;
		fragment = find(fragments, str_slice(token->text, 2, token->text.len - 1));
		if (!fragment)
			return sqlgen_refuse(error, statement, token->line, "no fragment above is called %.*s",
			                     token->text.len > SQLGEN_NAME_MAX ? SQLGEN_NAME_MAX : (int)token->text.len,
			                     token->text.ptr);
		fragment->used = true;
		fragments->unfolded += fragment->bytes;
		count += fragment->count + 1;
		if (fragments->unfolded > SQLGEN_FILE_MAX)
			return sqlgen_refuse(error, statement, token->line, "the file unfolds to more than a megabyte");
	}
	*ret = count;
	return 0;
}

int sqlgen_unfold(struct arena *arena, struct sqlgen_fragments *fragments, const struct sqlgen_statement *statement,
                  struct body *body, struct sqlgen_error *error)
{
	size_t max, count = 0;

	if (measure(fragments, statement, body, &max, error) != 0)
		return -1;
	if (max == body->count)
		return 0;
	struct lex_token *tokens = ARENA_ARRAY(arena, struct lex_token, max);
	for (size_t i = 0; i < body->count; i++) {
		const struct lex_token *token = &body->tokens[i];
		const struct sqlgen_fragment *fragment;

		if (token->kind != LEX_FRAGMENT) {
			tokens[count++] = *token;
			continue;
		}
		fragment = find(fragments, str_slice(token->text, 2, token->text.len - 1));
		if (count && !token_is_blank(&tokens[count - 1]))
			tokens[count++] = blank;
		for (size_t j = 0; j < fragment->count; j++)
			tokens[count++] = fragment->tokens[j];
		if (i + 1 < body->count && !token_is_blank(&body->tokens[i + 1]))
			tokens[count++] = blank;
	}
	CHECK(count <= max);
	body->tokens = tokens;
	body->count = count;
	return 0;
}

int sqlgen_fragments_end(const struct sqlgen_fragments *fragments, struct sqlgen_error *error)
{
	for (size_t i = 0; i < fragments->count; i++) {
		if (!fragments->items[i].used)
			return refuse(error, &fragments->items[i], fragments->items[i].line,
			              "no statement below uses it");
	}
	return 0;
}
