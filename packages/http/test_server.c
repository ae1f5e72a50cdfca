/* SPDX-License-Identifier: Apache-2.0 */
#include "http/test_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"

enum { ANSWER_MAX = 8 * 1024 * 1024 };

static char answer[ANSWER_MAX + 1];

static void *serve(void *arg)
{
	struct test_server *test = arg;

	test->loop = loop_new();
	CHECK(!http_server_start(test->loop, &test->options, &test->server));
	test->port = http_server_port(test->server);
	sem_post(&test->ready);
	loop_run(test->loop);
	loop_free(test->loop);
	return NULL;
}

void test_server_start(struct test_server *test, const struct http_server_options *options)
{
	memset(test, 0, sizeof(*test));
	test->options = *options;
	test->options.host = "127.0.0.1";
	CHECK(!sem_init(&test->ready, 0, 0));
	CHECK(!pthread_create(&test->thread, NULL, serve, test));
	sem_wait(&test->ready);
}

struct call {
	struct loop_post post;
	struct test_server *test;
	void (*fn)(struct test_server *test, void *arg);
	void *arg;
	sem_t done;
};

static void run_call(struct loop_post *post)
{
	struct call *call = CONTAINER_OF(post, struct call, post);

	call->fn(call->test, call->arg);
	sem_post(&call->done);
}

void test_server_call(struct test_server *test, void (*fn)(struct test_server *test, void *arg), void *arg)
{
	struct call call = { .post.run = run_call, .test = test, .fn = fn, .arg = arg };

	CHECK(!sem_init(&call.done, 0, 0));
	loop_post(test->loop, &call.post);
	sem_wait(&call.done);
	sem_destroy(&call.done);
}

static void read_counts(struct test_server *test, void *arg)
{
	*(struct http_counts *)arg = http_server_counts(test->server);
}

struct http_counts test_server_counts(struct test_server *test)
{
	struct http_counts counts;

	test_server_call(test, read_counts, &counts);
	return counts;
}

static void free_server(struct loop_post *post)
{
	struct call *call = CONTAINER_OF(post, struct call, post);

	http_server_free(call->test->server);
}

void test_server_join(struct test_server *test)
{
	pthread_join(test->thread, NULL);
	sem_destroy(&test->ready);
}

void test_server_stop(struct test_server *test)
{
	struct call call = { .post.run = free_server, .test = test };

	loop_post(test->loop, &call.post);
	test_server_join(test);
}

int test_connect(const struct test_server *test)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)test->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const struct timeval patience = { .tv_sec = 10 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	CHECK(!setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)));
	CHECK(!connect(fd, (const struct sockaddr *)&address, sizeof(address)));
	return fd;
}

/* The peer may have closed already: what it said before is what a test looks at. */
void test_send(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len) {
		ssize_t sent = send(fd, at, len, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		at += sent;
		len -= (size_t)sent;
	}
}

void test_say(int fd, const char *text)
{
	test_send(fd, text, strlen(text));
}

void test_read_exactly(int fd, void *out, size_t len)
{
	CHECK(!len || recv(fd, out, len, MSG_WAITALL) == (ssize_t)len);
}

const char *test_read_all(int fd, size_t *ret_len)
{
	size_t len = 0;
	ssize_t got;

	while ((got = recv(fd, answer + len, ANSWER_MAX - len, 0)) > 0)
		len += (size_t)got;
	CHECK(got == 0);
	answer[len] = '\0';
	*ret_len = len;
	return answer;
}

/* Byte by byte, so that nothing of the next answer is taken. 0 at the end of the stream. */
static size_t read_until(int fd, char *at, const char *end)
{
	size_t len = 0;
	size_t end_len = strlen(end);

	while (len < end_len || memcmp(at + len - end_len, end, end_len) != 0) {
		ssize_t got = recv(fd, at + len, 1, 0);

		if (got == 0 && len == 0)
			return 0;
		if (got < 0 && errno == ECONNRESET)
			return SIZE_MAX;
		CHECK(got == 1);
		len++;
	}
	return len;
}

static size_t read_chunks(int fd, char *at)
{
	size_t len = 0;

	for (;;) {
		char line[32];
		size_t line_len = read_until(fd, line, "\r\n");
		size_t size = strtoul(line, NULL, 16);

		CHECK(line_len && line_len != SIZE_MAX);
		test_read_exactly(fd, at + len, size + 2);
		if (!size)
			return len;
		len += size;
	}
}

const char *test_answer(int fd, bool head)
{
	size_t len = read_until(fd, answer, "\r\n\r\n");
	const char *header;

	if (len == SIZE_MAX)
		return "reset";
	answer[len] = '\0';
	if (!len || head)
		return answer;
	header = strstr(answer, "\r\nContent-Length: ");
	if (header) {
		size_t body = strtoul(header + sizeof("\r\nContent-Length: ") - 1, NULL, 10);

		test_read_exactly(fd, answer + len, body);
		len += body;
	} else if (strstr(answer, "\r\nTransfer-Encoding: chunked\r\n")) {
		len += read_chunks(fd, answer + len);
	}
	answer[len] = '\0';
	return answer;
}

const char *test_body(const char *text)
{
	const char *end = strstr(text, "\r\n\r\n");

	CHECK(end);
	return end + 4;
}
