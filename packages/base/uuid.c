/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that makes several ids in one millisecond counts in rand_a, starting in its lower half so that
 * there is room; a full counter borrows the next millisecond. A clock that steps back a little is waited
 * out by counting on, but a big step is believed: order is a courtesy to indexes, not a promise.
 */
#include "base/uuid.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/random.h"

enum { COUNTER_MAX = 0xfff, BELIEVED_STEP_MS = 1000 };

static _Thread_local struct {
	int64_t ms;
	unsigned counter;
} latest;

static void tick(int64_t now_ms, unsigned start)
{
	if (now_ms > latest.ms || now_ms < latest.ms - BELIEVED_STEP_MS) {
		latest.ms = now_ms;
		latest.counter = start & (COUNTER_MAX >> 1);
	} else if (latest.counter < COUNTER_MAX) {
		latest.counter++;
	} else {
		latest.ms++;
		latest.counter = 0;
	}
}

static void set_version(struct uuid *id, uint8_t version)
{
	id->bytes[6] = (uint8_t)((id->bytes[6] & 0x0f) | version << 4);
	id->bytes[8] = (uint8_t)((id->bytes[8] & 0x3f) | 0x80);
}

struct uuid uuid_new_v7(int64_t now_us)
{
	struct uuid id;

	random_bytes(id.bytes + 6, 10);
	tick(now_us / 1000, (unsigned)id.bytes[6] << 8 | id.bytes[7]);
	for (int i = 0; i < 6; i++)
		id.bytes[i] = (uint8_t)(latest.ms >> (40 - 8 * i));
	id.bytes[6] = (uint8_t)(latest.counter >> 8);
	id.bytes[7] = (uint8_t)latest.counter;
	set_version(&id, 7);
	return id;
}

int64_t uuid_time_us(struct uuid id)
{
	int64_t ms = 0;

	for (int i = 0; i < 6; i++)
		ms = ms << 8 | id.bytes[i];
	return ms * 1000;
}

struct uuid uuid_from_name(struct str name)
{
	static const uint8_t keys[2][16] = { "stoa name, left", "stoa name, right" };
	static const uint8_t begun[6] = { 0x01, 0x9b, 0x76, 0xda, 0xa8, 0x00 }; /* 2026-01-01T00:00:00Z in ms */
	struct uuid id;

	for (int half = 0; half < 2; half++) {
		uint64_t hash = hash_keyed(keys[half], name.ptr, name.len);

		for (int i = 0; i < 8; i++)
			id.bytes[half * 8 + i] = (uint8_t)(hash >> (8 * i));
	}
	memcpy(id.bytes, begun, sizeof(begun));
	set_version(&id, 7);
	return id;
}

bool uuid_eq(struct uuid a, struct uuid b)
{
	return memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}

int uuid_cmp(struct uuid a, struct uuid b)
{
	return memcmp(a.bytes, b.bytes, sizeof(a.bytes));
}

bool uuid_is_nil(struct uuid id)
{
	return uuid_eq(id, (struct uuid){ 0 });
}

/* -1 for anything but a hexadecimal digit. */
static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool hyphen_before(size_t byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

int uuid_parse(struct str text, struct uuid *ret)
{
	struct uuid id;
	size_t at = 0;

	if (text.len != UUID_TEXT_LEN)
		return -1;
	for (size_t i = 0; i < sizeof(id.bytes); i++) {
		int high, low;

		if (hyphen_before(i) && text.ptr[at++] != '-')
			return -1;
		high = nibble(text.ptr[at++]);
		low = nibble(text.ptr[at++]);
		if (high < 0 || low < 0)
			return -1;
		id.bytes[i] = (uint8_t)(high << 4 | low);
	}
	*ret = id;
	return 0;
}

void uuid_format(struct uuid id, char out[UUID_TEXT_LEN])
{
	static const char digits[] = "0123456789abcdef";
	size_t at = 0;

	for (size_t i = 0; i < sizeof(id.bytes); i++) {
		if (hyphen_before(i))
			out[at++] = '-';
		out[at++] = digits[id.bytes[i] >> 4];
		out[at++] = digits[id.bytes[i] & 15];
	}
}

struct str uuid_text(struct arena *arena, struct uuid id)
{
	char *text = arena_alloc_raw(arena, UUID_TEXT_LEN);

	uuid_format(id, text);
	return (struct str){ text, UUID_TEXT_LEN };
}
