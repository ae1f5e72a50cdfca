/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes and problems of the catalogue, for customers and for staff. */
#ifndef STOA_COMMERCE_CATALOGUE_API_H
#define STOA_COMMERCE_CATALOGUE_API_H

#include "commerce/api.h"
#include "commerce/catalogue/catalogue_admin_sql.h"
#include "commerce/catalogue/catalogue_sql.h"
#include "commerce/domain/catalogue.h"
#include "commerce/domain/limits.h"
#include "commerce/domain/stock.h"

/* ---- Departments, categories, brands ---------------------------------------------------------- */

#define TAXON_KINDS(X) \
	X(TAXON, department) \
	X(TAXON, category) \
	X(TAXON, brand)
CHOICE_ENUM(taxon_kind, TAXON_KINDS)

#define DEPARTMENT_VIEW(X, T) \
	X(T, uuid, _, id, .doc = "Id of the department") \
	X(T, str, line, name, .max = 100, .doc = "Name of the department") \
	X(T, str, slug, slug, .max = 100, .doc = "Slug: the name used in URLs; lower case letters, digits and hyphens")

#define CATEGORY_VIEW(X, T) \
	X(T, uuid, _, id, .doc = "Id of the category") \
	X(T, uuid, _, department_id, .doc = "Id of the category's department") \
	X(T, str, line, name, .max = 100, .doc = "Name of the category") \
	X(T, str, slug, slug, .max = 100, .doc = "Slug: the name used in URLs; lower case letters, digits and hyphens")

#define CATEGORY_QUERY(X, T) X(T, opt_uuid, _, department_id, .doc = "Only categories of this department")

#define BRAND_VIEW(X, T) \
	X(T, uuid, _, id, .doc = "Id of the brand") \
	X(T, str, line, name, .max = 100, .doc = "Name of the brand") \
	X(T, str, slug, slug, .max = 100, .doc = "Slug: the name used in URLs; lower case letters, digits and hyphens")

#define ADMIN_TAXON(X, T) \
	X(T, uuid, _, id, .doc = "Id of the department, category or brand") \
	X(T, opt_uuid, _, department_id, .doc = "Id of the department; only categories have one") \
	X(T, str, line, name, .max = 100, .doc = "Name of the department, category or brand") \
	X(T, str, slug, slug, .max = 100, \
	  .doc = "Slug: the name used in URLs; lower case letters, digits and hyphens") \
	X(T, opt_i64, _, rank, .doc = "Rank in the shop, lowest first; only departments and categories have one") \
	X(T, i64, _, version, .doc = "Version: 1 at creation, one more with each change; also the ETag") \
	X(T, time, _, created_at, .doc = "Time of creation") \
	X(T, time, _, updated_at, .doc = "Time of the last change") \
	X(T, opt_time, _, deleted_at, .nullable = true, .doc = "Time of deletion; null when it is not deleted")

#define ADMIN_TAXON_QUERY(X, T) \
	X(T, str, line, q, .min = 1, .max = 100, .optional = true, \
	  .doc = "Words to find in name and slug: in any order, without case and accents") \
	X(T, opt_uuid, _, filter_department, .doc = "Only categories of this department") \
	X(T, opt_boolean, _, filter_deleted, \
	  .doc = "true: only deleted ones; false (default): only ones that are not deleted")

#define CREATE_TAXON(X, T) \
	X(T, str, line, name, .min = 1, .max = 100, .doc = "Name of the department, category or brand") \
	X(T, str, slug, slug, .min = 1, .max = 100, \
	  .doc = "Slug: the name used in URLs; lower case letters, digits and hyphens; unique") \
	X(T, opt_i64, _, rank, .min = 0, .max = 1000000, \
	  .doc = "Rank in the shop, lowest first, default 0; not for brands") \
	X(T, opt_uuid, _, department_id, .doc = "Id of the department; only for categories")

#define CHANGE_TAXON(X, T) \
	X(T, str, line, name, .min = 1, .max = 100, .optional = true, \
	  .doc = "Name of the department, category or brand") \
	X(T, str, slug, slug, .min = 1, .max = 100, .optional = true, \
	  .doc = "Slug: the name used in URLs; lower case letters, digits and hyphens") \
	X(T, opt_i64, _, rank, .min = 0, .max = 1000000, .doc = "Rank in the shop, lowest first; not for brands") \
	X(T, opt_uuid, _, department_id, .doc = "Id of the department; only for categories")

/* ---- Products for customers ------------------------------------------------------------------- */

#define PRODUCT_VIEW(X, T) \
	X(T, uuid, _, id, .doc = "Id of the product") \
	X(T, str, line, sku, .max = 64, .doc = "SKU (stock keeping unit): the shop's code of the product") \
	X(T, str, line, name, .max = 200, .doc = "Name of the product") \
	X(T, str, block, description, .max = 4000, .doc = "Description of the product, as plain text") \
	X(T, uuid, _, category_id, .doc = "Id of the product's category") \
	X(T, str, line, brand, .max = 100, .nullable = true, .doc = "Name of the product's brand") \
	X(T, str, line, unit, .max = 64, .doc = "What one piece is, for example 500 g or 6 x 330 ml") \
	X(T, money, _, price, .doc = "Price of one piece, including tax") \
	X(T, boolean, _, featured, .doc = "Whether the shop shows the product on its front page") \
	X(T, i64, _, available, .doc = "Number of pieces that can be ordered now") \
	X(T, i64, _, rating_count, .doc = "Number of published reviews") \
	X(T, f64, _, rating_average, .doc = "Average number of stars, rounded to two decimals; 0 without reviews")

#define PRODUCT_STORE_QUERY(X, T) \
	X(T, opt_uuid, _, store_id, .doc = "Id of the store to buy from; default: the main store")

#define PRODUCT_QUERY(X, T) \
	PRODUCT_STORE_QUERY(X, T) \
	X(T, opt_uuid, _, category_id, .doc = "Only products of this category") \
	X(T, opt_uuid, _, brand_id, .doc = "Only products of this brand") \
	X(T, str, line, q, .min = 1, .max = 100, .optional = true, \
	  .doc = "Words to find in name, SKU and description: in any order, without case and accents") \
	X(T, opt_boolean, _, featured, .doc = "true: only products on the front page; false: only the others") \
	X(T, opt_i64, _, min_price, .min = 0, .max = PRICE_MAX, \
	  .doc = "Lowest price, in minor units of the store's currency") \
	X(T, opt_i64, _, max_price, .min = 0, .max = PRICE_MAX, \
	  .doc = "Highest price, in minor units of the store's currency") \
	X(T, opt_boolean, _, in_stock, .doc = "true: only products that can be ordered now; false: only the others")

/* ---- Products for staff ----------------------------------------------------------------------- */

#define ADMIN_PRODUCT(X, T) \
	X(T, uuid, _, id, .doc = "Id of the product") \
	X(T, str, line, sku, .max = 64, .doc = "SKU (stock keeping unit): the shop's code of the product") \
	X(T, str, line, name, .max = 200, .doc = "Name of the product") \
	X(T, str, block, description, .max = 4000, .doc = "Description of the product, as plain text") \
	X(T, uuid, _, category_id, .doc = "Id of the product's category") \
	X(T, opt_uuid, _, brand_id, .nullable = true, .doc = "Id of the product's brand") \
	X(T, str, line, brand, .max = 100, .nullable = true, .doc = "Name of the product's brand") \
	X(T, str, line, unit, .max = 64, .doc = "What one piece is, for example 500 g or 6 x 330 ml") \
	X(T, money, _, price, .doc = "Price of one piece, including tax") \
	X(T, i64, _, tax_rate_bp, .doc = "Tax rate contained in the price, in hundredths of a percent: 700 is 7 %") \
	X(T, boolean, _, featured, .doc = "Whether the shop shows the product on its front page") \
	X(T, i64, _, version, .doc = "Version: 1 at creation, one more with each change; also the ETag") \
	X(T, time, _, created_at, .doc = "Time of creation") \
	X(T, time, _, updated_at, .doc = "Time of the last change") \
	X(T, opt_time, _, deleted_at, .nullable = true, .doc = "Time of deletion; null when it is not deleted")

#define ADMIN_PRODUCT_QUERY(X, T) \
	X(T, str, line, q, .min = 1, .max = 100, .optional = true, \
	  .doc = "Words to find in name, SKU and description: in any order, without case and accents") \
	X(T, opt_uuid, _, filter_category, .doc = "Only products of this category") \
	X(T, opt_uuid, _, filter_brand, .doc = "Only products of this brand") \
	X(T, opt_boolean, _, filter_featured, .doc = "true: only products on the front page; false: only the others") \
	X(T, opt_boolean, _, filter_deleted, \
	  .doc = "true: only deleted ones; false (default): only ones that are not deleted")

#define CREATE_PRODUCT(X, T) \
	X(T, str, sku, sku, .min = 1, .max = 64, \
	  .doc = "SKU (stock keeping unit): letters, digits and . _ - /; kept as written, unique in any case") \
	X(T, str, line, name, .min = 1, .max = 200, .doc = "Name of the product") \
	X(T, str, block, description, .max = 4000, .optional = true, \
	  .doc = "Description of the product, as plain text") \
	X(T, uuid, _, category_id, .doc = "Id of the product's category") \
	X(T, opt_uuid, _, brand_id, .doc = "Id of the product's brand") \
	X(T, str, line, unit, .min = 1, .max = 64, .doc = "What one piece is, for example 500 g or 6 x 330 ml") \
	X(T, money, _, price, .min = 0, .max = PRICE_MAX, .doc = "Price of one piece, including tax") \
	X(T, i64, _, tax_rate_bp, .min = 0, .max = TAX_RATE_MAX, \
	  .doc = "Tax rate contained in the price, in hundredths of a percent: 700 is 7 %") \
	X(T, opt_boolean, _, featured, .doc = "Whether the shop shows the product on its front page") \
	X(T, opt_i64, _, safety, .min = 0, .max = STOCK_MAX, \
	  .doc = "Safety stock of the main store: pieces that cannot be ordered, default 0") \
	X(T, opt_i64, _, low_at, .min = 0, .max = STOCK_MAX, \
	  .doc = "The main store's stock is low when available is at most this number, default 5")

#define CHANGE_PRODUCT(X, T) \
	X(T, str, sku, sku, .min = 1, .max = 64, .optional = true, \
	  .doc = "SKU (stock keeping unit): the shop's code of the product") \
	X(T, str, line, name, .min = 1, .max = 200, .optional = true, .doc = "Name of the product") \
	X(T, str, block, description, .max = 4000, .optional = true, \
	  .doc = "Description of the product, as plain text") \
	X(T, opt_uuid, _, category_id, .doc = "Id of the product's category") \
	X(T, opt_uuid, _, brand_id, .nullable = true, .doc = "Id of the product's brand; null removes it") \
	X(T, str, line, unit, .min = 1, .max = 64, .optional = true, \
	  .doc = "What one piece is, for example 500 g or 6 x 330 ml") \
	X(T, opt_money, _, price, .min = 0, .max = PRICE_MAX, .doc = "Price of one piece, including tax") \
	X(T, opt_i64, _, tax_rate_bp, .min = 0, .max = TAX_RATE_MAX, \
	  .doc = "Tax rate contained in the price, in hundredths of a percent: 700 is 7 %") \
	X(T, opt_boolean, _, featured, .doc = "Whether the shop shows the product on its front page")

/* ---- Lists ------------------------------------------------------------------------------------ */

/* clang-format off */
extern const struct format sku_format; /* of domain/catalogue.h */

#define CATALOGUE_SHAPES(STRUCT, OVER)                                                                                \
	OVER(department_view, DEPARTMENT_VIEW, struct sql_department_row, "A department of the shop")                 \
	OVER(category_view, CATEGORY_VIEW, struct sql_category_row, "A category of a department")                     \
	STRUCT(category_query, CATEGORY_QUERY, "Filter of a list of categories")                                      \
	OVER(brand_view, BRAND_VIEW, struct sql_brand_row, "A brand")                                                 \
	OVER(admin_taxon, ADMIN_TAXON, struct sql_taxon_row, "A department, category or brand, as staff see it")      \
	STRUCT(admin_taxon_query, ADMIN_TAXON_QUERY, "Filter of the list")                                            \
	STRUCT(create_taxon, CREATE_TAXON, "A department, category or brand to be created")                           \
	STRUCT(change_taxon, CHANGE_TAXON, "Changes; members that are left out stay as they are")                     \
	OVER(product_view, PRODUCT_VIEW, struct sql_product_row, "A product as the shop shows it")                    \
	STRUCT(product_store_query, PRODUCT_STORE_QUERY, "The store whose stock is shown")                            \
	STRUCT(product_query, PRODUCT_QUERY, "Filter of a list of products")                                          \
	OVER(admin_product, ADMIN_PRODUCT, struct sql_admin_product_row, "A product, as staff see it")                \
	STRUCT(admin_product_query, ADMIN_PRODUCT_QUERY, "Filter of a list of products")                              \
	STRUCT(create_product, CREATE_PRODUCT, "A product to be created")                                             \
	STRUCT(change_product, CHANGE_PRODUCT, "Changes of a product; members that are left out stay as they are")
SCHEMA_DECLARE(CATALOGUE_SHAPES)

#define CATALOGUE_PROBLEMS(X)                                          \
	X(sku_taken, 409, "Another product uses this SKU")             \
	X(unknown_department, 422, "There is no such department")      \
	X(unknown_category, 422, "There is no such category")          \
	X(unknown_brand, 422, "There is no such brand")                \
	X(is_deleted, 409, "The resource is deleted")                  \
	X(still_used, 409, "Other resources still belong to this one")
CATALOGUE_PROBLEMS(PROBLEM_DECLARE)
/* clang-format on */

#endif
