/* SPDX-License-Identifier: Apache-2.0 */
#include "redis/url.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static int copy(char *out, size_t size, struct str text)
{
	if (text.len >= size || str_has_char(text, '\0'))
		return -1;
	if (text.len)
		memcpy(out, text.ptr, text.len);
	out[text.len] = '\0';
	return 0;
}

/* Percent-escapes undone: passwords hold any character. */
static int copy_decoded(char *out, size_t size, struct str text)
{
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		if (c == '%') {
			if (i + 2 >= text.len)
				return -1;
			int high = hex_digit(text.ptr[i + 1]), low = hex_digit(text.ptr[i + 2]);
			if (high < 0 || low < 0 || (high == 0 && low == 0))
				return -1;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (len + 1 >= size)
			return -1;
		out[len++] = c;
	}
	out[len] = '\0';
	return 0;
}

static int parse_number(struct str text, int64_t max, int64_t *ret)
{
	int64_t value;

	if (text.len == 0 || text.ptr[0] < '0' || text.ptr[0] > '9' || str_to_i64(text, &value) || value > max)
		return -1;
	*ret = value;
	return 0;
}

static int parse_credentials(struct redis_url *ret, struct str text)
{
	struct str password = text, user = str_cut(&password, ':');

	if (str_is_null(password))
		return -1;
	if (copy_decoded(ret->user, sizeof(ret->user), user))
		return -1;
	return copy_decoded(ret->password, sizeof(ret->password), password);
}

static int parse_host(struct redis_url *ret, struct str text)
{
	struct str port = text, host;

	if (str_starts(text, STR("["))) {
		port = str_slice(text, 1, text.len);
		host = str_cut(&port, ']');
		if (str_is_null(port) || (port.len > 0 && port.ptr[0] != ':'))
			return -1;
		port = port.len ? str_slice(port, 1, port.len) : STR_NULL;
	} else {
		host = str_cut(&port, ':');
	}
	if (host.len == 0 || copy(ret->host, sizeof(ret->host), host))
		return -1;
	if (!str_is_null(port) && (parse_number(port, 65535, &ret->port) || ret->port == 0))
		return -1;
	return 0;
}

static int parse_tcp(struct redis_url *ret, struct str text)
{
	struct str db = text, where = str_cut(&db, '/');
	size_t at = where.len;

	while (at > 0 && where.ptr[at - 1] != '@')
		at--;
	if (at > 0 && parse_credentials(ret, str_slice(where, 0, at - 1)))
		return -1;
	if (db.len > 0 && parse_number(db, 1000, &ret->db))
		return -1;
	return parse_host(ret, str_slice(where, at, where.len));
}

static int parse_unix(struct redis_url *ret, struct str text)
{
	struct str query = text, path = str_cut(&query, '?');

	if (!str_starts(path, STR("/")) || copy(ret->path, sizeof(ret->path), path))
		return -1;
	if (str_is_null(query))
		return 0;
	if (!str_starts(query, STR("db=")))
		return -1;
	return parse_number(str_slice(query, 3, query.len), 1000, &ret->db);
}

int redis_url_parse(struct redis_url *ret, const char *text)
{
	struct str url = str_from(text);

	*ret = (struct redis_url){ .port = 6379 };
	if (str_starts(url, STR("redis://")))
		return parse_tcp(ret, str_slice(url, 8, url.len));
	if (str_starts(url, STR("unix://")))
		return parse_unix(ret, str_slice(url, 7, url.len));
	return -1;
}
