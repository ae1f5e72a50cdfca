/* SPDX-License-Identifier: Apache-2.0 */
/* A part of a shape is a shape: copies of the rows that were named, so the writer knows nothing of it. */
#include <string.h>

#include "json/json.h"

static const struct schema_field *field_find(const struct schema *schema, struct str name)
{
	for (size_t i = 0; i < schema->field_count; i++)
		if (str_eq(name, (struct str){ schema->fields[i].name, schema->fields[i].name_len }))
			return &schema->fields[i];
	return NULL;
}

/* A null rest in a name: all of it. */
static struct str head_of(struct str name, struct str *ret_rest)
{
	struct str head = str_cut(&name, '.');

	*ret_rest = name;
	return head;
}

static bool is_known(const struct schema *schema, struct str name)
{
	struct str rest, head = head_of(name, &rest);
	const struct schema_field *field = field_find(schema, head);

	return field && (str_is_null(rest) || (field->object && is_known(field->object, rest)));
}

static const struct schema *select_known(struct arena *arena, const struct schema *schema,
                                         const struct str_list *names);

/* False: nobody named it. */
static bool field_select(struct arena *arena, struct schema_field *field, const struct str_list *names)
{
	struct str_list inner = { ARENA_ARRAY(arena, struct str, names->count), 0 };
	struct str name = { field->name, field->name_len }, rest;

	for (size_t i = 0; i < names->count; i++) {
		if (!str_eq(head_of(names->items[i], &rest), name))
			continue;
		if (str_is_null(rest))
			return true;
		inner.items[inner.count++] = rest;
	}
	if (inner.count)
		field->object = select_known(arena, field->object, &inner);
	return inner.count > 0;
}

static const struct schema *select_known(struct arena *arena, const struct schema *schema, const struct str_list *names)
{
	struct schema *part = arena_copy(arena, schema, sizeof(*schema));
	struct schema_field *fields = arena_copy(arena, schema->fields, schema->field_count * sizeof(*fields));

	part->fields = fields;
	part->field_count = 0;
	for (size_t i = 0; i < schema->field_count; i++) {
		struct schema_field field = schema->fields[i];

		if (field_select(arena, &field, names))
			fields[part->field_count++] = field;
	}
	return part;
}

const struct schema *json_select(struct arena *arena, const struct schema *schema, const struct str_list *names,
                                 struct str *ret_unknown)
{
	for (size_t i = 0; i < names->count; i++) {
		if (is_known(schema, names->items[i]))
			continue;
		*ret_unknown = names->items[i];
		return NULL;
	}
	return select_known(arena, schema, names);
}
