/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading and writing JSON (RFC 8259) by schema: one pass, straight into the C struct, no tree.
 *
 * The reader refuses: invalid UTF-8, lone surrogates, control characters, depth beyond JSON_DEPTH_MAX, duplicate keys,
 * unknown fields, missing fields, null where not nullable, numbers that are no int64 for integer fields (1.0 and 1e2
 * are not integers), bytes after the value. It goes on after a broken rule and reports up to JSON_ERRORS_MAX fields; a
 * syntax error ends it.
 */
#ifndef STOA_JSON_JSON_H
#define STOA_JSON_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/problem.h"
#include "json/schema.h"

enum { JSON_DEPTH_MAX = 32, JSON_ERRORS_MAX = 32, JSON_NUMBER_MAX = 40, JSON_ECHO_MAX = 64, JSON_SENT_MAX = 64 };

struct json_errors {
	bool syntax; /* not JSON at all: items[0] says what and at which byte */
	struct field_error items[JSON_ERRORS_MAX];
	size_t count;
};

/* Fills *ret (schema->size bytes, zeroed first); lists, objects and strings that had escapes in the arena, other
 * strings borrow `text`, which must outlive the result. 0, or -1 with `errors` filled and *ret unspecified. Pointers
 * are RFC 6901 in their fragment form: "#/lines/0/quantity", "#" for the whole. No value a client sent is ever repeated
 * in `errors`, and of an unknown name at most JSON_ECHO_MAX bytes. */
MUST_CHECK int json_read(struct arena *arena, const struct schema *schema, struct str text, void *ret,
                         struct json_errors *errors);

/* The same for what we have written ourselves, such as the data of an event: lengths and formats of texts are not looked
 * at, for the text may be older than its rule. */
MUST_CHECK int json_read_stored(struct arena *arena, const struct schema *schema, struct str text, void *ret,
                                struct json_errors *errors);

/* The same as json_read, and which members of the whole were sent, null included: bit i is field i. Of shapes of at most
 * JSON_SENT_MAX members, asserted. *ret_sent is untouched on refusal. */
MUST_CHECK int json_read_sent(struct arena *arena, const struct schema *schema, struct str text, void *ret,
                              uint64_t *ret_sent, struct json_errors *errors);

/* A patch (RFC 7396, of one level): a shape whose members are optional, read by json_read_sent; .nullable where null
 * removes. Copies each member that was sent to the target's member of the same name, so that nobody writes it out; one
 * that was sent as null makes the target's absent. What lists, objects and strings refer to is shared, not copied. An
 * opt_ kind goes into its plain one and the other way round. Both shapes have passed json_patch_check, asserted as far
 * as the members sent go. */
void json_patch(const struct schema *patch_schema, const void *patch, uint64_t sent, const struct schema *target_schema,
                void *target);

/* For checks at start: does each member of the patch fit into the target? 0, or -1 and in `why` (of `size` bytes, ends
 * with a NUL) the first that does not: no member of that name, another kind or choice or shape, nullable where the
 * target's is never absent or has to be there, or where the patch's own kind cannot tell null from zero (opt_ kinds
 * can), or not nullable where the target's is. */
MUST_CHECK int json_patch_check(const struct schema *patch_schema, const struct schema *target_schema, char *why,
                                size_t size);

/* The same shape out of name=value pairs (query parameters, already percent-decoded): scalars, choices, and strs or
 * uuids from comma lists. Field names map from the parameter's: "filter[status]" is the field filter_status,
 * "filter[created_at][gte]" is filter_created_at_gte; a dash is not mapped. Pointers are the parameter's own name.
 * An empty value is an empty string or list. Money, objects, lists of objects and raw are asserted not to occur. */
struct json_pair {
	struct str name;
	struct str value;
};
MUST_CHECK int json_read_pairs(struct arena *arena, const struct schema *schema, const struct json_pair *pairs,
                               size_t count, void *ret, struct json_errors *errors);

/* The parameter a field is documented under: "filter[status]" for filter_status, "filter[created_at][gte]" for
 * filter_created_at_gte (also gt, lte, lt, eq, ne), its own name otherwise. */
struct str json_pair_name(struct arena *arena, const struct schema_field *field);

/* Appends the value's JSON; check buf->overflow at the end. Nullable and absent: null; optional and absent: left out;
 * absent but neither (a bug of ours): null, and [] for lists. Times outside the years 1970 to 9999 and numbers that are
 * not finite are null, because JSON has no form for them. */
void json_write(struct buf *buf, const struct schema *schema, const void *value);
void json_write_str(struct buf *buf, struct str text); /* quoted and escaped; null writes null */
void json_write_money(struct buf *buf, struct money money);

/* The shape with these members only: "id", and of an object or a list of objects "lines.quantity". Naming one whole shows
 * all of it. NULL, and in *ret_unknown the first name that is none; a sum of money has no members. */
const struct schema *json_select(struct arena *arena, const struct schema *schema, const struct str_list *names,
                                 struct str *ret_unknown);

/* For tools and for dead-letter editing: 0 when the text is one well-formed JSON value within the depth limit, without
 * repeated names, U+0000 or numbers of more than JSON_NUMBER_MAX bytes. The same rules hold for raw fields. */
MUST_CHECK int json_check(struct str text);

/* JSON Schema (2020-12, as OpenAPI 3.1 uses it) of one shape: {"type":"object",...}; other shapes are referred to as
 * "#/components/schemas/<name>", money to "#/components/schemas/Money", which the writer of the document adds once by
 * json_schema_write_money. json_schema_closure lists each shape reachable from `root` once, itself included. */
void json_schema_write(struct buf *buf, const struct schema *schema);
void json_schema_write_money(struct buf *buf);
typedef void json_schema_visit(const struct schema *schema, void *arg);
void json_schema_closure(const struct schema *root, json_schema_visit *visit,
                         void *arg); /* may repeat: caller keeps a set */

#endif
