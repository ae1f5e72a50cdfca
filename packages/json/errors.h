/* SPDX-License-Identifier: Apache-2.0 */
/* How refusals are collected and worded: pointers are only built when something is wrong. */
#ifndef STOA_JSON_ERRORS_H
#define STOA_JSON_ERRORS_H

#include "json/json.h"
#include "json/scan.h"

/* Where the reader stands in one open object (name) or list (name null, index). */
struct step {
	struct str name;
	size_t index;
};

/* Each returns 0 to go on and look for more, or -1 when there are JSON_ERRORS_MAX. */
MUST_CHECK int errors_add(struct json_errors *errors, struct str pointer, struct str detail);

/* Replaces all that was found before: after a syntax error other refusals would be guesses. Always -1. */
MUST_CHECK int errors_syntax(struct json_errors *errors, const struct scan *scan);

struct str errors_pointer(struct arena *arena, const struct step *path, int depth);
struct str errors_echo(struct arena *arena, struct str name); /* cut to JSON_ECHO_MAX bytes, whole characters */

/* "is not a field here; known: a, b, c", with names as `name_of` gives them. */
struct str errors_unknown(struct arena *arena, const struct schema *schema,
                          struct str (*name_of)(struct arena *, const struct schema_field *));

#endif
