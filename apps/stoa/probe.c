/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATIENCE_S = 2, ANSWER_MAX = 16 * 1024 };

static int open_socket(int family)
{
	struct timeval patience = { .tv_sec = PATIENCE_S };
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	}
	return fd;
}

/* Sends it all and reads up to the end; how many bytes came, -1 when the connection failed. */
static ssize_t exchange(int fd, const char *text, char *out, size_t size, size_t enough)
{
	size_t used = 0;
	ssize_t got;

	if (send(fd, text, strlen(text), MSG_NOSIGNAL) != (ssize_t)strlen(text))
		return -1;
	while (used < enough && used < size - 1 && (got = recv(fd, out + used, size - 1 - used, 0)) > 0)
		used += (size_t)got;
	out[used] = '\0';
	return (ssize_t)used;
}

int probe_http(int port, const char *path, char *body, size_t size)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		                       .sin_port = htons((uint16_t)port),
		                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	char request[256], answer[ANSWER_MAX];
	int fd = open_socket(AF_INET), status = -1;

	body[0] = '\0';
	snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n", path,
	         port);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    exchange(fd, request, answer, sizeof(answer), sizeof(answer)) > 0 &&
	    sscanf(answer, "HTTP/1.1 %3d", &status) == 1) {
		const char *blank = strstr(answer, "\r\n\r\n");

		snprintf(body, size, "%s", blank ? blank + 4 : "");
	}
	if (fd >= 0)
		close(fd);
	return status;
}

bool probe_redis(const char *socket_path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char answer[32];
	int fd = open_socket(AF_UNIX);
	bool yes;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
	yes = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	      exchange(fd, "PING\r\n", answer, sizeof(answer), 7) == 7 && strcmp(answer, "+PONG\r\n") == 0;
	if (fd >= 0)
		close(fd);
	return yes;
}
