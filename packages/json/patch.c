/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "json/json.h"
#include "json/kind.h"

static const struct schema_field *namesake(const struct schema *schema, const struct schema_field *field)
{
	for (size_t i = 0; i < schema->field_count; i++) {
		const struct schema_field *other = &schema->fields[i];

		if (other->name_len == field->name_len && memcmp(other->name, field->name, field->name_len) == 0)
			return other;
	}
	return NULL;
}

static bool same_kind(const struct schema_field *a, const struct schema_field *b)
{
	return kinds[a->kind].base == kinds[b->kind].base;
}

static bool may_be_absent(const struct schema_field *field)
{
	return kind_can_be_absent(field->kind) && (field->nullable || !field_is_required(field));
}

/* NULL where all is well. */
static const char *misfit(const struct schema_field *from, const struct schema_field *to)
{
	if (!to)
		return "has no namesake";
	if (!same_kind(from, to))
		return "is of another kind than its namesake";
	if (from->kind == JSON_choice && from->choice != to->choice)
		return "is another choice than its namesake";
	if (from->object != to->object)
		return "is of another shape than its namesake";
	if (from->nullable && !kind_can_be_absent(from->kind))
		return "is nullable, and its kind cannot tell null from zero";
	if (to->nullable && !from->nullable)
		return "is not nullable, and its namesake could not be emptied";
	if (from->nullable && !may_be_absent(to))
		return "is nullable, and its namesake is never absent";
	return NULL;
}

int json_patch_check(const struct schema *patch_schema, const struct schema *target_schema, char *why, size_t size)
{
	if (patch_schema->field_count > JSON_SENT_MAX) {
		snprintf(why, size, "%s has more than %d members", patch_schema->name, JSON_SENT_MAX);
		return -1;
	}
	for (size_t i = 0; i < patch_schema->field_count; i++) {
		const struct schema_field *field = &patch_schema->fields[i];
		const char *reason = misfit(field, namesake(target_schema, field));

		if (!reason)
			continue;
		snprintf(why, size, "%s.%s %s in %s", patch_schema->name, field->name, reason, target_schema->name);
		return -1;
	}
	return 0;
}

static void patch_member(const struct schema_field *from, const char *member, const struct schema_field *to, char *out)
{
	const struct kind *give = &kinds[from->kind], *take = &kinds[to->kind];

	if (field_is_absent(from, member)) {
		CHECK(may_be_absent(to));
		memset(out, 0, take->size);
		return;
	}
	if (take->opt)
		*(bool *)out = true;
	memcpy(out + take->value_at, member + give->value_at, kinds[give->base].size);
}

void json_patch(const struct schema *patch_schema, const void *patch, uint64_t sent, const struct schema *target_schema,
                void *target)
{
	CHECK(patch_schema->field_count <= JSON_SENT_MAX);
	for (size_t i = 0; i < patch_schema->field_count; i++) {
		const struct schema_field *from = &patch_schema->fields[i], *to;

		if (!(sent >> i & 1))
			continue;
		to = namesake(target_schema, from);
		CHECK(to && same_kind(from, to) && from->object == to->object);
		patch_member(from, (const char *)patch + from->offset, to, (char *)target + to->offset);
	}
}
