/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of the catalogue for staff. */
#ifndef STOA_COMMERCE_CATALOGUE_API_H
#define STOA_COMMERCE_CATALOGUE_API_H

#include "commerce/domain/catalogue.h"
#include "commerce/domain/stock.h"
#include "json/schema.h"

/* ---- Products --------------------------------------------------------------------------------- */

#define ADMIN_PRODUCT(X, T)                                                                                         \
	X(T, uuid, _, id, .doc = "Id of the product")                                                               \
	X(T, str, _, sku, .max = 64, .doc = "SKU (stock keeping unit): the shop's code of the product")             \
	X(T, str, _, name, .max = 200, .doc = "Name of the product")                                                \
	X(T, str, _, description, .max = 4000, .doc = "Description of the product, as plain text")                  \
	X(T, uuid, _, category_id, .doc = "Id of the product's category")                                           \
	X(T, opt_uuid, _, brand_id, .nullable = true, .doc = "Id of the product's brand")                           \
	X(T, str, _, brand, .max = 100, .nullable = true, .doc = "Name of the product's brand")                     \
	X(T, str, _, unit, .max = 64, .doc = "What one piece is, for example 500 g or 6 x 330 ml")                  \
	X(T, money, _, price, .doc = "Price of one piece, including tax")                                           \
	X(T, i64, _, tax_rate_bp, .doc = "Tax rate contained in the price, in hundredths of a percent: 700 is 7 %") \
	X(T, boolean, _, featured, .doc = "Whether the shop shows the product on its front page")                   \
	X(T, i64, _, version, .doc = "Version: 1 at creation, one more with each change; also the ETag")            \
	X(T, time, _, created_at, .doc = "Time of creation")                                                        \
	X(T, time, _, updated_at, .doc = "Time of the last change")                                                 \
	X(T, opt_time, _, deleted_at, .nullable = true, .doc = "Time of deletion; null when it is not deleted")
SCHEMA_STRUCT(admin_product, ADMIN_PRODUCT)

#define ADMIN_PRODUCT_PAGE(X, T) PAGE_ROWS(X, T, admin_product)
SCHEMA_STRUCT(admin_product_page, ADMIN_PRODUCT_PAGE)

#define ADMIN_PRODUCT_QUERY(X, T)                                                                                     \
	X(T, str, _, q, .min = 1, .max = 100, .optional = true,                                                       \
	  .doc = "Text to search for in name, SKU and description")                                                   \
	X(T, opt_uuid, _, filter_category, .doc = "Only products of this category")                                   \
	X(T, opt_uuid, _, filter_brand, .doc = "Only products of this brand")                                         \
	X(T, opt_boolean, _, filter_featured, .doc = "true: only products on the front page; false: only the others") \
	X(T, opt_boolean, _, filter_deleted,                                                                          \
	  .doc = "true: only deleted ones; false (default): only ones that are not deleted")                          \
	X(T, str, _, sort, .max = 32, .optional = true, .doc = "Sort order: name (default), sku or -updated_at")      \
	X(T, opt_i64, _, limit, .min = 1, .max = 100, .doc = "Rows per page: 1 to 100, default 20")                   \
	X(T, str, _, cursor, .max = 500, .optional = true, .doc = "next_cursor of the previous page")
SCHEMA_STRUCT(admin_product_query, ADMIN_PRODUCT_QUERY)

#define CREATE_PRODUCT(X, T)                                                                                           \
	X(T, str, _, sku, .min = 1, .max = 64, .doc = "SKU (stock keeping unit): letters, digits and . _ - /; unique") \
	X(T, str, _, name, .min = 1, .max = 200, .doc = "Name of the product")                                         \
	X(T, str, _, description, .max = 4000, .optional = true, .doc = "Description of the product, as plain text")   \
	X(T, uuid, _, category_id, .doc = "Id of the product's category")                                              \
	X(T, opt_uuid, _, brand_id, .doc = "Id of the product's brand")                                                \
	X(T, str, _, unit, .min = 1, .max = 64, .doc = "What one piece is, for example 500 g or 6 x 330 ml")           \
	X(T, money, _, price, .min = 0, .max = PRICE_MAX, .doc = "Price of one piece, including tax")                  \
	X(T, i64, _, tax_rate_bp, .min = 0, .max = TAX_RATE_MAX,                                                       \
	  .doc = "Tax rate contained in the price, in hundredths of a percent: 700 is 7 %")                            \
	X(T, opt_boolean, _, featured, .doc = "Whether the shop shows the product on its front page")                  \
	X(T, opt_i64, _, safety, .min = 0, .max = STOCK_MAX,                                                           \
	  .doc = "Safety stock of the main store: pieces that cannot be ordered, default 0")                           \
	X(T, opt_i64, _, low_at, .min = 0, .max = STOCK_MAX,                                                           \
	  .doc = "The main store's stock is low when available is at most this number, default 5")
SCHEMA_STRUCT(create_product, CREATE_PRODUCT)

#define CHANGE_PRODUCT(X, T)                                                                                         \
	X(T, str, _, sku, .min = 1, .max = 64, .optional = true,                                                     \
	  .doc = "SKU (stock keeping unit): the shop's code of the product")                                         \
	X(T, str, _, name, .min = 1, .max = 200, .optional = true, .doc = "Name of the product")                     \
	X(T, str, _, description, .max = 4000, .optional = true, .doc = "Description of the product, as plain text") \
	X(T, opt_uuid, _, category_id, .doc = "Id of the product's category")                                        \
	X(T, str, _, brand_id, .max = 36, .optional = true,                                                          \
	  .doc = "Id of the product's brand; an empty text removes it")                                              \
	X(T, str, _, unit, .min = 1, .max = 64, .optional = true,                                                    \
	  .doc = "What one piece is, for example 500 g or 6 x 330 ml")                                               \
	X(T, opt_money, _, price, .min = 0, .max = PRICE_MAX, .doc = "Price of one piece, including tax")            \
	X(T, opt_i64, _, tax_rate_bp, .min = 0, .max = TAX_RATE_MAX,                                                 \
	  .doc = "Tax rate contained in the price, in hundredths of a percent: 700 is 7 %")                          \
	X(T, opt_boolean, _, featured, .doc = "Whether the shop shows the product on its front page")
SCHEMA_STRUCT(change_product, CHANGE_PRODUCT)

/* ---- Departments, categories, brands ---------------------------------------------------------- */

#define ADMIN_TAXON(X, T)                                                                                            \
	X(T, uuid, _, id, .doc = "Id of the department, category or brand")                                          \
	X(T, opt_uuid, _, department_id, .doc = "Id of the department; only categories have one")                    \
	X(T, str, _, name, .max = 100, .doc = "Name of the department, category or brand")                           \
	X(T, str, _, slug, .max = 100, .doc = "Slug: the name used in URLs; lower case letters, digits and hyphens") \
	X(T, opt_i64, _, rank, .doc = "Rank in the shop, lowest first; only departments and categories have one")    \
	X(T, i64, _, version, .doc = "Version: 1 at creation, one more with each change; also the ETag")             \
	X(T, time, _, created_at, .doc = "Time of creation")                                                         \
	X(T, time, _, updated_at, .doc = "Time of the last change")                                                  \
	X(T, opt_time, _, deleted_at, .nullable = true, .doc = "Time of deletion; null when it is not deleted")
SCHEMA_STRUCT(admin_taxon, ADMIN_TAXON)

#define ADMIN_TAXON_PAGE(X, T) PAGE_ROWS(X, T, admin_taxon)
SCHEMA_STRUCT(admin_taxon_page, ADMIN_TAXON_PAGE)

#define ADMIN_TAXON_QUERY(X, T)                                                                               \
	X(T, str, _, q, .min = 1, .max = 100, .optional = true, .doc = "Text to search for in name and slug") \
	X(T, opt_uuid, _, filter_department, .doc = "Only categories of this department")                     \
	X(T, opt_boolean, _, filter_deleted,                                                                  \
	  .doc = "true: only deleted ones; false (default): only ones that are not deleted")                  \
	X(T, str, _, sort, .max = 32, .optional = true, .doc = "name (default) or -updated_at")               \
	X(T, opt_i64, _, limit, .min = 1, .max = 100, .doc = "Rows per page: 1 to 100, default 20")           \
	X(T, str, _, cursor, .max = 500, .optional = true, .doc = "next_cursor of the previous page")
SCHEMA_STRUCT(admin_taxon_query, ADMIN_TAXON_QUERY)

#define CREATE_TAXON(X, T)                                                                           \
	X(T, str, _, name, .min = 1, .max = 100, .doc = "Name of the department, category or brand") \
	X(T, str, _, slug, .min = 1, .max = 100, .format = JSON_FORMAT_SLUG,                         \
	  .doc = "Slug: the name used in URLs; lower case letters, digits and hyphens; unique")      \
	X(T, opt_i64, _, rank, .min = 0, .max = 1000000,                                             \
	  .doc = "Rank in the shop, lowest first, default 0; not for brands")                        \
	X(T, opt_uuid, _, department_id, .doc = "Id of the department; only for categories")
SCHEMA_STRUCT(create_taxon, CREATE_TAXON)

#define CHANGE_TAXON(X, T)                                                                                             \
	X(T, str, _, name, .min = 1, .max = 100, .optional = true, .doc = "Name of the department, category or brand") \
	X(T, str, _, slug, .min = 1, .max = 100, .optional = true, .format = JSON_FORMAT_SLUG,                         \
	  .doc = "Slug: the name used in URLs; lower case letters, digits and hyphens")                                \
	X(T, opt_i64, _, rank, .min = 0, .max = 1000000, .doc = "Rank in the shop, lowest first; not for brands")      \
	X(T, opt_uuid, _, department_id, .doc = "Id of the department; only for categories")
SCHEMA_STRUCT(change_taxon, CHANGE_TAXON)

#endif
