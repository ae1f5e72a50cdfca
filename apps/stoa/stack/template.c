/* SPDX-License-Identifier: Apache-2.0 */
#include "template.h"

static const struct template_value *find_value(const struct template_value *values, struct str name)
{
	for (; values->name; values++)
		if (str_eq(str_from(values->name), name))
			return values;
	return NULL;
}

void template_fill(struct buf *out, const char *text, const struct template_value *values)
{
	while (*text) {
		const char *end = *text == '@' ? strchr(text + 1, '@') : NULL;
		const struct template_value *value =
		        end ? find_value(values, (struct str){ text + 1, (size_t)(end - text - 1) }) : NULL;

		if (value) {
			buf_str(out, str_from(value->value));
			text = end + 1;
		} else {
			buf_char(out, *text++);
		}
	}
}

const char *template_find(const char *name)
{
	for (const struct embedded_file *file = template_files; file->name; file++)
		if (strcmp(file->name, name) == 0)
			return file->text;
	return NULL;
}
