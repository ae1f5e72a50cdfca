/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/stores/stores.h"
#include "commerce/api.h"
#include "commerce/commerce.h"
#include "commerce/permissions.h"
#include "commerce/stores/api.h"
#include "service/page.h"

SCHEMA_DEFINE(STORE_SHAPES)
STORE_PROBLEMS(PROBLEM_DEFINE)

/* The id that migration 0006 inserts. */
struct uuid store_main(void)
{
	return (struct uuid){ { 0x01, 0x90, [6] = 0x70, [8] = 0x80, [15] = 0x01 } };
}

struct uuid store_for_order(struct request *req, struct opt_uuid asked)
{
	if (!asked.set || uuid_eq(asked.value, store_main()))
		return store_main();
	if (!sql_store_find(req->db, .id = asked.value))
		refuse_field(&problem_unknown_store, "#/store_id", "is not the id of a store");
	return asked.value;
}

bool staff_sees_store(const struct request *req, struct uuid store_id)
{
	return !req->actor->scope.set || uuid_eq(req->actor->scope.value, store_id);
}

struct opt_uuid staff_stores(const struct request *req, struct opt_uuid asked)
{
	if (!asked.set)
		return req->actor->scope;
	if (!staff_sees_store(req, asked.value))
		refuse(&problem_not_found, "there is no such store");
	return asked;
}

struct uuid staff_store(const struct request *req, struct opt_uuid asked)
{
	struct opt_uuid store = staff_stores(req, asked);

	return store.set ? store.value : store_main();
}

/* ---- The stores themselves --------------------------------------------------------------------- */

HANDLER(store_list, nothing, store_view)
{
	reply_page(req, sql_stores(req->db, .page = req->page));
}

/* Staff of one store must not change stores. */
static void check_all_stores(const struct request *req)
{
	if (req->actor->scope.set)
		refuse(&problem_forbidden, "staff of one store cannot change the list of stores");
}

/* The store of the path. */
static struct sql_store_row store_of(struct request *req)
{
	struct uuid id = request_id(req, "id");
	const struct sql_store_row *row = staff_sees_store(req, id) ? sql_store_find(req->db, .id = id) : NULL;

	if (!row)
		refuse(&problem_not_found, "There is no such store");
	return *row;
}

HANDLER(store_create, store_new, store_view)
{
	struct sql_store_row store = { .id = uuid_new_v7(req->now_us), .name = input->name, .slug = input->slug };

	check_all_stores(req);
	struct tx *tx = tx_collect(req->db);

	sql_store_insert(tx, .id = store.id, .name = store.name, .slug = store.slug, .now = req->now_us);
	reply_version(req, 1);
	reply_commit(req, tx, &store);
}

HANDLER(store_get, nothing, store_view)
{
	struct sql_store_row store = store_of(req);

	reply_version(req, store.version);
	reply(req, &store);
}

HANDLER(store_change, store_changes, store_view)
{
	check_all_stores(req);
	struct sql_store_row store = store_of(req);
	struct tx *tx = tx_collect(req->db);

	request_check_version(req, store.version);
	request_patch(req, store_view, &store);
	sql_store_update(tx, .id = store.id, .version = store.version, .name = store.name, .slug = store.slug,
	                 .now = req->now_us);
	reply_version(req, store.version + 1);
	reply_commit(req, tx, &store);
}

/* ---- Routes ----------------------------------------------------------------------------------- */

/* clang-format off */
#define SLUG_TAKEN CONFLICTS({ "store_slug", &problem_slug_taken, "#/slug", "belongs to another store" })

static const struct route store_rows[] = {
	{ GET("/api/stores", store_list), .doc = "Lists the stores, sorted by name, in pages.",
	  .needs = &permission_anyone, .list = &sql_stores_list },
};

static const struct route admin_store_rows[] = {
	{ GET("/api/admin/stores", store_list), .name = "admin_store_list", .doc = "Lists the stores, sorted by name, in pages.",
	  .needs = &permission_signed_in, .list = &sql_stores_list },
	{ POST("/api/admin/stores", store_create), .doc = "Creates a store. It sells the products of which it has stock.",
	  .needs = &permission_stores_write, .idempotency = IDEMPOTENCY_ACCEPTED, .creates = "/api/admin/stores/{id}",
	  .conflicts = SLUG_TAKEN },
	{ GET("/api/admin/stores/{id}", store_get), .doc = "Shows one store.", .needs = &permission_signed_in },
	{ PATCH("/api/admin/stores/{id}", store_change),
	  .doc = "Changes the name or the slug of a store; members that are left out stay as they are.",
	  .needs = &permission_stores_write, .idempotency = IDEMPOTENCY_ACCEPTED, .if_match = IF_MATCH_REQUIRED,
	  .patches = &store_view_schema, .conflicts = SLUG_TAKEN },
};
/* clang-format on */

static const struct routes store_routes = ROUTES(store_rows);
static const struct routes admin_store_routes = ROUTES(admin_store_rows);

const struct subject stores_subject = {
	.name = "stores",
	.sql = LIST(const struct sql_module *const, &sql_stores_module),
	.public_routes = LIST(const struct routes *const, &store_routes),
	.admin_routes = LIST(const struct routes *const, &admin_store_routes),
};
