/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/stores/stores.h"
#include "commerce/api.h"
#include "commerce/commerce.h"
#include "commerce/permissions.h"
#include "commerce/stores/api.h"
#include "service/audit.h"
#include "service/page.h"

SCHEMA_DEFINE(STORE_SHAPES)
STORE_PROBLEMS(PROBLEM_DEFINE)

/* The id that migration 0006 inserts. */
struct uuid store_main(void)
{
	return (struct uuid){ { 0x01, 0x90, [6] = 0x70, [8] = 0x80, [15] = 0x01 } };
}

struct uuid store_asked(struct opt_uuid asked)
{
	return asked.set ? asked.value : store_main();
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
	return store_asked(staff_stores(req, asked));
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

	if (!staff_sees_store(req, id))
		refuse(&problem_not_found, "There is no such store");
	return *sql_store_get(req->db, .id = id);
}

static void check_currency(const struct sql_store_row *store, struct money amount, const char *member)
{
	if (amount.currency[0] && !str_eq(str_from(amount.currency), store->currency))
		refuse_field(&problem_currency_mismatch, member, "must be in the store's currency");
}

/* What was sent of a store. A change of its currency alone is refused: no amount becomes one of another currency. */
static void store_patch(struct request *req, struct sql_store_row *store)
{
	request_patch(req, store_view, store);
	check_currency(store, store->delivery_fee, "#/delivery_fee");
	check_currency(store, store->free_delivery_from, "#/free_delivery_from");
	if (request_sent_member(req, "time_zone") && !sql_time_zone_known_get(req->db, .name = store->time_zone)->known)
		refuse_field(&problem_invalid_body, "#/time_zone",
		             "must be an IANA time zone such as Europe/Berlin, or UTC");
}

HANDLER(store_create, store_new, store_view)
{
	check_all_stores(req);
	struct sql_store_row store = *sql_store_get(req->db, .id = store_main());
	struct tx *tx = tx_collect(req->db);

	store.id = uuid_new_v7(req->now_us);
	store_patch(req, &store);
	sql_store_insert(tx, &store, .delivery_fee_minor = store.delivery_fee.amount, .now = req->now_us);
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
	audit_before(req, &store_view_schema, &store);
	store_patch(req, &store);
	sql_store_update(tx, &store, .delivery_fee_minor = store.delivery_fee.amount, .now = req->now_us);
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
	{ POST("/api/admin/stores", store_create), .doc = "Creates a store. It sells the products of which it has stock, with prices in its currency.",
	  .needs = &permission_stores_write, .creates = "/api/admin/stores/{id}",
	  .patches = &store_view_schema, .conflicts = SLUG_TAKEN, .problems = PROBLEMS(&problem_currency_mismatch) },
	{ GET("/api/admin/stores/{id}", store_get), .doc = "Shows one store.", .needs = &permission_signed_in },
	{ PATCH("/api/admin/stores/{id}", store_change),
	  .doc = "Changes a store; members that are left out stay as they are. Orders keep the fee and the currency they were placed with.",
	  .needs = &permission_stores_write, .if_match = IF_MATCH_REQUIRED,
	  .patches = &store_view_schema, .conflicts = SLUG_TAKEN, .problems = PROBLEMS(&problem_currency_mismatch) },
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
