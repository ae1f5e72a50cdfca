/* SPDX-License-Identifier: Apache-2.0 */
#include "service/place.h"

#include "base/check.h"

struct place place_read(struct request *req, struct str cursor)
{
	struct str payload = page_cursor(req, cursor);
	struct place place = { .set = true };

	if (str_is_null(payload))
		return (struct place){ .set = false };
	if (payload.len < UUID_TEXT_LEN || uuid_parse(str_slice(payload, 0, UUID_TEXT_LEN), &place.id))
		refuse(&problem_invalid_cursor, "the cursor belongs to another list");
	place.key = str_slice(payload, UUID_TEXT_LEN, payload.len);
	return place;
}

struct str place_next(struct request *req, struct uuid id, struct str key)
{
	char text[UUID_TEXT_LEN];

	uuid_format(id, text);
	return page_next(req, true, str_printf(task_arena(), "%.*s%.*s", UUID_TEXT_LEN, text, STR_ARG(key)));
}

struct opt_i64 place_number(struct place place)
{
	int64_t number;

	if (!place.set)
		return NONE(i64);
	if (str_to_i64(place.key, &number))
		refuse(&problem_invalid_cursor, "the cursor belongs to another list");
	return SOME(i64, number);
}

int64_t place_number_or(struct place place, int64_t first)
{
	struct opt_i64 number = place_number(place);

	return number.set ? number.value : first;
}

struct str number_key(int64_t number)
{
	return str_printf(task_arena(), "%lld", (long long)number);
}

int64_t page_limit(struct opt_i64 limit)
{
	return (limit.set ? limit.value : PAGE_LIMIT_DEFAULT) + 1;
}

struct page page_cut(size_t found, struct opt_i64 limit)
{
	bool has_more = (int64_t)found == page_limit(limit);

	return (struct page){ .has_more = has_more, .shown = has_more ? found - 1 : found };
}
