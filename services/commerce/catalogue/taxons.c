/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Departments, categories and brands for staff: the taxons of the catalogue. They are alike, so one set of handlers
 * serves all kinds; they are read through one view, and each kind is stored in its table.
 *
 * A taxon is not deleted while something else belongs to it. A deletion locks the row and then checks; a statement that
 * adds something to it locks the row shared (catalogue_admin.sql): one of the two waits for the other and sees its
 * result.
 */
#include "base/check.h"
#include "commerce/catalogue/api.h"
#include "commerce/catalogue/rules.h"
#include "commerce/permissions.h"
#include "service/audit.h"
#include "service/page.h"

static enum taxon_kind taxon_kind_of(const struct request *req)
{
	static const char *const paths[taxon_kind_count] = {
		[TAXON_department] = "/api/admin/departments",
		[TAXON_category] = "/api/admin/categories",
		[TAXON_brand] = "/api/admin/brands",
	};

	for (int kind = 1; kind < taxon_kind_count; kind++)
		if (str_starts(str_from(req->route->path), str_from(paths[kind])))
			return kind;
	check_failed(__FILE__, __LINE__, req->route->path);
}

static struct sql_taxon_row taxon_get(struct db *db, enum taxon_kind kind, struct uuid id)
{
	const struct sql_taxon_row *row = sql_taxon_find(db, .kind = kind, .id = id);

	if (!row)
		refuse(&problem_not_found, "There is no such %s", taxon_kind_choice.names[kind]);
	return *row;
}

HANDLER(taxon_list, admin_taxon_query, admin_taxon)
{
	reply_page(req, sql_taxons(req->db, .page = req->page, .kind = taxon_kind_of(req),
	                           .deleted = input->filter_deleted.value, .department_id = input->filter_department,
	                           .search = input->q));
}

HANDLER(taxon_show, nothing, admin_taxon)
{
	struct sql_taxon_row taxon = taxon_get(req->db, taxon_kind_of(req), request_id(req, "id"));

	reply(req, &taxon);
}

/* ---- Rules ------------------------------------------------------------------------------------ */

/* Refuses members that the kind does not have, instead of ignoring them. */
static void taxon_check_members(enum taxon_kind kind, struct opt_i64 rank, struct opt_uuid department_id)
{
	if (rank.set && kind == TAXON_brand)
		refuse_field(&problem_invalid_body, "#/rank", "is not allowed for a brand");
	if (department_id.set && kind != TAXON_category)
		refuse_field(&problem_invalid_body, "#/department_id", "is allowed for categories only");
}

static void taxon_check_department(struct db *db, enum taxon_kind kind, const struct sql_taxon_row *taxon)
{
	const struct sql_taxon_row *department;

	if (kind != TAXON_category)
		return;
	if (!taxon->department_id.set)
		refuse_field(&problem_invalid_body, "#/department_id", "is required");
	department = sql_taxon_find(db, .kind = TAXON_department, .id = taxon->department_id.value);
	if (!department || department->deleted_at.set)
		refuse_field(&problem_unknown_department, "#/department_id",
		             "is not the id of a department, or the department is deleted");
}

/* ---- Storing ---------------------------------------------------------------------------------- */

/* Stores the new state of a taxon, and counts its version. */
static void taxon_update(struct request *req, struct tx *tx, enum taxon_kind kind, struct sql_taxon_row *taxon)
{
	int64_t was = taxon->version++;

	taxon->updated_at = req->now_us;
	if (kind == TAXON_department)
		sql_department_update(tx, .id = taxon->id, .version = was, .name = taxon->name, .slug = taxon->slug,
		                      .rank = taxon->rank.value, .deleted_at = taxon->deleted_at, .now = req->now_us);
	else if (kind == TAXON_category)
		sql_category_update(tx, .id = taxon->id, .version = was, .department_id = taxon->department_id.value,
		                    .name = taxon->name, .slug = taxon->slug, .rank = taxon->rank.value,
		                    .deleted_at = taxon->deleted_at, .now = req->now_us);
	else
		sql_brand_update(tx, .id = taxon->id, .version = was, .name = taxon->name, .slug = taxon->slug,
		                 .deleted_at = taxon->deleted_at, .now = req->now_us);
}

HANDLER(taxon_create, create_taxon, admin_taxon)
{
	enum taxon_kind kind = taxon_kind_of(req);
	struct sql_taxon_row taxon = {
		.id = uuid_new_v7(req->now_us),
		.department_id = input->department_id,
		.name = input->name,
		.slug = input->slug,
		.rank = { .set = kind != TAXON_brand, .value = input->rank.value },
		.version = 1,
		.created_at = req->now_us,
		.updated_at = req->now_us,
	};

	catalogue_check_scope(req);
	taxon_check_members(kind, input->rank, input->department_id);
	taxon_check_department(req->db, kind, &taxon);
	struct tx *tx = tx_collect(req->db);

	if (kind == TAXON_department)
		sql_department_insert(tx, .id = taxon.id, .name = taxon.name, .slug = taxon.slug,
		                      .rank = taxon.rank.value, .now = req->now_us);
	else if (kind == TAXON_category)
		sql_category_insert(tx, .id = taxon.id, .department_id = taxon.department_id.value, .name = taxon.name,
		                    .slug = taxon.slug, .rank = taxon.rank.value, .now = req->now_us);
	else
		sql_brand_insert(tx, .id = taxon.id, .name = taxon.name, .slug = taxon.slug, .now = req->now_us);
	reply_commit(req, tx, &taxon);
}

HANDLER(taxon_change, change_taxon, admin_taxon)
{
	enum taxon_kind kind = taxon_kind_of(req);

	catalogue_check_scope(req);
	taxon_check_members(kind, input->rank, input->department_id);
	struct sql_taxon_row taxon = taxon_get(req->db, kind, request_id(req, "id"));

	request_check_version(req, taxon.version);
	if (taxon.deleted_at.set)
		refuse(&problem_is_deleted, "restore the resource first");
	audit_before(req, &admin_taxon_schema, &taxon);
	request_patch(req, admin_taxon, &taxon);
	taxon_check_department(req->db, kind, &taxon);
	struct tx *tx = tx_collect(req->db);

	taxon_update(req, tx, kind, &taxon);
	reply_commit(req, tx, &taxon);
}

/* Deleting again changes nothing, as with products. */
HANDLER(taxon_delete, nothing, nothing)
{
	enum taxon_kind kind = taxon_kind_of(req);
	struct uuid id = request_id(req, "id");
	struct tx *tx = tx_begin(req->db);

	catalogue_check_scope(req);
	sql_taxon_lock(tx, .id = id);
	struct sql_taxon_row taxon = taxon_get(tx_db(tx), kind, id);

	if (taxon.deleted_at.set) {
		tx_rollback(tx);
		reply_version(req, taxon.version);
		reply_none(req);
		return;
	}
	request_check_version(req, taxon.version);
	if (sql_taxon_is_used(tx, .id = id)->used)
		refuse(&problem_still_used, "other resources that are not deleted belong to this %s",
		       taxon_kind_choice.names[kind]);
	audit_before(req, &admin_taxon_schema, &taxon);
	taxon.deleted_at = SOME(i64, req->now_us);
	taxon_update(req, tx, kind, &taxon);
	reply_version(req, taxon.version);
	reply_commit_none(req, tx);
}

HANDLER(taxon_restore, nothing, admin_taxon)
{
	enum taxon_kind kind = taxon_kind_of(req);

	catalogue_check_scope(req);
	struct sql_taxon_row taxon = taxon_get(req->db, kind, request_id(req, "id"));

	if (!taxon.deleted_at.set) {
		reply(req, &taxon);
		return;
	}
	taxon_check_department(req->db, kind, &taxon);
	audit_before(req, &admin_taxon_schema, &taxon);
	taxon.deleted_at = NONE(i64);
	struct tx *tx = tx_collect(req->db);

	taxon_update(req, tx, kind, &taxon);
	reply_commit(req, tx, &taxon);
}

/* ---- Routes ----------------------------------------------------------------------------------- */

/* clang-format off */
#define SLUG_TAKEN(noun) \
	CONFLICTS({ noun "_slug_key", &problem_slug_taken, "#/slug", "belongs to another " noun ", which may be deleted" })

static const struct route admin_taxon_rows[] = {
	{ GET("/api/admin/departments", taxon_list), .name = "admin_department_list", .doc = "Lists the departments for staff, in pages.",
	  .needs = &permission_products_read, .list = &sql_taxons_list },
	{ POST("/api/admin/departments", taxon_create), .name = "department_create", .doc = "Creates a department.",
	  .needs = &permission_products_write, .creates = "/api/admin/departments/{id}",
	  .conflicts = SLUG_TAKEN("department") },
	{ GET("/api/admin/departments/{id}", taxon_show), .name = "admin_department_get",
	  .doc = "Shows one department, also a deleted one.", .needs = &permission_products_read },
	{ PATCH("/api/admin/departments/{id}", taxon_change), .name = "department_change",
	  .doc = "Changes a department if it still has the version in If-Match; members that are left out stay as they are.",
	  .needs = &permission_products_write, .if_match = IF_MATCH_REQUIRED,
	  .patches = &admin_taxon_schema, .conflicts = SLUG_TAKEN("department"), .problems = PROBLEMS(&problem_is_deleted) },
	{ DELETE("/api/admin/departments/{id}", taxon_delete), .name = "department_delete",
	  .doc = "Deletes a department to which nothing belongs. Deleting it again changes nothing.",
	  .needs = &permission_products_write, .if_match = IF_MATCH_REQUIRED, .problems = PROBLEMS(&problem_still_used) },
	{ POST("/api/admin/departments/{id}/restore", taxon_restore), .name = "department_restore",
	  .doc = "Brings a deleted department back.", .needs = &permission_products_write },

	{ GET("/api/admin/categories", taxon_list), .name = "admin_category_list", .doc = "Lists the categories for staff, in pages.",
	  .needs = &permission_products_read, .list = &sql_taxons_list },
	{ POST("/api/admin/categories", taxon_create), .name = "category_create", .doc = "Creates a category.",
	  .needs = &permission_products_write, .creates = "/api/admin/categories/{id}",
	  .conflicts = SLUG_TAKEN("category"), .problems = PROBLEMS(&problem_unknown_department) },
	{ GET("/api/admin/categories/{id}", taxon_show), .name = "admin_category_get",
	  .doc = "Shows one category, also a deleted one.", .needs = &permission_products_read },
	{ PATCH("/api/admin/categories/{id}", taxon_change), .name = "category_change",
	  .doc = "Changes a category if it still has the version in If-Match; members that are left out stay as they are.",
	  .needs = &permission_products_write, .if_match = IF_MATCH_REQUIRED,
	  .patches = &admin_taxon_schema, .conflicts = SLUG_TAKEN("category"),
	  .problems = PROBLEMS(&problem_is_deleted, &problem_unknown_department) },
	{ DELETE("/api/admin/categories/{id}", taxon_delete), .name = "category_delete",
	  .doc = "Deletes a category to which nothing belongs. Deleting it again changes nothing.",
	  .needs = &permission_products_write, .if_match = IF_MATCH_REQUIRED, .problems = PROBLEMS(&problem_still_used) },
	{ POST("/api/admin/categories/{id}/restore", taxon_restore), .name = "category_restore",
	  .doc = "Brings a deleted category back.", .needs = &permission_products_write,
	  .problems = PROBLEMS(&problem_unknown_department) },

	{ GET("/api/admin/brands", taxon_list), .name = "admin_brand_list", .doc = "Lists the brands for staff, in pages.",
	  .needs = &permission_products_read, .list = &sql_taxons_list },
	{ POST("/api/admin/brands", taxon_create), .name = "brand_create", .doc = "Creates a brand.",
	  .needs = &permission_products_write, .creates = "/api/admin/brands/{id}",
	  .conflicts = SLUG_TAKEN("brand") },
	{ GET("/api/admin/brands/{id}", taxon_show), .name = "admin_brand_get",
	  .doc = "Shows one brand, also a deleted one.", .needs = &permission_products_read },
	{ PATCH("/api/admin/brands/{id}", taxon_change), .name = "brand_change",
	  .doc = "Changes a brand if it still has the version in If-Match; members that are left out stay as they are.",
	  .needs = &permission_products_write, .if_match = IF_MATCH_REQUIRED,
	  .patches = &admin_taxon_schema, .conflicts = SLUG_TAKEN("brand"), .problems = PROBLEMS(&problem_is_deleted) },
	{ DELETE("/api/admin/brands/{id}", taxon_delete), .name = "brand_delete",
	  .doc = "Deletes a brand to which nothing belongs. Deleting it again changes nothing.",
	  .needs = &permission_products_write, .if_match = IF_MATCH_REQUIRED, .problems = PROBLEMS(&problem_still_used) },
	{ POST("/api/admin/brands/{id}/restore", taxon_restore), .name = "brand_restore",
	  .doc = "Brings a deleted brand back.", .needs = &permission_products_write },
};
/* clang-format on */

const struct routes admin_taxon_routes = ROUTES(admin_taxon_rows);
