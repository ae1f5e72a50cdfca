/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One description of a shape: from it follow the C struct, the parser with all its refusals, the writer and the
 * OpenAPI document. A header (api.h, events.h) holds rows, and one list of its shapes with a sentence for each:
 *
 *     #define PLACE_ORDER_LINE(X, T)                                                               \
 *             X(T, uuid, _, product_id, .doc = "The product ordered")                               \
 *             X(T, i64, _, quantity, .min = 1, .max = 999, .doc = "Whole units")                    \
 *             X(T, choice, substitution, on_short, .optional = true, .doc = "What to do when short")
 *
 *     #define PLACE_ORDER(X, T)                                                                    \
 *             X(T, list, place_order_line, lines, .min = 1, .max = 100, .doc = "...")
 *
 *     #define ORDER_VIEW(X, T)                                                                     \
 *             X(T, uuid, _, id, .doc = "Its id")                                                    \
 *             X(T, money, _, total, .doc = "What it costs")
 *
 *     #define ORDER_SHAPES(STRUCT, OVER)                                                           \
 *             STRUCT(place_order_line, PLACE_ORDER_LINE, "One line of an order")                    \
 *             STRUCT(place_order, PLACE_ORDER, "What a customer sends to order")                    \
 *             OVER(order_view, ORDER_VIEW, struct sql_order_row, "An order as its customer sees it")
 *     SCHEMA_DECLARE(ORDER_SHAPES)
 *
 * and one .c file has SCHEMA_DEFINE(ORDER_SHAPES). Each shape has `tag_list` (items, count) and `tag_schema`.
 *
 *   STRUCT(tag, ROWS, doc)         makes struct tag from the rows.
 *   OVER(tag, ROWS, row, doc)      shows some members of a struct that exists, mostly a row of an SQL statement: a
 *                                  handler replies with the row itself, nothing is copied. A member that the row
 *                                  lacks, or has with another C type than its kind's, does not compile.
 *   SHAPE(tag)                     the C type behind a tag, either way: const SHAPE(order_view) *order.
 *
 * A shape is listed before the shapes that hold it; it may hold a list of, or a pointer to, itself. `nothing` is the
 * shape without members.
 *
 * A row: X(T, kind, of, name, attributes...); T only passes through. Kinds, their C members, and what .min/.max bound:
 *
 *   str      struct str                 code points    `of` says what it holds (json/text.h): line or block where
 *                                                      people write, else code, email, slug .. or a service's own;
 *                                                      counted in its clean form. .max compulsory in parsed shapes
 *   i64      int64_t                    value
 *   opt_i64  struct opt_i64             value          every opt_ kind is optional by itself
 *   f64      double                     value          (finite)
 *   boolean  bool                       -              opt_boolean: struct opt_bool
 *   uuid     struct uuid                -              opt_uuid: struct opt_uuid
 *   time     int64_t (us, UTC)          -              opt_time: struct opt_i64
 *   money    struct money               amount         opt_money: struct opt_money
 *   choice   int, of the enum `of`      -              names from `of`_choice (base/choice.h); 0 = absent
 *   object   const SHAPE(of) *          -              NULL = absent
 *   list     struct of_list             count          {items, count}; of objects
 *   strs     struct str_list            count          of strings, `of` as for str; .item_max code points each
 *                                                      (default 1000); with .choice = &x_choice each must be one of
 *                                                      its names
 *   uuids    struct uuid_list           count
 *   raw      struct str                 bytes          any JSON value, kept as its own text, already checked
 *
 * Bounds: with .min and .max both left out, or .max left out beside a .min of 0 or more, the upper bound is the kind's
 * default (str 1000, lists 1000, raw 65536, numbers none); with both left out numbers have no lower bound either.
 *
 * What is absent: a null str, choice 0, a NULL object, an opt_ not set, money without a currency, a list of any kind
 * whose items are NULL. Plain i64, f64, boolean, uuid and time are never absent: they read as zero when left out and
 * are always written, so use the opt_ kinds where zero means something.
 */
#ifndef STOA_JSON_SCHEMA_H
#define STOA_JSON_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/choice.h"
#include "base/money.h"
#include "base/opt.h"
#include "base/str.h"
#include "base/uuid.h"
#include "base/vec.h"
#include "json/text.h"

enum json_kind {
	JSON_str,
	JSON_i64,
	JSON_opt_i64,
	JSON_f64,
	JSON_boolean,
	JSON_opt_boolean,
	JSON_uuid,
	JSON_opt_uuid,
	JSON_time,
	JSON_opt_time,
	JSON_money,
	JSON_opt_money,
	JSON_choice,
	JSON_object,
	JSON_list,
	JSON_strs,
	JSON_uuids,
	JSON_raw,
};

struct schema;

struct schema_field {
	const char *name;
	const char *key; /* as the writer needs it: ,"name": */
	uint16_t name_len;
	uint16_t offset;
	enum json_kind kind;
	const struct schema *object; /* object and list */
	const struct choice *choice;
	bool optional;               /* may be left out of what a client sends; left out of what we write when absent */
	bool nullable;               /* null is taken as absent; absent is written as null */
	bool secret;                 /* never logged, never echoed in a refusal */
	const struct format *format; /* str and strs */
	int64_t min;
	int64_t max; /* 0 beside a min of 0 or more: the kind's default */
	int64_t item_max;
	const char *doc;     /* a sentence for the reader of the API reference */
	const char *example; /* JSON text */
};

struct schema {
	const char *name;
	const char *doc;
	size_t size; /* of the C struct */
	const struct schema_field *fields;
	size_t field_count;
};

/* ---- Macros that turn rows into a struct and a table ------------------------------------------- */

/* The C type behind a tag: struct tag, or the row it is shown of. */
#define SHAPE(tag) __typeof__(*(struct tag##_list){ 0 }.items)

#define SCHEMA_C_str(of)         struct str
#define SCHEMA_C_i64(of)         int64_t
#define SCHEMA_C_opt_i64(of)     struct opt_i64
#define SCHEMA_C_f64(of)         double
#define SCHEMA_C_boolean(of)     bool
#define SCHEMA_C_opt_boolean(of) struct opt_bool
#define SCHEMA_C_uuid(of)        struct uuid
#define SCHEMA_C_opt_uuid(of)    struct opt_uuid
#define SCHEMA_C_time(of)        int64_t
#define SCHEMA_C_opt_time(of)    struct opt_i64
#define SCHEMA_C_money(of)       struct money
#define SCHEMA_C_opt_money(of)   struct opt_money
#define SCHEMA_C_choice(of)      int
#define SCHEMA_C_object(of)      const SHAPE(of) *
#define SCHEMA_C_list(of)        struct of##_list
#define SCHEMA_C_strs(of)        struct str_list
#define SCHEMA_C_uuids(of)       struct uuid_list
#define SCHEMA_C_raw(of)         struct str

#define SCHEMA_OBJECT_str(of) .format = &of##_format, /* __format: a str row must say what it holds (json/text.h) */
#define SCHEMA_OBJECT_i64(of)
#define SCHEMA_OBJECT_opt_i64(of)
#define SCHEMA_OBJECT_f64(of)
#define SCHEMA_OBJECT_boolean(of)
#define SCHEMA_OBJECT_opt_boolean(of)
#define SCHEMA_OBJECT_uuid(of)
#define SCHEMA_OBJECT_opt_uuid(of)
#define SCHEMA_OBJECT_time(of)
#define SCHEMA_OBJECT_opt_time(of)
#define SCHEMA_OBJECT_money(of)
#define SCHEMA_OBJECT_opt_money(of)
#define SCHEMA_OBJECT_choice(of) .choice = &of##_choice,
#define SCHEMA_OBJECT_object(of) .object = &of##_schema,
#define SCHEMA_OBJECT_list(of)   .object = &of##_schema,
#define SCHEMA_OBJECT_strs(of)   .format = &of##_format,
#define SCHEMA_OBJECT_uuids(of)
#define SCHEMA_OBJECT_raw(of)

#define SCHEMA_MEMBER(T, kind, of, name_, ...) SCHEMA_C_##kind(of) name_;
#define SCHEMA_ROW(T, kind_, of, name_, ...) \
	{ .name = #name_, \
	  .key = ",\"" #name_ "\":", \
	  .name_len = sizeof(#name_) - 1, \
	  .offset = offsetof(T, name_), \
	  .kind = JSON_##kind_, \
	  SCHEMA_OBJECT_##kind_(of) __VA_ARGS__ },
#define SCHEMA_FITS(T, kind_, of, name_, ...) \
	_Static_assert(__builtin_types_compatible_p(__typeof__(((T *)0)->name_), SCHEMA_C_##kind_(of)), \
	               #name_ " does not have the C type of a " #kind_);

#define SCHEMA_DECLARE_STRUCT(tag, ROWS, doc_) \
	struct tag##_list { \
		struct tag *items; \
		size_t count; \
	}; \
	struct tag { \
		ROWS(SCHEMA_MEMBER, _) \
	}; \
	extern const struct schema tag##_schema;
#define SCHEMA_DECLARE_OVER(tag, ROWS, row, doc_) \
	struct tag##_list { \
		row *items; \
		size_t count; \
	}; \
	extern const struct schema tag##_schema;

#define SCHEMA_DEFINE_STRUCT(tag, ROWS, doc_) SCHEMA_FIELDS(tag, ROWS, struct tag, doc_)
#define SCHEMA_DEFINE_OVER(tag, ROWS, row, doc_) \
	ROWS(SCHEMA_FITS, row) \
	SCHEMA_FIELDS(tag, ROWS, row, doc_)
#define SCHEMA_FIELDS(tag, ROWS, T, doc_) \
	static const struct schema_field tag##_fields[] = { ROWS(SCHEMA_ROW, T) }; \
	const struct schema tag##_schema = { \
		.name = #tag, \
		.doc = doc_, \
		.size = sizeof(T), \
		.fields = tag##_fields, \
		.field_count = sizeof(tag##_fields) / sizeof(tag##_fields[0]), \
	};

/* In a header, and in one .c file. */
#define SCHEMA_DECLARE(SHAPES) SHAPES(SCHEMA_DECLARE_STRUCT, SCHEMA_DECLARE_OVER)
#define SCHEMA_DEFINE(SHAPES)  SHAPES(SCHEMA_DEFINE_STRUCT, SCHEMA_DEFINE_OVER)

/* The shape without members: of handlers that take or give nothing. C has no struct without one. */
struct nothing {
	char unused;
};
struct nothing_list {
	struct nothing *items;
	size_t count;
};
extern const struct schema nothing_schema;

#endif
