/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A load client for WebSockets: opens one for each line "PATH TOKEN" of standard input, from as many addresses of
 * 127.0.0.0/8 as it takes, so many handshakes at a time, and keeps them open until its input says "end".
 *
 *     sockets PORT [HANDSHAKES]
 *
 * Says "open N MICROSECONDS" when all have had their first message (an empty line of the input ends the list of them),
 * and for each later one "event LINE MICROSECONDS" by the monotonic clock; "closed LINE CODE" when one is closed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_ = 2048, BUF_SIZE = 64 * 1024, PORTS_PER_ADDRESS = 10000, CLIENTS_MAX = 200000 };
enum { OP_TEXT = 1, OP_CLOSE = 8, OP_PING = 9 };

struct client {
	int fd;
	bool open;    /* the handshake is through */
	bool greeted; /* and the first message here */
	size_t len;   /* of what is kept of a frame that is not whole */
	char *kept;
};

static struct client *clients;
static size_t count, opened, greeted, closed;
static int poller, port;

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static void die(const char *what)
{
	fprintf(stderr, "sockets: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void begin(size_t index, const char *line)
{
	struct sockaddr_in from = { .sin_family = AF_INET }, to = { .sin_family = AF_INET };
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = index };
	char path[LINE_MAX_], token[LINE_MAX_], request[2 * LINE_MAX_ + 512];
	const int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), len;

	if (sscanf(line, "%2047s %2047s", path, token) != 2 || fd < 0)
		die("begin");
	from.sin_addr.s_addr = htonl((uint32_t)(0x7f000100 + index / PORTS_PER_ADDRESS));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons((uint16_t)port);
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) || connect(fd, (struct sockaddr *)&to, sizeof(to)))
		die("connect");
	len = snprintf(request, sizeof(request),
	               "GET %s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	               "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	               "Authorization: Bearer %s\r\n\r\n",
	               path, token);
	if (send(fd, request, (size_t)len, 0) != len)
		die("send");
	clients[index].fd = fd;
	if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event))
		die("epoll");
}

static void on_frame(size_t index, int opcode, const unsigned char *payload, size_t len)
{
	struct client *client = &clients[index];
	static const char pong[] = "\x8a\x80\0\0\0";

	if (opcode == OP_PING) {
		if (send(client->fd, pong, 6, 0) != 6)
			die("pong");
	} else if (opcode == OP_CLOSE) {
		printf("closed %zu %d\n", index, len >= 2 ? payload[0] << 8 | payload[1] : 0);
	} else if (opcode == OP_TEXT && !client->greeted) {
		client->greeted = true;
		greeted++;
	} else if (opcode == OP_TEXT) {
		printf("event %zu %lld\n", index, (long long)now_us());
	}
}

/* How much of it was whole frames. */
static size_t read_frames(size_t index, const unsigned char *bytes, size_t len)
{
	size_t at = 0;

	for (;;) {
		size_t head = 2, size;

		if (len - at < head)
			return at;
		size = bytes[at + 1] & 127;
		if (size == 126) {
			head = 4;
			if (len - at < head)
				return at;
			size = (size_t)bytes[at + 2] << 8 | bytes[at + 3];
		} else if (size == 127) {
			head = 10;
			if (len - at < head)
				return at;
			size = 0;
			for (int i = 2; i < 10; i++)
				size = size << 8 | bytes[at + (size_t)i];
		}
		if (len - at < head + size)
			return at;
		on_frame(index, bytes[at] & 15, bytes + at + head, size);
		at += head + size;
	}
}

static size_t read_bytes(size_t index, const char *bytes, size_t len)
{
	struct client *client = &clients[index];
	const char *end;
	size_t head = 0;

	if (!client->open) {
		end = memmem(bytes, len, "\r\n\r\n", 4);
		if (!end)
			return 0;
		if (memcmp(bytes, "HTTP/1.1 101 ", 13) != 0) {
			fprintf(stderr, "sockets: refused: %.*s\n", (int)len, bytes);
			exit(1);
		}
		client->open = true;
		opened++;
		head = (size_t)(end - bytes) + 4;
	}
	return head + read_frames(index, (const unsigned char *)bytes + head, len - head);
}

static void on_readable(size_t index)
{
	static char bytes[BUF_SIZE];
	struct client *client = &clients[index];
	ssize_t got;
	size_t used, len;

	if (client->len)
		memcpy(bytes, client->kept, client->len);
	got = recv(client->fd, bytes + client->len, sizeof(bytes) - client->len, MSG_DONTWAIT);
	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0) {
		close(client->fd);
		closed++;
		return;
	}
	len = client->len + (size_t)got;
	used = read_bytes(index, bytes, len);
	client->len = len - used;
	free(client->kept);
	client->kept = client->len ? malloc(client->len) : NULL;
	if (client->kept)
		memcpy(client->kept, bytes + used, client->len);
}

static void poll_once(int timeout_ms)
{
	struct epoll_event events[256];
	int ready = epoll_wait(poller, events, 256, timeout_ms);

	for (int i = 0; i < ready; i++)
		if (events[i].data.u64 != UINT64_MAX)
			on_readable(events[i].data.u64);
	fflush(stdout);
}

static void open_all(size_t handshakes)
{
	int64_t began = now_us();
	char line[2 * LINE_MAX_];

	clients = calloc(CLIENTS_MAX, sizeof(*clients));
	while (fgets(line, sizeof(line), stdin) && *line != '\n') {
		if (!clients || count == CLIENTS_MAX)
			die("no room");
		begin(count, line);
		count++;
		while (count - greeted - closed >= handshakes)
			poll_once(1000);
	}
	while (greeted + closed < count)
		poll_once(1000);
	printf("open %zu %lld\n", greeted, (long long)(now_us() - began));
	fflush(stdout);
}

/* Until the input has another line or its end. */
static bool is_over(void)
{
	fd_set in;
	struct timeval at_once = { 0 };

	FD_ZERO(&in);
	FD_SET(STDIN_FILENO, &in);
	return select(1, &in, NULL, NULL, &at_once) > 0;
}

int main(int argc, char **argv)
{
	struct rlimit limit;

	if (argc < 2)
		return 2;
	port = (int)strtol(argv[1], NULL, 10);
	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	poller = epoll_create1(EPOLL_CLOEXEC);
	open_all(argc > 2 ? (size_t)strtol(argv[2], NULL, 10) : 100);
	while (!is_over())
		poll_once(50);
	return 0;
}
