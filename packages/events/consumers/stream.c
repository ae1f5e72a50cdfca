/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields always come in the same order: Redis then stores their names once for a whole node of the stream instead
 * of with each entry.
 */
#include "events/consumers/stream.h"

#include "base/check.h"

enum kind { TEXT, NUMBER, ID, OPT_ID }; /* an absent id is the nil one */

static const struct field {
	struct str name;
	enum kind kind;
	size_t offset;
	bool required;
} fields[STREAM_FIELDS] = {
	{ { "id", 2 }, ID, offsetof(struct event, id), true },
	{ { "position", 8 }, NUMBER, offsetof(struct event, position), true },
	{ { "type", 4 }, TEXT, offsetof(struct event, type), true },
	{ { "version", 7 }, NUMBER, offsetof(struct event, version), true },
	{ { "aggregate", 9 }, TEXT, offsetof(struct event, aggregate), false },
	{ { "aggregate_id", 12 }, ID, offsetof(struct event, aggregate_id), false },
	{ { "aggregate_seq", 13 }, NUMBER, offsetof(struct event, aggregate_seq), false },
	{ { "occurred_at", 11 }, NUMBER, offsetof(struct event, occurred_at), false },
	{ { "source", 6 }, TEXT, offsetof(struct event, source), false },
	{ { "correlation_id", 14 }, ID, offsetof(struct event, correlation_id), false },
	{ { "causation_id", 12 }, OPT_ID, offsetof(struct event, causation_id), false },
	{ { "traceparent", 11 }, TEXT, offsetof(struct event, traceparent), false },
	{ { "data", 4 }, TEXT, offsetof(struct event, data), true },
};

static struct str value_text(struct arena *arena, const struct field *field, const struct event *event)
{
	const void *member = (const char *)event + field->offset;

	switch (field->kind) {
	case TEXT:
		return *(const struct str *)member;
	case NUMBER:
		return str_printf(arena, "%lld", (long long)*(const int64_t *)member);
	case OPT_ID:
		return uuid_text(arena, ((const struct opt_uuid *)member)->value);
	default:
		return uuid_text(arena, *(const struct uuid *)member);
	}
}

void stream_xadd(struct arena *arena, struct str key, const struct event *event, struct str *args)
{
	*args++ = STR("XADD");
	*args++ = key;
	*args++ = STR("*");
	for (size_t i = 0; i < STREAM_FIELDS; i++) {
		*args++ = fields[i].name;
		*args++ = value_text(arena, &fields[i], event);
	}
}

static int parse_opt_id(struct str text, struct opt_uuid *ret)
{
	struct uuid id;

	if (uuid_parse(text, &id))
		return -1;
	if (!uuid_is_nil(id))
		*ret = SOME(uuid, id);
	return 0;
}

static int parse_value(const struct field *field, struct str text, struct event *ret)
{
	void *member = (char *)ret + field->offset;

	switch (field->kind) {
	case TEXT:
		*(struct str *)member = text;
		return 0;
	case NUMBER:
		return str_to_i64(text, member);
	case OPT_ID:
		return parse_opt_id(text, member);
	default:
		return uuid_parse(text, member);
	}
}

/* Usually the fields come in our own order: `hint` is where to look first. */
static size_t field_find(struct str name, size_t hint)
{
	for (size_t i = 0; i < STREAM_FIELDS; i++) {
		size_t at = (hint + i) % STREAM_FIELDS;
		if (str_eq(fields[at].name, name))
			return at;
	}
	return STREAM_FIELDS;
}

int stream_parse(const struct redis_value *value, struct event *ret)
{
	uint32_t seen = 0;

	*ret = (struct event){ 0 };
	if (value->kind != REDIS_ARRAY)
		return -1;
	for (size_t i = 0; i + 1 < value->count; i += 2) {
		size_t at = field_find(value->items[i].str, i / 2);
		if (at == STREAM_FIELDS)
			continue;
		if (value->items[i + 1].kind != REDIS_STR || parse_value(&fields[at], value->items[i + 1].str, ret))
			return -1;
		seen |= UINT32_C(1) << at;
	}
	for (size_t i = 0; i < STREAM_FIELDS; i++)
		if (fields[i].required && !(seen & UINT32_C(1) << i))
			return -1;
	return 0;
}
