/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a text member may hold. Each str row names one (json/schema.h): `line` and `block` are what people write, the
 * others are exact. A service adds its own, as `const struct format x_format`.
 */
#ifndef STOA_JSON_TEXT_H
#define STOA_JSON_TEXT_H

#include <stdbool.h>

#include "base/str.h"

struct arena;

struct format {
	const char *name;    /* of JSON Schema, or NULL */
	const char *pattern; /* for JSON Schema; as JSON text without quotes, or NULL */
	const char *rule;    /* "must be ..", where accepts says no */
	bool (*accepts)(struct str text);
	/* First of all, or NULL: gives the text the one form in which it is stored. NULL, or the broken rule. */
	const char *(*clean)(struct arena *arena, struct str *text);
};

extern const struct format line_format;  /* one line for people (base/unicode.h) */
extern const struct format block_format; /* several lines for people, with LF between them */
extern const struct format code_format;  /* visible ASCII without spaces: numbers, tokens, names that programs give */
extern const struct format email_format; /* becomes lower case */
extern const struct format phone_format; /* +, digits, spaces and hyphens */
extern const struct format uri_format;   /* http or https */
extern const struct format slug_format;  /* a to z, 0 to 9 and - */
extern const struct format currency_format; /* ISO 4217 */
extern const struct format country_format;  /* ISO 3166-1 alpha-2, assigned; becomes upper case */
extern const struct format password_format; /* a new password: without controls; unicode_password() compares */
extern const struct format secret_format;   /* kept as it came, to be compared: a password that exists */

#endif
