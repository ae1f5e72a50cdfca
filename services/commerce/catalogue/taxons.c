/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Departments, categories and brands for staff: the taxons of the catalogue. They are alike, so each kind is a row (its
 * path, its members, how it is stored), and there is one set of handlers. They are read through one view.
 *
 * A taxon is not deleted while something else belongs to it. A deletion locks the row and then checks; a statement that
 * adds something to it locks the row shared (catalogue_admin.sql): one of the two waits for the other and sees its
 * result.
 */
#include "base/check.h"
#include "commerce/api.h"
#include "commerce/catalogue/admin.h"
#include "commerce/catalogue/catalogue_admin_sql.h"
#include "commerce/catalogue/routes.h"
#include "commerce/permissions.h"
#include "service/audit.h"
#include "service/place.h"

SCHEMA_TABLE(admin_taxon, ADMIN_TAXON, "A department, category or brand, as staff see it")
SCHEMA_TABLE(admin_taxon_page, ADMIN_TAXON_PAGE, "A page of departments, categories or brands")
SCHEMA_TABLE(admin_taxon_query, ADMIN_TAXON_QUERY, "Filter, sort order and page of the list")
SCHEMA_TABLE(create_taxon, CREATE_TAXON, "A department, category or brand to be created")
SCHEMA_TABLE(change_taxon, CHANGE_TAXON, "Changes; members that are left out stay as they are")

/* ---- Kinds ------------------------------------------------------------------------------------ */

static void department_insert(struct tx *tx, const struct admin_taxon *taxon)
{
	sql_department_insert(tx, .id = taxon->id, .name = taxon->name, .slug = taxon->slug, .rank = taxon->rank.value,
	                      .now = taxon->created_at);
}

static void category_insert(struct tx *tx, const struct admin_taxon *taxon)
{
	sql_category_insert(tx, .id = taxon->id, .department_id = taxon->department_id.value, .name = taxon->name,
	                    .slug = taxon->slug, .rank = taxon->rank.value, .now = taxon->created_at);
}

static void brand_insert(struct tx *tx, const struct admin_taxon *taxon)
{
	sql_brand_insert(tx, .id = taxon->id, .name = taxon->name, .slug = taxon->slug, .now = taxon->created_at);
}

static void department_update(struct tx *tx, const struct admin_taxon *taxon)
{
	sql_department_update(tx, .id = taxon->id, .version = taxon->version - 1, .name = taxon->name,
	                      .slug = taxon->slug, .rank = taxon->rank.value, .deleted_at = taxon->deleted_at,
	                      .now = taxon->updated_at);
}

static void category_update(struct tx *tx, const struct admin_taxon *taxon)
{
	sql_category_update(tx, .id = taxon->id, .version = taxon->version - 1,
	                    .department_id = taxon->department_id.value, .name = taxon->name, .slug = taxon->slug,
	                    .rank = taxon->rank.value, .deleted_at = taxon->deleted_at, .now = taxon->updated_at);
}

static void brand_update(struct tx *tx, const struct admin_taxon *taxon)
{
	sql_brand_update(tx, .id = taxon->id, .version = taxon->version - 1, .name = taxon->name, .slug = taxon->slug,
	                 .deleted_at = taxon->deleted_at, .now = taxon->updated_at);
}

static bool department_lock(struct tx *tx, struct uuid id)
{
	return sql_department_lock(tx, .id = id) != NULL;
}

static bool category_lock(struct tx *tx, struct uuid id)
{
	return sql_category_lock(tx, .id = id) != NULL;
}

static bool brand_lock(struct tx *tx, struct uuid id)
{
	return sql_brand_lock(tx, .id = id) != NULL;
}

#define SLUG_OF(noun)                                                                                 \
	{                                                                                             \
		.constraint = noun "_slug_key", .problem = &problem_slug_taken,                       \
		.field = { STR("#/slug"), STR("belongs to another " noun ", which may be deleted") }, \
	}

static const struct kind {
	const char *path;
	const char *noun; /* also its kind in the view */
	bool has_rank, has_department;
	void (*insert)(struct tx *tx, const struct admin_taxon *taxon);
	void (*update)(struct tx *tx, const struct admin_taxon *taxon); /* `version` is the new version */
	bool (*lock)(struct tx *tx, struct uuid id);
	struct taken taken;
} kinds[] = {
	{
	        .path = "/api/admin/departments",
	        .noun = "department",
	        .has_rank = true,
	        .insert = department_insert,
	        .update = department_update,
	        .lock = department_lock,
	        .taken = SLUG_OF("department"),
	},
	{
	        .path = "/api/admin/categories",
	        .noun = "category",
	        .has_rank = true,
	        .has_department = true,
	        .insert = category_insert,
	        .update = category_update,
	        .lock = category_lock,
	        .taken = SLUG_OF("category"),
	},
	{
	        .path = "/api/admin/brands",
	        .noun = "brand",
	        .insert = brand_insert,
	        .update = brand_update,
	        .lock = brand_lock,
	        .taken = SLUG_OF("brand"),
	},
};

static const struct kind *taxon_kind_of(const struct request *req)
{
	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
		if (str_starts(str_from(req->route->path), str_from(kinds[i].path)))
			return &kinds[i];
	check_failed(__FILE__, __LINE__, req->route->path);
}

/* ---- Reading ---------------------------------------------------------------------------------- */

static struct admin_taxon taxon_view_of(const struct sql_taxon_row *row)
{
	return (struct admin_taxon){
		.id = row->id,
		.department_id = row->department_id,
		.name = row->name,
		.slug = row->slug,
		.rank = row->rank,
		.version = row->version,
		.created_at = row->created_at,
		.updated_at = row->updated_at,
		.deleted_at = row->deleted_at,
	};
}

static struct admin_taxon taxon_of(struct request *req, struct db *db, struct uuid id)
{
	const struct kind *kind = taxon_kind_of(req);
	const struct sql_taxon_row *row = sql_taxon_find(db, .kind = str_from(kind->noun), .id = id);

	if (!row)
		refuse(&problem_not_found, "there is no such %s", kind->noun);
	return taxon_view_of(row);
}

static struct sql_page page_after(struct request *req, struct place after, bool by_age)
{
	const struct admin_taxon_query *query = req->query;
	struct sql_page page = { .order = by_age, .after_set = after.set, .limit = page_limit(query->limit) };

	if (by_age)
		page.after[0].number = place_number(after).value;
	else if (after.set)
		page.after[0].text = after.key.len ? after.key : taxon_of(req, req->db, after.id).name;
	page.after[1].id = after.id;
	return page;
}

static bool taxons_sorted_by_update(struct str sort)
{
	if (!str_is_null(sort) && !str_eq(sort, STR("name")) && !str_eq(sort, STR("-updated_at")))
		catalogue_refuse_field(&problem_invalid_parameter, STR("sort"), "must be one of: name, -updated_at");
	return str_eq(sort, STR("-updated_at"));
}

static struct str taxons_next_cursor(struct request *req, const struct sql_taxon_row *last, bool by_age)
{
	struct str key = by_age ? number_key(last->updated_at) : last->name;

	return place_next(req, last->id, key.len <= CATALOGUE_KEY_MAX ? key : STR(""));
}

static void group_list(struct request *req)
{
	const struct admin_taxon_query *query = req->query;
	bool by_age = taxons_sorted_by_update(query->sort);
	struct place after = place_read(req, query->cursor);
	struct sql_taxon_rows found =
	        sql_groups(req->db, .page = page_after(req, after, by_age), .kind = str_from(taxon_kind_of(req)->noun),
	                   .deleted = query->filter_deleted.set && query->filter_deleted.value,
	                   .department_id = query->filter_department, .search = search_pattern(query->q));
	struct page page = page_cut(found.count, query->limit);
	struct admin_taxon *views = ARENA_ARRAY(task_arena(), struct admin_taxon, page.shown);
	struct str next = STR_NULL;

	for (size_t i = 0; i < page.shown; i++)
		views[i] = taxon_view_of(&found.rows[i]);
	if (page.has_more)
		next = taxons_next_cursor(req, &found.rows[page.shown - 1], by_age);
	reply_plain(req, &(struct admin_taxon_page){
	                         .data = { views, page.shown }, .has_more = page.has_more, .next_cursor = next });
}

static void group_get(struct request *req)
{
	struct admin_taxon taxon = taxon_of(req, req->db, request_id(req, "id"));

	reply_version(req, taxon.version);
	reply_plain(req, &taxon);
}

/* ---- Rules ------------------------------------------------------------------------------------ */

/* Refuses members that the kind does not have, instead of ignoring them. */
static void taxon_check_members(const struct kind *kind, struct opt_i64 rank, struct opt_uuid department_id)
{
	if (rank.set && !kind->has_rank)
		catalogue_refuse_field(&problem_invalid_body, STR("#/rank"), "is not allowed for a brand");
	if (department_id.set && !kind->has_department)
		catalogue_refuse_field(&problem_invalid_body, STR("#/department_id"), "is allowed for categories only");
}

static void taxon_check_department(struct db *db, const struct kind *kind, const struct admin_taxon *taxon)
{
	const struct sql_taxon_row *department;

	if (!kind->has_department)
		return;
	if (!taxon->department_id.set)
		catalogue_refuse_field(&problem_invalid_body, STR("#/department_id"), "is required");
	department = sql_taxon_find(db, .kind = STR("department"), .id = taxon->department_id.value);
	if (!department || department->deleted_at.set)
		catalogue_refuse_field(&problem_unknown_department, STR("#/department_id"),
		                       "is not the id of a department, or the department is deleted");
}

/* ---- Storing ---------------------------------------------------------------------------------- */

static void group_create(struct request *req)
{
	const struct kind *kind = taxon_kind_of(req);
	const struct create_taxon *cmd = req->body;
	struct admin_taxon taxon = {
		.id = uuid_new_v7(req->now_us),
		.department_id = cmd->department_id,
		.name = cmd->name,
		.slug = cmd->slug,
		.rank = { .set = kind->has_rank, .value = cmd->rank.value },
		.version = 1,
		.created_at = req->now_us,
		.updated_at = req->now_us,
	};

	catalogue_check_scope(req);
	taxon_check_members(kind, cmd->rank, cmd->department_id);
	catalogue_check_line(STR("#/name"), taxon.name);
	taxon_check_department(req->db, kind, &taxon);
	struct tx *tx = tx_collect(req->db);

	kind->insert(tx, &taxon);
	reply_location(req, "%s/%.*s", kind->path, STR_ARG(uuid_text(task_arena(), taxon.id)));
	reply_version(req, taxon.version);
	catalogue_check_stored(reply_try_commit_plain(req, tx, &taxon), &kind->taken);
}

static void taxon_store(struct request *req, const struct kind *kind, struct admin_taxon *taxon)
{
	struct tx *tx = tx_collect(req->db);

	taxon->version++;
	taxon->updated_at = req->now_us;
	kind->update(tx, taxon);
	reply_version(req, taxon->version);
	catalogue_check_stored(reply_try_commit_plain(req, tx, taxon), &kind->taken);
}

static void taxon_apply(struct admin_taxon *taxon, const struct change_taxon *cmd)
{
	if (!str_is_null(cmd->name))
		taxon->name = cmd->name;
	if (!str_is_null(cmd->slug))
		taxon->slug = cmd->slug;
	if (cmd->rank.set)
		taxon->rank = cmd->rank;
	if (cmd->department_id.set)
		taxon->department_id = cmd->department_id;
}

static void group_change(struct request *req)
{
	const struct kind *kind = taxon_kind_of(req);
	const struct change_taxon *cmd = req->body;

	catalogue_check_scope(req);
	taxon_check_members(kind, cmd->rank, cmd->department_id);
	catalogue_check_line(STR("#/name"), cmd->name);
	struct admin_taxon taxon = taxon_of(req, req->db, request_id(req, "id"));

	request_check_version(req, taxon.version);
	if (taxon.deleted_at.set)
		refuse(&problem_is_deleted, "restore the resource first");
	audit_before(req, &admin_taxon_schema, &taxon);
	taxon_apply(&taxon, cmd);
	taxon_check_department(req->db, kind, &taxon);
	taxon_store(req, kind, &taxon);
}

/* Deleting again changes nothing, as with products. */
static void group_delete(struct request *req)
{
	const struct kind *kind = taxon_kind_of(req);
	struct tx *tx = tx_begin(req->db);

	catalogue_check_scope(req);
	if (!kind->lock(tx, request_id(req, "id")))
		refuse(&problem_not_found, "there is no such %s", kind->noun);
	struct admin_taxon taxon = taxon_of(req, tx_db(tx), request_id(req, "id"));

	if (taxon.deleted_at.set) {
		tx_rollback(tx);
		reply_version(req, taxon.version);
		reply_none(req);
		return;
	}
	request_check_version(req, taxon.version);
	if (sql_taxon_is_used(tx, .id = taxon.id)->used)
		refuse(&problem_still_used, "other resources that are not deleted belong to this %s", kind->noun);
	audit_before(req, &admin_taxon_schema, &taxon);
	taxon.version++;
	taxon.updated_at = req->now_us;
	taxon.deleted_at = SOME(i64, req->now_us);
	kind->update(tx, &taxon);
	reply_version(req, taxon.version);
	reply_commit_none(req, tx);
}

static void group_restore(struct request *req)
{
	const struct kind *kind = taxon_kind_of(req);

	catalogue_check_scope(req);
	struct admin_taxon taxon = taxon_of(req, req->db, request_id(req, "id"));

	if (!taxon.deleted_at.set) {
		reply_version(req, taxon.version);
		reply_plain(req, &taxon);
		return;
	}
	taxon_check_department(req->db, kind, &taxon);
	audit_before(req, &admin_taxon_schema, &taxon);
	taxon.deleted_at = NONE(i64);
	taxon_store(req, kind, &taxon);
}

/* ---- Routes ----------------------------------------------------------------------------------- */

static const struct problem *const find_problems[] = { &problem_not_found, NULL };
static const struct problem *const delete_problems[] = { &problem_not_found, &problem_still_used, NULL };
static const struct problem *const create_problems[] = { &problem_slug_taken, &problem_unknown_department, NULL };
static const struct problem *const restore_problems[] = { &problem_not_found, &problem_unknown_department, NULL };
static const struct problem *const change_problems[] = { &problem_not_found, &problem_is_deleted, &problem_slug_taken,
	                                                 &problem_unknown_department, NULL };

#define TAXON_ROUTES(noun, plural)                                                                                     \
	{                                                                                                              \
		.method = HTTP_GET,                                                                                    \
		.path = "/api/admin/" plural,                                                                          \
		.name = "admin_" noun "_list",                                                                         \
		.doc = "Lists the " plural " for staff, in pages.",                                                    \
		.plain = group_list,                                                                                   \
		.needs = &permission_products_read,                                                                    \
		.query = &admin_taxon_query_schema,                                                                    \
		.reply = &admin_taxon_page_schema,                                                                     \
	},                                                                                                             \
	        {                                                                                                      \
		        .method = HTTP_POST,                                                                           \
		        .path = "/api/admin/" plural,                                                                  \
		        .name = noun "_create",                                                                        \
		        .doc = "Creates a " noun ".",                                                                  \
		        .plain = group_create,                                                                         \
		        .needs = &permission_products_write,                                                           \
		        .body = &create_taxon_schema,                                                                  \
		        .reply = &admin_taxon_schema,                                                                  \
		        .status = 201,                                                                                 \
		        .idempotency = IDEMPOTENCY_ACCEPTED,                                                           \
		        .problems = create_problems,                                                                   \
	        },                                                                                                     \
	        {                                                                                                      \
		        .method = HTTP_GET,                                                                            \
		        .path = "/api/admin/" plural "/{id}",                                                          \
		        .name = "admin_" noun "_get",                                                                  \
		        .doc = "Shows one " noun ", also a deleted one.",                                              \
		        .plain = group_get,                                                                            \
		        .needs = &permission_products_read,                                                            \
		        .reply = &admin_taxon_schema,                                                                  \
		        .problems = find_problems,                                                                     \
	        },                                                                                                     \
	        {                                                                                                      \
		        .method = HTTP_PATCH,                                                                          \
		        .path = "/api/admin/" plural "/{id}",                                                          \
		        .name = noun "_change",                                                                        \
		        .doc = "Changes a " noun " if it still has the version in If-Match; members that are left "    \
		               "out stay as they are.",                                                                \
		        .plain = group_change,                                                                         \
		        .needs = &permission_products_write,                                                           \
		        .body = &change_taxon_schema,                                                                  \
		        .reply = &admin_taxon_schema,                                                                  \
		        .idempotency = IDEMPOTENCY_ACCEPTED,                                                           \
		        .if_match = IF_MATCH_REQUIRED,                                                                 \
		        .problems = change_problems,                                                                   \
	        },                                                                                                     \
	        {                                                                                                      \
		        .method = HTTP_DELETE,                                                                         \
		        .path = "/api/admin/" plural "/{id}",                                                          \
		        .name = noun "_delete",                                                                        \
		        .doc = "Deletes a " noun " to which nothing belongs. Deleting it again changes nothing.",      \
		        .plain = group_delete,                                                                         \
		        .needs = &permission_products_write,                                                           \
		        .status = 204,                                                                                 \
		        .if_match = IF_MATCH_REQUIRED,                                                                 \
		        .problems = delete_problems,                                                                   \
	        },                                                                                                     \
	{                                                                                                              \
		.method = HTTP_POST, .path = "/api/admin/" plural "/{id}/restore", .name = noun "_restore",            \
		.doc = "Brings a deleted " noun " back.", .plain = group_restore, .needs = &permission_products_write, \
		.reply = &admin_taxon_schema, .idempotency = IDEMPOTENCY_ACCEPTED, .problems = restore_problems,       \
	}

static const struct route admin_taxon_rows[] = {
	TAXON_ROUTES("department", "departments"),
	TAXON_ROUTES("category", "categories"),
	TAXON_ROUTES("brand", "brands"),
};
const struct routes admin_taxon_routes = ROUTES(admin_taxon_rows);
