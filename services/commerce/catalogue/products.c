/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products for staff. A change writes the whole row by compare-and-set on its version, in one statement that also locks
 * category and brand, so neither is deleted meanwhile. Deleting hides a product: the row stays, with its SKU, because
 * orders and audit refer to it; restoring shows it again. Orders have copies and do not change.
 *
 * The version also numbers the events of a product: each change emits one.
 */
#include "commerce/catalogue/api.h"
#include "commerce/catalogue/events.h"
#include "commerce/catalogue/rules.h"
#include "commerce/permissions.h"
#include "commerce/stores/stores.h"
#include "service/audit.h"
#include "service/page.h"

HANDLER(admin_product_list, admin_product_query, admin_product)
{
	reply_page(req, sql_admin_products(req->db, .page = req->page, .deleted = input->filter_deleted.value,
	                                   .category_id = input->filter_category, .brand_id = input->filter_brand,
	                                   .featured = input->filter_featured, .search = input->q));
}

HANDLER(admin_product_get, nothing, admin_product)
{
	reply(req, sql_admin_product_get(req->db, .id = request_id(req, "id")));
}

/* ---- Rules ------------------------------------------------------------------------------------ */

/* Also sets the brand's name. */
static void product_check_parents(struct db *db, struct sql_admin_product_row *product)
{
	const struct sql_taxon_row *category = sql_taxon_find(db, .kind = TAXON_category, .id = product->category_id);
	const struct sql_taxon_row *brand = NULL;

	if (product->brand_id.set)
		brand = sql_taxon_find(db, .kind = TAXON_brand, .id = product->brand_id.value);
	if (!category || category->deleted_at.set)
		refuse_field(&problem_unknown_category, "#/category_id",
		             "is not the id of a category, or the category is deleted");
	if (product->brand_id.set && (!brand || brand->deleted_at.set))
		refuse_field(&problem_unknown_brand, "#/brand_id", "is not the id of a brand, or the brand is deleted");
	product->brand = brand ? brand->name : STR_NULL;
}

/* ---- Storing ---------------------------------------------------------------------------------- */

static void emit_product(struct tx *tx, const struct event_type *type, const struct sql_admin_product_row *product)
{
	emit_as(tx, product_event_data, type, product->id, product->version,
	        &(struct product_event_data){
	                .product_id = product->id,
	                .sku = product->sku,
	                .name = product->name,
	                .category_id = product->category_id,
	                .brand_id = product->brand_id,
	                .unit = product->unit,
	                .price = product->price,
	                .tax_rate_bp = product->tax_rate_bp,
	                .featured = product->featured,
	        });
}

/* Stores the new state of a product, and counts its version. */
static struct tx *product_update(struct request *req, struct sql_admin_product_row *product,
                                 const struct event_type *type)
{
	struct tx *tx = tx_collect(req->db);
	int64_t was = product->version++;

	product->updated_at = req->now_us;
	sql_product_update(tx, .id = product->id, .version = was, .sku = product->sku, .name = product->name,
	                   .description = product->description, .category_id = product->category_id,
	                   .brand_id = product->brand_id, .unit = product->unit, .price = product->price,
	                   .tax_rate_bp = product->tax_rate_bp, .featured = product->featured,
	                   .deleted_at = product->deleted_at, .now = req->now_us);
	emit_product(tx, type, product);
	return tx;
}

HANDLER(product_create, create_product, admin_product)
{
	struct sql_admin_product_row product = {
		.id = uuid_new_v7(req->now_us),
		.sku = input->sku,
		.name = input->name,
		.description = str_is_null(input->description) ? STR("") : input->description,
		.category_id = input->category_id,
		.brand_id = input->brand_id,
		.unit = input->unit,
		.price = input->price,
		.tax_rate_bp = input->tax_rate_bp,
		.featured = input->featured.value,
		.version = 1,
		.created_at = req->now_us,
		.updated_at = req->now_us,
	};

	catalogue_check_scope(req);
	product_check_parents(req->db, &product);
	struct tx *tx = tx_collect(req->db);

	sql_product_insert(tx, .id = product.id, .sku = product.sku, .name = product.name,
	                   .description = product.description, .category_id = product.category_id,
	                   .brand_id = product.brand_id, .unit = product.unit, .price = product.price,
	                   .tax_rate_bp = product.tax_rate_bp, .featured = product.featured, .now = req->now_us);
	sql_product_stock_insert(tx, .store_id = store_main(), .product_id = product.id, .safety = input->safety.value,
	                         .low_at = input->low_at.set ? input->low_at.value : LOW_AT_DEFAULT,
	                         .now = req->now_us);
	emit_product(tx, &product_created, &product);
	reply_commit(req, tx, &product);
}

HANDLER(product_change, change_product, admin_product)
{
	catalogue_check_scope(req);
	struct sql_admin_product_row product = *sql_admin_product_get(req->db, .id = request_id(req, "id"));

	request_check_version(req, product.version);
	if (product.deleted_at.set)
		refuse(&problem_is_deleted, "restore the resource first");
	audit_before(req, &admin_product_schema, &product);
	request_patch(req, admin_product, &product);
	product_check_parents(req->db, &product);
	reply_commit(req, product_update(req, &product, &product_changed), &product);
}

/* Deleting again changes nothing, with any version in If-Match: the client may have lost the first reply. */
HANDLER(product_delete, nothing, nothing)
{
	catalogue_check_scope(req);
	struct sql_admin_product_row product = *sql_admin_product_get(req->db, .id = request_id(req, "id"));

	if (product.deleted_at.set) {
		reply_version(req, product.version);
		reply_none(req);
		return;
	}
	request_check_version(req, product.version);
	audit_before(req, &admin_product_schema, &product);
	product.deleted_at = SOME(i64, req->now_us);
	struct tx *tx = product_update(req, &product, &product_deleted);

	reply_version(req, product.version);
	reply_commit_none(req, tx);
}

HANDLER(product_restore, nothing, admin_product)
{
	catalogue_check_scope(req);
	struct sql_admin_product_row product = *sql_admin_product_get(req->db, .id = request_id(req, "id"));

	if (!product.deleted_at.set) {
		reply(req, &product);
		return;
	}
	product_check_parents(req->db, &product);
	audit_before(req, &admin_product_schema, &product);
	product.deleted_at = NONE(i64);
	reply_commit(req, product_update(req, &product, &product_changed), &product);
}

/* ---- Routes ----------------------------------------------------------------------------------- */

/* clang-format off */
#define SKU_TAKEN CONFLICTS({ "product_sku_key", &problem_sku_taken, "#/sku", "belongs to another product, which may be deleted" })

static const struct route admin_product_rows[] = {
	{ GET("/api/admin/products", admin_product_list), .doc = "Lists products for staff: filtered, searched, sorted, in pages.",
	  .needs = &permission_products_read, .list = &sql_admin_products_list },
	{ POST("/api/admin/products", product_create), .doc = "Creates a product, with an empty stock counter in the main store.",
	  .needs = &permission_products_write, .creates = "/api/admin/products/{id}",
	  .conflicts = SKU_TAKEN, .problems = PROBLEMS(&problem_unknown_category, &problem_unknown_brand) },
	{ GET("/api/admin/products/{id}", admin_product_get), .doc = "Shows one product, also a deleted one.",
	  .needs = &permission_products_read },
	{ PATCH("/api/admin/products/{id}", product_change),
	  .doc = "Changes a product if it still has the version in If-Match; members that are left out stay as they are.",
	  .needs = &permission_products_write, .if_match = IF_MATCH_REQUIRED,
	  .patches = &admin_product_schema, .conflicts = SKU_TAKEN,
	  .problems = PROBLEMS(&problem_is_deleted, &problem_unknown_category, &problem_unknown_brand) },
	{ DELETE("/api/admin/products/{id}", product_delete),
	  .doc = "Deletes a product: the shop no longer shows it. Deleting it again changes nothing.",
	  .needs = &permission_products_write, .if_match = IF_MATCH_REQUIRED },
	{ POST("/api/admin/products/{id}/restore", product_restore), .doc = "Restores a deleted product.",
	  .needs = &permission_products_write,
	  .problems = PROBLEMS(&problem_unknown_category, &problem_unknown_brand) },
};
/* clang-format on */

const struct routes admin_product_routes = ROUTES(admin_product_rows);
