/* SPDX-License-Identifier: Apache-2.0 */
#include "http/socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int resolve(const char *host, int port, struct addrinfo **ret)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
	};
	char service[8];
	int error;

	if (port < 0 || port > 65535)
		return -EINVAL;
	snprintf(service, sizeof(service), "%d", port);
	error = getaddrinfo(host, service, &hints, ret);
	return !error ? 0 : error == EAI_SYSTEM ? -errno : -EADDRNOTAVAIL;
}

static int set_options(int fd, bool reuse_port)
{
	const int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
		return -errno;
	if (reuse_port && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)))
		return -errno;
	return 0;
}

static int bind_to(const struct addrinfo *address, bool reuse_port)
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error;

	if (fd < 0)
		return -errno;
	error = set_options(fd, reuse_port);
	if (!error && bind(fd, address->ai_addr, address->ai_addrlen))
		error = -errno;
	if (!error)
		return fd;
	close(fd);
	return error;
}

int socket_bind_tcp(const char *host, int port, bool reuse_port)
{
	struct addrinfo *found;
	int result = resolve(host, port, &found);

	if (result)
		return result;
	result = bind_to(found, reuse_port);
	freeaddrinfo(found);
	return result;
}

static int unix_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

static bool answers(const struct sockaddr_un *address)
{
	int fd = unix_socket();
	int result;

	if (fd < 0)
		return true;
	result = connect(fd, (const struct sockaddr *)address, sizeof(*address));
	close(fd);
	return !result;
}

int socket_bind_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;
	int error;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	fd = unix_socket();
	if (fd < 0)
		return fd;
	if (!bind(fd, (const struct sockaddr *)&address, sizeof(address)))
		return fd;
	error = -errno;
	if (error == -EADDRINUSE && !answers(&address) && !unlink(path)) {
		if (!bind(fd, (const struct sockaddr *)&address, sizeof(address)))
			return fd;
		error = -errno;
	}
	close(fd);
	return error;
}

int socket_port(int fd)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &size))
		return 0;
	if (address.ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)&address)->sin6_port);
	return address.ss_family == AF_INET ? ntohs(((const struct sockaddr_in *)&address)->sin_port) : 0;
}
