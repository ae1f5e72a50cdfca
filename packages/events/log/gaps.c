/* SPDX-License-Identifier: Apache-2.0 */
#include "events/log/gaps.h"

#include "base/check.h"

static void insert(struct gaps *gaps, size_t at, struct gap gap)
{
	if (gaps->count == gaps->room) {
		gaps->room = gaps->room ? 2 * gaps->room : 64;
		gaps->items = realloc(gaps->items, gaps->room * sizeof(*gaps->items));
		CHECK(gaps->items);
	}
	memmove(&gaps->items[at + 1], &gaps->items[at], (gaps->count - at) * sizeof(*gaps->items));
	gaps->items[at] = gap;
	gaps->count++;
}

static void erase(struct gaps *gaps, size_t at)
{
	gaps->count--;
	memmove(&gaps->items[at], &gaps->items[at + 1], (gaps->count - at) * sizeof(*gaps->items));
}

void gaps_done(struct gaps *gaps)
{
	free(gaps->items);
	*gaps = (struct gaps){ 0 };
}

void gaps_add(struct gaps *gaps, int64_t from, int64_t to, int64_t bound)
{
	CHECK(from <= to && (gaps->count == 0 || gaps->items[gaps->count - 1].to < from));
	insert(gaps, gaps->count, (struct gap){ from, to, bound });
}

bool gaps_load(struct gaps *gaps, int64_t from, int64_t to, int64_t bound)
{
	if (from > to || (gaps->count > 0 && gaps->items[gaps->count - 1].to >= from))
		return false;
	gaps_add(gaps, from, to, bound);
	return true;
}

void gaps_set_bound(struct gaps *gaps, int64_t bound)
{
	for (size_t i = 0; i < gaps->count; i++)
		if (gaps->items[i].bound == 0)
			gaps->items[i].bound = bound;
}

bool gaps_lack_bound(const struct gaps *gaps)
{
	for (size_t i = 0; i < gaps->count; i++)
		if (gaps->items[i].bound == 0)
			return true;
	return false;
}

void gaps_fill(struct gaps *gaps, int64_t position)
{
	for (size_t i = 0; i < gaps->count; i++) {
		struct gap gap = gaps->items[i];
		if (position < gap.from || position > gap.to)
			continue;
		erase(gaps, i);
		if (position < gap.to)
			insert(gaps, i, (struct gap){ position + 1, gap.to, gap.bound });
		if (gap.from < position)
			insert(gaps, i, (struct gap){ gap.from, position - 1, gap.bound });
		return;
	}
}

void gaps_drop(struct gaps *gaps, int64_t oldest)
{
	size_t kept = 0;

	for (size_t i = 0; i < gaps->count; i++)
		if (gaps->items[i].bound == 0 || gaps->items[i].bound > oldest)
			gaps->items[kept++] = gaps->items[i];
	gaps->count = kept;
}

void gaps_cut(struct gaps *gaps, int64_t offset)
{
	while (gaps->count > 0 && gaps->items[gaps->count - 1].from > offset)
		gaps->count--;
	if (gaps->count > 0 && gaps->items[gaps->count - 1].to > offset)
		gaps->items[gaps->count - 1].to = offset;
}
