/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include <stdarg.h>

#include "base/ascii.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/str.h"
#include "config/formats.h"
#include "config/row.h"

enum { SECRET_MIN = 32 };

const struct config_unit config_byte_units[] = {
	{ "g", INT64_C(1) << 30 }, { "m", INT64_C(1) << 20 }, { "k", INT64_C(1) << 10 }, { "", 1 }, { NULL },
};

/* Without a unit a duration is refused: seconds or milliseconds would be a guess. */
const struct config_unit config_duration_units[] = {
	{ "h", 3600 * US_PER_S }, { "m", 60 * US_PER_S }, { "s", US_PER_S }, { "ms", US_PER_MS }, { NULL },
};

/* One value being read. `error` is set by the first fault. */
struct reading {
	const struct config_row *row;
	const char *text;
	char *error;
	size_t error_size;
};

const char *config_environment(const struct config_row *row)
{
	const char *text = getenv(row->variable);

	return text && *text ? text : NULL;
}

static void *member(void *values, const struct config_row *row)
{
	return (char *)values + row->offset;
}

/* Of "redis://": all of a connection string that surely is no password. */
static int scheme_length(const char *text)
{
	int length = 0;

	while (is_letter(text[length]) && length < 20)
		length++;
	return length && strncmp(text + length, "://", 3) == 0 ? length + 3 : 0;
}

PRINTF_LIKE(2, 3) static int refused(const struct reading *in, const char *takes, ...)
{
	char rule[256];
	va_list args;

	va_start(args, takes);
	vsnprintf(rule, sizeof(rule), takes, args);
	va_end(args);
	if (in->row->limits && in->row->limits->has_secret && scheme_length(in->text))
		snprintf(in->error, in->error_size, "%s: got %.*s..., takes %s", in->row->variable,
		         scheme_length(in->text), in->text, rule);
	else if (in->row->limits && (in->row->limits->secret || in->row->limits->has_secret))
		snprintf(in->error, in->error_size, "%s: got %zu characters, takes %s", in->row->variable,
		         strlen(in->text), rule);
	else
		snprintf(in->error, in->error_size, "%s: got \"%.80s\", takes %s", in->row->variable, in->text, rule);
	return -1;
}

static int read_choice(const struct reading *in, void *to)
{
	struct str words = str_from(in->row->limits->words);

	while (!str_is_null(words)) {
		if (str_eq(str_cut(&words, ' '), str_from(in->text))) {
			*(const char **)to = in->text;
			return 0;
		}
	}
	return refused(in, "one of: %s", in->row->limits->words);
}

/* A whole number and the unit that follows it; -1 without a word, the caller knows what it takes. */
static int parse_scaled(struct str text, const struct config_unit *units, int64_t *ret)
{
	for (const struct config_unit *unit = units; unit->suffix; unit++) {
		struct str suffix = str_from(unit->suffix);
		int64_t value;

		if (!str_ends(text, suffix) || str_to_i64(str_slice(text, 0, text.len - suffix.len), &value) < 0)
			continue;
		return __builtin_mul_overflow(value, unit->factor, ret) ? -1 : 0;
	}
	return -1;
}

static int read_number(const struct reading *in, void *to)
{
	const struct config_limits port = { .min = 1, .max = 65535 };
	const struct config_limits *limits = in->row->kind == CONFIG_port ? &port : in->row->limits;
	int64_t value;

	if (str_to_i64(str_from(in->text), &value) < 0 || value < limits->min || value > limits->max)
		return refused(in, "a whole number from %lld to %lld", (long long)limits->min, (long long)limits->max);
	*(int64_t *)to = value;
	return 0;
}

static int read_bytes(const struct reading *in, void *to)
{
	const struct config_limits *limits = in->row->limits;
	int64_t value;

	if (parse_scaled(str_from(in->text), config_byte_units, &value) < 0 || value < limits->min ||
	    value > limits->max)
		return refused(in, "bytes from %lld to %lld, with k, m or g for 1024, 1024^2, 1024^3",
		               (long long)limits->min, (long long)limits->max);
	*(int64_t *)to = value;
	return 0;
}

static int read_duration(const struct reading *in, void *to)
{
	const struct config_limits *limits = in->row->limits;
	int64_t value;

	if (parse_scaled(str_from(in->text), config_duration_units, &value) < 0 || value < limits->min ||
	    value > limits->max)
		return refused(in, "a whole number with ms, s, m or h, from %lld s to %lld s",
		               (long long)(limits->min / US_PER_S), (long long)(limits->max / US_PER_S));
	*(int64_t *)to = value;
	return 0;
}

static int read_flag(const struct reading *in, void *to)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = { { "true", true }, { "1", true }, { "false", false }, { "0", false } };

	for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
		if (strcmp(in->text, words[i].word) == 0) {
			*(bool *)to = words[i].value;
			return 0;
		}
	}
	return refused(in, "true, false, 1 or 0");
}

/* A kind: its word, and either its reader or, for a text of a form, the check of that form. */
static const struct kind {
	const char *name;
	int (*read)(const struct reading *in, void *to);
	const char *(*check)(struct str text, const struct config_limits *limits);
} kinds[] = {
	[CONFIG_text] = { "text", .check = format_text },
	[CONFIG_choice] = { "choice", .read = read_choice },
	[CONFIG_number] = { "number", .read = read_number },
	[CONFIG_port] = { "port", .read = read_number },
	[CONFIG_bytes] = { "bytes", .read = read_bytes },
	[CONFIG_duration] = { "duration", .read = read_duration },
	[CONFIG_flag] = { "flag", .read = read_flag },
	[CONFIG_host] = { "host", .check = format_host },
	[CONFIG_db_host] = { "hosts", .check = format_db_host },
	[CONFIG_url] = { "url", .check = format_url },
	[CONFIG_origins] = { "origins", .check = format_origins },
	[CONFIG_networks] = { "networks", .check = format_networks },
	[CONFIG_email] = { "email", .check = format_email },
	[CONFIG_postgres] = { "postgres", .check = format_postgres },
	[CONFIG_redis] = { "redis", .check = format_redis },
};

const char *config_kind_name(enum config_kind kind)
{
	return kinds[kind].name;
}

static int read_form(const struct reading *in, const struct kind *kind, void *to)
{
	const struct config_limits *limits = in->row->limits;
	const char *takes = *in->text ? kind->check(str_from(in->text), limits) : NULL;

	if (takes)
		return refused(in, "%s", takes);
	if (limits && limits->key && *in->text && strlen(in->text) < SECRET_MIN)
		return refused(in, "%d or more", SECRET_MIN);
	*(const char **)to = in->text;
	return 0;
}

static int read_row(void *values, const struct config_row *row, int port_default, char *error, size_t size)
{
	const char *text = config_environment(row);

	if (!text && row->kind == CONFIG_port && !row->fallback) {
		*(int64_t *)member(values, row) = port_default;
		return 0;
	}
	const struct kind *kind = &kinds[row->kind];
	struct reading in = { .row = row, .text = text ? text : row->fallback, .error_size = size };

	in.error = error;

	return kind->read ? kind->read(&in, member(values, row)) : read_form(&in, kind, member(values, row));
}

/* ---- Sections ---------------------------------------------------------------------------------- */

static int check_compulsory(const struct config_section *section, const struct config *platform, char *error,
                            size_t size)
{
	bool production = strcmp(platform->environment, "production") == 0;

	for (size_t i = 0; production && i < section->row_count; i++) {
		const struct config_row *row = &section->rows[i];

		if (row->limits && row->limits->compulsory && !config_environment(row)) {
			snprintf(error, size, "%s: not set, takes %d characters or more in production", row->variable,
			         SECRET_MIN);
			return -1;
		}
	}
	return 0;
}

/* Into `values`, of which nothing is good when it fails. */
static int read_section(const struct config_section *section, const struct config *platform, void *values,
                        int port_default, char *error, size_t size)
{
	memset(values, 0, section->size);
	for (size_t i = 0; i < section->row_count; i++)
		if (read_row(values, &section->rows[i], port_default, error, size) < 0)
			return -1;
	if (check_compulsory(section, platform, error, size) < 0)
		return -1;
	return section->check ? section->check(platform, values, error, size) : 0;
}

int config_read_section(const struct config_section *section, const struct config *platform, void *ret, char *error,
                        size_t error_size)
{
	return read_section(section, platform, ret, 0, error, error_size);
}

/* What no single row of the platform's can tell. */
static int check_platform(const struct config *config, const void *values, char *error, size_t size)
{
	if (*config->jwt_secret && strcmp(config->jwt_secret, config->admin_jwt_secret) == 0) {
		snprintf(error, size, "ADMIN_JWT_SECRET: got the same as JWT_SECRET, takes another key");
		return -1;
	}
	if (*config->fault && strcmp(config->environment, "test") != 0) {
		snprintf(error, size, "STOA_FAULT: got \"%.80s\", takes nothing unless STOA_ENV is test",
		         config->fault);
		return -1;
	}
	return 0;
}

CONFIG_SECTION(config, CONFIG_ROWS, check_platform);

int config_read(struct config *ret, int port_default, char *error, size_t error_size)
{
	struct config config = { 0 };

	if (read_section(&config_section, &config, &config, port_default, error, error_size) < 0)
		return -1;
	*ret = config;
	return 0;
}

static NORETURN void refuse_start(const char *error)
{
	fprintf(stderr, "%s\n", error);
	exit(2);
}

void config_load(struct config *ret, int port_default)
{
	char error[512];

	if (config_read(ret, port_default, error, sizeof(error)) < 0)
		refuse_start(error);
}

void config_load_section(const struct config_section *section, const struct config *platform, void *ret)
{
	char error[512];

	if (config_read_section(section, platform, ret, error, sizeof(error)) < 0)
		refuse_start(error);
}
