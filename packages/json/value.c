/* SPDX-License-Identifier: Apache-2.0 */
#include "json/value.h"

#include <inttypes.h>
#include <math.h>

#include "base/ascii.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/encode.h"
#include "json/json.h"
#include "json/kind.h"
#include "json/scan.h"

static struct str amount(struct arena *arena, const char *limit, int64_t count, const char *noun)
{
	return str_printf(arena, "must have at %s %" PRId64 " %s%s", limit, count, noun, count == 1 ? "" : "s");
}

/* Counting is saved where the number of bytes already decides. */
static struct str length_rule(struct arena *arena, struct str text, size_t min, size_t max)
{
	size_t count;

	if (text.len <= max && (min == 0 || (min == 1 && text.len)))
		return STR_NULL;
	count = utf8_count(text);
	if (count < min)
		return amount(arena, "least", (int64_t)min, "character");
	return count > max ? amount(arena, "most", (int64_t)max, "character") : STR_NULL;
}

/* Brings the text into its form. What is longer than any text that could shrink to `max` characters is not looked at:
 * at most 4 of up to 4 bytes become one. */
static struct str text_rule(struct arena *arena, const struct format *format, struct str *text, size_t min, size_t max)
{
	bool sent = text->len > 0;
	const char *broken = NULL;
	struct str rule;

	if (text->len > 16 * max)
		return amount(arena, "most", (int64_t)max, "character");
	if (format->clean)
		broken = format->clean(arena, text);
	if (broken)
		return str_from(broken);
	if (sent && !text->len && min)
		return STR("must not be blank");
	rule = length_rule(arena, *text, min, max);
	if (!str_is_null(rule))
		return rule;
	if (text->len && memchr(text->ptr, 0, text->len))
		return STR("must not contain U+0000");
	return format->accepts && !format->accepts(*text) ? str_from(format->rule) : STR_NULL;
}

static struct str parse_str(struct arena *arena, const struct schema_field *field, struct str text, void *ret)
{
	struct str rule = text_rule(arena, field->format, &text, (size_t)field_min(field), (size_t)field_max(field));
	bool none = field->nullable && !text.len && !field_min(field);

	*(struct str *)ret = none ? STR_NULL : text;
	return none ? STR_NULL : rule;
}

static struct str choice_rule(struct arena *arena, const struct choice *choice)
{
	struct buf buf;

	buf_init_arena(&buf, arena, 1024);
	buf_str(&buf, STR("must be one of: "));
	for (int i = 1; choice->names[i]; i++) {
		if (i > 1)
			buf_str(&buf, STR(", "));
		buf_str(&buf, str_from(choice->names[i]));
	}
	return buf_view(&buf);
}

static struct str parse_choice(struct arena *arena, const struct schema_field *field, struct str text, void *ret)
{
	*(int *)ret = choice_parse(field->choice, text);
	return *(int *)ret ? STR_NULL : choice_rule(arena, field->choice);
}

static struct str parse_uuid(struct arena *arena, const struct schema_field *field, struct str text, void *ret)
{
	return uuid_parse(text, ret) ? STR("must be a UUID") : STR_NULL;
}

static struct str parse_time(struct arena *arena, const struct schema_field *field, struct str text, void *ret)
{
	return time_parse(text, ret) ? STR("must be an RFC 3339 time such as 2026-11-21T10:00:00Z") : STR_NULL;
}

static bool is_all_digits(struct str text)
{
	if (str_starts(text, STR("-")))
		text = str_slice(text, 1, text.len);
	for (size_t i = 0; i < text.len; i++) {
		if (!is_digit(text.ptr[i]))
			return false;
	}
	return text.len > 0;
}

static struct str parse_i64(struct arena *arena, const struct schema_field *field, struct str text, void *ret)
{
	int64_t value;

	if (!is_all_digits(text))
		return STR("must be a whole number");
	if (str_to_i64(text, &value))
		return STR("must be a whole number of at most 64 bits");
	*(int64_t *)ret = value;
	return value_range(arena, field, value);
}

static bool is_number(struct arena *arena, struct str text)
{
	struct scan scan;
	struct str number;

	scan_init(&scan, arena, text);
	return scan_number(&scan, &number) == 0 && number.len == text.len;
}

static struct str parse_f64(struct arena *arena, const struct schema_field *field, struct str text, void *ret)
{
	char copy[JSON_NUMBER_MAX + 1];
	double value;

	if (text.len > JSON_NUMBER_MAX)
		return str_printf(arena, "must be a number of at most %d characters", JSON_NUMBER_MAX);
	if (!is_number(arena, text))
		return STR("must be a number");
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = 0;
	value = strtod(copy, NULL);
	if (!isfinite(value))
		return STR("must be a number of at most 64 bits");
	*(double *)ret = value;
	if (field_min(field) != INT64_MIN && value < (double)field_min(field))
		return str_printf(arena, "must be at least %" PRId64, field_min(field));
	if (field_max(field) != INT64_MAX && value > (double)field_max(field))
		return str_printf(arena, "must be at most %" PRId64, field_max(field));
	return STR_NULL;
}

static struct str parse_boolean(struct arena *arena, const struct schema_field *field, struct str text, void *ret)
{
	*(bool *)ret = str_eq(text, STR("true"));
	return *(bool *)ret || str_eq(text, STR("false")) ? STR_NULL : STR("must be true or false");
}

value_parse *const value_parsers[KIND_COUNT] = {
	[JSON_str] = parse_str,       [JSON_i64] = parse_i64,         [JSON_f64] = parse_f64,
	[JSON_uuid] = parse_uuid,     [JSON_boolean] = parse_boolean, [JSON_time] = parse_time,
	[JSON_choice] = parse_choice,
};

struct str value_range(struct arena *arena, const struct schema_field *field, int64_t value)
{
	if (value < field_min(field))
		return str_printf(arena, "must be at least %" PRId64, field_min(field));
	if (value > field_max(field))
		return str_printf(arena, "must be at most %" PRId64, field_max(field));
	return STR_NULL;
}

struct str value_too_many(struct arena *arena, const struct schema_field *field)
{
	return amount(arena, "most", field_max(field), "item");
}

struct str value_count(struct arena *arena, const struct schema_field *field, size_t count)
{
	if ((int64_t)count < field_min(field))
		return amount(arena, "least", field_min(field), "item");
	return (int64_t)count > field_max(field) ? value_too_many(arena, field) : STR_NULL;
}

struct str value_item(struct arena *arena, const struct schema_field *field, struct str *text)
{
	struct str rule = text_rule(arena, field->format, text, 0, field_item_max(field));

	if (str_is_null(rule) && field->choice && !choice_parse(field->choice, *text))
		return choice_rule(arena, field->choice);
	return rule;
}
