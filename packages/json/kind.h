/* SPDX-License-Identifier: Apache-2.0 */
/* What the kinds have in common: an opt_ kind is its plain one behind a flag. */
#ifndef STOA_JSON_KIND_H
#define STOA_JSON_KIND_H

#include <stdbool.h>
#include <stddef.h>

#include "json/schema.h"

struct kind {
	enum json_kind base; /* the kind without opt_ */
	bool opt;            /* the member starts with `bool set` */
	size_t value_at;     /* of the value in the member */
	size_t size;         /* of the member */
	bool (*is_absent)(const void *member);
};

extern const struct kind kinds[];

enum { STR_MAX_DEFAULT = 1000, LIST_MAX_DEFAULT = 1000, RAW_MAX_DEFAULT = 65536, KIND_COUNT = JSON_raw + 1 };

/* All list structs start like this. */
struct any_list {
	void *items;
	size_t count;
};

bool field_is_required(const struct schema_field *field);
bool field_is_absent(const struct schema_field *field, const void *member);
bool kind_can_be_absent(enum json_kind kind); /* false: i64, f64, boolean, uuid, time */

/* Bounds with the defaults filled in. */
int64_t field_min(const struct schema_field *field);
int64_t field_max(const struct schema_field *field);
size_t field_item_max(const struct schema_field *field);

#endif
