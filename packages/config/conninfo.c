/* SPDX-License-Identifier: Apache-2.0 */
/* Values are quoted as libpq's "Connection Strings" page says: in single quotes, quotes and backslashes escaped. */
#include "base/buf.h"
#include "config/config.h"

static void append_pair(struct buf *buf, const char *key, const char *value)
{
	if (!*value)
		return;
	if (buf->len)
		buf_char(buf, ' ');
	buf_printf(buf, "%s='", key);
	for (; *value; value++) {
		if (*value == '\'' || *value == '\\')
			buf_char(buf, '\\');
		buf_char(buf, *value);
	}
	buf_char(buf, '\'');
}

int config_conninfo(const struct config *config, char *out, size_t size)
{
	struct buf buf;
	int result = -1;

	if (size == 0)
		return -1;
	buf_init(&buf, size - 1);
	if (*config->database_url) {
		buf_str(&buf, str_from(config->database_url));
	} else {
		append_pair(&buf, "host", config->db_host);
		buf_printf(&buf, "%sport=%lld", buf.len ? " " : "", (long long)config->db_port);
		append_pair(&buf, "dbname", config->db_database);
		append_pair(&buf, "user", config->db_user);
		append_pair(&buf, "password", config->db_password);
	}
	if (!buf.overflow) {
		memcpy(out, buf_view(&buf).ptr, buf.len);
		out[buf.len] = '\0';
		result = 0;
	}
	buf_done(&buf);
	return result;
}
