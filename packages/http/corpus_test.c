/* SPDX-License-Identifier: Apache-2.0 */
/* Replays the fuzzer's corpus, given as a folder, through its target. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/check.h"
#include "http/http_fuzz.h"

static void replay(int folder, const char *name)
{
	static uint8_t bytes[64 * 1024];
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	CHECK(fd >= 0);
	len = read(fd, bytes, sizeof(bytes));
	CHECK(len >= 0);
	close(fd);
	LLVMFuzzerTestOneInput(bytes, (size_t)len);
}

int main(int argc, char **argv)
{
	DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
	struct dirent *entry;
	int count = 0;

	CHECK(folder);
	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		replay(dirfd(folder), entry->d_name);
		count++;
	}
	closedir(folder);
	printf("%d inputs\n", count);
	CHECK(count > 0);
	return 0;
}
