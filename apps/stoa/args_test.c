/* SPDX-License-Identifier: Apache-2.0 */
#include "args.h"

#include "base/test.h"

static const struct {
	const char *const words[4];
	int count; /* what args_parse gives */
	const char *text;
	int64_t number;
	bool flag;
	const char *first;
} rows[] = {
	{ { "one", "--flag", "two" }, 2, NULL, 7, true, "one" },
	{ { "--text", "value", "one" }, 1, "value", 7, false, "one" },
	{ { "--text=value=more", "--number=12" }, 0, "value=more", 12, false, NULL },
	{ { "--number", "0" }, 0, NULL, 0, false, NULL },
	{ { "--text=" }, 0, "", 7, false, NULL },
	{ { "--number", "-1" }, -1 },
	{ { "--number=x" }, -1 },
	{ { "--number" }, -1 },
	{ { "--text" }, -1 },
	{ { "--flag=yes" }, -1 },
	{ { "--unknown" }, -1 },
	{ { "one", "two", "three" }, -1 },
};

static void test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *text = NULL, *words[3] = { NULL };
		int64_t number = 7;
		bool flag = false;
		const struct arg table[] = {
			{ "text", ARG_TEXT, .text = &text },
			{ "number", ARG_NUMBER, .number = &number },
			{ "flag", ARG_FLAG, .flag = &flag },
			{ NULL },
		};
		char *argv[5] = { NULL };
		int argc = 0;

		while (argc < 4 && rows[i].words[argc]) {
			argv[argc] = (char *)rows[i].words[argc];
			argc++;
		}
		assert_int_equal(args_parse(argc, argv, table, words, 2), rows[i].count);
		if (rows[i].count < 0)
			continue;
		assert_int_equal(number, rows[i].number);
		assert_int_equal(flag, rows[i].flag);
		assert_true(str_eq(str_from(text), str_from(rows[i].text)));
		assert_true(str_eq(str_from(words[0]), str_from(rows[i].first)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_parse) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
