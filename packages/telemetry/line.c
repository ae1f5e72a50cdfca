/* SPDX-License-Identifier: Apache-2.0 */
#include "telemetry/line.h"

#include <math.h>

#include "base/check.h"
#include "base/encode.h"

void line_init(struct line *line, bool json)
{
	line->len = 0;
	line->truncated = false;
	line->json = json;
}

bool line_raw(struct line *line, struct str text)
{
	if (line->len + text.len > LINE_MAX_BYTES - LINE_RESERVE) {
		line->truncated = true;
		return false;
	}
	memcpy(line->bytes + line->len, text.ptr, text.len);
	line->len += text.len;
	return true;
}

static bool is_control(unsigned code)
{
	/* C1 controls too: terminals act on them. */
	return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

static struct str escape_control(unsigned code, char out[6])
{
	static const char digits[] = "0123456789abcdef";
	static const char known[] = "\nn\rr\tt";

	out[0] = '\\';
	for (size_t i = 0; i < sizeof(known) - 1; i += 2) {
		if (code == (unsigned char)known[i]) {
			out[1] = known[i + 1];
			return (struct str){ out, 2 };
		}
	}
	out[1] = 'u';
	out[2] = '0';
	out[3] = '0';
	out[4] = digits[code >> 4];
	out[5] = digits[code & 15];
	return (struct str){ out, 6 };
}

/* Takes the first code point off *rest; returns how it is written, in `out` or borrowed from *rest. */
static struct str next_piece(struct str *rest, bool json, char out[6])
{
	size_t len = utf8_first(*rest);
	struct str piece = str_slice(*rest, 0, len ? len : 1);
	const unsigned char *bytes = (const unsigned char *)piece.ptr;

	*rest = str_slice(*rest, piece.len, rest->len);
	if (len == 0)
		return STR("\xef\xbf\xbd");
	if (len == 1 && is_control(bytes[0]))
		return escape_control(bytes[0], out);
	if (len == 2 && bytes[0] == 0xc2 && is_control(bytes[1]))
		return escape_control(bytes[1], out);
	if (json && (bytes[0] == '"' || bytes[0] == '\\')) {
		out[0] = '\\';
		out[1] = (char)bytes[0];
		return (struct str){ out, 2 };
	}
	return piece;
}

bool line_escaped(struct line *line, struct str text, size_t max)
{
	size_t end = line->len + max;

	while (text.len > 0) {
		char out[6];
		struct str piece = next_piece(&text, line->json, out);

		if (line->len + piece.len > end)
			line->truncated = true;
		if (line->len + piece.len > end || !line_raw(line, piece))
			return false;
	}
	return true;
}

static bool speaks_of_a_secret(const char *name)
{
	static const char *const words[] = { "password", "secret",  "token",   "authorization", "cookie",
		                             "apikey",   "api-key", "api_key", "email",         "phone" };

	for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
		if (strcasestr(name, words[i]))
			return true;
	}
	return false;
}

/* A string that is cut still counts as written; its closing quote fits into the reserve. */
static bool string_value(struct line *line, const struct log_field *field)
{
	struct str text = speaks_of_a_secret(field->name) ? STR("[masked]") : field->str;

	if (str_is_null(text))
		return line_raw(line, STR("null"));
	if (!line_raw(line, STR("\"")))
		return false;
	line_escaped(line, text, LINE_STRING_MAX);
	line->bytes[line->len++] = '"';
	return true;
}

static struct str number_value(const struct log_field *field, char out[32])
{
	int len;

	if (field->kind == LOG_FIELD_BOOL)
		return field->i64 ? STR("true") : STR("false");
	if (field->kind == LOG_FIELD_I64)
		return (struct str){ out, i64_format(field->i64, out) };
	if (!isfinite(field->f64))
		return STR("null");
	len = snprintf(out, 32, "%.9g", field->f64);
	return (struct str){ out, (size_t)len };
}

static bool field_value(struct line *line, const struct log_field *field)
{
	char number[32];

	return field->kind == LOG_FIELD_STR ? string_value(line, field) : line_raw(line, number_value(field, number));
}

void line_field(struct line *line, const struct log_field *field)
{
	size_t before = line->len;

	if (!line_raw(line, line->json ? STR(",\"") : STR(" ")) ||
	    !line_escaped(line, str_from(field->name), LINE_NAME_MAX) ||
	    !line_raw(line, line->json ? STR("\":") : STR("=")) || !field_value(line, field))
		line->len = before;
}

void line_end(struct line *line)
{
	struct str end = line->json ? STR("}\n") : STR("\n");

	if (line->truncated) {
		struct str mark = line->json ? STR(",\"truncated\":true") : STR(" truncated");

		memcpy(line->bytes + line->len, mark.ptr, mark.len);
		line->len += mark.len;
	}
	memcpy(line->bytes + line->len, end.ptr, end.len);
	line->len += end.len;
	CHECK(line->len <= LINE_MAX_BYTES);
}
