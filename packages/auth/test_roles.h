/* SPDX-License-Identifier: Apache-2.0 */
/* For tests: a small shop's permissions and roles. */
#ifndef STOA_AUTH_TEST_ROLES_H
#define STOA_AUTH_TEST_ROLES_H

#include "auth/permission.h"

static const struct permission orders_own = { "orders.own", PERMISSION_OWN, "Place orders", "customer" };
static const struct permission orders_follow = { "orders.follow", PERMISSION_OWN, "Follow orders", "customer courier" };
static const struct permission orders_read = { "orders.read", PERMISSION_WORK, "See all orders", "picker staff" };
static const struct permission orders_cancel = { "orders.cancel", PERMISSION_WORK, "Cancel orders", "staff" };
static const struct permission stock_adjust = { "stock.adjust", PERMISSION_WORK, "Adjust stock", "" };
static const struct permission users_write = { "users.write", PERMISSION_ROOT, "Keep staff accounts", "" };

static const struct role customer_role = { "customer", AUDIENCE_PUBLIC, ROLE_REACHES_NONE };
static const struct role courier_role = { "courier", AUDIENCE_PUBLIC, ROLE_REACHES_NONE };
static const struct role picker_role = { "picker", AUDIENCE_ADMIN, ROLE_REACHES_NONE };
static const struct role staff_role = { "staff", AUDIENCE_ADMIN, ROLE_REACHES_NONE };
static const struct role admin_role = { "admin", AUDIENCE_ADMIN, ROLE_REACHES_ALL_BUT_ROOT };
static const struct role super_admin_role = { "super_admin", AUDIENCE_ADMIN, ROLE_REACHES_ALL };

static const struct permission_list test_permission_rows =
        LIST(const struct permission *const, &orders_own, &orders_follow, &orders_read, &orders_cancel, &stock_adjust,
             &users_write);
/* As services would give them: in no order that means anything. */
static const struct role_list test_role_rows = LIST(const struct role *const, &customer_role, &admin_role,
                                                    &super_admin_role, &courier_role, &picker_role, &staff_role);

static inline struct permissions *test_permissions(void)
{
	return permissions_new(&test_permission_rows, 1, &test_role_rows, 1);
}

#endif
