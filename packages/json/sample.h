/* SPDX-License-Identifier: Apache-2.0 */
/* A shape with every kind and attribute, for the tests and the fuzz target. */
#ifndef STOA_JSON_SAMPLE_H
#define STOA_JSON_SAMPLE_H

#include "json/schema.h"

#define SAMPLE_SHORTAGES(X) X(SAMPLE_SHORTAGE, best_match) X(SAMPLE_SHORTAGE, refund) X(SAMPLE_SHORTAGE, ask_me)
CHOICE_ENUM(sample_shortage, SAMPLE_SHORTAGES)

#define SAMPLE_LINE(X, T) \
	X(T, uuid, _, product_id, .doc = "The product ordered") \
	X(T, i64, _, quantity, .min = 1, .max = 999, .doc = "Whole units") \
	X(T, choice, sample_shortage, on_short, .optional = true, .doc = "What to do when short")

#define SAMPLE_ADDRESS(X, T) \
	X(T, str, line, street, .min = 1, .max = 100) \
	X(T, str, line, city, .min = 2, .max = 5) \
	X(T, opt_i64, _, floor, .nullable = true)

#define SAMPLE_NODE(X, T) \
	X(T, str, block, label) \
	X(T, list, sample_node, children, .optional = true)

#define SAMPLE_ORDER(X, T) \
	X(T, str, block, note, .max = 20, .optional = true, .doc = "Says \"hello\"", .example = "\"Ring\"") \
	X(T, str, email, email, .max = 254) \
	X(T, str, password, password, .min = 8, .max = 100, .secret = true, .optional = true) \
	X(T, str, secret, nickname, .nullable = true) \
	X(T, i64, _, priority, .min = -5) \
	X(T, i64, _, any_number, .optional = true) \
	X(T, opt_i64, _, rank, .max = 10) \
	X(T, f64, _, weight, .optional = true) \
	X(T, f64, _, share, .max = 1, .optional = true) \
	X(T, boolean, _, gift) \
	X(T, opt_boolean, _, express) \
	X(T, opt_uuid, _, parent_id) \
	X(T, time, _, placed_at) \
	X(T, opt_time, _, due_at, .nullable = true) \
	X(T, money, _, total, .max = 100000) \
	X(T, opt_money, _, tip) \
	X(T, choice, sample_shortage, shortage, .nullable = true, .optional = true) \
	X(T, object, sample_address, address, .optional = true, .nullable = true) \
	X(T, list, sample_line, lines, .min = 1, .max = 3) \
	X(T, strs, line, tags, .max = 2, .item_max = 4, .optional = true) \
	X(T, strs, code, fallbacks, .choice = &sample_shortage_choice, .optional = true) \
	X(T, uuids, _, product_ids, .max = 2, .optional = true) \
	X(T, raw, _, extra, .max = 200, .optional = true) \
	X(T, object, sample_node, tree, .optional = true)

#define SAMPLE_PAGE_ROWS(X, T, of_) \
	X(T, list, of_, data, .max = 100, .doc = "The rows of this page") \
	X(T, boolean, _, has_more, .doc = "Whether another page follows") \
	X(T, str, code, next_cursor, .max = 500, .nullable = true, .doc = "The cursor of the next page")

#define SAMPLE_LINE_PAGE(X, T) SAMPLE_PAGE_ROWS(X, T, sample_line)

#define SAMPLE_QUERY(X, T) \
	X(T, str, line, q, .max = 10, .optional = true) \
	X(T, i64, _, limit, .min = 1, .max = 100, .optional = true) \
	X(T, opt_boolean, _, active) \
	X(T, f64, _, radius, .min = 0, .max = 50, .optional = true) \
	X(T, strs, line, filter_status, .max = 3, .item_max = 10, .optional = true) \
	X(T, uuids, _, filter_product_id, .optional = true) \
	X(T, opt_time, _, filter_created_at_gte) \
	X(T, choice, sample_shortage, shortage, .optional = true) \
	X(T, opt_uuid, _, owner) \
	X(T, str, line, filter_name, .min = 1)

#define SAMPLE_SHAPES(STRUCT, OVER) \
	STRUCT(sample_line, SAMPLE_LINE, "One line of an order") \
	STRUCT(sample_address, SAMPLE_ADDRESS, "Where to") \
	STRUCT(sample_node, SAMPLE_NODE, "A shape that holds itself") \
	STRUCT(sample_order, SAMPLE_ORDER, "Every kind there is") \
	STRUCT(sample_line_page, SAMPLE_LINE_PAGE, "A page of lines") \
	STRUCT(sample_query, SAMPLE_QUERY, "Query parameters")
SCHEMA_DECLARE(SAMPLE_SHAPES)

/* Wider than what is shown of it, and in another order. */
struct sample_row {
	char before[3];
	struct str secret;
	struct sample_line_list lines;
	struct opt_i64 closed_at;
	int shortage;
	struct money total;
	struct uuid id;
	const struct sample_address *address;
	int64_t version;
	struct str name;
	bool active;
};

#define SAMPLE_VIEW(X, T) \
	X(T, uuid, _, id, .doc = "Its id") \
	X(T, str, line, name, .max = 40) \
	X(T, boolean, _, active) \
	X(T, money, _, total) \
	X(T, choice, sample_shortage, shortage, .nullable = true) \
	X(T, opt_time, _, closed_at, .nullable = true) \
	X(T, object, sample_address, address, .optional = true) \
	X(T, list, sample_line, lines)

#define SAMPLE_VIEW_PAGE(X, T) SAMPLE_PAGE_ROWS(X, T, sample_view)

/* sample_wide_order: each kind's own C type is one that a view takes. */
#define SAMPLE_ROW_SHAPES(STRUCT, OVER) \
	OVER(sample_view, SAMPLE_VIEW, struct sample_row, "What is shown of a row") \
	OVER(sample_wide_order, SAMPLE_ORDER, struct sample_order, "Every kind there is") \
	STRUCT(sample_copy, SAMPLE_VIEW, "What is shown of a row") \
	STRUCT(sample_view_page, SAMPLE_VIEW_PAGE, "A page of rows")
SCHEMA_DECLARE(SAMPLE_ROW_SHAPES)

#endif
