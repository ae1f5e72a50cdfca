/* SPDX-License-Identifier: Apache-2.0 */
#include "db/conninfo.h"

#include "base/test.h"

static void test_check(void **state)
{
	static const struct {
		const char *text, *error; /* NULL: good */
	} rows[] = {
		{ "postgresql://u:p@h:1/d?sslmode=require", NULL },
		{ "host=h port=1 dbname=d", NULL },
		{ "", NULL },
		{ "host=h colour=blue", "invalid connection option \"colour\"" },
		{ "postgresql://h/d?colour=blue", "invalid URI query parameter: \"colour\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char error[128] = "";

		assert_int_equal(conninfo_check(rows[i].text, error, sizeof(error)), rows[i].error ? -1 : 0);
		assert_string_equal(error, rows[i].error ? rows[i].error : "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_check) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
