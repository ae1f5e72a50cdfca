/* SPDX-License-Identifier: Apache-2.0 */
/* The tables: everything commerce offers, and everything it reacts to, is a row here. */
#include "commerce/commerce.h"

#include "base/clock.h"
#include "commerce/api.h"
#include "commerce/catalogue/catalogue_admin_sql.h"
#include "commerce/catalogue/catalogue_sql.h"
#include "commerce/config.h"
#include "commerce/couriers/couriers_sql.h"
#include "commerce/customers/addresses_sql.h"
#include "commerce/customers/customers_sql.h"
#include "commerce/delivery/delivery_sql.h"
#include "commerce/events.h"
#include "commerce/handlers.h"
#include "commerce/orders/admin_orders_sql.h"
#include "commerce/orders/expiry.h"
#include "commerce/orders/orders_sql.h"
#include "commerce/payments/payments_sql.h"
#include "commerce/permissions.h"
#include "commerce/seed/seed_sql.h"
#include "commerce/stats/stats_sql.h"
#include "commerce/stock/stock_sql.h"
#include "commerce/stores/stores_sql.h"

extern const struct migration_set commerce_migrations;

static const struct subscription subscription_rows[] = {
	{ .name = "commerce.reserve_stock", .consumer = &reserve_stock_consumer },
	{ .name = "commerce.reserve_resumed", .consumer = &reserve_resumed_consumer },
	{ .name = "commerce.settle_refund", .consumer = &settle_refund_consumer },
	{ .name = "commerce.keep_customer", .consumer = &keep_customer_consumer },
	{ .name = "commerce.keep_courier", .consumer = &keep_courier_consumer },
};
static const struct subscriptions subscriptions = SUBSCRIPTIONS(subscription_rows);

static const struct periodic_job periodic_jobs[] = {
	{ .name = "commerce.expire_lapsed", .every_us = US_PER_S, .run = expire_lapsed },
	{ .name = "commerce.purge_positions", .every_us = 3600 * US_PER_S, .run = purge_positions },
	{ 0 },
};

const struct service commerce_service = {
	.name = "commerce",
	.doc = "Catalogue, stock and orders of a shop with picking and delivery",
	.migrations = &commerce_migrations,
	.sql = (const struct sql_module *const[]){ &sql_addresses_module, &sql_admin_orders_module,
	                                           &sql_catalogue_module, &sql_catalogue_admin_module,
	                                           &sql_couriers_module, &sql_customers_module, &sql_delivery_module,
	                                           &sql_orders_module, &sql_payments_module, &sql_seed_module,
	                                           &sql_stats_module, &sql_stock_module, &sql_stores_module, NULL },
	.public_routes = (const struct route *const[]){ address_routes, catalogue_routes, order_routes, follow_routes,
	                                                store_routes, courier_routes, courier_proof_routes,
	                                                courier_self_routes, NULL },
	.admin_routes =
	        (const struct route *const[]){ admin_order_routes, staff_routes, payment_routes, refund_routes,
	                                       stock_routes, admin_store_routes, dispatch_routes, admin_delivery_routes,
	                                       admin_product_routes, admin_taxon_routes, stats_routes, NULL },
	.subscriptions = &subscriptions,
	.periodic_jobs = periodic_jobs,
	.events = &commerce_events,
	.problems = commerce_problems,
	.config = &commerce_config_section,
	.permissions = &commerce_permissions,
	.roles = &commerce_roles,
	.seed = commerce_seed,
};
