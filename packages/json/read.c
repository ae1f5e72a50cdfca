/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recursive descent over text and shape together. A broken rule is recorded and reading goes on behind the value, so a
 * client sees all that is wrong at once; a syntax error, or a full list of errors, ends it.
 *
 * Every function here gives 0 to go on or -1 to stop, and leaves the scan behind its value. While r->scan.depth
 * containers are open, r->path holds one step for each.
 */
#include "base/ascii.h"
#include "base/check.h"
#include "json/errors.h"
#include "json/json.h"
#include "json/kind.h"
#include "json/money_parts.h"
#include "json/scan.h"
#include "json/value.h"

enum { FIELDS_MAX = 256, FIRST_ITEMS = 4 };

struct reader {
	struct scan scan;
	struct arena *arena;
	struct json_errors *errors;
	bool stored;   /* our own text: the rules for texts do not apply */
	uint64_t sent; /* members of the whole, bit by field */
	struct step path[JSON_DEPTH_MAX];
};

typedef int read_kind(struct reader *r, const struct schema_field *field, void *value);

static int read_object(struct reader *r, const struct schema *schema, char *out);

static int broken(struct reader *r, struct str rule)
{
	return errors_add(r->errors, errors_pointer(r->arena, r->path, r->scan.depth), rule);
}

static int broken_if(struct reader *r, struct str rule)
{
	return str_is_null(rule) ? 0 : broken(r, rule);
}

static int skip(struct reader *r)
{
	struct str ignored;

	return scan_value(&r->scan, &ignored);
}

static int skip_broken(struct reader *r, struct str rule)
{
	return skip(r) || broken(r, rule) ? -1 : 0;
}

static int read_text(struct reader *r, const struct schema_field *field, void *value)
{
	struct str text;

	if (scan_peek(&r->scan) != '"')
		return skip_broken(r, STR("must be a string"));
	if (scan_string(&r->scan, &text))
		return -1;
	if (r->stored && field->kind == JSON_str) {
		*(struct str *)value = text;
		return 0;
	}
	return broken_if(r, value_parsers[kinds[field->kind].base](r->arena, field, text, value));
}

static bool is_number_start(char c)
{
	return c == '-' || is_digit(c);
}

static int read_number(struct reader *r, const struct schema_field *field, void *value)
{
	struct str text;

	if (!is_number_start(scan_peek(&r->scan)))
		return skip_broken(r, kinds[field->kind].base == JSON_i64 ? STR("must be a whole number")
		                                                          : STR("must be a number"));
	if (scan_number(&r->scan, &text))
		return -1;
	return broken_if(r, value_parsers[kinds[field->kind].base](r->arena, field, text, value));
}

static int read_boolean(struct reader *r, const struct schema_field *field, void *value)
{
	char c = scan_peek(&r->scan);

	if (c != 't' && c != 'f')
		return skip_broken(r, STR("must be true or false"));
	*(bool *)value = c == 't';
	return scan_word(&r->scan, c == 't' ? STR("true") : STR("false"));
}

/* ---- Money is a shape of its own ---------------------------------------------------------------- */

static int read_money(struct reader *r, const struct schema_field *field, void *value)
{
	struct money_parts parts = { 0 };
	size_t before = r->errors->count;
	int depth = r->scan.depth;
	struct str rule;

	if (scan_peek(&r->scan) != '{')
		return skip_broken(r, STR("must be an object of amount and currency"));
	if (read_object(r, &money_parts_schema, (char *)&parts))
		return -1;
	if (r->errors->count > before)
		return 0;
	*(struct money *)value = money_of(parts.amount, parts.currency);
	rule = value_range(r->arena, field, parts.amount);
	if (str_is_null(rule))
		return 0;
	r->path[depth].name = STR("amount");
	return errors_add(r->errors, errors_pointer(r->arena, r->path, depth + 1), rule);
}

/* ---- Lists -------------------------------------------------------------------------------------- */

typedef int read_item(struct reader *r, const struct schema_field *field, void *item);

static int read_str_item(struct reader *r, const struct schema_field *field, void *item)
{
	struct str *text = item;

	if (scan_peek(&r->scan) != '"')
		return skip_broken(r, STR("must be a string"));
	if (scan_string(&r->scan, text))
		return -1;
	return r->stored ? 0 : broken_if(r, value_item(r->arena, field, text));
}

static int read_object_item(struct reader *r, const struct schema_field *field, void *item)
{
	if (scan_peek(&r->scan) != '{')
		return skip_broken(r, STR("must be an object"));
	return read_object(r, field->object, item);
}

static void grow(struct reader *r, struct any_list *list, size_t *cap, size_t size)
{
	size_t more = *cap ? *cap * 2 : FIRST_ITEMS;
	void *items = arena_array(r->arena, more, size);

	if (list->count)
		memcpy(items, list->items, list->count * size);
	list->items = items;
	*cap = more;
}

/* Too many items are only stepped over: what they hold no longer matters, and they take no memory. */
static int read_items(struct reader *r, const struct schema_field *field, struct any_list *list, size_t size,
                      read_item *read)
{
	size_t cap = 0, index = 0, max = (size_t)field_max(field);
	int depth = r->scan.depth, more;

	list->items = arena_alloc(r->arena, 0);
	if (scan_open(&r->scan, '['))
		return -1;
	for (more = scan_item(&r->scan, true); more > 0; more = scan_item(&r->scan, false), index++) {
		r->path[depth] = (struct step){ .index = index };
		if (index >= max) {
			if (skip(r))
				return -1;
			continue;
		}
		if (list->count == cap)
			grow(r, list, &cap, size);
		if (read(r, field, (char *)list->items + index * size))
			return -1;
		list->count++;
	}
	return more || broken_if(r, value_count(r->arena, field, index)) ? -1 : 0;
}

static int read_list_of(struct reader *r, const struct schema_field *field, void *value, size_t size, read_item *read)
{
	if (scan_peek(&r->scan) != '[')
		return skip_broken(r, STR("must be a list"));
	return read_items(r, field, value, size, read);
}

static int read_list(struct reader *r, const struct schema_field *field, void *value)
{
	return read_list_of(r, field, value, field->object->size, read_object_item);
}

static int read_strs(struct reader *r, const struct schema_field *field, void *value)
{
	return read_list_of(r, field, value, sizeof(struct str), read_str_item);
}

static int read_uuid_item(struct reader *r, const struct schema_field *field, void *item)
{
	struct str text;

	if (scan_peek(&r->scan) != '"')
		return skip_broken(r, STR("must be a UUID"));
	if (scan_string(&r->scan, &text))
		return -1;
	return broken_if(r, value_parsers[JSON_uuid](r->arena, field, text, item));
}

static int read_uuids(struct reader *r, const struct schema_field *field, void *value)
{
	return read_list_of(r, field, value, sizeof(struct uuid), read_uuid_item);
}

/* ---- Objects ------------------------------------------------------------------------------------ */

static int read_object_pointer(struct reader *r, const struct schema_field *field, void *value)
{
	char *object;

	if (scan_peek(&r->scan) != '{')
		return skip_broken(r, STR("must be an object"));
	object = arena_alloc(r->arena, field->object->size);
	*(void **)value = object;
	return read_object(r, field->object, object);
}

static struct str raw_rule(struct reader *r, const struct schema_field *field, struct str text)
{
	if (r->scan.has_nul)
		return STR("must not contain U+0000");
	if (r->scan.has_repeated_name)
		return STR("must not give a name twice in one object");
	if (r->scan.has_long_number)
		return str_printf(r->arena, "must not have numbers of more than %d characters", JSON_NUMBER_MAX);
	if ((int64_t)text.len > field_max(field))
		return str_printf(r->arena, "must have at most %lld bytes", (long long)field_max(field));
	if ((int64_t)text.len < field_min(field))
		return str_printf(r->arena, "must have at least %lld bytes", (long long)field_min(field));
	return STR_NULL;
}

static int read_raw(struct reader *r, const struct schema_field *field, void *value)
{
	struct str *text = value;

	r->scan.has_nul = r->scan.has_repeated_name = r->scan.has_long_number = false;
	if (scan_value(&r->scan, text))
		return -1;
	return broken_if(r, raw_rule(r, field, *text));
}

static read_kind *const readers[KIND_COUNT] = {
	[JSON_str] = read_text,    [JSON_uuid] = read_text,       [JSON_time] = read_text,
	[JSON_choice] = read_text, [JSON_i64] = read_number,      [JSON_f64] = read_number,
	[JSON_money] = read_money, [JSON_boolean] = read_boolean, [JSON_object] = read_object_pointer,
	[JSON_list] = read_list,   [JSON_strs] = read_strs,       [JSON_uuids] = read_uuids,
	[JSON_raw] = read_raw,
};

static int read_field(struct reader *r, const struct schema_field *field, char *out)
{
	const struct kind *kind = &kinds[field->kind];
	char *member = out + field->offset;

	if (scan_peek(&r->scan) == 'n' && (field->nullable || field->kind != JSON_raw)) {
		if (scan_word(&r->scan, STR("null")))
			return -1;
		return field->nullable ? 0 : broken(r, STR("must not be null"));
	}
	if (kind->opt)
		*(bool *)member = true;
	return readers[kind->base](r, field, member + kind->value_at);
}

static bool field_is_named(const struct schema_field *field, struct str name)
{
	return field->name_len == name.len && memcmp(field->name, name.ptr, name.len) == 0;
}

/* Most clients send fields in the order of the documentation, so the one after the last is tried first. */
static size_t field_find(const struct schema *schema, struct str name, size_t expected)
{
	if (expected < schema->field_count && field_is_named(&schema->fields[expected], name))
		return expected;
	for (size_t i = 0; i < schema->field_count; i++) {
		if (field_is_named(&schema->fields[i], name))
			return i;
	}
	return schema->field_count;
}

static struct str plain_name(struct arena *arena, const struct schema_field *field)
{
	return (struct str){ field->name, field->name_len };
}

static bool mark(uint64_t *seen, size_t field)
{
	uint64_t bit = UINT64_C(1) << field % 64;
	bool before = seen[field / 64] & bit;

	seen[field / 64] |= bit;
	return before;
}

static int require_rest(struct reader *r, const struct schema *schema, uint64_t *seen, int depth)
{
	for (size_t i = 0; i < schema->field_count; i++) {
		const struct schema_field *field = &schema->fields[i];

		if (mark(seen, i) || !field_is_required(field))
			continue;
		r->path[depth].name = plain_name(r->arena, field);
		if (errors_add(r->errors, errors_pointer(r->arena, r->path, depth + 1), STR("is required")))
			return -1;
	}
	return 0;
}

static int read_object(struct reader *r, const struct schema *schema, char *out)
{
	uint64_t seen[FIELDS_MAX / 64] = { 0 };
	int depth = r->scan.depth, more;
	struct str name;
	size_t at = 0;

	CHECK(schema->field_count <= FIELDS_MAX);
	if (scan_open(&r->scan, '{'))
		return -1;
	for (more = scan_member(&r->scan, true, &name); more > 0; more = scan_member(&r->scan, false, &name)) {
		int stop;

		at = field_find(schema, name, at);
		r->path[depth].name = name;
		if (at == schema->field_count)
			stop = skip_broken(r, errors_unknown(r->arena, schema, plain_name));
		else if (mark(seen, at))
			stop = skip_broken(r, STR("is given twice"));
		else
			stop = read_field(r, &schema->fields[at], out);
		if (stop)
			return -1;
		at++;
	}
	if (depth == 0)
		r->sent = seen[0];
	return more ? -1 : require_rest(r, schema, seen, depth);
}

static int read_document(struct reader *r, const struct schema *schema, void *ret)
{
	if (scan_utf8(&r->scan))
		return -1;
	if (scan_peek(&r->scan) == '{' ? read_object(r, schema, ret) : skip_broken(r, STR("must be an object")))
		return -1;
	return scan_end(&r->scan);
}

static int read_whole(struct reader *r, const struct schema *schema, struct str text, void *ret)
{
	int stopped;

	r->errors->syntax = false;
	r->errors->count = 0;
	memset(ret, 0, schema->size);
	scan_init(&r->scan, r->arena, text);
	stopped = read_document(r, schema, ret);
	if (r->scan.wrong)
		return errors_syntax(r->errors, &r->scan);
	return stopped || r->errors->count ? -1 : 0;
}

int json_read(struct arena *arena, const struct schema *schema, struct str text, void *ret, struct json_errors *errors)
{
	struct reader r;

	r.arena = arena;
	r.errors = errors;
	r.stored = false;
	return read_whole(&r, schema, text, ret);
}

int json_read_stored(struct arena *arena, const struct schema *schema, struct str text, void *ret,
                     struct json_errors *errors)
{
	struct reader r;

	r.arena = arena;
	r.errors = errors;
	r.stored = true;
	return read_whole(&r, schema, text, ret);
}

int json_read_sent(struct arena *arena, const struct schema *schema, struct str text, void *ret, uint64_t *ret_sent,
                   struct json_errors *errors)
{
	struct reader r;

	CHECK(schema->field_count <= JSON_SENT_MAX);
	r.arena = arena;
	r.errors = errors;
	r.stored = false;
	if (read_whole(&r, schema, text, ret))
		return -1;
	*ret_sent = r.sent;
	return 0;
}
