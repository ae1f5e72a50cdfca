/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `given(none | category_id)` behind a :page: for calls that give exactly these of the parameters that may be NULL, the list's
 * first order has statements of its own, whose plans are kept. What is given passes its test for NULL, what is not given
 * is NULL: PostgreSQL drops `true OR ..` and `false OR` when it plans, and goes down an index that fits what is left.
 */
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "tools/sqlgen/body.h"

static int refuse(struct sqlgen_error *error, const struct sqlgen_statement *statement, const char *why)
{
	return sqlgen_refuse(error, statement, statement->line, "%s; write given(none | brand_id | brand_id, featured)",
	                     why);
}

bool sqlgen_gives(const struct sqlgen_given *given, struct str name)
{
	for (size_t i = 0; i < given->count; i++) {
		if (str_eq(given->names[i], name))
			return true;
	}
	return false;
}

static int add_name(struct sqlgen_statement *statement, struct sqlgen_given *given, struct str name,
                    struct sqlgen_error *error)
{
	if (!sqlgen_name_ok(name) || sqlgen_gives(given, name))
		return refuse(error, statement, "what is given is a parameter, once");
	if (given->count == SQLGEN_GIVENS_MAX)
		return refuse(error, statement, "too much is given");
	given->names[given->count++] = name;
	return 0;
}

static int parse_given(struct arena *arena, struct sqlgen_statement *statement, struct str text,
                       struct sqlgen_error *error)
{
	struct sqlgen_given *given = &statement->givens[statement->given_count];
	struct buf stem;

	buf_init_arena(&stem, arena, text.len + 2 * SQLGEN_NAME_MAX);
	buf_printf(&stem, "%.*s_given", STR_ARG(statement->name));
	for (struct str rest = text; !str_is_null(rest);) {
		struct str name = str_trim(str_cut(&rest, ','));

		buf_printf(&stem, "_%.*s", STR_ARG(name));
		if (!str_eq(str_trim(text), STR("none")) && add_name(statement, given, name, error) != 0)
			return -1;
	}
	given->order = statement->orders[0];
	given->order.stem = buf_view(&stem);
	if (stem.len + strlen("_after") > SQLGEN_NAME_MAX)
		return refuse(error, statement, "the statement's name and what is given are too long together");
	for (size_t i = 0; i < statement->given_count; i++) {
		if (str_eq(statement->givens[i].order.stem, given->order.stem))
			return refuse(error, statement, "the same is given twice");
	}
	statement->given_count++;
	return 0;
}

int sqlgen_parse_givens(struct arena *arena, struct str text, struct sqlgen_statement *statement,
                        struct sqlgen_error *error)
{
	if (!statement->order_count)
		return refuse(error, statement, "given(..) is of a :page");
	statement->givens = ARENA_ARRAY(arena, struct sqlgen_given, SQLGEN_GIVENS_MAX);
	for (struct str rest = text; !str_is_null(rest);) {
		struct str one = str_cut(&rest, '|');

		if (statement->given_count == SQLGEN_GIVENS_MAX)
			return refuse(error, statement, "too many combinations are given");
		if (parse_given(arena, statement, one, error) != 0)
			return -1;
	}
	return 0;
}

int sqlgen_check_givens(const struct sqlgen_statement *statement, struct sqlgen_error *error)
{
	for (size_t i = 0; i < statement->given_count; i++) {
		const struct sqlgen_given *given = &statement->givens[i];
		size_t found = 0;

		for (size_t k = 0; k < statement->param_count && k < SQL_GIVEN_PARAMS; k++)
			found += statement->params[k].nullable && sqlgen_gives(given, statement->params[k].name);
		if (found < given->count)
			return refuse(error, statement, "what is given is a parameter that may be NULL");
	}
	return 0;
}

/* How many tokens from the parameter at `at` on are `:name?::type IS NULL`; 0: something else. */
static size_t null_test(const struct body *body, size_t at)
{
	bool is = false;

	for (size_t i = at + 1; i < body->count; i++) {
		const struct lex_token *token = &body->tokens[i];

		if (token_is_word(token, "null"))
			return is ? i + 1 - at : 0;
		if (is && !token_is_blank(token))
			return 0;
		is |= token_is_word(token, "is");
		if (!is && token->kind != LEX_CAST && token->kind != LEX_WORD && !token_is_blank(token))
			return 0;
	}
	return 0;
}

size_t sqlgen_given_param(const struct sqlgen_given *given, const struct body *body, size_t at, struct str *ret_text)
{
	struct str text = body->tokens[at].text;

	if (body->tokens[at].kind != LEX_PARAM || !str_ends(text, STR("?")))
		return 0;
	bool gives = sqlgen_gives(given, str_slice(text, 1, text.len - 1));
	*ret_text = gives ? STR("false") : STR("NULL");
	return gives ? null_test(body, at) : 1;
}
