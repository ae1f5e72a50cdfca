/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products for staff. A change writes the whole row by compare-and-set on its version, in one statement that also locks
 * category and brand, so neither is deleted meanwhile. Deleting hides a product: the row stays, with its SKU, because
 * orders and audit refer to it; restoring shows it again. Orders have copies and do not change.
 *
 * The version also numbers the events of a product: each change emits one.
 */
#include "base/check.h"
#include "commerce/api.h"
#include "commerce/catalogue/admin.h"
#include "commerce/catalogue/catalogue_admin_sql.h"
#include "commerce/catalogue/routes.h"
#include "commerce/permissions.h"
#include "commerce/stores/stores.h"
#include "service/audit.h"
#include "service/place.h"

SCHEMA_TABLE(admin_product, ADMIN_PRODUCT, "A product, as staff see it")
SCHEMA_TABLE(admin_product_page, ADMIN_PRODUCT_PAGE, "A page of products")
SCHEMA_TABLE(admin_product_query, ADMIN_PRODUCT_QUERY, "Filter, sort order and page of a list of products")
SCHEMA_TABLE(create_product, CREATE_PRODUCT, "A product to be created")
SCHEMA_TABLE(change_product, CHANGE_PRODUCT, "Changes of a product; members that are left out stay as they are")

static struct admin_product product_view_of(const struct sql_admin_product_row *row)
{
	return (struct admin_product){
		.id = row->id,
		.sku = row->sku,
		.name = row->name,
		.description = row->description,
		.category_id = row->category_id,
		.brand_id = row->brand_id,
		.brand = row->brand,
		.unit = row->unit,
		.price = money_of(row->price_minor, row->currency),
		.tax_rate_bp = row->tax_rate_bp,
		.featured = row->featured,
		.version = row->version,
		.created_at = row->created_at,
		.updated_at = row->updated_at,
		.deleted_at = row->deleted_at,
	};
}

/* ---- Reading ---------------------------------------------------------------------------------- */

#define FILTERS(from)                                                                                                  \
	.deleted = (from)->filter_deleted.set && (from)->filter_deleted.value, .category_id = (from)->filter_category, \
	.brand_id = (from)->filter_brand, .featured = (from)->filter_featured, .search = search_pattern((from)->q),    \
	.row_limit = page_limit((from)->limit)

static const struct sql_admin_product_row *admin_product_get(struct db *db, struct uuid id)
{
	const struct sql_admin_product_row *row = sql_admin_product_find(db, .id = id);

	if (!row)
		refuse(&problem_not_found, "there is no such product");
	return row;
}

static struct str product_name_key(const struct sql_admin_product_row *row)
{
	return row->name;
}

static struct str product_sku_key(const struct sql_admin_product_row *row)
{
	return row->sku;
}

static struct str product_update_key(const struct sql_admin_product_row *row)
{
	return number_key(row->updated_at);
}

/* Null for the first page. */
static struct str product_keyset_text(struct db *db, struct place after,
                                      struct str (*key)(const struct sql_admin_product_row *row))
{
	if (!after.set || after.key.len)
		return after.key;
	return key(admin_product_get(db, after.id));
}

static struct sql_admin_product_rows products_by_name(struct db *db, const struct admin_product_query *query,
                                                      struct place after)
{
	return sql_admin_products_by_name(db, FILTERS(query), .after = product_keyset_text(db, after, product_name_key),
	                                  .after_id = after.id);
}

static struct sql_admin_product_rows products_by_sku(struct db *db, const struct admin_product_query *query,
                                                     struct place after)
{
	return sql_admin_products_by_sku(db, FILTERS(query), .after = product_keyset_text(db, after, product_sku_key));
}

static struct sql_admin_product_rows products_by_update(struct db *db, const struct admin_product_query *query,
                                                        struct place after)
{
	return sql_admin_products_by_update(db, FILTERS(query), .after = place_number(after), .after_id = after.id);
}

static const struct sort {
	const char *name;
	struct sql_admin_product_rows (*list)(struct db *db, const struct admin_product_query *query,
	                                      struct place after);
	struct str (*key)(const struct sql_admin_product_row *row);
} sorts[] = {
	{ .name = "name", .list = products_by_name, .key = product_name_key },
	{ .name = "sku", .list = products_by_sku, .key = product_sku_key },
	{ .name = "-updated_at", .list = products_by_update, .key = product_update_key },
};

static const struct sort *product_sort_find(struct str name)
{
	if (str_is_null(name))
		return &sorts[0];
	for (size_t i = 0; i < ARRAY_COUNT(sorts); i++)
		if (str_eq(name, str_from(sorts[i].name)))
			return &sorts[i];
	catalogue_refuse_field(&problem_invalid_parameter, STR("sort"), "must be one of: name, sku, -updated_at");
}

static struct str products_next_cursor(struct request *req, const struct sql_admin_product_row *last, struct str key)
{
	return place_next(req, last->id, key.len <= CATALOGUE_KEY_MAX ? key : STR(""));
}

static void product_list(struct request *req)
{
	const struct admin_product_query *query = req->query;
	const struct sort *sort = product_sort_find(query->sort);
	struct sql_admin_product_rows found = sort->list(req->db, query, place_read(req, query->cursor));
	struct page page = page_cut(found.count, query->limit);
	struct admin_product *views = ARENA_ARRAY(task_arena(), struct admin_product, page.shown);
	struct str next = STR_NULL;

	for (size_t i = 0; i < page.shown; i++)
		views[i] = product_view_of(&found.rows[i]);
	if (page.has_more)
		next = products_next_cursor(req, &found.rows[page.shown - 1], sort->key(&found.rows[page.shown - 1]));
	reply_plain(req, &(struct admin_product_page){
	                         .data = { views, page.shown }, .has_more = page.has_more, .next_cursor = next });
}

static void product_get(struct request *req)
{
	struct admin_product product = product_view_of(admin_product_get(req->db, request_id(req, "id")));

	reply_version(req, product.version);
	reply_plain(req, &product);
}

/* ---- Rules ------------------------------------------------------------------------------------ */

static void product_check_texts(const struct admin_product *product)
{
	if (!sku_valid(product->sku))
		catalogue_refuse_field(
		        &problem_invalid_body, STR("#/sku"),
		        "must have only A to Z, a to z, 0 to 9 and . _ - /, and begin with a letter or digit");
	catalogue_check_line(STR("#/name"), product->name);
	catalogue_check_line(STR("#/unit"), product->unit);
	catalogue_check_block(STR("#/description"), product->description);
}

/* Also sets the brand's name. */
static void product_check_parents(struct db *db, struct admin_product *product)
{
	const struct sql_taxon_row *category = sql_taxon_find(db, .kind = STR("category"), .id = product->category_id);
	const struct sql_taxon_row *brand = NULL;

	if (product->brand_id.set)
		brand = sql_taxon_find(db, .kind = STR("brand"), .id = product->brand_id.value);
	if (!category || category->deleted_at.set)
		catalogue_refuse_field(&problem_unknown_category, STR("#/category_id"),
		                       "is not the id of a category, or the category is deleted");
	if (product->brand_id.set && (!brand || brand->deleted_at.set))
		catalogue_refuse_field(&problem_unknown_brand, STR("#/brand_id"),
		                       "is not the id of a brand, or the brand is deleted");
	product->brand = brand ? brand->name : STR_NULL;
}

/* ---- Storing ---------------------------------------------------------------------------------- */

static const struct taken sku_is_taken = {
	.constraint = "product_sku_key",
	.problem = &problem_sku_taken,
	.field = { STR("#/sku"), STR("belongs to another product, which may be deleted") },
};

static void emit_product(struct tx *tx, const struct event_type *type, const struct admin_product *product)
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

/* Stores the new state of a product: `was` is its version before. */
static struct tx *product_store(struct request *req, struct admin_product *product, const struct event_type *type)
{
	struct tx *tx = tx_collect(req->db);
	int64_t was = product->version++;

	product->updated_at = req->now_us;
	sql_product_update(tx, .id = product->id, .version = was, .sku = product->sku, .name = product->name,
	                   .description = product->description, .category_id = product->category_id,
	                   .brand_id = product->brand_id, .unit = product->unit, .price_minor = product->price.amount,
	                   .currency = str_from(product->price.currency), .tax_rate_bp = product->tax_rate_bp,
	                   .featured = product->featured, .deleted_at = product->deleted_at, .now = req->now_us);
	emit_product(tx, type, product);
	return tx;
}

static void product_commit(struct request *req, struct tx *tx, const struct admin_product *product)
{
	reply_version(req, product->version);
	catalogue_check_stored(reply_try_commit_plain(req, tx, product), &sku_is_taken);
}

static void product_create(struct request *req)
{
	const struct create_product *cmd = req->body;
	struct admin_product product = {
		.id = uuid_new_v7(req->now_us),
		.sku = cmd->sku,
		.name = cmd->name,
		.description = str_is_null(cmd->description) ? STR("") : cmd->description,
		.category_id = cmd->category_id,
		.brand_id = cmd->brand_id,
		.unit = cmd->unit,
		.price = cmd->price,
		.tax_rate_bp = cmd->tax_rate_bp,
		.featured = cmd->featured.set && cmd->featured.value,
		.version = 1,
		.created_at = req->now_us,
		.updated_at = req->now_us,
	};

	catalogue_check_scope(req);
	product_check_texts(&product);
	product_check_parents(req->db, &product);
	struct tx *tx = tx_collect(req->db);

	sql_product_insert(tx, .id = product.id, .sku = product.sku, .name = product.name,
	                   .description = product.description, .category_id = product.category_id,
	                   .brand_id = product.brand_id, .unit = product.unit, .price_minor = product.price.amount,
	                   .currency = str_from(product.price.currency), .tax_rate_bp = product.tax_rate_bp,
	                   .featured = product.featured, .now = req->now_us);
	sql_product_stock_insert(tx, .store_id = store_main(), .product_id = product.id,
	                         .safety = cmd->safety.set ? cmd->safety.value : 0,
	                         .low_at = cmd->low_at.set ? cmd->low_at.value : LOW_AT_DEFAULT, .now = req->now_us);
	emit_product(tx, &product_created, &product);
	reply_location(req, "/api/admin/products/%.*s", STR_ARG(uuid_text(task_arena(), product.id)));
	product_commit(req, tx, &product);
}

static struct opt_uuid brand_id_parse(struct str text)
{
	struct opt_uuid brand = { .set = text.len > 0 };

	if (brand.set && uuid_parse(text, &brand.value))
		catalogue_refuse_field(&problem_invalid_body, STR("#/brand_id"), "must be a UUID or an empty text");
	return brand;
}

static void product_apply(struct admin_product *product, const struct change_product *cmd)
{
	if (!str_is_null(cmd->sku))
		product->sku = cmd->sku;
	if (!str_is_null(cmd->name))
		product->name = cmd->name;
	if (!str_is_null(cmd->description))
		product->description = cmd->description;
	if (cmd->category_id.set)
		product->category_id = cmd->category_id.value;
	if (!str_is_null(cmd->brand_id))
		product->brand_id = brand_id_parse(cmd->brand_id);
	if (!str_is_null(cmd->unit))
		product->unit = cmd->unit;
	if (cmd->price.set)
		product->price = cmd->price.value;
	if (cmd->tax_rate_bp.set)
		product->tax_rate_bp = cmd->tax_rate_bp.value;
	if (cmd->featured.set)
		product->featured = cmd->featured.value;
}

static void product_change(struct request *req)
{
	const struct change_product *cmd = req->body;

	catalogue_check_scope(req);
	struct admin_product product = product_view_of(admin_product_get(req->db, request_id(req, "id")));

	request_check_version(req, product.version);
	if (product.deleted_at.set)
		refuse(&problem_is_deleted, "restore the resource first");
	audit_before(req, &admin_product_schema, &product);
	product_apply(&product, cmd);
	/* Texts that are older than these rules may stay. */
	if (!str_is_null(cmd->sku) || !str_is_null(cmd->name) || !str_is_null(cmd->unit) ||
	    !str_is_null(cmd->description))
		product_check_texts(&product);
	product_check_parents(req->db, &product);
	product_commit(req, product_store(req, &product, &product_changed), &product);
}

/* Deleting again changes nothing, with any version in If-Match: the client may have lost the first reply. */
static void product_delete(struct request *req)
{
	catalogue_check_scope(req);
	struct admin_product product = product_view_of(admin_product_get(req->db, request_id(req, "id")));

	if (product.deleted_at.set) {
		reply_version(req, product.version);
		reply_none(req);
		return;
	}
	request_check_version(req, product.version);
	audit_before(req, &admin_product_schema, &product);
	product.deleted_at = SOME(i64, req->now_us);
	struct tx *tx = product_store(req, &product, &product_deleted);

	reply_version(req, product.version);
	reply_commit_none(req, tx);
}

static void product_restore(struct request *req)
{
	catalogue_check_scope(req);
	struct admin_product product = product_view_of(admin_product_get(req->db, request_id(req, "id")));

	if (!product.deleted_at.set) {
		reply_version(req, product.version);
		reply_plain(req, &product);
		return;
	}
	product_check_parents(req->db, &product);
	audit_before(req, &admin_product_schema, &product);
	product.deleted_at = NONE(i64);
	product_commit(req, product_store(req, &product, &product_changed), &product);
}

/* ---- Routes ----------------------------------------------------------------------------------- */

static const struct problem *const find_problems[] = { &problem_not_found, NULL };
static const struct problem *const store_problems[] = {
	&problem_not_found,        &problem_is_deleted,    &problem_sku_taken,
	&problem_unknown_category, &problem_unknown_brand, NULL,
};
static const struct problem *const create_problems[] = { &problem_sku_taken, &problem_unknown_category,
	                                                 &problem_unknown_brand, NULL };
static const struct problem *const restore_problems[] = { &problem_not_found, &problem_unknown_category,
	                                                  &problem_unknown_brand, NULL };

static const struct route admin_product_rows[] = {
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/products",
	        .name = "admin_product_list",
	        .doc = "Lists products for staff: filtered, searched, sorted, in pages.",
	        .plain = product_list,
	        .needs = &permission_products_read,
	        .query = &admin_product_query_schema,
	        .reply = &admin_product_page_schema,
	},
	{
	        .method = HTTP_POST,
	        .path = "/api/admin/products",
	        .name = "product_create",
	        .doc = "Creates a product, with an empty stock counter in the main store.",
	        .plain = product_create,
	        .needs = &permission_products_write,
	        .body = &create_product_schema,
	        .reply = &admin_product_schema,
	        .status = 201,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .problems = create_problems,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/products/{id}",
	        .name = "admin_product_get",
	        .doc = "Shows one product, also a deleted one.",
	        .plain = product_get,
	        .needs = &permission_products_read,
	        .reply = &admin_product_schema,
	        .problems = find_problems,
	},
	{
	        .method = HTTP_PATCH,
	        .path = "/api/admin/products/{id}",
	        .name = "product_change",
	        .doc = "Changes a product if it still has the version in If-Match; members that are left out stay as "
	               "they are.",
	        .plain = product_change,
	        .needs = &permission_products_write,
	        .body = &change_product_schema,
	        .reply = &admin_product_schema,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .if_match = IF_MATCH_REQUIRED,
	        .problems = store_problems,
	},
	{
	        .method = HTTP_DELETE,
	        .path = "/api/admin/products/{id}",
	        .name = "product_delete",
	        .doc = "Deletes a product: the shop no longer shows it. Deleting it again changes nothing.",
	        .plain = product_delete,
	        .needs = &permission_products_write,
	        .status = 204,
	        .if_match = IF_MATCH_REQUIRED,
	        .problems = find_problems,
	},
	{
	        .method = HTTP_POST,
	        .path = "/api/admin/products/{id}/restore",
	        .name = "product_restore",
	        .doc = "Restores a deleted product.",
	        .plain = product_restore,
	        .needs = &permission_products_write,
	        .reply = &admin_product_schema,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .problems = restore_problems,
	},
};
const struct routes admin_product_routes = ROUTES(admin_product_rows);
