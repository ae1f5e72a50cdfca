/* SPDX-License-Identifier: Apache-2.0 */
/* Event streams against a real server that tells a handful and then waits to be told what to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "http/conn.h"
#include "http/sse.h"
#include "http/test_server.h"

static struct test_server server;
static sem_t closed, accepted;
static struct sse *streams[8];
static size_t stream_count;

static void on_close(struct sse *sse, void *arg)
{
	sem_post(&closed);
}

static void sleep_long(void *arg)
{
	task_sleep_us(3600 * US_PER_S);
}

static void handle(struct http_exchange *exchange, void *arg)
{
	const struct http_header header = { STR("X-Kind"), STR("stream") };
	struct str query = http_request(exchange)->query;
	struct sse_options options = { .on_close = on_close, .queue_max = 100000, .retry_ms = 1500 };
	struct sse *sse;

	if (str_eq(query, STR("short")))
		options.ends_us = loop_now_us(task_loop()) + 20 * US_PER_MS;
	sse = sse_start(exchange, &header, 1, &options);
	if (!sse)
		return;
	streams[stream_count++] = sse;
	sse_send(sse, STR("1"), STR("first"), STR("{}"));
	sse_send(sse, STR_NULL, STR("in\njected"), STR("two\nlines\r\nor\rmore"));
	if (str_eq(query, STR("fail")))
		fail("after the beginning");
	if (str_eq(query, STR("close")))
		sse_close(sse);
	if (str_eq(query, STR("leave"))) {
		sem_post(&accepted);
		assert_int_equal(task_attempt(sleep_long, NULL).kind, FAILURE_CANCELLED);
		sse_send(sse, STR("9"), STR_NULL, STR("to nobody"));
		sse_close(sse);
	}
}

#define TOLD \
	"retry: 1500\n\n" \
	"id: 1\nevent: first\ndata: {}\n\n" \
	"event: in\ndata: two\ndata: lines\ndata: or\ndata: more\n\n"

static void expect_head(int fd)
{
	const char *answer = test_answer(fd, true);

	assert_memory_equal(answer, "HTTP/1.1 200 OK\r\n", 17);
	assert_non_null(strstr(answer, "\r\nX-Kind: stream\r\n"));
}

static int ask(const char *request)
{
	int fd;

	CHECK(!sem_init(&closed, 0, 0) && !sem_init(&accepted, 0, 0));
	stream_count = 0;
	test_server_start(&server, &(struct http_server_options){ .handler = handle });
	fd = test_connect(&server);
	test_say(fd, request);
	return fd;
}

static void leave(int fd)
{
	close(fd);
	test_server_stop(&server);
}

/* Chunks until `len` bytes of body are here. */
static void expect_chunks(int fd, const char *wanted)
{
	size_t len = strlen(wanted), got = 0;
	char body[4096];

	while (got < len) {
		char line[9] = "";
		size_t size;

		test_read_exactly(fd, line, 8);
		assert_memory_equal(line + 6, "\r\n", 2);
		size = strtoul(line, NULL, 16);
		assert_in_range(size, 1, sizeof(body) - got - 2);
		test_read_exactly(fd, body + got, size + 2);
		assert_memory_equal(body + got + size, "\r\n", 2);
		got += size;
	}
	assert_int_equal(got, len);
	assert_memory_equal(body, wanted, len);
}

static void expect_end(int fd, const char *rest)
{
	size_t len;
	const char *all = test_read_all(fd, &len);

	assert_string_equal(all, rest);
}

static void send_more(struct test_server *test, void *arg)
{
	sse_send(streams[0], STR("2"), STR("later"), STR("x"));
}

static void close_it(struct test_server *test, void *arg)
{
	sse_close(streams[0]);
	sse_send(streams[0], STR("3"), STR_NULL, STR("after the end"));
	assert_true(sse_is_ready(streams[0]));
}

static void test_stream(void **state)
{
	int fd = ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	const char *answer = test_answer(fd, true);

	assert_memory_equal(answer, "HTTP/1.1 200 OK\r\n", 17);
	assert_non_null(strstr(answer, "\r\nTransfer-Encoding: chunked\r\n"));
	assert_non_null(strstr(answer, "\r\nConnection: close\r\n"));
	expect_chunks(fd, TOLD);
	assert_int_equal(test_server_counts(&server).streams, 1);
	test_server_call(&server, send_more, NULL);
	expect_chunks(fd, "id: 2\nevent: later\ndata: x\n\n");
	test_server_call(&server, close_it, NULL);
	expect_end(fd, "0\r\n\r\n");
	close(fd);
	sem_wait(&closed);
	assert_int_equal(test_server_counts(&server).streams, 0);
	test_server_stop(&server);
}

/* The end of the connection is the end of the stream: there are no chunks. */
static void test_http10(void **state)
{
	int fd = ask("GET /?close HTTP/1.0\r\n\r\n");
	const char *answer = test_answer(fd, true);

	assert_memory_equal(answer, "HTTP/1.1 200 OK\r\n", 17);
	assert_null(strstr(answer, "Transfer-Encoding"));
	assert_null(strstr(answer, "Content-Length"));
	expect_end(fd, TOLD);
	leave(fd);
}

/* Nothing but the head, and the connection goes on. */
static void test_head(void **state)
{
	int fd = ask("HEAD / HTTP/1.1\r\nHost: x\r\n\r\nHEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

	for (int i = 0; i < 2; i++)
		expect_head(fd);
	expect_end(fd, "");
	assert_int_equal(stream_count, 0);
	leave(fd);
}

static void test_handler_ends_it(void **state)
{
	int fd = ask("GET /?close HTTP/1.1\r\nHost: x\r\n\r\n");

	expect_head(fd);
	expect_chunks(fd, TOLD);
	expect_end(fd, "0\r\n\r\n");
	leave(fd);
}

/* Without the last chunk, so that the client sees that something broke. */
static void test_handler_fails(void **state)
{
	int fd = ask("GET /?fail HTTP/1.1\r\nHost: x\r\n\r\n");

	expect_head(fd);
	expect_chunks(fd, TOLD);
	expect_end(fd, "");
	leave(fd);
}

static void test_ends_with_its_time(void **state)
{
	int fd = ask("GET /?short HTTP/1.1\r\nHost: x\r\n\r\n");

	expect_head(fd);
	expect_chunks(fd, TOLD);
	expect_end(fd, "0\r\n\r\n");
	leave(fd);
}

static void test_client_leaves_while_the_handler_runs(void **state)
{
	int fd = ask("GET /?leave HTTP/1.1\r\nHost: x\r\n\r\n");

	sem_wait(&accepted);
	close(fd);
	sem_wait(&closed);
	test_server_stop(&server);
}

static void test_client_leaves(void **state)
{
	int fd = ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");

	expect_head(fd);
	expect_chunks(fd, TOLD);
	close(fd);
	sem_wait(&closed);
	assert_int_equal(test_server_counts(&server).streams, 0);
	test_server_stop(&server);
}

/* What comes behind the request is dropped, and is too much at some time. */
static void test_client_talks(void **state)
{
	char bytes[70000];
	int fd = ask("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /again HTTP/1.1\r\nHost: x\r\n\r\n");

	memset(bytes, 'x', sizeof(bytes));
	expect_head(fd);
	expect_chunks(fd, TOLD);
	test_send(fd, "more", 4);
	test_server_call(&server, send_more, NULL);
	expect_chunks(fd, "id: 2\nevent: later\ndata: x\n\n");
	assert_int_equal(stream_count, 1);
	test_send(fd, bytes, sizeof(bytes));
	sem_wait(&closed);
	leave(fd);
}

static void be_quiet(struct test_server *test, void *arg)
{
	struct list *conns = &test->server->phases[CONN_STREAM].conns;

	assert_false(list_is_empty(conns));
	sse_on_quiet(CONTAINER_OF(conns->next, struct http_conn, node));
}

static void test_heartbeat(void **state)
{
	int fd = ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");

	expect_head(fd);
	expect_chunks(fd, TOLD);
	for (int i = 0; i < 3; i++) {
		test_server_call(&server, be_quiet, NULL);
		expect_chunks(fd, ":\n\n");
	}
	leave(fd);
}

static void flood(struct test_server *test, void *arg)
{
	static char bytes[10000];
	int *ready = arg;

	memset(bytes, 'f', sizeof(bytes));
	for (int i = 0; i < 1000; i++) {
		*ready += sse_is_ready(streams[0]);
		sse_send(streams[0], STR("2"), STR_NULL, (struct str){ bytes, sizeof(bytes) });
	}
}

/* More than its queue in one turn: dropped. */
static void test_slow_reader(void **state)
{
	int ready = 0;
	int fd = ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	size_t len;
	const char *all;

	expect_head(fd);
	expect_chunks(fd, TOLD);
	test_server_call(&server, flood, &ready);
	/* Three before a quarter of the queue waited, and all after it was closed. */
	assert_int_equal(ready, 3 + 1000 - 10);
	all = test_read_all(fd, &len);
	assert_in_range(len, 100000, 111000);
	assert_string_equal(all + len - 5, "0\r\n\r\n");
	leave(fd);
}

static void on_drained(void *arg)
{
	http_server_free(((struct test_server *)arg)->server);
}

static void drain(struct test_server *test, void *arg)
{
	http_server_drain(test->server, on_drained, test);
}

static void test_drain(void **state)
{
	int fd = ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");

	expect_head(fd);
	expect_chunks(fd, TOLD);
	test_server_call(&server, drain, NULL);
	expect_end(fd, "0\r\n\r\n");
	close(fd);
	test_server_join(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_http10),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_handler_ends_it),
		cmocka_unit_test(test_handler_fails),
		cmocka_unit_test(test_ends_with_its_time),
		cmocka_unit_test(test_client_leaves_while_the_handler_runs),
		cmocka_unit_test(test_client_leaves),
		cmocka_unit_test(test_client_talks),
		cmocka_unit_test(test_heartbeat),
		cmocka_unit_test(test_slow_reader),
		cmocka_unit_test(test_drain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
