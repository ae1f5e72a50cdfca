/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/check.h"
#include "config/redis_url.h"

static void test_accepted(void **state)
{
	static const struct {
		const char *text, *host, *path, *user, *password;
		int64_t port, db;
	} rows[] = {
		{ "redis://localhost", "localhost", "", "", "", 6379, 0 },
		{ "redis://localhost/", "localhost", "", "", "", 6379, 0 },
		{ "redis://10.0.0.1:7000/3", "10.0.0.1", "", "", "", 7000, 3 },
		{ "redis://:s3cret@r:1", "r", "", "", "s3cret", 1, 0 },
		{ "redis://app:a%40b%3a@r", "r", "", "app", "a@b:", 6379, 0 },
		{ "redis://[::1]:6380/1", "::1", "", "", "", 6380, 1 },
		{ "redis://[::1]", "::1", "", "", "", 6379, 0 },
		{ "unix:///run/redis.sock", "", "/run/redis.sock", "", "", 6379, 0 },
		{ "unix:///run/redis.sock?db=2", "", "/run/redis.sock", "", "", 6379, 2 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct redis_url url;
		const char *takes = NULL;

		assert_int_equal(redis_url_parse(&url, str_from(rows[i].text), &takes), 0);
		assert_string_equal(url.host, rows[i].host);
		assert_string_equal(url.path, rows[i].path);
		assert_string_equal(url.user, rows[i].user);
		assert_string_equal(url.password, rows[i].password);
		assert_int_equal(url.port, rows[i].port);
		assert_int_equal(url.db, rows[i].db);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *takes; /* the beginning of it */
	} rows[] = {
		{ "", "redis://" },
		{ "localhost", "redis://" },
		{ "http://localhost", "redis://" },
		{ "rediss://localhost", "redis:// or unix://: TLS to Redis is not supported" },
		{ "redis://", "a host" },
		{ "redis://:6379", "a host" },
		{ "redis://h:0", "a port from 1 to 65535" },
		{ "redis://h:65536", "a port from 1 to 65535" },
		{ "redis://h:99999", "a port from 1 to 65535" },
		{ "redis://h:x", "a port from 1 to 65535" },
		{ "redis://h:+1", "a port from 1 to 65535" },
		{ "redis://h:", "a port from 1 to 65535" },
		{ "redis://h/x", "the number of a database" },
		{ "redis://h/-1", "the number of a database" },
		{ "redis://nopassword@h", "[user]:password" },
		{ "redis://:%zz@h", "[user]:password" },
		{ "redis://:%0@h", "[user]:password" },
		{ "redis://:%00@h", "[user]:password" },
		{ "redis://[::1", "an IPv6 address" },
		{ "redis://[::1]x", "an IPv6 address" },
		{ "unix://relative", "unix:// and a path" },
		{ "unix:///s?port=1", "nothing but ?db=N" },
		{ "unix:///s?db=", "the number of a database" },
		{ "unix:///"
		  "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
		  "012345678",
		  "unix:// and a path" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct redis_url url;
		const char *takes = NULL;

		assert_int_equal(redis_url_parse(&url, str_from(rows[i].text), &takes), -1);
		assert_true(str_starts(str_from(takes), str_from(rows[i].takes)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_accepted), cmocka_unit_test(test_refused) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
