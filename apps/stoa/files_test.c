/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"

struct place {
	char folder[32], path[64];
};

static int make_place(void **state)
{
	static struct place place;

	snprintf(place.folder, sizeof(place.folder), "/tmp/stoa-files-XXXXXX");
	if (!mkdtemp(place.folder))
		return -1;
	snprintf(place.path, sizeof(place.path), "%s/file", place.folder);
	*state = &place;
	return 0;
}

static int drop_place(void **state)
{
	folder_remove(((struct place *)*state)->folder);
	return 0;
}

static void test_write_and_read(void **state)
{
	const struct place *place = *state;
	struct stat info;
	char text[8];

	assert_int_equal(file_write(place->path, 0600, NULL, STR("first")), 0);
	assert_int_equal(file_write(place->path, 0600, NULL, STR("second and longer")), 0);
	assert_int_equal(stat(place->path, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0600);
	assert_int_equal(file_read(place->path, text, sizeof(text)), 7);
	assert_string_equal(text, "second ");
	assert_int_equal(file_read("/nonexistent", text, sizeof(text)), -1);
}

static void test_environment(void **state)
{
	const struct place *place = *state;

	setenv("STOA_TEST_SET", "before", 1);
	assert_int_equal(file_write(place->path, 0600, NULL,
	                            STR("# comment='no'\nSTOA_TEST_A='a=b "
	                                "c'\nSTOA_TEST_B=plain\n\nnothing\nSTOA_TEST_SET='after'\n")),
	                 0);
	assert_int_equal(env_file_load(place->path, false), 0);
	assert_string_equal(getenv("STOA_TEST_A"), "a=b c");
	assert_string_equal(getenv("STOA_TEST_B"), "plain");
	assert_string_equal(getenv("STOA_TEST_SET"), "before");
	assert_int_equal(env_file_load(place->path, true), 0);
	assert_string_equal(getenv("STOA_TEST_SET"), "after");
}

static void test_folders(void **state)
{
	const struct place *place = *state;
	struct stat info;
	char path[64];

	snprintf(path, sizeof(path), "%s/made", place->folder);
	assert_int_equal(folder_make(path, 0711, NULL), 0);
	assert_int_equal(folder_make(path, 0700, NULL), 0);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0700);
	assert_int_equal(file_write(place->path, 0600, NULL, STR("x")), 0);
	assert_int_equal(folder_make(place->path, 0700, NULL), -1);
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
		cmocka_unit_test_setup_teardown(test_write_and_read, make_place, drop_place),
		cmocka_unit_test_setup_teardown(test_environment, make_place, drop_place),
		cmocka_unit_test(test_words),
		cmocka_unit_test_setup_teardown(test_folders, make_place, drop_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
