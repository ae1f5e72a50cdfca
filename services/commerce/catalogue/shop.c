/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue for customers: departments, categories, brands, products. */
#include "base/check.h"
#include "commerce/api.h"
#include "commerce/catalogue/catalogue_sql.h"
#include "commerce/catalogue/routes.h"
#include "commerce/stores/stores.h"
#include "service/place.h"

enum { CURSOR_NAME_MAX = 200 }; /* bytes */

static void department_list_get(struct request *req)
{
	struct sql_departments_list_rows found = sql_departments_list(req->db);
	struct department_view *views = ARENA_ARRAY(task_arena(), struct department_view, found.count);

	for (size_t i = 0; i < found.count; i++)
		views[i] = (struct department_view){
			.id = found.rows[i].id,
			.name = found.rows[i].name,
			.slug = found.rows[i].slug,
		};
	reply_plain(req, &(struct department_list){ .data = { views, found.count } });
}

static void category_list_get(struct request *req)
{
	const struct category_query *query = req->query;
	struct sql_categories_list_rows found = sql_categories_list(req->db, .department_id = query->department_id);
	struct category_view *views = ARENA_ARRAY(task_arena(), struct category_view, found.count);

	for (size_t i = 0; i < found.count; i++)
		views[i] = (struct category_view){
			.id = found.rows[i].id,
			.department_id = found.rows[i].department_id,
			.name = found.rows[i].name,
			.slug = found.rows[i].slug,
		};
	reply_plain(req, &(struct category_list){ .data = { views, found.count } });
}

static void brand_list_get(struct request *req)
{
	struct sql_brands_list_rows found = sql_brands_list(req->db);
	struct brand_view *views = ARENA_ARRAY(task_arena(), struct brand_view, found.count);

	for (size_t i = 0; i < found.count; i++)
		views[i] = (struct brand_view){
			.id = found.rows[i].id,
			.name = found.rows[i].name,
			.slug = found.rows[i].slug,
		};
	reply_plain(req, &(struct brand_list){ .data = { views, found.count } });
}

/* An unknown store sells nothing. */
static struct uuid queried_store(struct opt_uuid asked)
{
	return asked.set ? asked.value : store_main();
}

static struct product_view product_view_of(const struct sql_product_row *row)
{
	return (struct product_view){
		.id = row->id,
		.sku = row->sku,
		.name = row->name,
		.description = row->description,
		.category_id = row->category_id,
		.brand = row->brand,
		.unit = row->unit,
		.price = money_of(row->price_minor, row->currency),
		.featured = row->featured,
		.available = row->available,
	};
}

static void reply_product(struct request *req, struct uuid id)
{
	const struct product_store_query *query = req->query;
	const struct sql_product_row *row =
	        sql_product_find(req->db, .id = id, .store_id = queried_store(query->store_id));

	if (!row)
		refuse(&problem_not_found, "there is no such product");
	struct product_view view = product_view_of(row);

	reply_version(req, row->version);
	reply_plain(req, &view);
}

static void product_get(struct request *req)
{
	reply_product(req, request_id(req, "id"));
}

static void product_get_by_sku(struct request *req)
{
	const struct sql_product_by_sku_row *found = sql_product_by_sku(req->db, .sku = request_param(req, "sku"));

	if (!found)
		refuse(&problem_not_found, "there is no such product");
	reply_product(req, found->id);
}

#define FILTERS(from)                                                                                                  \
	.store_id = queried_store((from)->store_id), .category_id = (from)->category_id, .brand_id = (from)->brand_id, \
	.search = search_pattern((from)->q), .featured = (from)->featured, .min_price = (from)->min_price,             \
	.max_price = (from)->max_price, .in_stock = (from)->in_stock, .row_limit = page_limit((from)->limit)

/* Names that do not fit into a cursor are left out of it and read again. */
static struct str product_keyset_name(struct db *db, struct uuid store_id, struct place after)
{
	if (!after.set)
		return STR("");
	if (after.key.len)
		return after.key;
	const struct sql_product_row *row = sql_product_find(db, .id = after.id, .store_id = store_id);

	if (!row)
		refuse(&problem_invalid_cursor, "the product at which the page ended no longer exists");
	return row->name;
}

/* The first page of each list starts before all rows; INT64_MAX means infinity as a time. */
static struct sql_product_rows products_by_name(struct db *db, const struct product_query *query, struct place after)
{
	return sql_products_by_name(db, FILTERS(query),
	                            .after_name = product_keyset_name(db, queried_store(query->store_id), after),
	                            .after_id = after.id);
}

static struct sql_product_rows products_by_price(struct db *db, const struct product_query *query, struct place after)
{
	return sql_products_by_price(db, FILTERS(query), .after_price = place_number_or(after, -1),
	                             .after_id = after.id);
}

static struct sql_product_rows products_by_price_down(struct db *db, const struct product_query *query,
                                                      struct place after)
{
	return sql_products_by_price_down(db, FILTERS(query), .after_price = place_number_or(after, INT64_MAX),
	                                  .after_id = after.id);
}

static struct sql_product_rows products_by_age(struct db *db, const struct product_query *query, struct place after)
{
	return sql_products_by_age(db, FILTERS(query), .after_created = place_number_or(after, INT64_MAX),
	                           .after_id = after.id);
}

static struct str product_name_key(const struct sql_product_row *row)
{
	return row->name.len <= CURSOR_NAME_MAX ? row->name : STR("");
}

static struct str product_price_key(const struct sql_product_row *row)
{
	return number_key(row->price_minor);
}

static struct str product_age_key(const struct sql_product_row *row)
{
	return number_key(row->created_at);
}

static const struct product_sort {
	const char *name;
	struct sql_product_rows (*list)(struct db *db, const struct product_query *query, struct place after);
	struct str (*key)(const struct sql_product_row *row);
} sorts[] = {
	{ .name = "name", .list = products_by_name, .key = product_name_key },
	{ .name = "price", .list = products_by_price, .key = product_price_key },
	{ .name = "-price", .list = products_by_price_down, .key = product_price_key },
	{ .name = "-created_at", .list = products_by_age, .key = product_age_key },
};

static const struct product_sort *product_sort_find(struct str name)
{
	static const struct field_error unknown = {
		.pointer = STR("sort"),
		.detail = STR("must be one of: name, price, -price, -created_at"),
	};

	if (str_is_null(name))
		return &sorts[0];
	for (size_t i = 0; i < ARRAY_COUNT(sorts); i++)
		if (str_eq(name, str_from(sorts[i].name)))
			return &sorts[i];
	refuse_fields(&problem_invalid_parameter, &unknown, 1);
}

static void product_list_get(struct request *req)
{
	const struct product_query *query = req->query;
	const struct product_sort *sort = product_sort_find(query->sort);
	struct sql_product_rows found = sort->list(req->db, query, place_read(req, query->cursor));
	struct page page = page_cut(found.count, query->limit);
	struct product_view *views = ARENA_ARRAY(task_arena(), struct product_view, page.shown);
	struct str next = STR_NULL;

	for (size_t i = 0; i < page.shown; i++)
		views[i] = product_view_of(&found.rows[i]);
	if (page.has_more)
		next = place_next(req, found.rows[page.shown - 1].id, sort->key(&found.rows[page.shown - 1]));
	reply_plain(req, &(struct product_page){
	                         .data = { views, page.shown }, .has_more = page.has_more, .next_cursor = next });
}

/* ---- Routes ----------------------------------------------------------------------------------- */

static const struct problem *const read_problems[] = { &problem_not_found, NULL };

static const struct route catalogue_rows[] = {
	{
	        .method = HTTP_GET,
	        .path = "/api/catalog/departments",
	        .name = "department_list",
	        .doc = "Lists the departments, in the order in which the shop shows them.",
	        .plain = department_list_get,
	        .needs = &permission_anyone,
	        .reply = &department_list_schema,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/catalog/categories",
	        .name = "category_list",
	        .doc = "Lists all categories, or those of one department.",
	        .plain = category_list_get,
	        .needs = &permission_anyone,
	        .query = &category_query_schema,
	        .reply = &category_list_schema,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/catalog/brands",
	        .name = "brand_list",
	        .doc = "Lists all brands, sorted by name.",
	        .plain = brand_list_get,
	        .needs = &permission_anyone,
	        .reply = &brand_list_schema,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/products",
	        .name = "product_list",
	        .doc = "Lists products: filtered, searched, sorted, in pages.",
	        .plain = product_list_get,
	        .needs = &permission_anyone,
	        .query = &product_query_schema,
	        .reply = &product_page_schema,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/products/{id}",
	        .name = "product_get",
	        .doc = "Shows one product.",
	        .plain = product_get,
	        .needs = &permission_anyone,
	        .query = &product_store_query_schema,
	        .reply = &product_view_schema,
	        .problems = read_problems,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/products/by-sku/{sku}",
	        .name = "product_get_by_sku",
	        .doc = "Shows one product by its SKU.",
	        .plain = product_get_by_sku,
	        .needs = &permission_anyone,
	        .query = &product_store_query_schema,
	        .reply = &product_view_schema,
	        .problems = read_problems,
	},
};
const struct routes catalogue_routes = ROUTES(catalogue_rows);
