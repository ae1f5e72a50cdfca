/* SPDX-License-Identifier: Apache-2.0 */
/* Options of a command: --name, --name VALUE or --name=VALUE, mixed with words. */
#ifndef STOA_APPS_STOA_ARGS_H
#define STOA_APPS_STOA_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum arg_kind { ARG_FLAG, ARG_TEXT, ARG_NUMBER };

/* The member that fits the kind is set; a row without a name ends the table. */
struct arg {
	const char *name; /* "port-base" */
	enum arg_kind kind;
	bool *flag;
	const char **text;
	int64_t *number; /* 0 or more */
};

/* Sets the members of the options that were given; `words` gets the other words and a NULL after the last. Returns how
 * many words, or -1 after a line on standard error that says what is wrong. */
MUST_CHECK int args_parse(int argc, char **argv, const struct arg *rows, const char **words, int max);

/* For a command that takes neither options nor words: 0, or -1 after a line on standard error. */
MUST_CHECK int args_none(int argc, char **argv);

#endif
