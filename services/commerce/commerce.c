/* SPDX-License-Identifier: Apache-2.0 */
/* The tables: everything commerce offers, and everything it reacts to, is a row here. */
#include "commerce/commerce.h"

#include "commerce/api.h"
#include "commerce/events.h"
#include "commerce/handlers.h"
#include "commerce/sql/commerce_sql.h"

extern const struct migration_set commerce_migrations;

static const struct problem *const place_problems[] = {
	&problem_unknown_product,
	&problem_quantity_too_high,
	&problem_order_not_possible,
	NULL,
};
static const struct problem *const move_problems[] = { &problem_not_found, &problem_illegal_transition, NULL };
static const struct problem *const adjust_problems[] = {
	&problem_not_found,      &problem_stock_not_expected,
	&problem_stock_negative, &problem_stock_below_reserved,
	&problem_stock_too_high, NULL,
};
static const struct problem *const read_problems[] = { &problem_not_found, NULL };

static const struct route public_routes[] = {
	{
	        .method = HTTP_GET,
	        .path = "/api/catalog/departments",
	        .name = "department_list",
	        .doc = "The departments of the shop, in the order it shows them.",
	        .handler = department_list_get,
	        .reply = &department_list_schema,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/catalog/categories",
	        .name = "category_list",
	        .doc = "The categories, or those of one department.",
	        .handler = category_list_get,
	        .query = &category_query_schema,
	        .reply = &category_list_schema,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/catalog/brands",
	        .name = "brand_list",
	        .doc = "All brands by name.",
	        .handler = brand_list_get,
	        .reply = &brand_list_schema,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/products",
	        .name = "product_list",
	        .doc = "Products, filtered, searched, sorted, a page at a time.",
	        .handler = product_list_get,
	        .query = &product_query_schema,
	        .reply = &product_page_schema,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/products/{id}",
	        .name = "product_get",
	        .doc = "One product.",
	        .handler = product_get,
	        .reply = &product_view_schema,
	        .problems = read_problems,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/products/by-sku/{sku}",
	        .name = "product_get_by_sku",
	        .doc = "One product by its stock keeping unit.",
	        .handler = product_get_by_sku,
	        .reply = &product_view_schema,
	        .problems = read_problems,
	},
	{
	        .method = HTTP_POST,
	        .path = "/api/orders",
	        .name = "order_place",
	        .doc = "Places an order at the server's prices; a worker then reserves its stock and confirms it, or "
	               "cancels it.",
	        .handler = order_place,
	        .needs = PERMISSION_ORDERS_OWN,
	        .body = &place_order_schema,
	        .reply = &order_view_schema,
	        .status = 201,
	        .idempotency = IDEMPOTENCY_REQUIRED,
	        .problems = place_problems,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/orders",
	        .name = "order_list",
	        .doc = "One's own orders, newest first.",
	        .handler = order_list_get,
	        .needs = PERMISSION_ORDERS_OWN,
	        .query = &order_query_schema,
	        .reply = &order_page_schema,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/orders/{id}",
	        .name = "order_get",
	        .doc = "One of one's own orders, with its history.",
	        .handler = order_get,
	        .needs = PERMISSION_ORDERS_OWN,
	        .reply = &order_view_schema,
	        .problems = read_problems,
	},
	{
	        .method = HTTP_POST,
	        .path = "/api/orders/{id}/cancel",
	        .name = "order_cancel",
	        .doc = "Cancels an order while its goods are in the store; cancelling twice is cancelling once.",
	        .handler = order_cancel,
	        .needs = PERMISSION_ORDERS_OWN,
	        .body = &cancel_order_schema,
	        .reply = &order_view_schema,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .problems = move_problems,
	},
	{
	        .method = HTTP_GET,
	        .path = "/ws/orders/{id}",
	        .name = "order_follow",
	        .doc = "A WebSocket that tells each event of an order; ?after=n resumes without a gap.",
	        .handler = order_follow,
	        .needs = PERMISSION_ORDERS_FOLLOW,
	        .query = &follow_query_schema,
	        .websocket = true,
	},
	{ 0 },
};

static const struct route admin_routes[] = {
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/orders",
	        .name = "admin_order_list",
	        .doc = "Orders, filtered, searched, sorted, a page at a time.",
	        .handler = admin_order_list_get,
	        .needs = PERMISSION_ORDERS_READ,
	        .query = &admin_order_query_schema,
	        .reply = &admin_order_page_schema,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/orders/{id}",
	        .name = "admin_order_get",
	        .doc = "One order with its customer, its full history and its events.",
	        .handler = admin_order_get,
	        .needs = PERMISSION_ORDERS_READ,
	        .reply = &admin_order_schema,
	        .problems = read_problems,
	},
	{
	        .method = HTTP_PATCH,
	        .path = "/api/admin/orders/{id}/status",
	        .name = "admin_order_move",
	        .doc = "Moves an order that is still at the version named; illegal_transition says in `allowed` where "
	               "it "
	               "may go.",
	        .handler = admin_order_move,
	        .needs = PERMISSION_ORDERS_UPDATE,
	        .body = &move_order_schema,
	        .reply = &order_view_schema,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .if_match = true,
	        .problems = move_problems,
	},
	{
	        .method = HTTP_POST,
	        .path = "/api/admin/orders/{id}/cancel",
	        .name = "admin_order_cancel",
	        .doc = "Cancels an order whose goods have not left; cancelling twice is cancelling once.",
	        .handler = admin_order_cancel,
	        .needs = PERMISSION_ORDERS_CANCEL,
	        .body = &cancel_order_schema,
	        .reply = &order_view_schema,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .problems = move_problems,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/stock",
	        .name = "stock_list",
	        .doc = "The stock of all products that are sold, by stock keeping unit, a page at a time.",
	        .handler = stock_list_get,
	        .needs = PERMISSION_STOCK_READ,
	        .query = &stock_query_schema,
	        .reply = &stock_page_schema,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/stock/reconcile",
	        .name = "stock_reconcile",
	        .doc = "Compares all counters with the sums of their ledger, at one instant.",
	        .handler = stock_reconcile_get,
	        .needs = PERMISSION_STOCK_READ,
	        .reply = &stock_reconciliation_schema,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/stock/{product_id}/movements",
	        .name = "stock_movements",
	        .doc = "The ledger of a product, newest first.",
	        .handler = stock_movements_get,
	        .needs = PERMISSION_STOCK_READ,
	        .query = &stock_movement_query_schema,
	        .reply = &stock_movement_page_schema,
	        .problems = read_problems,
	},
	{
	        .method = HTTP_POST,
	        .path = "/api/admin/stock/{product_id}/adjust",
	        .name = "stock_adjust",
	        .doc = "Corrects what is on hand: by delta, or to what was counted if it still is what was expected.",
	        .handler = stock_adjust,
	        .needs = PERMISSION_STOCK_ADJUST,
	        .body = &adjust_stock_schema,
	        .reply = &stock_view_schema,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .problems = adjust_problems,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/events",
	        .name = "event_feed",
	        .doc = "The log of all events after a position, oldest first; going on from next_after misses nothing.",
	        .handler = event_feed_get,
	        .needs = PERMISSION_EVENTS_READ,
	        .query = &feed_query_schema,
	        .reply = &feed_page_schema,
	},
	{ 0 },
};

static const struct subscription subscriptions[] = {
	{ .type = &order_created, .name = "commerce.reserve_stock", .handle = reserve_stock },
	{ .type = &order_resumed, .name = "commerce.reserve_resumed", .handle = reserve_resumed },
	{ .type = &commerce_account_changed, .name = "commerce.keep_customer", .handle = keep_customer },
	{ 0 },
};

const struct service commerce_service = {
	.name = "commerce",
	.doc = "Catalogue, stock and orders of a shop with picking and delivery",
	.migrations = &commerce_migrations,
	.sql = &sql_commerce_module,
	.public_routes = public_routes,
	.admin_routes = admin_routes,
	.subscriptions = subscriptions,
	.events = commerce_events,
	.problems = commerce_problems,
	.seed = commerce_seed,
};
