/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of a section as data, for reading and for printing; for the .c files that define sections. */
#ifndef STOA_CONFIG_ROW_H
#define STOA_CONFIG_ROW_H

#include <stddef.h>

#include "config/config.h"

enum config_kind {
	CONFIG_text,
	CONFIG_choice,
	CONFIG_number,
	CONFIG_port,
	CONFIG_bytes,
	CONFIG_duration,
	CONFIG_flag,
	CONFIG_host,
	CONFIG_db_host,
	CONFIG_url,
	CONFIG_origins,
	CONFIG_networks,
	CONFIG_email,
	CONFIG_postgres,
	CONFIG_redis,
};

struct config_limits {
	int64_t min, max;
	const char *words; /* of a choice, separated by blanks */
	bool secret;       /* masked */
	bool key;          /* 32 characters or more */
	bool compulsory;   /* in production */
	bool has_secret;   /* a URL or connection string with a password in it */
	bool query;        /* a URL may have a query */
	bool prefix;       /* paths are added to the URL */
};

struct config_row {
	const char *variable;
	enum config_kind kind;
	size_t offset; /* in the section's struct */
	const char *fallback;
	const struct config_limits *limits; /* may be NULL */
	const char *meaning;
};

struct config_section {
	const struct config_row *rows;
	size_t row_count;
	size_t size; /* of its struct */
	/* A check that needs more than one row: 0, or -1 with the line in `error`. May be NULL. */
	int (*check)(const struct config *platform, const void *values, char *error, size_t size);
};

/* clang-format off */
#define RANGE(low, high) &(const struct config_limits){ .min = (low), .max = (high) }
#define ONE_OF(choices)  &(const struct config_limits){ .words = (choices) }
#define SECRET           &(const struct config_limits){ .secret = true, .key = true, .compulsory = true }
#define KEY_OPTIONAL     &(const struct config_limits){ .secret = true, .key = true }
#define SECRET_OPTIONAL  &(const struct config_limits){ .secret = true }
#define HAS_SECRET       &(const struct config_limits){ .has_secret = true }
#define URL_PREFIX       &(const struct config_limits){ .prefix = true }
#define URL_QUERY        &(const struct config_limits){ .query = true }
/* clang-format on */

#define CONFIG_ROW(tag, kind_, member, variable_, fallback_, limits_, meaning_) \
	{ \
		.variable = #variable_, \
		.kind = CONFIG_##kind_, \
		.offset = offsetof(struct tag, member), \
		.fallback = (fallback_), \
		.limits = limits_, \
		.meaning = (meaning_), \
	},
#define CONFIG_SECTION(tag, ROWS, check_) \
	static const struct config_row tag##_rows[] = { ROWS(CONFIG_ROW, tag) }; \
	const struct config_section tag##_section = { \
		.rows = tag##_rows, \
		.row_count = sizeof(tag##_rows) / sizeof(*tag##_rows), \
		.size = sizeof(struct tag), \
		.check = (check_), \
	}

/* The word for a kind, as in the rows. */
const char *config_kind_name(enum config_kind kind);
/* The environment variable's value; NULL when unset or empty. */
const char *config_environment(const struct config_row *row);

/* Numbers with a unit, largest first, ended by a NULL suffix: one table for reading and printing. */
struct config_unit {
	const char *suffix;
	int64_t factor;
};
extern const struct config_unit config_byte_units[];
extern const struct config_unit config_duration_units[];

#endif
