/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PostgreSQL tells which table column a result column comes from, not whether an outer join stands between them. A text
 * whose only outer joins are `LEFT JOIN schema.table .. ON` makes the columns of just these tables nullable; any other
 * outer join (of a subquery, a CTE, a nested join, RIGHT, FULL) and any ROLLUP, CUBE or GROUPING SETS makes all of them
 * so.
 */
#include "tools/sqlgen/body.h"

/* From a table's end to ON or USING without another JOIN between them. */
static bool has_plain_condition(const struct body *body, size_t at)
{
	static const char *const conditions[] = { "on", "using", NULL };

	for (; at < body->count && token_depth(&body->tokens[at]) == 0; at++) {
		if (token_is_one_of(&body->tokens[at], conditions))
			return true;
		if (token_is_word(&body->tokens[at], "join"))
			return false;
	}
	return false;
}

/* The `schema.table` right behind the JOIN at `join`; null when something else stands there. */
static struct str joined_table(const struct body *body, size_t join)
{
	size_t at = body_skip_blanks(body, join + 1);

	if (at + 3 > body->count || body->tokens[at].kind != LEX_WORD || !token_is_byte(&body->tokens[at + 1], '.') ||
	    body->tokens[at + 2].kind != LEX_WORD || !has_plain_condition(body, at + 3))
		return STR_NULL;
	const char *start = body->tokens[at].text.ptr;
	struct str last = body->tokens[at + 2].text;
	return (struct str){ start, (size_t)(last.ptr + last.len - start) };
}

/* The JOIN that belongs to a LEFT, RIGHT or FULL at `side`; 0 when that is no join: left(text, 3). */
static size_t find_join(const struct body *body, size_t side)
{
	size_t at = body_skip_blanks(body, side + 1);

	if (at < body->count && token_is_word(&body->tokens[at], "outer"))
		at = body_skip_blanks(body, at + 1);
	return at < body->count && token_is_word(&body->tokens[at], "join") ? at : 0;
}

static void add_join(struct arena *arena, struct sqlgen_statement *statement, const struct body *body, size_t side,
                     size_t join)
{
	struct str table = token_is_word(&body->tokens[side], "left") ? joined_table(body, join) : STR_NULL;

	if (str_is_null(table) || statement->outer_count == SQLGEN_VALUES_MAX)
		statement->outer = true;
	else
		statement->outer_tables[statement->outer_count++] = str_lower(arena, table);
}

void sqlgen_find_outer(struct arena *arena, struct sqlgen_statement *statement, const struct body *body)
{
	static const char *const sides[] = { "left", "right", "full", NULL };
	static const char *const groupings[] = { "rollup", "cube", "grouping", NULL };

	statement->outer_tables = ARENA_ARRAY(arena, struct str, SQLGEN_VALUES_MAX);
	for (size_t i = 0; i < body->count; i++) {
		size_t join = token_is_one_of(&body->tokens[i], sides) ? find_join(body, i) : 0;

		if (join)
			add_join(arena, statement, body, i, join);
		statement->outer |= token_is_one_of(&body->tokens[i], groupings);
	}
}
