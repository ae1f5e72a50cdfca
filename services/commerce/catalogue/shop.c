/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue for customers: departments, categories, brands, products. */
#include "commerce/catalogue/api.h"
#include "commerce/catalogue/events.h"
#include "commerce/catalogue/rules.h"
#include "commerce/commerce.h"
#include "commerce/stores/stores.h"
#include "service/page.h"

CHOICE_TABLE(taxon_kind, TAXON_KINDS)
SCHEMA_DEFINE(CATALOGUE_SHAPES)
SCHEMA_DEFINE(CATALOGUE_EVENT_SHAPES)
CATALOGUE_PROBLEMS(PROBLEM_DEFINE)
CATALOGUE_EVENTS(EVENT_DEFINE)

HANDLER(department_list, nothing, department_view)
{
	reply_page(req, sql_departments(req->db, .page = req->page));
}

HANDLER(category_list, category_query, category_view)
{
	reply_page(req, sql_categories(req->db, .page = req->page, .department_id = input->department_id));
}

HANDLER(brand_list, nothing, brand_view)
{
	reply_page(req, sql_brands(req->db, .page = req->page));
}

/* ---- Products --------------------------------------------------------------------------------- */

/* An unknown store sells nothing. */
HANDLER(product_list, product_query, product_view)
{
	if (str_is_null(input->q))
		reply_page(req, sql_products(req->db, .page = req->page, .store_id = store_asked(input->store_id),
		                             .category_id = input->category_id, .brand_id = input->brand_id,
		                             .featured = input->featured, .min_price = input->min_price,
		                             .max_price = input->max_price, .in_stock = input->in_stock));
	else
		reply_page(req, sql_products_found(req->db, .page = req->page, .store_id = store_asked(input->store_id),
		                                   .category_id = input->category_id, .brand_id = input->brand_id,
		                                   .featured = input->featured, .min_price = input->min_price,
		                                   .max_price = input->max_price, .in_stock = input->in_stock,
		                                   .search = input->q));
}

HANDLER(product_get, product_store_query, product_view)
{
	reply(req, sql_product_get(req->db, .id = request_id(req, "id"), .store_id = store_asked(input->store_id)));
}

HANDLER(product_get_by_sku, product_store_query, product_view)
{
	reply(req, sql_product_by_sku_get(req->db, .sku = request_param(req, "sku"),
	                                  .store_id = store_asked(input->store_id)));
}

/* ---- Routes ----------------------------------------------------------------------------------- */

/* A price or a stock that has just changed may be shown by a cache for so long. */
enum { CATALOGUE_AGE_S = 15 };

/* clang-format off */
static const struct route catalogue_rows[] = {
	{ GET("/api/catalog/departments", department_list), .needs = &permission_anyone, .public_max_age = CATALOGUE_AGE_S, .list = &sql_departments_list,
	  .doc = "Lists the departments, in the order in which the shop shows them, in pages." },
	{ GET("/api/catalog/categories", category_list), .needs = &permission_anyone, .public_max_age = CATALOGUE_AGE_S, .list = &sql_categories_list,
	  .doc = "Lists all categories, or those of one department, in the order in which the shop shows them, in pages." },
	{ GET("/api/catalog/brands", brand_list), .needs = &permission_anyone, .public_max_age = CATALOGUE_AGE_S, .list = &sql_brands_list,
	  .doc = "Lists the brands, sorted by name, in pages." },
	{ GET("/api/products", product_list), .needs = &permission_anyone, .public_max_age = CATALOGUE_AGE_S, .list = &sql_products_list,
	  .doc = "Lists products: filtered, searched, sorted, in pages." },
	{ GET("/api/products/{id}", product_get), .needs = &permission_anyone, .public_max_age = CATALOGUE_AGE_S, .doc = "Shows one product." },
	{ GET("/api/product-skus/{sku}", product_get_by_sku), .needs = &permission_anyone, .public_max_age = CATALOGUE_AGE_S, .problems = PROBLEMS(&problem_not_found),
	  .doc = "Shows one product by its SKU, in any case." },
};
static const struct routes catalogue_routes = ROUTES(catalogue_rows);

const struct subject catalogue_subject = {
	.name = "catalogue",
	.sql = LIST(const struct sql_module *const, &sql_catalogue_admin_module, &sql_catalogue_module),
	.public_routes = LIST(const struct routes *const, &catalogue_routes),
	.admin_routes = LIST(const struct routes *const, &admin_product_routes, &admin_taxon_routes),
	.events = &(const struct event_types)EVENT_TYPES(CATALOGUE_EVENTS),
};
/* clang-format on */
