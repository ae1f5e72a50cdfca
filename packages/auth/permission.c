/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows are constant, so the bit of a permission in a set is kept apart from them: an array of their addresses,
 * sorted, in which a row is found by halving. With two hundred of them that is eight comparisons a request.
 */
#include "auth/permission.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"

enum { WORD_BITS = 64 };

const struct permission permission_anyone = { .name = "anyone", .meaning = "No token needed", .roles = "" };
const struct permission permission_signed_in = {
	.name = "signed_in",
	.meaning = "Any account of this audience",
	.roles = "",
};

struct slot {
	const struct permission *permission;
	size_t index;
};

struct permissions {
	const struct permission **rows;
	struct slot *slots; /* by address */
	size_t count;
	const struct role **roles;
	size_t role_count;
	uint64_t *bits; /* a set a role */
	size_t words;   /* of a set */
};

static NORETURN void refuse_row(const char *what, const char *name, const char *why)
{
	fprintf(stderr, "%s %s: %s\n", what, name, why);
	check_failed(__FILE__, __LINE__, what);
}

/* ---- Slots -------------------------------------------------------------------------------------- */

static int compare_slots(const void *a, const void *b)
{
	uintptr_t one = (uintptr_t)((const struct slot *)a)->permission;
	uintptr_t other = (uintptr_t)((const struct slot *)b)->permission;

	return (one > other) - (one < other);
}

/* NULL: not one of these. */
static const struct slot *slot_find(const struct permissions *permissions, const struct permission *permission)
{
	struct slot wanted = { .permission = permission };

	return bsearch(&wanted, permissions->slots, permissions->count, sizeof(wanted), compare_slots);
}

static void add_row(struct permissions *permissions, const struct permission *row)
{
	for (size_t i = 0; i < permissions->count; i++)
		if (!strcmp(permissions->rows[i]->name, row->name))
			refuse_row("permission", row->name, "is a row of two services");
	permissions->slots[permissions->count] = (struct slot){ row, permissions->count };
	permissions->rows[permissions->count++] = row;
}

static void add_rows(struct permissions *permissions, const struct permission_list *lists, size_t count)
{
	add_row(permissions, &permission_anyone);
	add_row(permissions, &permission_signed_in);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < lists[i].count; k++)
			add_row(permissions, lists[i].items[k]);
	qsort(permissions->slots, permissions->count, sizeof(*permissions->slots), compare_slots);
}

/* ---- Roles -------------------------------------------------------------------------------------- */

/* Stable, so that roles alike in both stay as they were given. */
static void add_role(struct permissions *permissions, const struct role *role)
{
	size_t at = permissions->role_count++;

	if (at > 0 && role_find(permissions, str_from(role->name)))
		refuse_row("role", role->name, "is a row of two services");
	while (at > 0 && (permissions->roles[at - 1]->audience > role->audience ||
	                  (permissions->roles[at - 1]->audience == role->audience &&
	                   permissions->roles[at - 1]->reach > role->reach))) {
		permissions->roles[at] = permissions->roles[at - 1];
		at--;
	}
	permissions->roles[at] = role;
}

static bool names_role(const struct permission *permission, const struct role *role)
{
	struct str rest = str_from(permission->roles);

	while (!str_is_null(rest))
		if (str_eq(str_cut(&rest, ' '), str_from(role->name)))
			return true;
	return false;
}

static bool role_has(const struct role *role, const struct permission *permission)
{
	if (permission == &permission_anyone || permission == &permission_signed_in)
		return true;
	return role->reach == ROLE_REACHES_ALL ||
	       (role->reach == ROLE_REACHES_ALL_BUT_ROOT && permission->kind != PERMISSION_ROOT) ||
	       names_role(permission, role);
}

static void check_row(const struct permissions *permissions, const struct permission *row)
{
	struct str rest = str_from(row->roles);

	while (!str_is_null(rest)) {
		struct str name = str_cut(&rest, ' ');
		const struct role *role = role_find(permissions, name);

		if (name.len && !role)
			refuse_row("permission", row->name, "names a role that no service has");
		if (role && row->kind == PERMISSION_ROOT)
			refuse_row("permission", row->name, "is ROOT, for roles that reach for all; name none");
		if (role && role->audience == AUDIENCE_PUBLIC && row->kind != PERMISSION_OWN)
			refuse_row("permission", row->name, "names a role of the public, which has only OWN");
	}
}

static uint64_t *bits_of(const struct permissions *permissions, size_t role)
{
	return permissions->bits + role * permissions->words;
}

static void fill_roles(struct permissions *permissions)
{
	for (size_t i = 0; i < permissions->role_count; i++)
		for (size_t k = 0; k < permissions->count; k++)
			if (role_has(permissions->roles[i], permissions->rows[k]))
				permission_set_add((struct permission_set){ permissions, bits_of(permissions, i) },
				                   permissions->rows[k]);
}

/* ---- All of an installation --------------------------------------------------------------------- */

static struct permissions *allocate(size_t row_count, size_t role_count)
{
	struct permissions *permissions = calloc(1, sizeof(*permissions));

	CHECK(permissions);
	permissions->words = (row_count + WORD_BITS - 1) / WORD_BITS;
	permissions->rows = calloc(row_count, sizeof(const struct permission *));
	permissions->slots = calloc(row_count, sizeof(*permissions->slots));
	permissions->roles = calloc(role_count + 1, sizeof(const struct role *));
	permissions->bits = calloc((role_count + 1) * permissions->words, sizeof(*permissions->bits));
	CHECK(permissions->rows && permissions->slots && permissions->roles && permissions->bits);
	return permissions;
}

struct permissions *permissions_new(const struct permission_list *lists, size_t permission_lists,
                                    const struct role_list *roles, size_t role_lists)
{
	size_t row_count = 2, role_count = 0; /* permission_anyone, permission_signed_in */

	for (size_t i = 0; i < permission_lists; i++)
		row_count += lists[i].count;
	for (size_t i = 0; i < role_lists; i++)
		role_count += roles[i].count;
	struct permissions *permissions = allocate(row_count, role_count);

	add_rows(permissions, lists, permission_lists);
	for (size_t i = 0; i < role_lists; i++)
		for (size_t k = 0; k < roles[i].count; k++)
			add_role(permissions, roles[i].items[k]);
	for (size_t i = 0; i < permissions->count; i++)
		check_row(permissions, permissions->rows[i]);
	fill_roles(permissions);
	return permissions;
}

void permissions_free(struct permissions *permissions)
{
	if (!permissions)
		return;
	free(permissions->rows);
	free(permissions->slots);
	free(permissions->roles);
	free(permissions->bits);
	free(permissions);
}

struct permission_list permissions_all(const struct permissions *permissions)
{
	return (struct permission_list){ permissions->rows, permissions->count };
}

struct role_list permissions_roles(const struct permissions *permissions)
{
	return (struct role_list){ permissions->roles, permissions->role_count };
}

bool permission_is_known(const struct permissions *permissions, const struct permission *permission)
{
	return slot_find(permissions, permission) != NULL;
}

const struct role *role_find(const struct permissions *permissions, struct str name)
{
	for (size_t i = 0; i < permissions->role_count; i++)
		if (permissions->roles[i] && str_eq(str_from(permissions->roles[i]->name), name))
			return permissions->roles[i];
	return NULL;
}

bool role_can(const struct permissions *permissions, const struct role *role, const struct permission *permission)
{
	return permission_set_has(role_permissions(permissions, role), permission);
}

/* ---- Sets --------------------------------------------------------------------------------------- */

size_t permission_set_words(const struct permissions *permissions)
{
	return permissions->words;
}

struct permission_set permission_set_new(const struct permissions *permissions, struct arena *arena)
{
	uint64_t *bits = ARENA_ARRAY(arena, uint64_t, permissions->words);

	memset(bits, 0, permissions->words * sizeof(*bits));
	return (struct permission_set){ permissions, bits };
}

struct permission_set permission_set_copy(struct permission_set set, struct arena *arena)
{
	if (set.of)
		set.bits = arena_copy(arena, set.bits, set.of->words * sizeof(*set.bits));
	return set;
}

void permission_set_add(struct permission_set set, const struct permission *permission)
{
	const struct slot *slot = slot_find(set.of, permission);

	CHECK(slot);
	set.bits[slot->index / WORD_BITS] |= UINT64_C(1) << slot->index % WORD_BITS;
}

bool permission_set_has(struct permission_set set, const struct permission *permission)
{
	const struct slot *slot = set.of ? slot_find(set.of, permission) : NULL;

	return slot && set.bits[slot->index / WORD_BITS] >> slot->index % WORD_BITS & 1;
}

struct permission_set role_permissions(const struct permissions *permissions, const struct role *role)
{
	for (size_t i = 0; i < permissions->role_count; i++)
		if (permissions->roles[i] == role)
			return (struct permission_set){ permissions, bits_of(permissions, i) };
	return (struct permission_set){ 0 };
}
