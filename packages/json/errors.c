/* SPDX-License-Identifier: Apache-2.0 */
#include "json/errors.h"

#include "base/encode.h"

enum { KNOWN_MAX = 400 };

int errors_add(struct json_errors *errors, struct str pointer, struct str detail)
{
	errors->items[errors->count++] = (struct field_error){ pointer, detail };
	return errors->count == JSON_ERRORS_MAX ? -1 : 0;
}

int errors_syntax(struct json_errors *errors, const struct scan *scan)
{
	errors->syntax = true;
	errors->count = 1;
	errors->items[0].pointer = STR("#");
	errors->items[0].detail =
	        str_printf(scan->arena, "is not JSON: %s at byte %zu", scan->wrong, (size_t)(scan->at - scan->start));
	return -1;
}

struct str errors_echo(struct arena *arena, struct str name)
{
	size_t len = name.len < JSON_ECHO_MAX ? name.len : JSON_ECHO_MAX;

	while (len < name.len && ((unsigned char)name.ptr[len] & 0xc0) == 0x80)
		len--;
	return str_dup(arena, str_slice(name, 0, len));
}

/* One reference token (RFC 6901 section 3) in a URI fragment (section 6). */
static void put_token(struct buf *buf, struct arena *arena, struct str name)
{
	name = errors_echo(arena, name);
	for (size_t i = 0; i < name.len; i++) {
		struct str c = str_slice(name, i, i + 1);

		if (c.ptr[0] == '~')
			buf_str(buf, STR("~0"));
		else if (c.ptr[0] == '/')
			buf_str(buf, STR("~1"));
		else
			buf_str(buf, percent_encode(arena, c));
	}
}

struct str errors_pointer(struct arena *arena, const struct step *path, int depth)
{
	struct buf buf;

	buf_init_arena(&buf, arena, 16384);
	buf_char(&buf, '#');
	for (int i = 0; i < depth; i++) {
		buf_char(&buf, '/');
		if (str_is_null(path[i].name))
			buf_i64(&buf, (int64_t)path[i].index);
		else
			put_token(&buf, arena, path[i].name);
	}
	return buf_view(&buf);
}

struct str errors_unknown(struct arena *arena, const struct schema *schema,
                          struct str (*name_of)(struct arena *, const struct schema_field *))
{
	struct buf buf;

	if (!schema->field_count)
		return STR("is not a field here; there are none");
	buf_init_arena(&buf, arena, 2 * KNOWN_MAX);
	buf_str(&buf, STR("is not a field here; known: "));
	for (size_t i = 0; i < schema->field_count; i++) {
		struct str name = name_of(arena, &schema->fields[i]);

		if (i > 0)
			buf_str(&buf, STR(", "));
		if (buf.len + name.len > KNOWN_MAX) {
			buf_str(&buf, STR("..."));
			break;
		}
		buf_str(&buf, name);
	}
	return buf_view(&buf);
}
