/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of config.h as data, for reading and for printing. */
#ifndef STOA_CONFIG_ROW_H
#define STOA_CONFIG_ROW_H

#include <stddef.h>

#include "config/config.h"

enum config_kind { CONFIG_text, CONFIG_choice, CONFIG_number, CONFIG_port, CONFIG_bytes, CONFIG_duration, CONFIG_flag };

struct config_limits {
	int64_t min, max;
	const char *words; /* of a choice, separated by blanks */
	bool secret;       /* masked */
	bool compulsory;   /* in production */
	bool has_secret;   /* a URL or connection string with a password in it */
};

struct config_row {
	const char *variable;
	enum config_kind kind;
	size_t offset; /* in struct config */
	const char *fallback;
	const struct config_limits *limits; /* may be NULL */
	const char *meaning;
};

extern const struct config_row config_rows[];
extern const size_t config_row_count;

/* What the environment says; NULL when unset or empty. */
const char *config_environment(const struct config_row *row);

/* Numbers with a unit, largest first, ended by a NULL suffix: one table for reading and printing. */
struct config_unit {
	const char *suffix;
	int64_t factor;
};
extern const struct config_unit config_byte_units[];
extern const struct config_unit config_duration_units[];

#endif
