/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/stores/stores.h"
#include "commerce/permissions.h"
#include "commerce/stores/routes.h"

#include "commerce/api.h"
#include "commerce/stores/stores_sql.h"

/* The id that migration 0006 inserts. */
struct uuid store_main(void)
{
	return (struct uuid){ { 0x01, 0x90, [6] = 0x70, [8] = 0x80, [15] = 0x01 } };
}

struct uuid store_for_order(struct request *req, struct opt_uuid asked)
{
	static const struct field_error unknown = { STR("#/store_id"), STR("is not the id of a store") };

	if (!asked.set || uuid_eq(asked.value, store_main()))
		return store_main();
	if (!sql_store_find(req->db, .id = asked.value))
		refuse_fields(&problem_unknown_store, &unknown, 1);
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

/* ---- Changing ---------------------------------------------------------------------------------- */

static struct store_view store_view_of(const struct sql_store_row *row)
{
	return (struct store_view){ .id = row->id, .name = row->name, .slug = row->slug };
}

static void store_list_get(struct request *req)
{
	struct sql_store_rows found = sql_stores_list(req->db);
	struct store_view *views = ARENA_ARRAY(task_arena(), struct store_view, found.count);

	for (size_t i = 0; i < found.count; i++)
		views[i] = store_view_of(&found.rows[i]);
	reply_plain(req, &(struct store_list){ .data = { views, found.count } });
}

NORETURN static void refuse_store(const struct tx_refusal *refusal)
{
	static const struct field_error taken = { STR("#/slug"), STR("belongs to another store") };

	if (refusal->kind == TX_UNIQUE && str_eq(refusal->constraint, STR("store_slug")))
		refuse_fields(&problem_slug_taken, &taken, 1);
	fail("the constraint %.*s refused the store", STR_ARG(refusal->constraint));
}

/* Staff of one store must not change stores. */
static void check_all_stores(const struct request *req)
{
	if (req->actor->scope.set)
		refuse(&problem_forbidden, "staff of one store cannot change the list of stores");
}

static void store_create(struct request *req)
{
	const struct store_new *cmd = req->body;
	struct store_view view = { .id = uuid_new_v7(req->now_us), .name = cmd->name, .slug = cmd->slug };
	struct tx *tx = tx_collect(req->db);

	check_all_stores(req);
	sql_store_insert(tx, .id = view.id, .name = view.name, .slug = view.slug, .now = req->now_us);
	reply_location(req, "/api/admin/stores/%.*s", STR_ARG(uuid_text(task_arena(), view.id)));
	reply_version(req, 1);
	const struct tx_refusal *refusal = reply_try_commit_plain(req, tx, &view);

	if (refusal)
		refuse_store(refusal);
}

static const struct sql_store_row *store_of_path(struct request *req)
{
	struct uuid id = request_id(req, "id");
	const struct sql_store_row *row = staff_sees_store(req, id) ? sql_store_find(req->db, .id = id) : NULL;

	if (!row)
		refuse(&problem_not_found, "there is no such store");
	return row;
}

static void store_get(struct request *req)
{
	const struct sql_store_row *row = store_of_path(req);
	struct store_view view = store_view_of(row);

	reply_version(req, row->version);
	reply_plain(req, &view);
}

static void store_change(struct request *req)
{
	const struct store_changes *cmd = req->body;

	check_all_stores(req);
	const struct sql_store_row *row = store_of_path(req);
	struct store_view view = store_view_of(row);
	struct tx *tx = tx_collect(req->db);

	request_check_version(req, row->version);
	if (!str_is_null(cmd->name))
		view.name = cmd->name;
	if (!str_is_null(cmd->slug))
		view.slug = cmd->slug;
	sql_store_update(tx, .id = row->id, .version = row->version, .name = view.name, .slug = view.slug,
	                 .now = req->now_us);
	reply_version(req, row->version + 1);
	const struct tx_refusal *refusal = reply_try_commit_plain(req, tx, &view);

	/* A failed comparison conflicts, as in every write set: the door calls the handler again. */
	if (refusal && refusal->kind == TX_EXPECTATION)
		fail_conflict("the store has changed");
	if (refusal)
		refuse_store(refusal);
}

/* ---- Routes ----------------------------------------------------------------------------------- */

static const struct problem *const change_problems[] = { &problem_not_found, &problem_slug_taken, NULL };
static const struct problem *const read_problems[] = { &problem_not_found, NULL };

static const struct route store_rows[] = {
	{
	        .method = HTTP_GET,
	        .path = "/api/stores",
	        .name = "store_list",
	        .doc = "Lists the stores, sorted by name.",
	        .plain = store_list_get,
	        .needs = &permission_anyone,
	        .reply = &store_list_schema,
	},
};
const struct routes store_routes = ROUTES(store_rows);

static const struct route admin_store_rows[] = {
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/stores",
	        .name = "admin_store_list",
	        .doc = "Lists the stores, sorted by name.",
	        .plain = store_list_get,
	        .needs = &permission_signed_in,
	        .reply = &store_list_schema,
	},
	{
	        .method = HTTP_POST,
	        .path = "/api/admin/stores",
	        .name = "store_create",
	        .doc = "Creates a store. It sells the products of which it has stock.",
	        .plain = store_create,
	        .needs = &permission_stores_write,
	        .body = &store_new_schema,
	        .reply = &store_view_schema,
	        .status = 201,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .problems = change_problems,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/stores/{id}",
	        .name = "store_get",
	        .doc = "Shows one store.",
	        .plain = store_get,
	        .needs = &permission_signed_in,
	        .reply = &store_view_schema,
	        .problems = read_problems,
	},
	{
	        .method = HTTP_PATCH,
	        .path = "/api/admin/stores/{id}",
	        .name = "store_change",
	        .doc = "Changes the name or the slug of a store; members that are left out stay as they are.",
	        .plain = store_change,
	        .needs = &permission_stores_write,
	        .body = &store_changes_schema,
	        .reply = &store_view_schema,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .if_match = IF_MATCH_REQUIRED,
	        .problems = change_problems,
	},
};
const struct routes admin_store_routes = ROUTES(admin_store_rows);
