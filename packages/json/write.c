/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plain appends, driven by the table. Each row carries its name as finished text with a leading comma; the first
 * member leaves the comma away.
 */
#include <math.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/date.h"
#include "json/json.h"
#include "json/kind.h"
#include "json/scan.h"

typedef void write_kind(struct buf *buf, const struct schema_field *field, const void *value);

static void write_escape(struct buf *buf, unsigned char c)
{
	static const char letters[256] = {
		['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'
	};
	static const char hex[] = "0123456789abcdef";

	if (letters[c])
		buf_append(buf, (char[]){ '\\', letters[c] }, 2);
	else
		buf_append(buf, (char[]){ '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] }, 6);
}

/* Runs that need no escape are copied whole. */
void json_write_str(struct buf *buf, struct str text)
{
	const char *at = text.ptr, *end;

	if (str_is_null(text)) {
		buf_str(buf, STR("null"));
		return;
	}
	end = at + text.len;
	buf_char(buf, '"');
	while (at < end) {
		size_t run = scan_plain(at, end);

		buf_append(buf, at, run);
		at += run;
		if (at < end)
			write_escape(buf, (unsigned char)*at++);
	}
	buf_char(buf, '"');
}

void json_write_money(struct buf *buf, struct money money)
{
	buf_str(buf, STR("{\"amount\":"));
	buf_i64(buf, money.amount);
	buf_str(buf, STR(",\"currency\":"));
	json_write_str(buf, (struct str){ money.currency, strnlen(money.currency, 3) });
	buf_char(buf, '}');
}

static void write_str(struct buf *buf, const struct schema_field *field, const void *value)
{
	json_write_str(buf, *(const struct str *)value);
}

static void write_i64(struct buf *buf, const struct schema_field *field, const void *value)
{
	buf_i64(buf, *(const int64_t *)value);
}

/* The fewest digits that read back as the same number. */
static void write_f64(struct buf *buf, const struct schema_field *field, const void *value)
{
	double number = *(const double *)value;
	char text[32];
	int len = 0;

	if (!isfinite(number)) {
		buf_str(buf, STR("null"));
		return;
	}
	/* Whole numbers that 15 digits hold, minus zero aside, need no search. */
	if (fabs(number) < 1e15 && number == trunc(number) && (number != 0 || !signbit(number))) {
		buf_i64(buf, (int64_t)number);
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		len = snprintf(text, sizeof(text), "%.*g", digits, number);
		if (strtod(text, NULL) == number)
			break;
	}
	buf_append(buf, text, (size_t)len);
}

static void write_boolean(struct buf *buf, const struct schema_field *field, const void *value)
{
	buf_str(buf, *(const bool *)value ? STR("true") : STR("false"));
}

static void put_uuid(struct buf *buf, struct uuid id)
{
	char *to = buf_reserve(buf, UUID_TEXT_LEN + 2);

	if (!to)
		return;
	to[0] = '"';
	uuid_format(id, to + 1);
	to[UUID_TEXT_LEN + 1] = '"';
	buf->len += UUID_TEXT_LEN + 2;
}

static void write_uuid(struct buf *buf, const struct schema_field *field, const void *value)
{
	put_uuid(buf, *(const struct uuid *)value);
}

static void write_time(struct buf *buf, const struct schema_field *field, const void *value)
{
	int64_t time = *(const int64_t *)value;
	char text[TIME_TEXT_MAX + 2];
	size_t len;

	if (time < 0 || time / US_PER_DAY >= date_to_days((struct date){ 9999, 12, 31 }) + 1) {
		buf_str(buf, STR("null"));
		return;
	}
	text[0] = '"';
	len = 1 + time_format(time, text + 1);
	text[len] = '"';
	buf_append(buf, text, len + 1);
}

static void write_money(struct buf *buf, const struct schema_field *field, const void *value)
{
	json_write_money(buf, *(const struct money *)value);
}

static void write_choice(struct buf *buf, const struct schema_field *field, const void *value)
{
	json_write_str(buf, choice_text(field->choice, *(const int *)value));
}

static void write_object(struct buf *buf, const struct schema_field *field, const void *value)
{
	json_write(buf, field->object, *(const void *const *)value);
}

static void write_list(struct buf *buf, const struct schema_field *field, const void *value)
{
	const struct any_list *list = value;

	buf_char(buf, '[');
	for (size_t i = 0; i < list->count; i++) {
		if (i > 0)
			buf_char(buf, ',');
		json_write(buf, field->object, (const char *)list->items + i * field->object->size);
	}
	buf_char(buf, ']');
}

static void write_strs(struct buf *buf, const struct schema_field *field, const void *value)
{
	const struct str_list *list = value;

	buf_char(buf, '[');
	for (size_t i = 0; i < list->count; i++) {
		if (i > 0)
			buf_char(buf, ',');
		json_write_str(buf, list->items[i]);
	}
	buf_char(buf, ']');
}

static void write_uuids(struct buf *buf, const struct schema_field *field, const void *value)
{
	const struct uuid_list *list = value;

	buf_char(buf, '[');
	for (size_t i = 0; i < list->count; i++) {
		if (i > 0)
			buf_char(buf, ',');
		put_uuid(buf, list->items[i]);
	}
	buf_char(buf, ']');
}

static void write_raw(struct buf *buf, const struct schema_field *field, const void *value)
{
	buf_str(buf, *(const struct str *)value);
}

static write_kind *const writers[KIND_COUNT] = {
	[JSON_str] = write_str,         [JSON_i64] = write_i64,       [JSON_f64] = write_f64,
	[JSON_boolean] = write_boolean, [JSON_uuid] = write_uuid,     [JSON_time] = write_time,
	[JSON_money] = write_money,     [JSON_choice] = write_choice, [JSON_object] = write_object,
	[JSON_list] = write_list,       [JSON_strs] = write_strs,     [JSON_uuids] = write_uuids,
	[JSON_raw] = write_raw,
};

static bool is_list(enum json_kind kind)
{
	return kind == JSON_list || kind == JSON_strs || kind == JSON_uuids;
}

static void write_absent(struct buf *buf, const struct schema_field *field)
{
	if (field->nullable)
		buf_str(buf, STR("null"));
	else
		buf_str(buf, is_list(field->kind)         ? STR("[]")
		             : field->kind == JSON_choice ? STR("\"unknown\"")
		                                          : STR("null"));
}

void json_write(struct buf *buf, const struct schema *schema, const void *value)
{
	bool empty = true;

	buf_char(buf, '{');
	for (size_t i = 0; i < schema->field_count; i++) {
		const struct schema_field *field = &schema->fields[i];
		const struct kind *kind = &kinds[field->kind];
		const char *member = (const char *)value + field->offset;
		bool absent = kind->is_absent(member);

		if (absent && !field->nullable && !field_is_required(field))
			continue;
		/* The comma of the first member is left away: four bytes surround a name. */
		buf_append(buf, field->key + empty, field->name_len + 4u - empty);
		empty = false;
		if (absent)
			write_absent(buf, field);
		else
			writers[kind->base](buf, field, member + kind->value_at);
	}
	buf_char(buf, '}');
}
