/* SPDX-License-Identifier: Apache-2.0 */
#include "config/redis_url.h"

#include "base/check.h"

static int refused(const char **ret_takes, const char *takes)
{
	*ret_takes = takes;
	return -1;
}

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

static int parse_credentials(struct redis_url *ret, struct str text, const char **ret_takes)
{
	struct str password = text, user = str_cut(&password, ':');

	if (str_is_null(password) || copy_decoded(ret->user, sizeof(ret->user), user) ||
	    copy_decoded(ret->password, sizeof(ret->password), password))
		return refused(ret_takes, "[user]:password before the @, percent signs as %25");
	return 0;
}

static int parse_host(struct redis_url *ret, struct str text, const char **ret_takes)
{
	struct str port = text, host;

	if (str_starts(text, STR("["))) {
		port = str_slice(text, 1, text.len);
		host = str_cut(&port, ']');
		if (str_is_null(port) || (port.len > 0 && port.ptr[0] != ':'))
			return refused(ret_takes, "an IPv6 address between [ and ]");
		port = port.len ? str_slice(port, 1, port.len) : STR_NULL;
	} else {
		host = str_cut(&port, ':');
	}
	if (host.len == 0 || copy(ret->host, sizeof(ret->host), host))
		return refused(ret_takes, "a host of at most 255 characters");
	if (!str_is_null(port) && (parse_number(port, 65535, &ret->port) || ret->port == 0))
		return refused(ret_takes, "a port from 1 to 65535");
	return 0;
}

static int parse_db(struct redis_url *ret, struct str text, const char **ret_takes)
{
	return parse_number(text, 1000, &ret->db) ? refused(ret_takes, "the number of a database, 0 to 1000") : 0;
}

static int parse_tcp(struct redis_url *ret, struct str text, const char **ret_takes)
{
	struct str db = text, where = str_cut(&db, '/');
	size_t at = where.len;

	while (at > 0 && where.ptr[at - 1] != '@')
		at--;
	if (at > 0 && parse_credentials(ret, str_slice(where, 0, at - 1), ret_takes))
		return -1;
	if (db.len > 0 && parse_db(ret, db, ret_takes))
		return -1;
	return parse_host(ret, str_slice(where, at, where.len), ret_takes);
}

static int parse_unix(struct redis_url *ret, struct str text, const char **ret_takes)
{
	struct str query = text, path = str_cut(&query, '?');

	if (!str_starts(path, STR("/")) || copy(ret->path, sizeof(ret->path), path))
		return refused(ret_takes, "unix:// and a path of at most 107 characters that starts with /");
	if (str_is_null(query))
		return 0;
	if (!str_starts(query, STR("db=")))
		return refused(ret_takes, "nothing but ?db=N after the path");
	return parse_db(ret, str_slice(query, 3, query.len), ret_takes);
}

static const struct {
	struct str prefix;
	int (*parse)(struct redis_url *ret, struct str text, const char **ret_takes);
} schemes[] = { { STR("redis://"), parse_tcp }, { STR("unix://"), parse_unix } };

int redis_url_parse(struct redis_url *ret, struct str url, const char **ret_takes)
{
	*ret = (struct redis_url){ .port = 6379 };
	for (size_t i = 0; i < ARRAY_COUNT(schemes); i++)
		if (str_starts(url, schemes[i].prefix))
			return schemes[i].parse(ret, str_slice(url, schemes[i].prefix.len, url.len), ret_takes);
	if (str_starts(url, STR("rediss://")))
		return refused(ret_takes, "redis:// or unix://: TLS to Redis is not supported, put a TLS proxy on this "
		                          "machine before it");
	return refused(ret_takes, "redis://[[user]:password@]host[:port][/db] or unix:///path[?db=N]");
}
