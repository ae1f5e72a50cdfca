/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shapes as JSON Schema 2020-12. Only bounds a row states are written: the reader's default limits bind what clients
 * send, not what we answer, and one shape may serve both.
 */
#include "base/check.h"
#include "json/json.h"
#include "json/kind.h"
#include "json/money_parts.h"

enum { PATH_MAX_SHAPES = 32 };

typedef void describe_kind(struct buf *buf, const struct schema_field *field);

static void put_cstr(struct buf *buf, const char *text)
{
	json_write_str(buf, str_from(text));
}

static void put_type(struct buf *buf, const struct schema_field *field, const char *type)
{
	if (field->nullable)
		buf_printf(buf, "\"type\":[\"%s\",\"null\"]", type);
	else
		buf_printf(buf, "\"type\":\"%s\"", type);
}

static void put_bound(struct buf *buf, const char *name, int64_t bound)
{
	buf_printf(buf, ",\"%s\":%lld", name, (long long)bound);
}

/* A lower bound of 0 says something about a number and nothing about a length. */
static void put_bounds(struct buf *buf, const struct schema_field *field, const char *min, const char *max, bool length)
{
	if (field->min == 0 && field->max == 0)
		return;
	if (field->min != 0 || !length)
		put_bound(buf, min, field->min);
	if (field->max != 0 || field->min < 0)
		put_bound(buf, max, field->max);
}

static void put_format(struct buf *buf, const struct schema_field *field)
{
	const char *name = field->secret ? "password" : field->format->name;

	if (name)
		buf_printf(buf, ",\"format\":\"%s\"", name);
	if (field->format->pattern)
		buf_printf(buf, ",\"pattern\":\"%s\"", field->format->pattern);
}

static void put_enum(struct buf *buf, const struct choice *choice, bool nullable)
{
	buf_str(buf, STR(",\"enum\":["));
	for (int i = 1; choice->names[i]; i++) {
		if (i > 1)
			buf_char(buf, ',');
		put_cstr(buf, choice->names[i]);
	}
	buf_str(buf, nullable ? STR(",null]") : STR("]"));
}

static void put_ref(struct buf *buf, const char *name)
{
	buf_printf(buf, "\"$ref\":\"#/components/schemas/%s\"", name);
}

/* The bounds are those of a sum of money: objects have none. */
static void put_nullable_ref(struct buf *buf, const struct schema_field *field, const char *name)
{
	if (field->nullable)
		buf_str(buf, STR("\"anyOf\":[{"));
	put_ref(buf, name);
	if (field->min || field->max) {
		buf_str(buf, STR(",\"properties\":{\"amount\":{\"type\":\"integer\""));
		put_bounds(buf, field, "minimum", "maximum", false);
		buf_str(buf, STR("}}"));
	}
	if (field->nullable)
		buf_str(buf, STR("},{\"type\":\"null\"}]"));
}

static void describe_str(struct buf *buf, const struct schema_field *field)
{
	put_type(buf, field, "string");
	put_bounds(buf, field, "minLength", "maxLength", true);
	put_format(buf, field);
}

static void describe_i64(struct buf *buf, const struct schema_field *field)
{
	put_type(buf, field, "integer");
	buf_str(buf, STR(",\"format\":\"int64\""));
	put_bounds(buf, field, "minimum", "maximum", false);
}

static void describe_f64(struct buf *buf, const struct schema_field *field)
{
	put_type(buf, field, "number");
	put_bounds(buf, field, "minimum", "maximum", false);
}

static void describe_boolean(struct buf *buf, const struct schema_field *field)
{
	put_type(buf, field, "boolean");
}

static void describe_uuid(struct buf *buf, const struct schema_field *field)
{
	put_type(buf, field, "string");
	buf_str(buf, STR(",\"format\":\"uuid\""));
}

static void describe_time(struct buf *buf, const struct schema_field *field)
{
	put_type(buf, field, "string");
	buf_str(buf, STR(",\"format\":\"date-time\""));
}

static void describe_money(struct buf *buf, const struct schema_field *field)
{
	put_nullable_ref(buf, field, "Money");
}

static void describe_choice(struct buf *buf, const struct schema_field *field)
{
	put_type(buf, field, "string");
	put_enum(buf, field->choice, field->nullable);
}

static void describe_object(struct buf *buf, const struct schema_field *field)
{
	put_nullable_ref(buf, field, field->object->name);
}

static void open_list(struct buf *buf, const struct schema_field *field)
{
	put_type(buf, field, "array");
	put_bounds(buf, field, "minItems", "maxItems", true);
	buf_str(buf, STR(",\"items\":{"));
}

static void describe_list(struct buf *buf, const struct schema_field *field)
{
	open_list(buf, field);
	put_ref(buf, field->object->name);
	buf_char(buf, '}');
}

static void describe_strs(struct buf *buf, const struct schema_field *field)
{
	open_list(buf, field);
	buf_str(buf, STR("\"type\":\"string\""));
	if (field->item_max)
		put_bound(buf, "maxLength", field->item_max);
	if (field->choice)
		put_enum(buf, field->choice, false);
	else
		put_format(buf, field);
	buf_char(buf, '}');
}

static void describe_uuids(struct buf *buf, const struct schema_field *field)
{
	open_list(buf, field);
	buf_str(buf, STR("\"type\":\"string\",\"format\":\"uuid\"}"));
}

/* Any value at all; the empty schema needs a member to put commas behind. */
static void describe_raw(struct buf *buf, const struct schema_field *field)
{
	buf_str(buf, STR("\"type\":[\"object\",\"array\",\"string\",\"number\",\"boolean\",\"null\"]"));
}

static describe_kind *const describers[KIND_COUNT] = {
	[JSON_str] = describe_str,         [JSON_i64] = describe_i64,       [JSON_f64] = describe_f64,
	[JSON_boolean] = describe_boolean, [JSON_uuid] = describe_uuid,     [JSON_time] = describe_time,
	[JSON_money] = describe_money,     [JSON_choice] = describe_choice, [JSON_object] = describe_object,
	[JSON_list] = describe_list,       [JSON_strs] = describe_strs,     [JSON_uuids] = describe_uuids,
	[JSON_raw] = describe_raw,
};

static void describe_field(struct buf *buf, const struct schema_field *field)
{
	json_write_str(buf, (struct str){ field->name, field->name_len });
	buf_str(buf, STR(":{"));
	describers[kinds[field->kind].base](buf, field);
	if (field->doc) {
		buf_str(buf, STR(",\"description\":"));
		put_cstr(buf, field->doc);
	}
	if (field->example)
		buf_printf(buf, ",\"examples\":[%s]", field->example);
	buf_char(buf, '}');
}

static void describe_required(struct buf *buf, const struct schema *schema)
{
	bool any = false;

	for (size_t i = 0; i < schema->field_count; i++) {
		if (!field_is_required(&schema->fields[i]))
			continue;
		buf_str(buf, any ? STR(",") : STR(",\"required\":["));
		json_write_str(buf, (struct str){ schema->fields[i].name, schema->fields[i].name_len });
		any = true;
	}
	if (any)
		buf_char(buf, ']');
}

void json_schema_write(struct buf *buf, const struct schema *schema)
{
	buf_str(buf, STR("{\"type\":\"object\""));
	if (schema->doc) {
		buf_str(buf, STR(",\"description\":"));
		put_cstr(buf, schema->doc);
	}
	buf_str(buf, STR(",\"properties\":{"));
	for (size_t i = 0; i < schema->field_count; i++) {
		if (i > 0)
			buf_char(buf, ',');
		describe_field(buf, &schema->fields[i]);
	}
	buf_char(buf, '}');
	describe_required(buf, schema);
	buf_str(buf, STR(",\"additionalProperties\":false}"));
}

void json_schema_write_money(struct buf *buf)
{
	json_schema_write(buf, &money_parts_schema);
}

/* The shapes between the root and this one: a shape that holds itself is not entered again. */
struct trail {
	const struct schema *shapes[PATH_MAX_SHAPES];
	size_t count;
};

static bool is_on_trail(const struct trail *trail, const struct schema *schema)
{
	for (size_t i = 0; i < trail->count; i++) {
		if (trail->shapes[i] == schema)
			return true;
	}
	return false;
}

static void walk(struct trail *trail, const struct schema *schema, json_schema_visit *visit, void *arg)
{
	if (is_on_trail(trail, schema))
		return;
	CHECK(trail->count < PATH_MAX_SHAPES);
	trail->shapes[trail->count++] = schema;
	visit(schema, arg);
	for (size_t i = 0; i < schema->field_count; i++) {
		if (schema->fields[i].object)
			walk(trail, schema->fields[i].object, visit, arg);
	}
	trail->count--;
}

void json_schema_closure(const struct schema *root, json_schema_visit *visit, void *arg)
{
	struct trail trail = { .count = 0 };

	walk(&trail, root, visit, arg);
}
