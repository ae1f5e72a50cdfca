/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"

struct scratch {
	char folder[32], path[64];
};

static int make_scratch(void **state)
{
	static struct scratch scratch;

	snprintf(scratch.folder, sizeof(scratch.folder), "/tmp/stoa-files-XXXXXX");
	if (!mkdtemp(scratch.folder))
		return -1;
	snprintf(scratch.path, sizeof(scratch.path), "%s/file", scratch.folder);
	*state = &scratch;
	return 0;
}

static int drop_scratch(void **state)
{
	folder_remove(((struct scratch *)*state)->folder);
	return 0;
}

static void test_write_and_read(void **state)
{
	const struct scratch *scratch = *state;
	struct stat info;
	char text[8];

	assert_int_equal(file_write(scratch->path, 0600, NULL, STR("first")), 0);
	assert_int_equal(file_write(scratch->path, 0600, NULL, STR("second and longer")), 0);
	assert_int_equal(stat(scratch->path, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0600);
	assert_int_equal(file_read(scratch->path, text, sizeof(text)), 7);
	assert_string_equal(text, "second ");
	assert_int_equal(file_read("/nonexistent", text, sizeof(text)), -1);
}

static void test_environment(void **state)
{
	const struct scratch *scratch = *state;

	setenv("STOA_TEST_SET", "before", 1);
	assert_int_equal(file_write(scratch->path, 0600, NULL,
	                            STR("# comment='no'\nSTOA_TEST_A='a=b "
	                                "c'\nSTOA_TEST_B=plain\n\nnothing\nSTOA_TEST_SET='after'\n")),
	                 0);
	assert_int_equal(env_file_load(scratch->path, false), 0);
	assert_string_equal(getenv("STOA_TEST_A"), "a=b c");
	assert_string_equal(getenv("STOA_TEST_B"), "plain");
	assert_string_equal(getenv("STOA_TEST_SET"), "before");
	assert_int_equal(env_file_load(scratch->path, true), 0);
	assert_string_equal(getenv("STOA_TEST_SET"), "after");
}

static void test_folders(void **state)
{
	const struct scratch *scratch = *state;
	struct stat info;
	char path[64];

	snprintf(path, sizeof(path), "%s/made", scratch->folder);
	assert_int_equal(folder_make(path, 0711, NULL), 0);
	assert_int_equal(folder_make(path, 0700, NULL), 0);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0700);
	assert_int_equal(file_write(scratch->path, 0600, NULL, STR("x")), 0);
	assert_int_equal(folder_make(scratch->path, 0700, NULL), -1);
}

static void test_words(void **state)
{
	static const struct {
		const char *line;
		int count;
		const char *last;
	} rows[] = { { "", 0, NULL },
		     { "   ", 0, NULL },
		     { "one", 1, "one" },
		     { " one\ttwo  ", 2, "two" },
		     { "a b c d", 3, "c" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str words[3];

		assert_int_equal(line_words(str_from(rows[i].line), words, 3), rows[i].count);
		if (rows[i].count)
			assert_true(str_eq(words[rows[i].count - 1], str_from(rows[i].last)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_write_and_read, make_scratch, drop_scratch),
		cmocka_unit_test_setup_teardown(test_environment, make_scratch, drop_scratch),
		cmocka_unit_test(test_words),
		cmocka_unit_test_setup_teardown(test_folders, make_scratch, drop_scratch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
