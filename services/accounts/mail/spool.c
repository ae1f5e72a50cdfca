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

/* Under a name that no other writer uses: two writers of one message do not share a file. */
static int write_aside(int folder, const char *aside, struct str text)
{
	int fd = openat(folder, aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return -errno;
	int result = write_all(fd, text);

	if (close(fd) < 0 && !result)
		result = -errno;
	return result;
}

static int write_into(int folder, const char *name, struct str text)
{
	char aside[NAME_MAX_LEN + 32];

	snprintf(aside, sizeof(aside), ".%.*s.%016llx", NAME_MAX_LEN, name, (unsigned long long)random_u64());
	int result = write_aside(folder, aside, text);

	if (!result && renameat(folder, aside, folder, name) < 0)
		result = -errno;
	if (!result && fsync(folder) < 0)
		result = -errno;
	if (result)
		unlinkat(folder, aside, 0);
	return result;
}

int spool_write(const char *folder, const char *name, struct str text)
{
	if (mkdir(folder, 0700) < 0 && errno != EEXIST)
		return -errno;
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	int result = write_into(fd, name, text);

	close(fd);
	return result;
}
