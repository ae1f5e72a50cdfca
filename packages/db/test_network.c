/* SPDX-License-Identifier: Apache-2.0 */
#include "db/test_network.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define SILENT "127.0.0.1" /* getaddrinfo(3) gives it first: it is the source address for both */
#define ALIVE  "127.0.0.2"

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return done;
}

/* Who may not make namespaces as they are makes a user namespace first, in which they stay who they are. */
static bool unshare_all(void)
{
	char map[2][64];

	if (unshare(CLONE_NEWNS | CLONE_NEWNET) == 0)
		return true;
	snprintf(map[0], sizeof(map[0]), "%u %u 1", getuid(), getuid());
	snprintf(map[1], sizeof(map[1]), "%u %u 1", getgid(), getgid());
	return unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) == 0 && write_file("/proc/self/uid_map", map[0]) &&
	       write_file("/proc/self/setgroups", "deny") && write_file("/proc/self/gid_map", map[1]);
}

static bool make_hosts(void)
{
	char path[] = "/tmp/stoa-hosts-XXXXXX";
	int fd = mkstemp(path);
	bool made = fd >= 0 && write_file(path, SILENT " " NETWORK_NAME "\n" ALIVE " " NETWORK_NAME "\n") &&
	            fchmod(fd, 0644) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	            mount(path, "/etc/hosts", NULL, MS_BIND, NULL) == 0;

	if (fd >= 0)
		close(fd);
	unlink(path);
	return made;
}

static bool start_loopback(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool up = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0;

	if (fd >= 0)
		close(fd);
	return up;
}

/* The kernel drops what comes when nobody accepts: to the client it is a network that loses everything. */
static bool silence_first(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	inet_pton(AF_INET, SILENT, &address.sin_addr);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 0))
		return false;
	for (int i = 0; i < 3; i++)
		(void)!connect(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), (struct sockaddr *)&address,
		               sizeof(address));
	return true;
}

bool network_begin(int port)
{
	if (unshare_all() && make_hosts() && start_loopback() && silence_first(port))
		return setenv("STORES_LISTEN", ALIVE, 1) == 0;
	perror("no network of its own");
	return false;
}
