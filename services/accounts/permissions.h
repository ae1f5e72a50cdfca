/* SPDX-License-Identifier: Apache-2.0 */
/* What accounts lets people do, and the roles it knows by itself: other services add theirs. */
#ifndef STOA_ACCOUNTS_PERMISSIONS_H
#define STOA_ACCOUNTS_PERMISSIONS_H

#include "auth/permission.h"

/* clang-format off */
#define ACCOUNTS_PERMISSIONS(X) \
	X(customers_read, "customers.read", WORK, "See customers", "store_staff") \
	X(customers_write, "customers.write", WORK, "Keep customers' accounts", "") \
	X(couriers_read, "couriers.read", WORK, "See couriers", "store_staff") \
	X(couriers_write, "couriers.write", WORK, "Keep couriers' accounts", "") \
	X(keys_write, "keys.write", ROOT, "Keep the keys of machines", "") \
	X(users_write, "users.write", ROOT, "Keep staff accounts", "") \
	X(accounts_unlock, "accounts.unlock", WORK, "Open accounts closed by wrong tries", "")
/* clang-format on */

ACCOUNTS_PERMISSIONS(PERMISSION_DECLARE)

extern const struct role role_customer, role_admin, role_super_admin;

#endif
