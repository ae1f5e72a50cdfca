/* SPDX-License-Identifier: Apache-2.0 */
#include "config/formats.h"

#include "base/test.h"
#include "config/row.h"

struct row {
	const char *text;
	const char *takes; /* the beginning of it; NULL: accepted */
};

static void check_rows(const char *(*check)(struct str text, const struct config_limits *limits),
                       const struct config_limits *limits, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *takes = check(str_from(rows[i].text), limits);

		if (!rows[i].takes && takes)
			test_fail("\"%s\" was refused: takes %s", rows[i].text, takes);
		if (rows[i].takes && !takes)
			test_fail("\"%s\" was accepted", rows[i].text);
		if (takes && !str_starts(str_from(takes), str_from(rows[i].takes)))
			test_fail("\"%s\" was refused as: takes %s", rows[i].text, takes);
	}
}

#define CHECK_ROWS(check, limits, ...) \
	check_rows(check, limits, (const struct row[]){ __VA_ARGS__ }, \
	           sizeof((const struct row[]){ __VA_ARGS__ }) / sizeof(struct row))

static void texts(void **state)
{
	(void)state;
	CHECK_ROWS(format_text, NULL, { "anything, of \xc3\xbc" }, { "two\nlines", "text" }, { "\x7f", "text" });
}

static void hosts(void **state)
{
	(void)state;
	CHECK_ROWS(format_host, NULL, { "localhost" }, { "0.0.0.0" }, { "::" }, { "db-1.internal_net" },
	           { "127.0.0.1" }, { "10.0.0.256", "a host" }, { "10.0.0", "a host" }, { "[::1]", "a host" },
	           { "a b", "a host" }, { "a..b", "a host" }, { "-a", "a host" }, { "h:1", "a host" },
	           { "/run", "a host" }, { "http://h", "a host" });
	CHECK_ROWS(format_db_host, NULL, { "localhost" }, { "/run/a b" }, { "10.0.0.1,10.0.0.2" }, { "a,,b", "a host" },
	           { "h:5432", "a host" }, { "/run\n", "a host" });
}

static void urls(void **state)
{
	const struct config_limits prefix = { .prefix = true }, query = { .query = true };

	(void)state;
	CHECK_ROWS(format_url, NULL, { "https://id.example" }, { "http://127.0.0.1:8080/" },
	           { "https://[::1]:1/a%20b" }, { "nonsense", "an http" }, { "ftp://h", "an http" },
	           { "https:/h", "an http" }, { "https://", "an http" }, { "https://h:0", "an http" },
	           { "https://h:99999", "an http" }, { "https://h:", "an http" }, { "https://u:p@h", "an http" },
	           { "https://h?a=b", "an http" }, { "https://h/#a", "an http" }, { "https://h/a b", "an http" },
	           { "https://h/\"", "an http" }, { "https://h/\r\nX: y", "an http" },
	           { "javascript:alert(1)", "an http" });
	CHECK_ROWS(format_url, &prefix, { "https://shop.example" }, { "http://localhost:8080/admin" },
	           { "https://shop.example/", "an http" }, { "https://h?a=b", "an http" });
	CHECK_ROWS(format_url, &query, { "https://id.example/keys?p=a" }, { "https://h?p" },
	           { "https://h/?p#q", "an http" });
}

static void origins(void **state)
{
	(void)state;
	CHECK_ROWS(format_origins, NULL, { "*" }, { "https://shop.example" }, { "http://localhost:5173 , https://a.b" },
	           { "capacitor://localhost" }, { "http://[::1]:80a", "up to" }, { "nonsense", "up to" },
	           { "https://shop.example/", "up to" }, { "https://Shop.example", "up to" },
	           { "https://h:443", "up to" }, { "http://h:80", "up to" }, { "https://h:99999", "up to" },
	           { "https://a,,https://b", "up to" }, { "https://a,", "up to" }, { "https://u@h", "up to" },
	           { "null", "up to" }, { "*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*" },
	           { "*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*", "up to" });
}

static void networks(void **state)
{
	(void)state;
	CHECK_ROWS(format_networks, NULL, { "127.0.0.1,::1" }, { "10.0.0.0/8 , unix" }, { "2001:db8::/32" },
	           { "0.0.0.0/0" }, { "nonsense", "up to" }, { "10.0.0.0/33", "up to" }, { "::/129", "up to" },
	           { "10.0.0.1/", "up to" }, { "10.0.0.1/-1", "up to" }, { "10.0.0.1/8/8", "up to" },
	           { "10.0.0.1,", "up to" }, { "10.0.0.1:80", "up to" }, { "[::1]", "up to" },
	           { "10.0.0.1 ::1", "up to" });
}

static void emails(void **state)
{
	(void)state;
	CHECK_ROWS(format_email, NULL, { "no-reply@localhost" }, { "a.b+c@shop.example" }, { "nonsense", "one" },
	           { "@h", "one" }, { "a@", "one" }, { "a@b@c", "one" }, { "a b@c", "one" }, { "Shop <a@b.c>", "one" },
	           { ".a@b", "one" }, { "a..b@c", "one" }, { "a@b..c", "one" }, { "a@b,c@d", "one" },
	           { "a@127.0.0.1", "one" }, { "a@b\r\nBcc: c@d", "one" }, { "\xc3\xbc@b.c", "one" });
}

static void postgres(void **state)
{
	(void)state;
	CHECK_ROWS(format_postgres, NULL, { "postgresql://stoa@127.0.0.1:5432/stoa" }, { "postgres://" },
	           { "postgresql:///stoa?host=/run/x&port=5433" }, { "postgresql://u:p%40?:@h:1,[::1]:2/d" },
	           { "postgresql://%2Frun%2Fx/stoa" }, { "postgresql://h:/d" },
	           { "host='/run/it\\'s' port=5432 dbname=stoa" }, { " host = h  user = u " },
	           { "password=a\\ b port=1,2" }, { "host=" }, { "mysql://x", "postgresql://" },
	           { "mysql://x?a=b", "postgresql://" }, { "nonsense", "postgresql://" }, { "=x", "postgresql://" },
	           { "host=a b", "postgresql://" }, { "postgres://x:abc/db", "a port" },
	           { "postgres://u:p@x:99999", "a port" }, { "postgres://x:0", "a port" },
	           { "postgres://a:1,b:x", "a port" }, { "postgres://x/d?port=70000", "a port" },
	           { "postgres://[::1/d", "an IPv6" }, { "postgres://[::1]5432/d", "an IPv6" },
	           { "postgres://u:100%@h", "percent" }, { "postgres://h/d?x", "postgresql://" },
	           { "host=h port=0", "a port" }, { "port='70000'", "a port" }, { "password='open", "key=value" },
	           { "password='open\\", "key=value" });
}

static void redis(void **state)
{
	(void)state;
	CHECK_ROWS(format_redis, NULL, { "redis://127.0.0.1:6379" }, { "unix:///run/redis.sock" }, { "redis://[::1]" },
	           { "http://x", "redis://" }, { "redis://x:99999", "a port" }, { "rediss://x", "redis:// or" },
	           { "redis://a b", "a host" });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),    cmocka_unit_test(hosts),    cmocka_unit_test(urls),
		cmocka_unit_test(origins),  cmocka_unit_test(networks), cmocka_unit_test(emails),
		cmocka_unit_test(postgres), cmocka_unit_test(redis),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
