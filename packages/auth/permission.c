/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/permission.h"

#include "base/check.h"

#define PERMISSION_ROW(name, text, meaning) { STR(text), STR(meaning) },
static const struct {
	struct str name;
	struct str meaning;
} permissions[PERMISSION_COUNT] = { PERMISSIONS(PERMISSION_ROW) };

_Static_assert(PERMISSION_COUNT <= 64, "a role's permissions are one word");

#define ROLE_ROW(name_, text, audience_, can_) [ROLE_##name_] = { STR(text), AUDIENCE_##audience_, can_ },
static const struct {
	struct str name;
	enum audience audience;
	uint64_t can;
} roles[ROLE_COUNT] = { ROLES(ROLE_ROW) };

struct str permission_name(enum permission permission)
{
	CHECK(permission < PERMISSION_COUNT);
	return permissions[permission].name;
}

struct str permission_meaning(enum permission permission)
{
	CHECK(permission < PERMISSION_COUNT);
	return permissions[permission].meaning;
}

struct str role_name(enum role role)
{
	CHECK(role > ROLE_NONE && role < ROLE_COUNT);
	return roles[role].name;
}

enum role role_find(struct str name)
{
	for (enum role role = ROLE_NONE + 1; role < ROLE_COUNT; role++)
		if (str_eq(roles[role].name, name))
			return role;
	return ROLE_NONE;
}

enum audience role_audience(enum role role)
{
	CHECK(role > ROLE_NONE && role < ROLE_COUNT);
	return roles[role].audience;
}

bool role_can(enum role role, enum permission permission)
{
	CHECK(role > ROLE_NONE && role < ROLE_COUNT && permission < PERMISSION_COUNT);
	if (permission == PERMISSION_ANYONE || permission == PERMISSION_SIGNED_IN)
		return true;
	return roles[role].can >> permission & 1;
}
