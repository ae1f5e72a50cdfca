/* SPDX-License-Identifier: Apache-2.0 */
#include "telemetry/repeat.h"

#include <string.h>

#include "base/hash.h"

static struct repeat *repeat_find(struct repeats *repeats, uint64_t hash)
{
	for (size_t i = 0; i < REPEAT_SLOTS; i++)
		if (repeats->slots[i].until_us && repeats->slots[i].hash == hash)
			return &repeats->slots[i];
	return NULL;
}

/* One that is free, or that nobody has to hear of any more. */
static struct repeat *slot_find(struct repeats *repeats, int64_t now_us)
{
	for (size_t i = 0; i < REPEAT_SLOTS; i++)
		if (now_us >= repeats->slots[i].until_us && !repeats->slots[i].count)
			return &repeats->slots[i];
	return NULL;
}

bool repeats_hold(struct repeats *repeats, enum log_level level, struct str message, int64_t now_us)
{
	uint64_t hash = hash_str(message) + (uint64_t)level;
	struct repeat *slot = repeat_find(repeats, hash);

	if (slot && now_us < slot->until_us) {
		slot->count++;
		return true;
	}
	if (!slot)
		slot = slot_find(repeats, now_us);
	if (!slot)
		return false;
	slot->hash = hash;
	slot->until_us = now_us + REPEAT_US;
	slot->count = 0;
	slot->level = level;
	slot->len = message.len < REPEAT_TEXT_MAX ? message.len : REPEAT_TEXT_MAX;
	memcpy(slot->text, message.ptr, slot->len);
	return false;
}

bool repeats_take(struct repeats *repeats, int64_t now_us, struct repeat *ret)
{
	for (size_t i = 0; i < REPEAT_SLOTS; i++) {
		struct repeat *slot = &repeats->slots[i];

		if (!slot->count || now_us < slot->until_us)
			continue;
		*ret = *slot;
		/* What is said now is news no more: the next one is counted again. */
		slot->count = 0;
		slot->until_us = now_us + REPEAT_US;
		return true;
	}
	return false;
}
