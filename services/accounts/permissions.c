/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/permissions.h"

ACCOUNTS_PERMISSIONS(PERMISSION_DEFINE)
const struct permission_list accounts_permissions =
        LIST(const struct permission *const, ACCOUNTS_PERMISSIONS(PERMISSION_ENTRY));

const struct role role_customer = { "customer", AUDIENCE_PUBLIC, ROLE_REACHES_NONE };
const struct role role_admin = { "admin", AUDIENCE_ADMIN, ROLE_REACHES_ALL_BUT_ROOT };
const struct role role_super_admin = { "super_admin", AUDIENCE_ADMIN, ROLE_REACHES_ALL };
const struct role_list accounts_roles = LIST(const struct role *const, &role_customer, &role_admin, &role_super_admin);
