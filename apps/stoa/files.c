/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ENV_FILE_MAX = 16 * 1024, TAIL_MAX = 8 * 1024, NAME_MAX_HERE = 1100 };

int path_print_error(const char *path, const char *what)
{
	fprintf(stderr, "stoa: %s: %s\n", path, what);
	return -1;
}

int folder_make(const char *path, mode_t mode, const struct passwd *owner)
{
	uid_t uid = owner ? owner->pw_uid : geteuid();
	struct stat info;

	if (mkdir(path, mode) && errno != EEXIST)
		return path_print_error(path, strerror(errno));
	if (lstat(path, &info))
		return path_print_error(path, strerror(errno));
	if (S_ISLNK(info.st_mode) && info.st_uid == geteuid() && stat(path, &info))
		return path_print_error(path, strerror(errno));
	if (!S_ISDIR(info.st_mode))
		return path_print_error(path, "is not a folder");
	if (info.st_uid != geteuid() && info.st_uid != uid)
		return path_print_error(path, "belongs to another user");
	if (owner && info.st_uid != uid && chown(path, uid, owner->pw_gid))
		return path_print_error(path, strerror(errno));
	return chmod(path, mode) ? path_print_error(path, strerror(errno)) : 0;
}

static int remove_entry(const char *path, const struct stat *info, int flag, struct FTW *ftw)
{
	(void)info, (void)flag, (void)ftw;
	return remove(path);
}

void folder_remove(const char *path)
{
	nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static bool write_all(int fd, struct str text)
{
	while (text.len) {
		ssize_t sent = write(fd, text.ptr, text.len);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return false;
		text = str_slice(text, (size_t)sent, text.len);
	}
	return true;
}

int file_write(const char *path, mode_t mode, const struct passwd *owner, struct str text)
{
	char aside[NAME_MAX_HERE];
	int fd;

	snprintf(aside, sizeof(aside), "%s.new", path);
	unlink(aside);
	fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return path_print_error(aside, strerror(errno));
	bool ok = fchmod(fd, mode) == 0 && (!owner || fchown(fd, owner->pw_uid, owner->pw_gid) == 0) &&
	          write_all(fd, text) && fsync(fd) == 0;

	close(fd);
	return ok && rename(aside, path) == 0 ? 0 : path_print_error(path, strerror(errno));
}

ssize_t file_read(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t got = -1;

	if (fd < 0)
		return -1;
	while (used < size - 1 && (got = read(fd, out + used, size - 1 - used)) > 0)
		used += (size_t)got;
	close(fd);
	out[used] = '\0';
	return got < 0 ? -1 : (ssize_t)used;
}

int line_words(struct str line, struct str *words, int max)
{
	int count = 0;

	for (size_t at = 0; at < line.len && count < max;) {
		size_t end = at;

		while (end < line.len && line.ptr[end] != ' ' && line.ptr[end] != '\t')
			end++;
		if (end > at)
			words[count++] = str_slice(line, at, end);
		at = end + 1;
	}
	return count;
}

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

bool file_is_program(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && S_ISREG(info.st_mode) && access(path, X_OK) == 0;
}

void file_print_tail(const char *path, int lines)
{
	char text[TAIL_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct str rest;
	ssize_t got;
	off_t end;

	if (fd < 0)
		return;
	end = lseek(fd, 0, SEEK_END);
	lseek(fd, end > (off_t)sizeof(text) ? end - (off_t)sizeof(text) : 0, SEEK_SET);
	got = read(fd, text, sizeof(text));
	close(fd);
	if (got <= 0)
		return;
	size_t from = (size_t)got;

	while (from > 0 && (lines > 0 || text[from - 1] != '\n'))
		if (text[--from] == '\n' && from + 1 < (size_t)got)
			lines--;
	rest = str_trim((struct str){ text + from, (size_t)got - from });
	while (!str_is_null(rest)) {
		struct str line = str_cut(&rest, '\n');

		if (line.len)
			fprintf(stderr, "    %.*s\n", STR_ARG(line));
	}
}

static void load_env_line(char *line, bool overwrite)
{
	char *value = strchr(line, '=');
	size_t length;

	if (!value || line[0] == '#')
		return;
	*value++ = '\0';
	length = strlen(value);
	if (length >= 2 && value[0] == '\'' && value[length - 1] == '\'') {
		value[length - 1] = '\0';
		value++;
	}
	setenv(line, value, overwrite);
}

int env_file_load(const char *path, bool overwrite)
{
	char text[ENV_FILE_MAX];
	char *line = text;

	if (file_read(path, text, sizeof(text)) < 0)
		return -1;
	while (line) {
		char *end = strchr(line, '\n');

		if (end)
			*end++ = '\0';
		load_env_line(line, overwrite);
		line = end;
	}
	return 0;
}
