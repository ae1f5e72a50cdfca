/* SPDX-License-Identifier: Apache-2.0 */
#include "ports.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "apps/stoa/files.h"
#include "base/str.h"

/* Columns of /proc/net/tcp (proc(5)), and the state of a listener in it. */
enum { COLUMN_LOCAL = 1, COLUMN_STATE = 3, COLUMN_INODE = 9, COLUMN_COUNT };
#define TCP_LISTENING STR("0A")

bool port_is_busy(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		                       .sin_port = htons((uint16_t)port),
		                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
	bool busy;

	if (fd < 0)
		return false;
	/* A connection in TIME_WAIT does not count. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	busy = bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 && errno == EADDRINUSE;
	close(fd);
	return busy;
}

/* The inode of the listening socket in /proc/net/tcp or tcp6; 0 when none listens. */
static int64_t find_inode(const char *table, int port)
{
	struct str words[COLUMN_COUNT];
	FILE *file = fopen(table, "re");
	char line[512], suffix[8];
	int64_t inode = 0;

	if (!file)
		return 0;
	snprintf(suffix, sizeof(suffix), ":%04X", (unsigned)port & 0xffff);
	while (!inode && fgets(line, sizeof(line), file)) {
		if (line_words(str_from(line), words, COLUMN_COUNT) < COLUMN_COUNT ||
		    !str_eq(words[COLUMN_STATE], TCP_LISTENING) || !str_ends(words[COLUMN_LOCAL], str_from(suffix)) ||
		    str_to_i64(words[COLUMN_INODE], &inode) < 0)
			inode = 0;
	}
	fclose(file);
	return inode;
}

static bool holds_inode(const char *pid, int64_t inode)
{
	char folder[300], path[600], wanted[64], target[64];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(wanted, sizeof(wanted), "socket:[%" PRId64 "]", inode);
	snprintf(folder, sizeof(folder), "/proc/%s/fd", pid);
	dir = opendir(folder);
	while (dir && !found && (entry = readdir(dir))) {
		ssize_t got;

		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		got = readlink(path, target, sizeof(target) - 1);
		if (got > 0) {
			target[got] = '\0';
			found = strcmp(target, wanted) == 0;
		}
	}
	if (dir)
		closedir(dir);
	return found;
}

pid_t port_owner(int port)
{
	int64_t inode = find_inode("/proc/net/tcp", port);
	struct dirent *entry;
	int64_t pid, owner = 0;
	DIR *dir;

	if (!inode)
		inode = find_inode("/proc/net/tcp6", port);
	dir = inode ? opendir("/proc") : NULL;
	while (dir && !owner && (entry = readdir(dir)))
		if (str_to_i64(str_from(entry->d_name), &pid) == 0 && holds_inode(entry->d_name, inode))
			owner = pid;
	if (dir)
		closedir(dir);
	return (pid_t)owner;
}
