/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration for people: what is set, by whom, and what it means; never a secret. */
#include "base/buf.h"
#include "base/check.h"
#include "config/config.h"
#include "config/row.h"

#define MASK "***"

enum { SHOWN_MAX = 1024 };

/* postgresql://user:PASSWORD@host: from the last colon before the at-sign to the at-sign. What follows the
 * authority may hold ?password=..., which mask_words sees. */
static size_t copy_authority(struct buf *buf, struct str text)
{
	struct str rest = text, scheme = str_cut(&rest, ':'), user, authority;
	size_t slash = 0, at = 0;

	if (!str_starts(rest, STR("//")))
		return 0;
	rest = str_slice(rest, 2, rest.len);
	while (slash < rest.len && rest.ptr[slash] != '/' && rest.ptr[slash] != '?')
		slash++;
	for (size_t i = 0; i < slash; i++) {
		if (rest.ptr[i] == '@')
			at = i;
	}
	if (at == 0)
		return 0;
	authority = str_slice(rest, 0, at);
	user = str_cut(&authority, ':');
	buf_str(buf, scheme);
	buf_str(buf, STR("://"));
	buf_str(buf, user);
	if (!str_is_null(authority))
		buf_str(buf, STR(":" MASK));
	return scheme.len + 3 + at;
}

/* The end of a password that starts at `from`: quoted or up to a blank or ampersand. */
static size_t password_end(struct str text, size_t from)
{
	bool quoted = from < text.len && text.ptr[from] == '\'';
	size_t at = from + quoted;

	for (; at < text.len; at++) {
		char c = text.ptr[at];

		if (quoted && c == '\\')
			at++;
		else if (quoted && c == '\'')
			return at + 1;
		else if (!quoted && (c == ' ' || c == '&'))
			break;
	}
	return at < text.len ? at : text.len;
}

static void mask_words(struct buf *buf, struct str text)
{
	static const struct str word = STR("password");

	for (size_t at = 0; at < text.len;) {
		size_t value = at + word.len;

		buf_char(buf, text.ptr[at]);
		if (text.len - at <= word.len || !str_eq_nocase(str_slice(text, at, value), word)) {
			at++;
			continue;
		}
		buf_str(buf, str_slice(text, at + 1, value));
		while (value < text.len && text.ptr[value] == ' ')
			value++;
		at += word.len;
		if (value < text.len && text.ptr[value] == '=') {
			do {
				value++;
			} while (value < text.len && text.ptr[value] == ' ');
			buf_str(buf, STR("=" MASK));
			at = password_end(text, value);
		}
	}
}

static void show_text(struct buf *buf, const struct config_limits *limits, struct str text)
{
	size_t done;

	if (limits && limits->secret) {
		buf_str(buf, text.len ? STR(MASK) : STR(""));
	} else if (limits && limits->has_secret) {
		done = copy_authority(buf, text);
		mask_words(buf, str_slice(text, done, text.len));
	} else {
		buf_str(buf, text);
	}
}

static void show_scaled(struct buf *buf, const struct config_unit *units, int64_t value)
{
	for (const struct config_unit *unit = units; unit->suffix; unit++) {
		if (value != 0 && value % unit->factor == 0) {
			buf_printf(buf, "%lld%s", (long long)(value / unit->factor), unit->suffix);
			return;
		}
	}
	buf_i64(buf, value);
}

static void show(struct buf *buf, const struct config_row *row, const void *values)
{
	const void *member = (const char *)values + row->offset;

	switch (row->kind) {
	case CONFIG_number:
	case CONFIG_port:
		buf_i64(buf, *(const int64_t *)member);
		break;
	case CONFIG_bytes:
		show_scaled(buf, config_byte_units, *(const int64_t *)member);
		break;
	case CONFIG_duration:
		show_scaled(buf, config_duration_units, *(const int64_t *)member);
		break;
	case CONFIG_flag:
		buf_str(buf, *(const bool *)member ? STR("true") : STR("false"));
		break;
	default: /* texts */
		show_text(buf, row->limits, str_from(*(const char *const *)member));
		break;
	}
}

void config_show(const struct config_section *section, const void *values, const char *variable, char *out, size_t size)
{
	struct buf buf;
	struct str text;

	CHECK(size > 0);
	buf_init(&buf, SHOWN_MAX);
	for (size_t i = 0; i < section->row_count; i++) {
		if (strcmp(section->rows[i].variable, variable) == 0)
			show(&buf, &section->rows[i], values);
	}
	text = buf_view(&buf);
	snprintf(out, size, "%.*s", STR_ARG(text));
	buf_done(&buf);
}

void config_print(const struct config_section *section, const void *values)
{
	for (size_t i = 0; i < section->row_count; i++) {
		const struct config_row *row = &section->rows[i];
		bool by_environment = config_environment(row) != NULL;
		char value[SHOWN_MAX];

		config_show(section, values, row->variable, value, sizeof(value));
		printf("%-26s %-28s %-8s %-11s default %-14s %s\n", row->variable, *value ? value : "-",
		       config_kind_name(row->kind), by_environment ? "environment" : "default",
		       row->fallback && *row->fallback ? row->fallback : "-", row->meaning);
	}
}
