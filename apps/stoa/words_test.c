/* SPDX-License-Identifier: Apache-2.0 */
#include "base/check.h"
#include "base/test.h"
#include "cli.h"

static void test_words(void **state)
{
	static const struct {
		const char *usage;
		const char *words[5];
	} rows[] = {
		{ NULL, { NULL } },
		{ "[COMMAND]", { NULL } },
		{ "[last | ID]", { "last" } },
		{ "list | show ID | replay ID", { "list", "show", "replay" } },
		{ "public-api | cron [OPTIONS]", { "public-api", "cron" } },
		{ "public | [admin]", { "public", "admin" } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct str rest = str_from(rows[i].usage), word;
		size_t count = 0;

		while (!str_is_null(word = command_next_word(&rest)))
			assert_true(str_eq(word, str_from(rows[i].words[count++])));
		assert_null(rows[i].words[count]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_words) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
