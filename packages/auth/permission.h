/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Permissions and roles: one list each. A role is a set of permissions; routes name a permission, never a role. The
 * matrix is printed by `stoa permissions`.
 */
#ifndef STOA_AUTH_PERMISSION_H
#define STOA_AUTH_PERMISSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* X(enum name, "dotted.name", meaning). ANYONE needs no token, SIGNED_IN any valid one of the audience. */
#define PERMISSIONS(X)                                                                   \
	X(ANYONE, "anyone", "No token needed")                                           \
	X(SIGNED_IN, "signed_in", "Any account of this audience")                        \
	X(ADDRESSES_OWN, "addresses.own", "Keep one's own addresses")                    \
	X(ORDERS_OWN, "orders.own", "Place, see and cancel one's own orders")            \
	X(DELIVERIES_OWN, "deliveries.own", "See and carry out one's own deliveries")    \
	X(ORDERS_FOLLOW, "orders.follow", "Follow an order one is party to on a socket") \
	X(ORDERS_READ, "orders.read", "See all orders of the store")                     \
	X(ORDERS_UPDATE, "orders.update", "Move orders through their states")            \
	X(ORDERS_CANCEL, "orders.cancel", "Cancel orders")                               \
	X(DELIVERIES_ASSIGN, "deliveries.assign", "Give orders to couriers")             \
	X(PAYMENTS_WRITE, "payments.write", "Record payments and give refunds")          \
	X(PRODUCTS_READ, "products.read", "See products as staff do")                    \
	X(PRODUCTS_WRITE, "products.write", "Change the catalogue")                      \
	X(STOCK_READ, "stock.read", "See stock and its ledger")                          \
	X(STOCK_ADJUST, "stock.adjust", "Adjust stock")                                  \
	X(CUSTOMERS_READ, "customers.read", "See customers")                             \
	X(CUSTOMERS_WRITE, "customers.write", "Keep customers' accounts")                \
	X(COURIERS_READ, "couriers.read", "See couriers")                                \
	X(COURIERS_WRITE, "couriers.write", "Keep couriers' accounts")                   \
	X(KEYS_WRITE, "keys.write", "Keep the keys of machines")                         \
	X(STORES_WRITE, "stores.write", "Open and change stores")                        \
	X(USERS_WRITE, "users.write", "Keep staff accounts")                             \
	X(ACCOUNTS_UNLOCK, "accounts.unlock", "Open accounts closed by wrong tries")     \
	X(PICKING_WORK, "picking.work", "Pick orders")                                   \
	X(EVENTS_READ, "events.read", "Read the event log")                              \
	X(AUDIT_READ, "audit.read", "Read the audit trail")                              \
	X(OPS_READ, "ops.read", "See jobs, consumers, dead letters")                     \
	X(OPS_WRITE, "ops.write", "Replay, discard, pause")

#define PERMISSION_VALUE(name, text, meaning) PERMISSION_##name,
enum permission { PERMISSIONS(PERMISSION_VALUE) PERMISSION_COUNT };

/* X(enum name, "name", audience, permissions as a bit set). SIGNED_IN is implied. */
#define CAN(name) (UINT64_C(1) << PERMISSION_##name)
#define ROLES(X)                                                                                                      \
	X(CUSTOMER, "customer", PUBLIC, CAN(ADDRESSES_OWN) | CAN(ORDERS_OWN) | CAN(ORDERS_FOLLOW))                    \
	X(COURIER, "courier", PUBLIC, CAN(DELIVERIES_OWN) | CAN(ORDERS_FOLLOW))                                       \
	X(PICKER, "picker", ADMIN, CAN(ORDERS_READ) | CAN(STOCK_READ) | CAN(PICKING_WORK) | CAN(PRODUCTS_READ))       \
	X(STORE_STAFF, "store_staff", ADMIN,                                                                          \
	  CAN(ORDERS_READ) | CAN(ORDERS_UPDATE) | CAN(ORDERS_CANCEL) | CAN(DELIVERIES_ASSIGN) | CAN(PRODUCTS_READ) |  \
	          CAN(STOCK_READ) | CAN(STOCK_ADJUST) | CAN(CUSTOMERS_READ) | CAN(COURIERS_READ) | CAN(PICKING_WORK)) \
	X(ADMIN, "admin", ADMIN, ~UINT64_C(0) & ~CAN(USERS_WRITE) & ~CAN(KEYS_WRITE))                                 \
	X(SUPER_ADMIN, "super_admin", ADMIN, ~UINT64_C(0))

enum audience { AUDIENCE_NONE, AUDIENCE_PUBLIC, AUDIENCE_ADMIN };

#define ROLE_VALUE(name, text, audience, can) ROLE_##name,
enum role { ROLE_NONE, ROLES(ROLE_VALUE) ROLE_COUNT };

struct str permission_name(enum permission permission);
struct str permission_meaning(enum permission permission);
struct str role_name(enum role role);
enum role role_find(struct str name); /* ROLE_NONE when unknown */
enum audience role_audience(enum role role);
bool role_can(enum role role, enum permission permission); /* ANYONE and SIGNED_IN: always */

#endif
