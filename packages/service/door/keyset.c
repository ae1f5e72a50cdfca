/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers have eight bytes and texts their length in two, most significant first. The types stand beside the values
 * because a list may get other keys while cursors of the last release are still out; their numbers are stored, so they
 * do not change.
 */
#include "service/door/keyset.h"

#include <string.h>

#include "base/buf.h"
#include "http/message.h"
#include "service/page.h"
#include "task/task.h"

enum carried { CARRIED_NOT, CARRIED_NUMBER = 1, CARRIED_REAL = 2, CARRIED_FLAG = 3, CARRIED_TEXT = 4, CARRIED_ID = 5 };

static enum carried carried_as(enum sql_type type)
{
	static const enum carried kinds[] = {
		[SQL_BOOL] = CARRIED_FLAG,  [SQL_I16] = CARRIED_NUMBER,  [SQL_I32] = CARRIED_NUMBER,
		[SQL_I64] = CARRIED_NUMBER, [SQL_F64] = CARRIED_REAL,    [SQL_TEXT] = CARRIED_TEXT,
		[SQL_UUID] = CARRIED_ID,    [SQL_TIME] = CARRIED_NUMBER,
	};

	return (size_t)type < sizeof(kinds) / sizeof(kinds[0]) ? kinds[type] : CARRIED_NOT;
}

bool keyset_can_carry(enum sql_type type)
{
	return carried_as(type) != CARRIED_NOT;
}

/* ---- Writing -------------------------------------------------------------------------------------------------- */

static void put_number(struct buf *buf, uint64_t number, size_t bytes)
{
	while (bytes--)
		buf_char(buf, (char)(number >> 8 * bytes));
}

static void put_key(struct buf *buf, enum carried carried, const char *member)
{
	uint64_t bits;
	struct str text;

	buf_char(buf, (char)carried);
	switch (carried) {
	case CARRIED_NUMBER:
	case CARRIED_REAL:
		memcpy(&bits, member, sizeof(bits));
		put_number(buf, bits, sizeof(bits));
		break;
	case CARRIED_FLAG:
		buf_char(buf, *(const bool *)member);
		break;
	case CARRIED_TEXT:
		text = *(const struct str *)member;
		put_number(buf, text.len, 2);
		buf_str(buf, text);
		break;
	case CARRIED_ID:
		buf_append(buf, member, sizeof(struct uuid));
		break;
	case CARRIED_NOT:
		break;
	}
}

struct str keyset_write(struct arena *arena, const struct sql_order *order, const void *row)
{
	struct buf buf;

	buf_init_arena(&buf, arena, CURSOR_PAYLOAD_MAX);
	for (size_t i = 0; i < order->key_count; i++) {
		const struct sql_key *key = &order->keys[i];

		put_key(&buf, carried_as(key->type), (const char *)row + key->offset);
	}
	if (buf.overflow)
		fail("the keys of %s are longer than a cursor carries", order->name);
	return buf_view(&buf);
}

/* ---- Reading -------------------------------------------------------------------------------------------------- */

static int take_bytes(struct str *rest, size_t len, struct str *ret)
{
	if (rest->len < len)
		return -1;
	*ret = str_slice(*rest, 0, len);
	*rest = str_slice(*rest, len, rest->len);
	return 0;
}

static int take_number(struct str *rest, size_t len, uint64_t *ret)
{
	struct str bytes;

	if (take_bytes(rest, len, &bytes))
		return -1;
	*ret = 0;
	for (size_t i = 0; i < len; i++)
		*ret = *ret << 8 | (uint8_t)bytes.ptr[i];
	return 0;
}

static int take_text(struct str *rest, struct str *ret)
{
	uint64_t len;

	return take_number(rest, 2, &len) || take_bytes(rest, len, ret) ? -1 : 0;
}

static int take_id(struct str *rest, struct uuid *ret)
{
	struct str bytes;

	if (take_bytes(rest, sizeof(ret->bytes), &bytes))
		return -1;
	memcpy(ret->bytes, bytes.ptr, sizeof(ret->bytes));
	return 0;
}

static int take_key(struct str *rest, enum carried carried, union sql_key_value *ret)
{
	uint64_t bits;

	if (take_number(rest, 1, &bits) || bits != carried)
		return -1;
	if (carried == CARRIED_TEXT)
		return take_text(rest, &ret->text);
	if (carried == CARRIED_ID)
		return take_id(rest, &ret->id);
	if (take_number(rest, carried == CARRIED_FLAG ? 1 : sizeof(bits), &bits))
		return -1;
	if (carried == CARRIED_FLAG)
		ret->flag = bits != 0;
	else
		memcpy(ret, &bits, sizeof(bits)); /* a number, or the bits of a real */
	return 0;
}

int keyset_read(const struct sql_order *order, struct str payload, union sql_key_value ret[SQL_KEYS_MAX])
{
	for (size_t i = 0; i < order->key_count; i++)
		if (take_key(&payload, carried_as(order->keys[i].type), &ret[i]))
			return -1;
	return payload.len ? -1 : 0;
}
