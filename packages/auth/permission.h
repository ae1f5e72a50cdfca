/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Permissions and roles are rows of the services that use them; this header is what they have in common. Routes name a
 * permission, never a role. A permission names the roles that have it; a role may also have all permissions, or all
 * but those of the kind ROOT (its reach).
 *
 *     #define SHOP_PERMISSIONS(X)                                                            \
 *             X(orders_own, "orders.own", OWN, "Place and see the orders of the account", "customer") \
 *             X(orders_read, "orders.read", WORK, "See all orders", "picker staff")
 *     SHOP_PERMISSIONS(PERMISSION_DECLARE)                         in the header: permission_orders_own, ..
 *     SHOP_PERMISSIONS(PERMISSION_DEFINE)                          in one .c file
 *     LIST(const struct permission *const, SHOP_PERMISSIONS(PERMISSION_ENTRY))
 *
 * The rows of all services are put together once, at start (permissions_new). Sets of permissions are bit sets as long
 * as that needs. The whole matrix is printed by `stoa permissions`; tests/golden/permissions.txt shows in a diff what
 * changed.
 */
#ifndef STOA_AUTH_PERMISSION_H
#define STOA_AUTH_PERMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/rows.h"
#include "base/str.h"

enum audience { AUDIENCE_NONE, AUDIENCE_PUBLIC, AUDIENCE_ADMIN };

/* OWN: the things of the account itself; roles of the public have no others, and no service key ever has one.
 * WORK: the things of all accounts, the work of staff and of service keys.
 * ROOT: lets people or keys in; for roles that reach all, and no others. */
enum permission_kind { PERMISSION_OWN, PERMISSION_WORK, PERMISSION_ROOT };

struct permission {
	const char *name; /* "orders.read" */
	enum permission_kind kind;
	const char *meaning;
	const char *roles; /* those that have it besides the roles that have it by their reach; separated by blanks */
};

/* What a role has besides the permissions that name it. */
enum role_reach { ROLE_REACHES_NONE, ROLE_REACHES_ALL_BUT_ROOT, ROLE_REACHES_ALL };

struct role {
	const char *name; /* in tokens and accounts: "store_staff" */
	enum audience audience;
	enum role_reach reach;
};

struct permission_list {
	const struct permission *const *items;
	size_t count;
};

struct role_list {
	const struct role *const *items;
	size_t count;
};

#define PERMISSION_DECLARE(symbol, ...) extern const struct permission permission_##symbol;
#define PERMISSION_DEFINE(symbol, name_, kind_, meaning_, roles_) \
	const struct permission permission_##symbol = { \
		.name = name_, \
		.kind = PERMISSION_##kind_, \
		.meaning = meaning_, \
		.roles = roles_, \
	};
#define PERMISSION_ENTRY(symbol, ...) &permission_##symbol,

/* The two that belong to no service. permission_anyone: no token is needed. permission_signed_in: any account of the
 * audience, with any role, but no key. */
extern const struct permission permission_anyone, permission_signed_in;

/* ---- All of an installation -------------------------------------------------------------------- */

struct permissions;

/* From the lists of all services; rows are borrowed. Aborts, after a line that says why, when rows contradict each
 * other: a name twice, a role that is not a row, a role of the public with a permission that is not OWN, a role named
 * beside ROOT. permission_anyone and permission_signed_in are known without being listed. */
struct permissions *permissions_new(const struct permission_list *lists, size_t permission_lists,
                                    const struct role_list *roles, size_t role_lists);
void permissions_free(struct permissions *permissions);

struct permission_list permissions_all(const struct permissions *permissions); /* in the order they were given */
struct role_list permissions_roles(const struct permissions *permissions);     /* by audience, then by reach */
bool permission_is_known(const struct permissions *permissions, const struct permission *permission);

const struct role *role_find(const struct permissions *permissions, struct str name); /* NULL when unknown */
/* permission_anyone and permission_signed_in: always. */
bool role_can(const struct permissions *permissions, const struct role *role, const struct permission *permission);

/* ---- Sets --------------------------------------------------------------------------------------- */

/* Zeroed: the empty set. */
struct permission_set {
	const struct permissions *of;
	uint64_t *bits;
};

struct permission_set permission_set_new(const struct permissions *permissions, struct arena *arena); /* empty */
struct permission_set permission_set_copy(struct permission_set set, struct arena *arena);
void permission_set_add(struct permission_set set, const struct permission *permission);
bool permission_set_has(struct permission_set set, const struct permission *permission);
size_t permission_set_words(const struct permissions *permissions); /* how many a set takes */
/* Of a role: borrowed, not to be changed. */
struct permission_set role_permissions(const struct permissions *permissions, const struct role *role);

#endif
