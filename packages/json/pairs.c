/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Query parameters read like a flat JSON object: the same shapes, the same rules, the same words. Brackets stand for
 * underscores, so "filter[created_at][gte]" and filter_created_at_gte are one parameter and may come once.
 */
#include "base/check.h"
#include "base/encode.h"
#include "json/errors.h"
#include "json/json.h"
#include "json/kind.h"
#include "json/value.h"

struct pair_reader {
	struct arena *arena;
	struct json_errors *errors;
};

/* Whether `name` is the field's, reading "a[b][c]" as a_b_c: an opening bracket stands for an underscore, closing ones
 * for nothing, and each closes one that is open. */
static bool is_named(const struct schema_field *field, struct str name)
{
	size_t at = 0;
	bool open = false;

	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if (c == ']') {
			if (!open || (i + 1 < name.len && name.ptr[i + 1] != '['))
				return false;
			open = false;
			continue;
		}
		if (c == '[') {
			if (open)
				return false;
			open = true;
			c = '_';
		}
		if (at == field->name_len || field->name[at++] != c)
			return false;
	}
	return !open && at == field->name_len;
}

static size_t field_find(const struct schema *schema, struct str name)
{
	size_t i = 0;

	while (i < schema->field_count && !is_named(&schema->fields[i], name))
		i++;
	return i;
}

static struct str read_list(struct pair_reader *r, const struct schema_field *field, struct str text, void *ret)
{
	bool strs = field->kind == JSON_strs;
	size_t size = strs ? sizeof(struct str) : sizeof(struct uuid), count = text.len ? 1 : 0;
	struct any_list *list = ret;
	struct str rest = text;

	for (size_t i = 0; i < text.len; i++)
		count += text.ptr[i] == ',';
	struct str rule = value_count(r->arena, field, count);
	if (!str_is_null(rule))
		return rule;
	list->items = arena_array(r->arena, count, size);
	while (list->count < count && str_is_null(rule)) {
		struct str part = str_cut(&rest, ',');

		if (strs) {
			rule = value_item(r->arena, field, &part);
			((struct str *)list->items)[list->count++] = part;
		} else {
			rule = value_parsers[JSON_uuid](r->arena, field, part,
			                                (struct uuid *)list->items + list->count++);
		}
	}
	return rule;
}

static struct str read_value(struct pair_reader *r, const struct schema_field *field, struct str text, char *out)
{
	const struct kind *kind = &kinds[field->kind];
	char *member = out + field->offset;

	if (!utf8_valid(text))
		return STR("must be UTF-8");
	if (kind->opt)
		*(bool *)member = true;
	if (field->kind == JSON_strs || field->kind == JSON_uuids)
		return read_list(r, field, text, member);
	CHECK(value_parsers[kind->base]);
	return value_parsers[kind->base](r->arena, field, text, member + kind->value_at);
}

static struct str echo(struct pair_reader *r, struct str name)
{
	return utf8_valid(name) ? errors_echo(r->arena, name) : STR("?");
}

static int read_pair(struct pair_reader *r, const struct schema *schema, const struct json_pair *pair, bool *seen,
                     char *out)
{
	size_t at = field_find(schema, pair->name);
	struct str text = pair->value.ptr ? pair->value : STR(""), rule;

	if (at == schema->field_count)
		rule = errors_unknown(r->arena, schema, json_pair_name);
	else if (seen[at])
		rule = STR("is given twice");
	else
		rule = read_value(r, &schema->fields[at], text, out);
	if (at < schema->field_count)
		seen[at] = true;
	return str_is_null(rule) ? 0 : errors_add(r->errors, echo(r, pair->name), rule);
}

static int require_rest(struct pair_reader *r, const struct schema *schema, const bool *seen)
{
	for (size_t i = 0; i < schema->field_count; i++) {
		const struct schema_field *field = &schema->fields[i];

		if (seen[i] || !field_is_required(field))
			continue;
		if (errors_add(r->errors, json_pair_name(r->arena, field), STR("is required")))
			return -1;
	}
	return 0;
}

int json_read_pairs(struct arena *arena, const struct schema *schema, const struct json_pair *pairs, size_t count,
                    void *ret, struct json_errors *errors)
{
	struct pair_reader r = { .arena = arena, .errors = errors };
	bool *seen = ARENA_ARRAY(arena, bool, schema->field_count);

	errors->syntax = false;
	errors->count = 0;
	memset(ret, 0, schema->size);
	for (size_t i = 0; i < count; i++) {
		if (read_pair(&r, schema, &pairs[i], seen, ret))
			return -1;
	}
	return require_rest(&r, schema, seen) || errors->count ? -1 : 0;
}

struct str json_pair_name(struct arena *arena, const struct schema_field *field)
{
	static const struct str suffixes[] = {
		STR("_gte"), STR("_gt"), STR("_lte"), STR("_lt"), STR("_eq"), STR("_ne")
	};
	struct str name = { field->name, field->name_len }, rest;

	if (!str_starts(name, STR("filter_")))
		return name;
	rest = str_slice(name, 7, name.len);
	for (size_t i = 0; i < ARRAY_COUNT(suffixes); i++) {
		struct str suffix = suffixes[i];

		if (!str_ends(rest, suffix) || rest.len == suffix.len)
			continue;
		rest = str_slice(rest, 0, rest.len - suffix.len);
		return str_printf(arena, "filter[%.*s][%s]", STR_ARG(rest), suffix.ptr + 1);
	}
	return str_printf(arena, "filter[%.*s]", STR_ARG(rest));
}
