/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading and writing JSON (RFC 8259) by schema: one pass, straight into the C struct, no tree.
 *
 * The reader refuses: invalid UTF-8, lone surrogates, control characters, depth beyond JSON_DEPTH_MAX, duplicate keys,
 * unknown fields, missing fields, null where not nullable, numbers that are no int64 for integer fields (1.0 and 1e2 are
 * not integers), bytes after the value. It goes on after a broken rule and reports up to JSON_ERRORS_MAX fields; a syntax
 * error ends it.
 */
#ifndef STOA_JSON_JSON_H
#define STOA_JSON_JSON_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "json/schema.h"
#include "task/problem.h"

enum { JSON_DEPTH_MAX = 32, JSON_ERRORS_MAX = 32 };

struct json_errors {
	bool syntax; /* not JSON at all: items[0] says what and at which byte */
	struct field_error items[JSON_ERRORS_MAX];
	size_t count;
};

/* Fills *ret (schema->size bytes, zeroed first); strings, lists and objects in the arena. 0, or -1 with `errors`
 * filled and *ret unspecified. Pointers are RFC 6901 with the fragment sign: "#/lines/0/quantity", "#" for the whole. */
MUST_CHECK int json_read(struct arena *arena, const struct schema *schema, struct str text, void *ret,
			 struct json_errors *errors);

/* The same shape out of name=value pairs (query parameters, already percent-decoded): scalars, choices, and strs or
 * uuids from comma lists. Field names map from the parameter's: "filter[status]" is the field filter_status,
 * "filter[created_at][gte]" is filter_created_at_gte; a dash is not mapped. Pointers are the parameter's own name. */
struct json_pair {
	struct str name;
	struct str value;
};
MUST_CHECK int json_read_pairs(struct arena *arena, const struct schema *schema, const struct json_pair *pairs,
			       size_t count, void *ret, struct json_errors *errors);

/* Appends the value's JSON; check buf->overflow at the end. Optional and absent: left out; nullable and absent: null. */
void json_write(struct buf *buf, const struct schema *schema, const void *value);
void json_write_str(struct buf *buf, struct str text); /* quoted and escaped; null writes null */
void json_write_money(struct buf *buf, struct money money);

/* For tools and for dead-letter editing: 0 when the text is one well-formed JSON value within the depth limit. */
MUST_CHECK int json_check(struct str text);

/* JSON Schema (2020-12, as OpenAPI 3.1 uses it) of one shape: {"type":"object",...}; other shapes are referred to as
 * "#/components/schemas/<name>". json_schema_closure lists each shape reachable from `root` once, itself included. */
void json_schema_write(struct buf *buf, const struct schema *schema);
typedef void json_schema_visit(const struct schema *schema, void *arg);
void json_schema_closure(const struct schema *root, json_schema_visit *visit, void *arg); /* may repeat: caller keeps a set */

#endif
