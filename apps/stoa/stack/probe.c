/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/str.h"

enum { TIMEOUT_S = 2, ANSWER_MAX = 16 * 1024 };

static int open_probe_socket(int family)
{
	struct timeval timeout = { .tv_sec = TIMEOUT_S };
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	}
	return fd;
}

/* Sends the text and reads until `enough` bytes or the end. Returns the bytes read, -1 when sending failed. */
static ssize_t send_and_receive(int fd, struct str text, char *out, size_t size, size_t enough)
{
	size_t used = 0;
	ssize_t got;

	if (send(fd, text.ptr, text.len, MSG_NOSIGNAL) != (ssize_t)text.len)
		return -1;
	while (used < enough && used < size - 1 && (got = recv(fd, out + used, size - 1 - used, 0)) > 0)
		used += (size_t)got;
	out[used] = '\0';
	return (ssize_t)used;
}

static int parse_status(const char *answer)
{
	struct str rest = str_from(answer), version = str_cut(&rest, ' ');
	int64_t status;

	if (!str_starts(version, STR("HTTP/1.")) || str_to_i64(str_cut(&rest, ' '), &status) < 0)
		return -1;
	return status >= 100 && status <= 599 ? (int)status : -1;
}

int probe_http(int port, const char *path, char *body, size_t size)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		                       .sin_port = htons((uint16_t)port),
		                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	char request[256], answer[ANSWER_MAX];
	int fd = open_probe_socket(AF_INET), status = -1;

	body[0] = '\0';
	snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n", path,
	         port);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    send_and_receive(fd, str_from(request), answer, sizeof(answer), sizeof(answer)) > 0 &&
	    (status = parse_status(answer)) > 0) {
		const char *blank = strstr(answer, "\r\n\r\n");

		snprintf(body, size, "%s", blank ? blank + 4 : "");
	}
	if (fd >= 0)
		close(fd);
	return status;
}

static int connect_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = open_probe_socket(AF_UNIX);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

bool probe_redis(const char *socket_path)
{
	char answer[32];
	int fd = connect_unix(socket_path);
	bool yes = fd >= 0 && send_and_receive(fd, STR("PING\r\n"), answer, sizeof(answer), 7) == 7 &&
	           strcmp(answer, "+PONG\r\n") == 0;

	if (fd >= 0)
		close(fd);
	return yes;
}

enum postgres_answer probe_postgres(const char *socket_path)
{
	/* Length, protocol 3.0, then names and values, each with its NUL, and one NUL more. */
	static const char hello[] = "\0\0\0\x25\0\3\0\0"
	                            "user\0stoa\0"
	                            "database\0postgres\0";
	static const char bye[] = "X\0\0\0\4";
	enum postgres_answer result = POSTGRES_SILENT;
	char answer[2];
	int fd = connect_unix(socket_path);

	if (fd >= 0 && send_and_receive(fd, (struct str){ hello, sizeof(hello) }, answer, sizeof(answer), 1) == 1)
		result = answer[0] == 'R' ? POSTGRES_READY : POSTGRES_BUSY;
	if (result == POSTGRES_READY && send(fd, bye, sizeof(bye) - 1, MSG_NOSIGNAL) < 0)
		result = POSTGRES_SILENT;
	if (fd >= 0)
		close(fd);
	return result;
}

/* The answer to a start-up message is AuthenticationOk, 9 bytes, then the session's first message or an error. */
bool probe_database_missing(const char *socket_path)
{
	static const char hello[] = "\0\0\0\x21\0\3\0\0"
	                            "user\0stoa\0"
	                            "database\0stoa\0";
	enum { OK_LENGTH = 9 };
	char answer[512];
	int fd = connect_unix(socket_path);
	bool missing = fd >= 0 &&
	               send_and_receive(fd, (struct str){ hello, sizeof(hello) }, answer, sizeof(answer),
	                                OK_LENGTH + 1) > OK_LENGTH &&
	               answer[0] == 'R' && answer[OK_LENGTH] == 'E';

	if (fd >= 0)
		close(fd);
	return missing;
}
