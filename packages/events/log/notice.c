/* SPDX-License-Identifier: Apache-2.0 */
#include "events/log/notice.h"

#include <string.h>

#include "base/list.h"
#include "redis/redis.h"

static void put_hex(char *out, uint64_t value)
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 15; i >= 0; i--, value >>= 4)
		out[i] = digits[value & 15];
}

static uint64_t half_of(struct uuid id, size_t from)
{
	uint64_t half = 0;

	for (size_t i = from; i < from + 8; i++)
		half = half << 8 | id.bytes[i];
	return half;
}

void change_notice_send(struct change_notice *notice, struct redis *redis)
{
	const struct str args[] = { STR("PUBLISH"), STR(CHANGES_CHANNEL), { notice->text, notice->len } };

	if (redis && notice->len)
		redis_send(redis, args, ARRAY_COUNT(args));
	notice->len = 0;
}

void change_notice_add(struct change_notice *notice, struct redis *redis, struct uuid id, int64_t seq)
{
	char entry[CHANGE_LEN];

	put_hex(entry, half_of(id, 0));
	put_hex(entry + 16, half_of(id, 8));
	put_hex(entry + 32, (uint64_t)seq);
	/* Events of one aggregate come one after the other, in order. */
	if (notice->len && !memcmp(notice->text + notice->len - CHANGE_LEN, entry, 32))
		notice->len -= CHANGE_LEN;
	else if (notice->len == sizeof(notice->text))
		change_notice_send(notice, redis);
	memcpy(notice->text + notice->len, entry, CHANGE_LEN);
	notice->len += CHANGE_LEN;
}

static bool parse_hex(const char *text, uint64_t *ret)
{
	uint64_t value = 0;

	for (int i = 0; i < 16; i++) {
		char c = text[i];
		int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
		if (digit < 0)
			return false;
		value = value << 4 | (uint64_t)digit;
	}
	*ret = value;
	return true;
}

bool change_notice_next(struct str *message, struct uuid *ret_id, int64_t *ret_seq)
{
	uint64_t parts[3];

	if (message->len < CHANGE_LEN)
		return false;
	for (size_t i = 0; i < 3; i++)
		if (!parse_hex(message->ptr + 16 * i, &parts[i]))
			return false;
	for (size_t i = 0; i < 16; i++)
		ret_id->bytes[i] = (uint8_t)(parts[i / 8] >> (56 - 8 * (i % 8)));
	*ret_seq = (int64_t)parts[2];
	*message = str_slice(*message, CHANGE_LEN, message->len);
	return true;
}
