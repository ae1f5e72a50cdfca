/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of the catalogue as staff keep it. */
#ifndef STOA_COMMERCE_CATALOGUE_API_H
#define STOA_COMMERCE_CATALOGUE_API_H

#include "commerce/domain/catalogue.h"
#include "commerce/domain/stock.h"
#include "json/schema.h"

/* ---- Products --------------------------------------------------------------------------------- */

#define ADMIN_PRODUCT(X, T)                                                                          \
	X(T, uuid, _, id, .doc = "Identifies the product")                                           \
	X(T, str, _, sku, .max = 64, .doc = "Stock keeping unit")                                    \
	X(T, str, _, name, .max = 200, .doc = "Its name")                                            \
	X(T, str, _, description, .max = 4000, .doc = "What it is")                                  \
	X(T, uuid, _, category_id, .doc = "The category it is in")                                   \
	X(T, opt_uuid, _, brand_id, .nullable = true, .doc = "Its brand")                            \
	X(T, str, _, brand, .max = 100, .nullable = true, .doc = "Name of its brand")                \
	X(T, str, _, unit, .max = 64, .doc = "What one piece is")                                    \
	X(T, money, _, price, .doc = "Price of one piece, tax included")                             \
	X(T, i64, _, tax_rate_bp, .doc = "Tax in the price, in hundredths of a percent: 700 is 7 %") \
	X(T, boolean, _, featured, .doc = "Shown in front")                                          \
	X(T, i64, _, version, .doc = "Counts changes; also the ETag")                                \
	X(T, time, _, created_at, .doc = "When it was made")                                         \
	X(T, time, _, updated_at, .doc = "When it changed last")                                     \
	X(T, opt_time, _, deleted_at, .nullable = true, .doc = "When it was deleted; null: it is not")
SCHEMA_STRUCT(admin_product, ADMIN_PRODUCT)

#define ADMIN_PRODUCT_PAGE(X, T) PAGE_ROWS(X, T, admin_product)
SCHEMA_STRUCT(admin_product_page, ADMIN_PRODUCT_PAGE)

#define ADMIN_PRODUCT_QUERY(X, T)                                                                                   \
	X(T, str, _, q, .min = 1, .max = 100, .optional = true, .doc = "Words to look for in name, SKU and text")   \
	X(T, opt_uuid, _, filter_category, .doc = "Only this category")                                             \
	X(T, opt_uuid, _, filter_brand, .doc = "Only this brand")                                                   \
	X(T, opt_boolean, _, filter_featured, .doc = "Only those shown in front, or only the others")               \
	X(T, opt_boolean, _, filter_deleted, .doc = "true: only those that are deleted; otherwise only the others") \
	X(T, str, _, sort, .max = 32, .optional = true, .doc = "name (default), sku or -updated_at")                \
	X(T, opt_i64, _, limit, .min = 1, .max = 100, .doc = "Rows a page, default 20")                             \
	X(T, str, _, cursor, .max = 500, .optional = true, .doc = "next_cursor of the page before")
SCHEMA_STRUCT(admin_product_query, ADMIN_PRODUCT_QUERY)

#define CREATE_PRODUCT(X, T)                                                                                         \
	X(T, str, _, sku, .min = 1, .max = 64, .doc = "Stock keeping unit: letters, digits and . _ - /; no other's") \
	X(T, str, _, name, .min = 1, .max = 200, .doc = "Its name")                                                  \
	X(T, str, _, description, .max = 4000, .optional = true, .doc = "What it is")                                \
	X(T, uuid, _, category_id, .doc = "The category it is in")                                                   \
	X(T, opt_uuid, _, brand_id, .doc = "Its brand")                                                              \
	X(T, str, _, unit, .min = 1, .max = 64, .doc = "What one piece is")                                          \
	X(T, money, _, price, .min = 0, .max = PRICE_MAX, .doc = "Price of one piece, tax included")                 \
	X(T, i64, _, tax_rate_bp, .min = 0, .max = TAX_RATE_MAX,                                                     \
	  .doc = "Tax in the price, in hundredths of a percent")                                                     \
	X(T, opt_boolean, _, featured, .doc = "Shown in front")                                                      \
	X(T, opt_i64, _, safety, .min = 0, .max = STOCK_MAX, .doc = "Pieces the main store keeps back, default 0")   \
	X(T, opt_i64, _, low_at, .min = 0, .max = STOCK_MAX, .doc = "Low when no more are available, default 5")
SCHEMA_STRUCT(create_product, CREATE_PRODUCT)

#define CHANGE_PRODUCT(X, T)                                                                             \
	X(T, str, _, sku, .min = 1, .max = 64, .optional = true, .doc = "Stock keeping unit")            \
	X(T, str, _, name, .min = 1, .max = 200, .optional = true, .doc = "Its name")                    \
	X(T, str, _, description, .max = 4000, .optional = true, .doc = "What it is")                    \
	X(T, opt_uuid, _, category_id, .doc = "The category it is in")                                   \
	X(T, str, _, brand_id, .max = 36, .optional = true, .doc = "Its brand; empty: none")             \
	X(T, str, _, unit, .min = 1, .max = 64, .optional = true, .doc = "What one piece is")            \
	X(T, opt_money, _, price, .min = 0, .max = PRICE_MAX, .doc = "Price of one piece, tax included") \
	X(T, opt_i64, _, tax_rate_bp, .min = 0, .max = TAX_RATE_MAX,                                     \
	  .doc = "Tax in the price, in hundredths of a percent")                                         \
	X(T, opt_boolean, _, featured, .doc = "Shown in front")
SCHEMA_STRUCT(change_product, CHANGE_PRODUCT)

/* ---- Departments, categories, brands ---------------------------------------------------------- */

#define ADMIN_TAXON(X, T)                                                                         \
	X(T, uuid, _, id, .doc = "Identifies it")                                                 \
	X(T, opt_uuid, _, department_id, .doc = "Of a category: the department it is in")         \
	X(T, str, _, name, .max = 100, .doc = "Its name")                                         \
	X(T, str, _, slug, .max = 100, .doc = "Its name in addresses")                            \
	X(T, opt_i64, _, rank, .doc = "Of departments and categories: where the shop shows them") \
	X(T, i64, _, version, .doc = "Counts changes; also the ETag")                             \
	X(T, time, _, created_at, .doc = "When it was made")                                      \
	X(T, time, _, updated_at, .doc = "When it changed last")                                  \
	X(T, opt_time, _, deleted_at, .nullable = true, .doc = "When it was deleted; null: it is not")
SCHEMA_STRUCT(admin_taxon, ADMIN_TAXON)

#define ADMIN_TAXON_PAGE(X, T) PAGE_ROWS(X, T, admin_taxon)
SCHEMA_STRUCT(admin_taxon_page, ADMIN_TAXON_PAGE)

#define ADMIN_TAXON_QUERY(X, T)                                                                                     \
	X(T, str, _, q, .min = 1, .max = 100, .optional = true, .doc = "Words to look for in name and slug")        \
	X(T, opt_uuid, _, filter_department, .doc = "Only categories of this department")                           \
	X(T, opt_boolean, _, filter_deleted, .doc = "true: only those that are deleted; otherwise only the others") \
	X(T, str, _, sort, .max = 32, .optional = true, .doc = "name (default) or -updated_at")                     \
	X(T, opt_i64, _, limit, .min = 1, .max = 100, .doc = "Rows a page, default 20")                             \
	X(T, str, _, cursor, .max = 500, .optional = true, .doc = "next_cursor of the page before")
SCHEMA_STRUCT(admin_taxon_query, ADMIN_TAXON_QUERY)

#define CREATE_TAXON(X, T)                                                   \
	X(T, str, _, name, .min = 1, .max = 100, .doc = "Its name")          \
	X(T, str, _, slug, .min = 1, .max = 100, .format = JSON_FORMAT_SLUG, \
	  .doc = "Its name in addresses; no other's")                        \
	X(T, opt_i64, _, rank, .min = 0, .max = 1000000,                     \
	  .doc = "Departments and categories: lower comes first, default 0") \
	X(T, opt_uuid, _, department_id, .doc = "Categories: the department it is in")
SCHEMA_STRUCT(create_taxon, CREATE_TAXON)

#define CHANGE_TAXON(X, T)                                                                                       \
	X(T, str, _, name, .min = 1, .max = 100, .optional = true, .doc = "Its name")                            \
	X(T, str, _, slug, .min = 1, .max = 100, .optional = true, .format = JSON_FORMAT_SLUG,                   \
	  .doc = "Its name in addresses")                                                                        \
	X(T, opt_i64, _, rank, .min = 0, .max = 1000000, .doc = "Departments and categories: lower comes first") \
	X(T, opt_uuid, _, department_id, .doc = "Categories: the department it is in")
SCHEMA_STRUCT(change_taxon, CHANGE_TAXON)

#endif
