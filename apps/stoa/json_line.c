/* SPDX-License-Identifier: Apache-2.0 */
#include "json_line.h"

#include "base/check.h"
#include "base/clock.h"
#include "json/json.h"

enum { LINE_MAX_BYTES = 4 * 1024 * 1024 };

void json_line_begin(struct json_line *line)
{
	buf_init(&line->buf, LINE_MAX_BYTES);
	buf_char(&line->buf, '{');
}

static void write_name(struct json_line *line, const char *name)
{
	buf_printf(&line->buf, "%s\"%s\":", line->buf.len > 1 ? "," : "", name);
}

void json_line_text(struct json_line *line, const char *name, struct str value)
{
	write_name(line, name);
	json_write_str(&line->buf, value);
}

void json_line_number(struct json_line *line, const char *name, int64_t value)
{
	write_name(line, name);
	buf_i64(&line->buf, value);
}

void json_line_id(struct json_line *line, const char *name, struct uuid value)
{
	char text[UUID_TEXT_LEN];

	uuid_format(value, text);
	json_line_text(line, name, (struct str){ text, UUID_TEXT_LEN });
}

void json_line_time(struct json_line *line, const char *name, int64_t value_us)
{
	char text[TIME_TEXT_MAX];
	size_t length = time_format_any(value_us, text);

	json_line_text(line, name, (struct str){ text, length });
}

void json_line_json(struct json_line *line, const char *name, struct str value)
{
	write_name(line, name);
	buf_str(&line->buf, str_is_null(value) ? STR("null") : value);
}

void json_line_list_begin(struct json_line *line, const char *name)
{
	write_name(line, name);
	buf_char(&line->buf, '[');
}

void json_line_list_text(struct json_line *line, struct str value)
{
	if (line->buf.ptr[line->buf.len - 1] != '[')
		buf_char(&line->buf, ',');
	json_write_str(&line->buf, value);
}

void json_line_list_end(struct json_line *line)
{
	buf_char(&line->buf, ']');
}

void json_line_end(struct json_line *line)
{
	struct str text;

	buf_char(&line->buf, '}');
	CHECK(!line->buf.overflow);
	text = buf_view(&line->buf);
	printf("%.*s\n", STR_ARG(text));
	buf_done(&line->buf);
}
