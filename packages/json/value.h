/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text into members, and the rules a value can break, in the same words wherever it came from: JSON or a query. Each
 * function gives STR_NULL where all is well, or the rule that is broken, in the arena.
 */
#ifndef STOA_JSON_VALUE_H
#define STOA_JSON_VALUE_H

#include "base/arena.h"
#include "base/str.h"
#include "json/schema.h"

typedef struct str value_parse(struct arena *arena, const struct schema_field *field, struct str text, void *ret);

/* By plain kind: str, uuid, time and choice out of a string's text, i64 and f64 out of a number's, boolean out of true
 * or false. NULL for the others. */
extern value_parse *const value_parsers[];

struct str value_range(struct arena *arena, const struct schema_field *field, int64_t value);
struct str value_count(struct arena *arena, const struct schema_field *field, size_t count); /* of a list */
/* Of strs; brings the item into its form. */
struct str value_item(struct arena *arena, const struct schema_field *field, struct str *text);
struct str value_too_many(struct arena *arena, const struct schema_field *field);

#endif
