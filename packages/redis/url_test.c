/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/check.h"
#include "redis/url.h"

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
		assert_int_equal(redis_url_parse(&url, rows[i].text), 0);
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
	static const char *const rows[] = {
		"",
		"localhost",
		"http://localhost",
		"redis://",
		"redis://:6379",
		"redis://h:0",
		"redis://h:65536",
		"redis://h:x",
		"redis://h:+1",
		"redis://h:",
		"redis://h/x",
		"redis://h/-1",
		"redis://nopassword@h",
		"redis://:%zz@h",
		"redis://:%0@h",
		"redis://:%00@h",
		"redis://[::1",
		"redis://[::1]x",
		"unix://relative",
		"unix:///s?port=1",
		"unix:///s?db=",
		"unix:///"
		"012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901"
		"2345678",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct redis_url url;
		assert_int_equal(redis_url_parse(&url, rows[i]), -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_accepted), cmocka_unit_test(test_refused) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
