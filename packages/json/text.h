/* SPDX-License-Identifier: Apache-2.0 */
/* The formats of text fields, each a pure yes or no. */
#ifndef STOA_JSON_TEXT_H
#define STOA_JSON_TEXT_H

#include <stdbool.h>

#include "base/str.h"
#include "json/schema.h"

struct format {
	const char *name;    /* of JSON Schema, or NULL */
	const char *pattern; /* for JSON Schema, where it has no name; as JSON text without quotes */
	const char *rule;    /* "must be ..." */
	bool (*accepts)(struct str text);
};

/* By enum json_format; [JSON_FORMAT_NONE] is all NULL. */
extern const struct format formats[];

#endif
