/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PostgreSQL's binary forms (src/backend/utils/adt, the functions named send and recv; documented only there): integers
 * are big-endian two's complement, timestamptz is microseconds since 2000-01-01 UTC with the extremes for infinity,
 * jsonb carries a version byte, arrays are dimension count, null flag, element type, (size, lower bound) per dimension,
 * then length and bytes per element.
 *
 * One row per type in `codecs`; lists reuse the codec of their element.
 */
#include <endian.h>
#include <string.h>

#include "base/check.h"
#include "db/internal.h"

#define EPOCH_2000_US INT64_C(946684800000000)

enum { JSONB_VERSION = 1, CURRENCY_LEN = 3 };

struct list_any { /* what struct uuid_list, str_list, i64_list and bool_list have in common */
	const char *items;
	size_t count;
};

struct codec {
	Oid oid, array_oid;
	uint8_t width;      /* bytes on the wire; 0: a string; */
	uint8_t size;       /* of the C value */
	uint8_t opt_offset; /* of the value in its struct opt_* */
	int8_t element;     /* lists: the element's enum sql_type, else -1 */
	void (*put)(char *out, const char *value);
	bool (*get)(void *ret, const char *bytes, int len, struct arena *arena);
};

static int64_t load_i64(const char *value)
{
	int64_t number;

	memcpy(&number, value, sizeof(number));
	return number;
}

static void put_bool(char *out, const char *value)
{
	*out = *value ? 1 : 0;
}

static void put_i16(char *out, const char *value)
{
	uint16_t wire = htobe16((uint16_t)load_i64(value));
	memcpy(out, &wire, sizeof(wire));
}

static void put_i32(char *out, const char *value)
{
	uint32_t wire = htobe32((uint32_t)load_i64(value));
	memcpy(out, &wire, sizeof(wire));
}

static void put_wire64(char *out, uint64_t number)
{
	uint64_t wire = htobe64(number);
	memcpy(out, &wire, sizeof(wire));
}

static void put_i64(char *out, const char *value)
{
	put_wire64(out, (uint64_t)load_i64(value));
}

static void put_time(char *out, const char *value)
{
	int64_t time = load_i64(value);

	if (time != INT64_MAX && time < INT64_MIN + EPOCH_2000_US)
		time = INT64_MIN;
	else if (time != INT64_MAX)
		time -= EPOCH_2000_US;
	put_wire64(out, (uint64_t)time);
}

static void put_f64(char *out, const char *value)
{
	uint64_t bits;

	memcpy(&bits, value, sizeof(bits));
	put_wire64(out, bits);
}

static void put_uuid(char *out, const char *value)
{
	memcpy(out, value, 16);
}

static bool get_bool(void *ret, const char *bytes, int len, struct arena *arena)
{
	(void)arena;
	if (len != 1)
		return false;
	*(bool *)ret = *bytes != 0;
	return true;
}

/* Any width: a column that a migration has widened still reads. */
static bool get_integer(void *ret, const char *bytes, int len, struct arena *arena)
{
	(void)arena;
	if (len != 8 && len != 4 && len != 2)
		return false;
	uint64_t number = (signed char)bytes[0] < 0 ? UINT64_MAX : 0;

	for (int i = 0; i < len; i++)
		number = number << 8 | (unsigned char)bytes[i];
	*(int64_t *)ret = (int64_t)number;
	return true;
}

static bool get_time(void *ret, const char *bytes, int len, struct arena *arena)
{
	int64_t time;

	if (len != 8 || !get_integer(&time, bytes, len, arena))
		return false;
	if (time != INT64_MIN && __builtin_add_overflow(time, EPOCH_2000_US, &time))
		time = INT64_MAX;
	*(int64_t *)ret = time;
	return true;
}

static bool get_f64(void *ret, const char *bytes, int len, struct arena *arena)
{
	uint64_t wire;

	(void)arena;
	if (len != 8)
		return false;
	memcpy(&wire, bytes, 8);
	wire = be64toh(wire);
	memcpy(ret, &wire, 8);
	return true;
}

static bool get_uuid(void *ret, const char *bytes, int len, struct arena *arena)
{
	(void)arena;
	if (len != 16)
		return false;
	memcpy(ret, bytes, 16);
	return true;
}

/* A NUL follows the bytes, so that a debugger and a careless %s live. */
static bool get_text(void *ret, const char *bytes, int len, struct arena *arena)
{
	char *copy = arena_alloc_raw(arena, (size_t)len + 1);

	memcpy(copy, bytes, (size_t)len);
	copy[len] = '\0';
	*(struct str *)ret = (struct str){ .ptr = copy, .len = (size_t)len };
	return true;
}

static bool get_jsonb(void *ret, const char *bytes, int len, struct arena *arena)
{
	if (len < 1 || bytes[0] != JSONB_VERSION)
		return false;
	return get_text(ret, bytes + 1, len - 1, arena);
}

static void put_currency(char *out, const char *value)
{
	memcpy(out, value, CURRENCY_LEN);
}

static bool get_currency(void *ret, const char *bytes, int len, struct arena *arena)
{
	(void)arena;
	if (len != CURRENCY_LEN)
		return false;
	memcpy(ret, bytes, CURRENCY_LEN);
	return true;
}

#define SCALAR(oid_, array_oid_, width_, type_, opt_, put_, get_) \
	{ \
		.oid = (oid_), .array_oid = (array_oid_), .width = (width_), .size = sizeof(type_), \
		.opt_offset = offsetof(struct opt_, value), .element = -1, .put = (put_), .get = (get_) \
	}
#define STRING(oid_, array_oid_, get_) \
	{ \
		.oid = (oid_), .array_oid = (array_oid_), .size = sizeof(struct str), .element = -1, .get = (get_) \
	}
#define LIST(oid_, element_) \
	{ \
		.oid = (oid_), .size = sizeof(struct list_any), .element = (element_) \
	}

static const struct codec codecs[] = {
	[SQL_BOOL] = SCALAR(16, 1000, 1, bool, opt_bool, put_bool, get_bool),
	[SQL_I16] = SCALAR(21, 1005, 2, int64_t, opt_i64, put_i16, get_integer),
	[SQL_I32] = SCALAR(23, 1007, 4, int64_t, opt_i64, put_i32, get_integer),
	[SQL_I64] = SCALAR(20, 1016, 8, int64_t, opt_i64, put_i64, get_integer),
	[SQL_F64] = SCALAR(701, 1022, 8, double, opt_f64, put_f64, get_f64),
	[SQL_TEXT] = STRING(25, 1009, get_text),
	[SQL_JSONB] = STRING(3802, 3807, get_jsonb),
	[SQL_JSON] = STRING(114, 199, get_text),
	[SQL_BYTEA] = STRING(17, 1001, get_text),
	[SQL_UUID] = SCALAR(2950, 2951, 16, struct uuid, opt_uuid, put_uuid, get_uuid),
	[SQL_TIME] = SCALAR(1184, 1185, 8, int64_t, opt_i64, put_time, get_time),
	[SQL_UUIDS] = LIST(2951, SQL_UUID),
	[SQL_TEXTS] = LIST(1009, SQL_TEXT),
	[SQL_I64S] = LIST(1016, SQL_I64),
	[SQL_I32S] = LIST(1007, SQL_I32),
	[SQL_TIMES] = LIST(1185, SQL_TIME),
	[SQL_BOOLS] = LIST(1000, SQL_BOOL),
	[SQL_CHOICE] = { .oid = 25, .array_oid = 1009, .size = sizeof(int), .element = -1 },
	[SQL_AMOUNT] = SCALAR(20, 1016, 8, int64_t, opt_i64, put_i64, get_integer),
	[SQL_CURRENCY] = { .oid = 25,
	                   .array_oid = 1009,
	                   .width = CURRENCY_LEN,
	                   .size = sizeof(((struct money *)0)->currency),
	                   .element = -1,
	                   .put = put_currency,
	                   .get = get_currency },
};

Oid value_oid(enum sql_type type)
{
	return codecs[type].oid;
}

Oid value_array_oid(enum sql_type type)
{
	return codecs[type].array_oid;
}

static bool is_money(const struct sql_value *value)
{
	return value->type == SQL_AMOUNT || value->type == SQL_CURRENCY;
}

/* Where in a struct money this half of it is. */
static size_t half_of(const struct sql_value *value)
{
	return value->type == SQL_AMOUNT ? offsetof(struct money, amount) : offsetof(struct money, currency);
}

/* Null for what is none of them: a bug of the caller, which must end its attempt and no other. */
static struct str word_of(const struct choice *choice, const char *value)
{
	int number;

	memcpy(&number, value, sizeof(number));
	for (int i = 1; choice->names[i]; i++) {
		if (i == number)
			return str_from(choice->names[i]);
	}
	return STR_NULL;
}

/* The value behind a field, or NULL for SQL's NULL. */
static const char *present(const struct sql_value *param, const void *field)
{
	const struct codec *codec = &codecs[param->type];

	if (param->type == SQL_CHOICE)
		return *(const int *)field ? field : NULL;
	if (is_money(param))
		return ((const struct money *)field)->currency[0] ? (const char *)field + half_of(param) : NULL;
	if (!codec->width)
		return codec->element < 0 && !((const struct str *)field)->ptr ? NULL : field;
	if (!param->nullable)
		return field;
	return *(const bool *)field ? (const char *)field + codec->opt_offset : NULL;
}

bool value_is_present(const struct sql_value *param, const void *field)
{
	return present(param, field) != NULL;
}

static bool in_range(enum sql_type type, const char *value)
{
	if (type == SQL_I16)
		return load_i64(value) == (int16_t)load_i64(value);
	if (type == SQL_I32)
		return load_i64(value) == (int32_t)load_i64(value);
	return true;
}

static size_t measure_list(const struct codec *list, const char *value)
{
	const struct codec *codec = &codecs[list->element];
	const struct list_any *any = (const void *)value;
	size_t size = any->count ? VALUE_ARRAY_HEAD : VALUE_ARRAY_HEAD - 8;

	for (size_t i = 0; i < any->count; i++)
		size += 4 + (codec->width ? codec->width : ((const struct str *)(const void *)any->items)[i].len);
	return size;
}

static bool list_in_range(const struct codec *list, const char *value)
{
	const struct list_any *any = (const void *)value;

	if (list->element != SQL_I32)
		return true;
	for (size_t i = 0; i < any->count; i++)
		if (!in_range(SQL_I32, any->items + i * codecs[SQL_I32].size))
			return false;
	return true;
}

static bool is_acceptable(const struct sql_value *param, const char *value)
{
	const struct codec *codec = &codecs[param->type];

	if (param->type == SQL_CHOICE)
		return !str_is_null(word_of(param->choice, value));
	return codec->element >= 0 ? list_in_range(codec, value) : in_range(param->type, value);
}

static size_t measure(const struct sql_value *param, const char *value)
{
	const struct codec *codec = &codecs[param->type];

	if (param->type == SQL_CHOICE)
		return word_of(param->choice, value).len;
	if (codec->element >= 0)
		return measure_list(codec, value);
	return codec->width ? codec->width
	                    : ((const struct str *)(const void *)value)->len + (param->type == SQL_JSONB);
}

int64_t value_measure(const struct sql_statement *statement, const struct sql_value *param, const void *field)
{
	const char *value = present(param, field);

	if (!value) {
		if (!param->nullable)
			fail("%s: parameter %s is NULL", statement->name, param->name);
		return -1;
	}
	if (!is_acceptable(param, value))
		fail("%s: parameter %s is out of range", statement->name, param->name);
	size_t size = measure(param, value);
	if (size > QUEUE_BYTES)
		fail("%s: parameter %s is too large", statement->name, param->name);
	return (int64_t)size;
}

static char *put_u32(char *out, uint32_t number)
{
	uint32_t wire = htobe32(number);

	memcpy(out, &wire, sizeof(wire));
	return out + sizeof(wire);
}

char *value_array_head(char *out, Oid element, bool nulls, size_t count)
{
	out = put_u32(out, count ? 1 : 0);
	out = put_u32(out, nulls);
	out = put_u32(out, element);
	if (!count)
		return out;
	out = put_u32(out, (uint32_t)count);
	return put_u32(out, 1);
}

char *value_element(char *out, const char *bytes, size_t len)
{
	out = put_u32(out, bytes ? (uint32_t)len : UINT32_MAX);
	if (len)
		memcpy(out, bytes, len);
	return out + len;
}

static char *encode_string(char *out, enum sql_type type, const char *value)
{
	struct str text = *(const struct str *)(const void *)value;

	if (type == SQL_JSONB)
		*out++ = JSONB_VERSION;
	if (text.len)
		memcpy(out, text.ptr, text.len);
	return out + text.len;
}

static char *encode_element(char *out, enum sql_type type, const char *item)
{
	const struct codec *codec = &codecs[type];

	if (codec->width) {
		out = put_u32(out, codec->width);
		codec->put(out, item);
		return out + codec->width;
	}
	const struct str *text = (const void *)item;
	return value_element(out, text->ptr, text->len);
}

static char *encode_list(char *out, const struct codec *list, const char *value)
{
	const struct codec *codec = &codecs[list->element];
	const struct list_any *any = (const void *)value;
	bool nulls = false;

	if (!codec->width)
		for (size_t i = 0; i < any->count; i++)
			nulls |= !((const struct str *)(const void *)any->items)[i].ptr;
	out = value_array_head(out, codec->oid, nulls, any->count);
	for (size_t i = 0; i < any->count; i++)
		out = encode_element(out, (enum sql_type)list->element, any->items + i * codec->size);
	return out;
}

char *value_encode(char *out, const struct sql_value *param, const void *field)
{
	const struct codec *codec = &codecs[param->type];
	const char *value = present(param, field);

	CHECK(value);
	if (param->type == SQL_CHOICE) {
		struct str word = word_of(param->choice, value);

		return encode_string(out, SQL_TEXT, (const char *)&word);
	}
	if (codec->element >= 0)
		return encode_list(out, codec, value);
	if (!codec->width)
		return encode_string(out, param->type, value);
	codec->put(out, value);
	return out + codec->width;
}

static uint32_t wire_u32(const char *bytes)
{
	uint32_t wire;

	memcpy(&wire, bytes, sizeof(wire));
	return be32toh(wire);
}

static bool decode_items(char *items, size_t count, const struct codec *codec, const char *at, const char *end,
                         struct arena *arena)
{
	for (size_t i = 0; i < count; i++, items += codec->size) {
		if (end - at < 4)
			return false;
		uint32_t len = wire_u32(at);
		at += 4;
		if (len == UINT32_MAX && !codec->width)
			continue; /* a null text: the item is zeroed already */
		if (len > (size_t)(end - at) || !codec->get(items, at, (int)len, arena))
			return false;
		at += len;
	}
	return true;
}

static bool decode_list(void *ret, const struct codec *list, const char *bytes, int len, struct arena *arena)
{
	const struct codec *codec = &codecs[list->element];
	struct list_any *any = ret;

	if (len < VALUE_ARRAY_HEAD - 8)
		return false;
	if (wire_u32(bytes) == 0) {
		any->items = arena_alloc(arena, 0);
		return true;
	}
	if (wire_u32(bytes) != 1 || len < VALUE_ARRAY_HEAD)
		return false;
	size_t count = wire_u32(bytes + 12);
	if (count > (size_t)len / 4)
		return false;
	char *items = arena_array(arena, count, codec->size);
	any->items = items;
	any->count = count;
	return decode_items(items, count, codec, bytes + VALUE_ARRAY_HEAD, bytes + len, arena);
}

bool value_decode(void *field, const struct sql_value *column, const char *bytes, int len, struct arena *arena)
{
	const struct codec *codec = &codecs[column->type];

	if (column->type == SQL_CHOICE) {
		*(int *)field = choice_parse(column->choice, (struct str){ bytes, (size_t)len });
		return *(int *)field != 0;
	}
	if (is_money(column))
		return codec->get((char *)field + half_of(column), bytes, len, arena);
	if (codec->element >= 0)
		return decode_list(field, codec, bytes, len, arena);
	if (codec->width && column->nullable) {
		*(bool *)field = true;
		field = (char *)field + codec->opt_offset;
	}
	return codec->get(field, bytes, len, arena);
}
