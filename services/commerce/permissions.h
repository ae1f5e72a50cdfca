/* SPDX-License-Identifier: Apache-2.0 */
/* What commerce lets people do, and the roles of those who work in a shop. */
#ifndef STOA_COMMERCE_PERMISSIONS_H
#define STOA_COMMERCE_PERMISSIONS_H

#include "auth/permission.h"

/* clang-format off */
#define COMMERCE_PERMISSIONS(X) \
	X(addresses_own, "addresses.own", OWN, "Keep the addresses of the account", "customer") \
	X(orders_own, "orders.own", OWN, "Place, see and cancel orders of the account", "customer") \
	X(deliveries_own, "deliveries.own", OWN, "See and carry out the deliveries given to the courier", "courier") \
	X(orders_follow, "orders.follow", OWN, "Follow an order that the account is party to, on a socket", "customer courier") \
	X(orders_read, "orders.read", WORK, "See all orders of the store", "picker store_staff") \
	X(orders_update, "orders.update", WORK, "Move orders through their states", "store_staff") \
	X(orders_cancel, "orders.cancel", WORK, "Cancel orders", "store_staff") \
	X(deliveries_assign, "deliveries.assign", WORK, "Give orders to couriers", "store_staff") \
	X(payments_write, "payments.write", WORK, "Record payments and give refunds", "") \
	X(products_read, "products.read", WORK, "See products as staff do", "picker store_staff") \
	X(products_write, "products.write", WORK, "Change the catalogue", "") \
	X(stock_read, "stock.read", WORK, "See stock and its ledger", "picker store_staff") \
	X(stock_adjust, "stock.adjust", WORK, "Adjust stock", "store_staff") \
	X(stores_write, "stores.write", WORK, "Open and change stores", "") \
	X(picking_work, "picking.work", WORK, "Pick orders", "picker store_staff") \
	X(reviews_own, "reviews.own", OWN, "Review products that the account has received", "customer") \
	X(reviews_moderate, "reviews.moderate", WORK, "Publish and reject reviews", "store_staff")
/* clang-format on */

COMMERCE_PERMISSIONS(PERMISSION_DECLARE)

extern const struct role role_courier, role_picker, role_store_staff;

extern const struct permission_list commerce_permissions;
extern const struct role_list commerce_roles;

#endif
