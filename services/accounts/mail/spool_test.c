/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "accounts/mail/spool.h"

static char folder[] = "/tmp/stoa-spool-XXXXXX";
static char spool[64];

static int entries(void)
{
	DIR *directory = opendir(spool);
	int count = 0;

	assert_non_null(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count - 2;
}

static void expect_file(const char *name, const char *text)
{
	char path[128], found[64] = "";
	struct stat info;

	snprintf(path, sizeof(path), "%s/%s", spool, name);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	FILE *file = fopen(path, "re");

	assert_non_null(file);
	assert_true(fread(found, 1, sizeof(found) - 1, file) == strlen(text));
	fclose(file);
	assert_string_equal(found, text);
}

static void test_twice_is_once_and_nothing_is_left_aside(void **state)
{
	assert_int_equal(spool_write(spool, "a.eml", STR("first")), 0);
	assert_int_equal(spool_write(spool, "a.eml", STR("first")), 0);
	assert_int_equal(spool_write(spool, "b.eml", STR("second")), 0);
	expect_file("a.eml", "first");
	expect_file("b.eml", "second");
	assert_int_equal(entries(), 2);
}

static void test_what_cannot_be_written_says_why(void **state)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/missing/mail", folder);
	assert_int_equal(spool_write(path, "a.eml", STR("x")), -ENOENT);
	snprintf(path, sizeof(path), "%s/a.eml", spool);
	assert_int_equal(spool_write(path, "a.eml", STR("x")), -ENOTDIR);
	assert_int_equal(spool_write(spool, "no/such/name", STR("x")), -ENOENT);
	assert_int_equal(entries(), 2);
}

static int start(void **state)
{
	if (!mkdtemp(folder))
		return -1;
	snprintf(spool, sizeof(spool), "%s/mail", folder);
	return 0;
}

static int stop(void **state)
{
	static const char *const names[] = { "/mail/a.eml", "/mail/b.eml", "/mail", "" };

	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		char path[128];

		snprintf(path, sizeof(path), "%s%s", folder, names[i]);
		if (remove(path))
			return -1;
	}
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_twice_is_once_and_nothing_is_left_aside),
		cmocka_unit_test(test_what_cannot_be_written_says_why),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
