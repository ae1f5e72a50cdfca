/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/mail/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"

enum { NAME_MAX_LEN = 200 };

static int write_all(int fd, struct str text)
{
	while (text.len) {
		ssize_t written = write(fd, text.ptr, text.len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		text = str_slice(text, (size_t)written, text.len);
	}
	return fsync(fd) < 0 ? -errno : 0;
}

int spool_write(const char *folder, const char *name, struct str text)
{
	char aside[NAME_MAX_LEN + 32]; /* no other writer uses it: two writers of one message do not share a file */

	snprintf(aside, sizeof(aside), ".%.*s.%016llx", NAME_MAX_LEN, name, (unsigned long long)random_u64());
	if (mkdir(folder, 0700) < 0 && errno != EEXIST)
		return -errno;
	int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (directory < 0)
		return -errno;
	int fd = openat(directory, aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	int result = fd < 0 ? -errno : write_all(fd, text);

	if (fd >= 0 && close(fd) < 0 && !result)
		result = -errno;
	if (!result && (renameat(directory, aside, directory, name) < 0 || fsync(directory) < 0))
		result = -errno;
	if (result)
		unlinkat(directory, aside, 0);
	close(directory);
	return result;
}
