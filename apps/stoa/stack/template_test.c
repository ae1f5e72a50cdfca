/* SPDX-License-Identifier: Apache-2.0 */
#include "template.h"

#include "base/test.h"

static const struct template_value values[] = { { "NAME", "value" }, { "EMPTY", "" }, { NULL, NULL } };

static const struct {
	const char *text, *filled;
} rows[] = {
	{ "", "" },
	{ "plain", "plain" },
	{ "a @NAME@ b", "a value b" },
	{ "@NAME@@NAME@", "valuevalue" },
	{ "[@EMPTY@]", "[]" },
	{ "@OTHER@", "@OTHER@" },
	{ "a@b and @NAME@", "a@b and value" },
	{ "ends with @", "ends with @" },
	{ "@NAME", "@NAME" },
};

static void test_fill(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf buf;

		buf_init(&buf, 1024);
		template_fill(&buf, rows[i].text, values);
		buf_char(&buf, '\0');
		assert_string_equal(buf.ptr, rows[i].filled);
		buf_done(&buf);
	}
}

static void test_files_are_embedded(void **state)
{
	static const char *const names[] = { "postgresql.conf", "redis.conf", "haproxy.cfg" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_non_null(strstr(template_find(names[i]), "@SOCKETS@"));
	assert_null(template_find("other"));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_fill), cmocka_unit_test(test_files_are_embedded) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
