/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/permissions.h"

OPS_PERMISSIONS(PERMISSION_DEFINE)
const struct permission_list ops_permissions = LIST(const struct permission *const, OPS_PERMISSIONS(PERMISSION_ENTRY));
