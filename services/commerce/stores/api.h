/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes and problems of stores. */
#ifndef STOA_COMMERCE_STORES_API_H
#define STOA_COMMERCE_STORES_API_H

#include "base/problem.h"
#include "commerce/stores/stores_sql.h"
#include "json/schema.h"

#define STORE_VIEW(X, T) \
	X(T, uuid, _, id, .doc = "Id of the store") \
	X(T, str, _, name, .max = 100, .doc = "Name of the store") \
	X(T, str, _, slug, .max = 64, .doc = "Slug: the name used in URLs; lower case letters, digits and hyphens")

#define STORE_NEW(X, T) \
	X(T, str, _, name, .min = 1, .max = 100, .doc = "Name of the store") \
	X(T, str, _, slug, .min = 1, .max = 64, .format = JSON_FORMAT_SLUG, \
	  .doc = "Slug: the name used in URLs; lower case letters, digits and hyphens")

#define STORE_CHANGES(X, T) \
	X(T, str, _, name, .min = 1, .max = 100, .optional = true, .doc = "Name of the store") \
	X(T, str, _, slug, .min = 1, .max = 64, .format = JSON_FORMAT_SLUG, .optional = true, \
	  .doc = "Slug: the name used in URLs; lower case letters, digits and hyphens")

#define STORE_SHAPES(STRUCT, OVER) \
	OVER(store_view, STORE_VIEW, struct sql_store_row, "A store") \
	STRUCT(store_new, STORE_NEW, "A store to be created") \
	STRUCT(store_changes, STORE_CHANGES, "Changes of a store; members that are left out stay as they are")
SCHEMA_DECLARE(STORE_SHAPES)

#define STORE_PROBLEMS(X) X(unknown_store, 422, "There is no such store")
STORE_PROBLEMS(PROBLEM_DECLARE)

#endif
