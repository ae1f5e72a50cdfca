/* SPDX-License-Identifier: Apache-2.0 */
#include "json/kind.h"

#include "base/check.h"

static bool never(const void *member)
{
	return false;
}

static bool unset(const void *member)
{
	return !*(const bool *)member;
}

static bool null_str(const void *member)
{
	return ((const struct str *)member)->ptr == NULL;
}

static bool null_object(const void *member)
{
	return *(const void *const *)member == NULL;
}

static bool null_items(const void *member)
{
	return ((const struct any_list *)member)->items == NULL;
}

static bool zero_choice(const void *member)
{
	return *(const int *)member == 0;
}

static bool no_currency(const void *member)
{
	return ((const struct money *)member)->currency[0] == 0;
}

#define PLAIN(name, type, absent) [JSON_##name] = { .base = JSON_##name, .size = sizeof(type), .is_absent = (absent) }
#define OPT(name, type) \
	[JSON_opt_##name] = { .base = JSON_##name, \
		              .opt = true, \
		              .value_at = offsetof(struct type, value), \
		              .size = sizeof(struct type), \
		              .is_absent = unset }

const struct kind kinds[] = {
	PLAIN(str, struct str, null_str),
	PLAIN(i64, int64_t, never),
	OPT(i64, opt_i64),
	PLAIN(f64, double, never),
	PLAIN(boolean, bool, never),
	OPT(boolean, opt_bool),
	PLAIN(uuid, struct uuid, never),
	OPT(uuid, opt_uuid),
	PLAIN(time, int64_t, never),
	OPT(time, opt_i64),
	PLAIN(money, struct money, no_currency),
	OPT(money, opt_money),
	PLAIN(choice, int, zero_choice),
	PLAIN(object, const void *, null_object),
	PLAIN(list, struct any_list, null_items),
	PLAIN(strs, struct str_list, null_items),
	PLAIN(uuids, struct uuid_list, null_items),
	PLAIN(raw, struct str, null_str),
};
_Static_assert(ARRAY_COUNT(kinds) == KIND_COUNT, "a row for each kind");
_Static_assert(offsetof(struct opt_i64, set) == 0 && offsetof(struct opt_bool, set) == 0 &&
                       offsetof(struct opt_uuid, set) == 0 && offsetof(struct opt_money, set) == 0,
               "the flag comes first");

static const int64_t default_max[KIND_COUNT] = {
	[JSON_str] = STR_MAX_DEFAULT,    [JSON_list] = LIST_MAX_DEFAULT, [JSON_strs] = LIST_MAX_DEFAULT,
	[JSON_uuids] = LIST_MAX_DEFAULT, [JSON_raw] = RAW_MAX_DEFAULT,
};

bool field_is_required(const struct schema_field *field)
{
	return !field->optional && !kinds[field->kind].opt;
}

bool field_is_absent(const struct schema_field *field, const void *member)
{
	return kinds[field->kind].is_absent(member);
}

bool kind_can_be_absent(enum json_kind kind)
{
	return kinds[kind].is_absent != never;
}

int64_t field_min(const struct schema_field *field)
{
	if (field->min == 0 && field->max == 0 && !default_max[field->kind])
		return INT64_MIN;
	return field->min;
}

int64_t field_max(const struct schema_field *field)
{
	if (field->max != 0 || field->min < 0)
		return field->max;
	return default_max[field->kind] ? default_max[field->kind] : INT64_MAX;
}

size_t field_item_max(const struct schema_field *field)
{
	return field->item_max > 0 ? (size_t)field->item_max : STR_MAX_DEFAULT;
}
