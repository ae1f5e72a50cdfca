/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/permissions.h"

COMMERCE_PERMISSIONS(PERMISSION_DEFINE)
const struct permission_list commerce_permissions =
        LIST(const struct permission *const, COMMERCE_PERMISSIONS(PERMISSION_ENTRY));

const struct role role_courier = { "courier", AUDIENCE_PUBLIC, ROLE_REACHES_NONE };
const struct role role_picker = { "picker", AUDIENCE_ADMIN, ROLE_REACHES_NONE };
const struct role role_store_staff = { "store_staff", AUDIENCE_ADMIN, ROLE_REACHES_NONE };
const struct role_list commerce_roles = LIST(const struct role *const, &role_courier, &role_picker, &role_store_staff);
