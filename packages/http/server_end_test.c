/* SPDX-License-Identifier: Apache-2.0 */
/* How connections end: refusals, time, clients that leave or do not read, drain. */
#include "http/test_handlers.h"

#include <arpa/inet.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"

/* The whole refusal arrives although the client goes on sending: the connection lingers. */
static void test_refusals_close(void **state)
{
	static const struct {
		const char *request;
		int status;
		const char *code;
	} rows[] = {
		{ "GET / HTTP/1.1\r\n\r\n", 400, "bad_request" },
		{ "POST / HTTP/1.1\r\n" H "Content-Length: 2000000\r\n\r\n", 413, "body_too_large" },
		{ "BREW / HTTP/1.1\r\n" H "\r\n", 501, "not_implemented" },
		{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "http_version_not_supported" },
		{ "POST / HTTP/1.1\r\n" H "Expect: more\r\nContent-Length: 1\r\n\r\n", 417, "expectation_failed" },
	};
	char more[8192];

	memset(more, 'm', sizeof(more));
	start(NULL);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		int fd = test_connect(&server);
		const char *answer;

		test_say(fd, rows[i].request);
		test_send(fd, more, sizeof(more));
		answer = test_answer(fd, false);
		assert_status(answer, rows[i].status);
		assert_non_null(strstr(answer, "\r\nConnection: close\r\n"));
		assert_non_null(strstr(answer, "\r\nContent-Type: application/problem+json\r\n"));
		assert_non_null(strstr(test_body(answer), rows[i].code));
		assert_string_equal(test_answer(fd, false), "");
		close(fd);
	}
	assert_int_equal(test_server_counts(&server).refused, ARRAY_COUNT(rows));
	assert_int_equal(test_server_counts(&server).requests, 0);
	test_server_stop(&server);
}

/* Answered at the head: what is missing of the body is dropped when it is short, else the connection ends. */
static void test_bodies_that_nobody_reads(void **state)
{
	static const struct {
		const char *request;
		bool kept;
	} rows[] = {
		{ "POST /refuse HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\n", true },
		{ "POST /refuse HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhe", true },
		{ "POST /refuse HTTP/1.1\r\n" H "Content-Length: 100000\r\n\r\n", false },
		{ "POST /refuse HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n", false },
		{ "POST /refuse HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n", false },
	};

	start(NULL);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		int fd = test_connect(&server);
		const char *answer;

		test_say(fd, rows[i].request);
		answer = test_answer(fd, false);
		assert_status(answer, 409);
		assert_true(!strstr(answer, "\r\nConnection: close\r\n") == rows[i].kept);
		if (rows[i].kept) {
			test_say(fd, &"hello"[strlen(strstr(rows[i].request, "\r\n\r\n") + 4)]);
			test_say(fd, GET("/after"));
			assert_string_equal(test_body(test_answer(fd, false)), "GET /after? ");
		} else {
			assert_string_equal(test_answer(fd, false), "");
		}
		close(fd);
	}
	test_server_stop(&server);
}

static void test_bodies_have_a_budget(void **state)
{
	struct http_budget budget = { .max = 250000 };
	const struct http_limits limits = { .bodies = &budget };
	const char *answer;
	char half[50000];
	int fd;

	memset(half, 'x', sizeof(half));
	start(&limits);
	int other = test_connect(&server);

	test_say(other, "POST /a HTTP/1.1\r\n" H "Content-Length: 100000\r\n\r\n");
	test_send(other, half, sizeof(half));
	while (atomic_load(&budget.used) < sizeof(half))
		sched_yield();
	fd = test_connect(&server);
	test_say(fd, "POST /a HTTP/1.1\r\n" H "Content-Length: 100000\r\n\r\n");
	test_send(fd, half, sizeof(half));
	answer = test_answer(fd, false);
	assert_status(answer, 503);
	assert_non_null(strstr(answer, "\r\nRetry-After: 1\r\n"));
	close(fd);
	fd = test_connect(&server);
	test_say(fd, "POST /small HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhello");
	assert_string_equal(test_body(test_answer(fd, false)), "POST /small? hello");
	close(other);
	while (atomic_load(&budget.used) > 0)
		sched_yield();
	close(fd);
	test_server_stop(&server);
}

static void test_close_when_asked(void **state)
{
	static const char *const requests[] = {
		"GET /a HTTP/1.1\r\n" H "Connection: close\r\n\r\n",
		"GET /a HTTP/1.0\r\n\r\n",
		"GET /stream HTTP/1.0\r\n\r\n",
		GET("/stream/fail"),
	};

	start(NULL);
	for (size_t i = 0; i < ARRAY_COUNT(requests); i++) {
		int fd = test_connect(&server);
		size_t len;
		const char *all;

		test_say(fd, requests[i]);
		all = test_read_all(fd, &len);
		assert_status(all, 200);
		assert_null(strstr(all, "0\r\n\r\n"));
		close(fd);
	}
	test_server_stop(&server);
}

static void test_slow_requests_end(void **state)
{
	const struct http_limits limits = { .header_timeout_us = 50 * US_PER_MS,
		                            .body_timeout_us = 50 * US_PER_MS,
		                            .idle_timeout_us = 50 * US_PER_MS };
	static const char *const requests[] = { "GET / HT", "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhel" };

	start(&limits);
	for (size_t i = 0; i < ARRAY_COUNT(requests); i++) {
		int fd = test_connect(&server);

		test_say(fd, requests[i]);
		assert_status(test_answer(fd, false), 408);
		assert_string_equal(test_answer(fd, false), "");
		close(fd);
	}
	int fd = test_connect(&server);

	assert_string_equal(test_answer(fd, false), "");
	close(fd);
	test_server_stop(&server);
}

/* With a small window, so that most of an answer waits on the server's side. */
static int connect_narrow(void)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
		                             .sin_port = htons((uint16_t)server.port),
		                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const struct timeval patience = { .tv_sec = 10 };
	const int window = 32 * 1024;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0 && !setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof(window)) &&
	            !setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) &&
	            !connect(fd, (const struct sockaddr *)&address, sizeof(address)));
	return fd;
}

/* The kernel keeps little of an answer as well: the server's end of this connection is a descriptor of this process. */
static void narrow_server_end(int fd)
{
	struct sockaddr_in ours = { 0 }, peer;
	socklen_t size = sizeof(ours);
	const int unsent = 32 * 1024;
	bool found = false;

	assert_false(getsockname(fd, (struct sockaddr *)&ours, &size));
	for (int waited = 0; !found && waited < 1000; waited++) {
		usleep(1000);
		for (int other = 3; !found && other < 256; other++) {
			size = sizeof(peer);
			found = !getpeername(other, (struct sockaddr *)&peer, &size) &&
			        peer.sin_port == ours.sin_port &&
			        !setsockopt(other, SOL_SOCKET, SO_SNDBUF, &unsent, sizeof(unsent));
		}
	}
	assert_true(found);
}

/* Takes an answer of 3 MiB in some 1.5 s, longer than either time-out; how much of it came. */
static size_t take_slowly(int fd)
{
	static char piece[16 * 1024];
	const size_t wanted = 3 * 1024 * 1024;
	size_t taken = 0;
	ssize_t got = 1;

	while (taken < wanted && got > 0) {
		usleep(8000);
		got = recv(fd, piece, sizeof(piece), 0);
		taken += got > 0 ? (size_t)got : 0;
	}
	return taken;
}

static void test_slow_takers_get_their_answer(void **state)
{
	const struct http_limits limits = { .idle_timeout_us = 400 * US_PER_MS };
	static const char *const requests[] = { GET("/big"), "GET /big HTTP/1.1\r\n" H "Connection: close\r\n\r\n" };

	start(&limits);
	for (size_t i = 0; i < ARRAY_COUNT(requests); i++) {
		int fd = connect_narrow();

		narrow_server_end(fd);
		test_say(fd, requests[i]);
		assert_true(take_slowly(fd) >= 3 * 1024 * 1024);
		close(fd);
	}
	test_server_stop(&server);
}

/* One that takes nothing is closed. */
static void test_idle_takers_end(void **state)
{
	const struct http_limits limits = { .idle_timeout_us = 50 * US_PER_MS };
	int fd;

	start(&limits);
	fd = connect_narrow();
	narrow_server_end(fd);
	test_say(fd, GET("/big"));
	for (int waited = 0; test_server_counts(&server).connections == 0 && waited < 500; waited++)
		usleep(10000);
	for (int waited = 0; test_server_counts(&server).connections && waited < 500; waited++)
		usleep(10000);
	assert_int_equal(test_server_counts(&server).connections, 0);
	close(fd);
	test_server_stop(&server);
}

static void test_late_handler(void **state)
{
	const struct http_limits limits = { .handler_timeout_us = 30 * US_PER_MS };
	const char *answer;
	int fd;

	start(&limits);
	fd = test_connect(&server);
	test_say(fd, GET("/wait") GET("/a"));
	answer = test_answer(fd, false);
	assert_status(answer, 503);
	assert_non_null(strstr(answer, "\"code\":\"deadline\""));
	assert_non_null(strstr(answer, "\r\nRetry-After: 1\r\n"));
	assert_string_equal(test_body(test_answer(fd, false)), "GET /a? ");
	close(fd);
	test_server_stop(&server);
}

static void test_leaving_cancels(void **state)
{
	int fd;

	start(NULL);
	fd = test_connect(&server);
	test_say(fd, GET("/wait"));
	sem_wait(&started);
	close(fd);
	sem_wait(&cancelled);
	assert_int_equal(test_server_counts(&server).disconnected_early, 1);
	test_server_stop(&server);
}

static void test_leaving_ends_a_stream(void **state)
{
	int fd;

	start(NULL);
	fd = test_connect(&server);
	test_say(fd, GET("/stream/ever"));
	sem_wait(&started);
	assert_status(test_answer(fd, true), 200);
	close(fd);
	sem_wait(&cancelled);
	test_server_stop(&server);
}

/* A client that has asked for everything may close its half; answers made by then still reach it. */
static void test_half_close(void **state)
{
	size_t len;
	int fd;

	start(NULL);
	fd = test_connect(&server);
	test_say(fd, GET("/big"));
	assert_status(test_answer(fd, true), 200);
	shutdown(fd, SHUT_WR);
	test_read_all(fd, &len);
	assert_int_equal(len, 3 * 1024 * 1024);
	close(fd);
	test_server_stop(&server);
}

/* One that asks and asks and never reads is held back, not fed into memory. */
static void test_client_that_does_not_read(void **state)
{
	enum { COUNT = 20 };
	int fd;

	start(NULL);
	fd = test_connect(&server);
	for (int i = 0; i < COUNT; i++)
		test_say(fd, GET("/big"));
	for (int i = 0; i < COUNT; i++) {
		const char *answer = test_answer(fd, false);

		assert_status(answer, 200);
		assert_int_equal(strlen(test_body(answer)), 3 * 1024 * 1024);
	}
	close(fd);
	test_server_stop(&server);
}

static void test_answer_past_the_write_limit(void **state)
{
	const struct http_limits limits = { .write_queue_max = 1024 * 1024 };
	int fd;

	start(&limits);
	fd = test_connect(&server);
	test_say(fd, GET("/big"));
	assert_string_equal(test_answer(fd, false), "");
	close(fd);
	test_server_stop(&server);
}

static void test_too_many_connections(void **state)
{
	const struct http_limits limits = { .connections_max = 2 };
	int fds[3];
	const char *answer;

	start(&limits);
	for (size_t i = 0; i < 2; i++) {
		fds[i] = test_connect(&server);
		test_say(fds[i], GET("/a"));
		assert_status(test_answer(fds[i], false), 200);
	}
	fds[2] = test_connect(&server);
	answer = test_answer(fds[2], false);
	assert_status(answer, 503);
	assert_non_null(strstr(answer, "\"code\":\"unavailable\""));
	for (size_t i = 0; i < 3; i++)
		close(fds[i]);
	test_server_stop(&server);
}

/* ---- Drain ------------------------------------------------------------------------------------ */

static void on_drained(void *arg)
{
	struct test_server *test = arg;

	assert_int_equal(http_server_counts(test->server).connections, 0);
	http_server_free(test->server);
}

static void drain(struct test_server *test, void *arg)
{
	http_server_drain(test->server, on_drained, test);
}

static void test_drain(void **state)
{
	int idle;
	int busy;
	const char *answer;

	start(NULL);
	idle = test_connect(&server);
	test_say(idle, GET("/a"));
	assert_status(test_answer(idle, false), 200);
	busy = test_connect(&server);
	test_say(busy, GET("/sleep"));
	sem_wait(&started);
	test_server_call(&server, drain, NULL);
	assert_string_equal(test_answer(idle, false), "");
	answer = test_answer(busy, false);
	assert_status(answer, 200);
	assert_non_null(strstr(answer, "\r\nConnection: close\r\n"));
	assert_string_equal(test_answer(busy, false), "");
	close(idle);
	close(busy);
	test_server_join(&server);
}

/* A connection that was just opened, or kept, has a request on its way: it is answered. */
static void test_drain_waits_for_requests_on_their_way(void **state)
{
	int kept;
	int fresh;
	const char *answer;

	start(NULL);
	kept = test_connect(&server);
	test_say(kept, GET("/a"));
	assert_status(test_answer(kept, false), 200);
	fresh = test_connect(&server);
	while (test_server_counts(&server).connections < 2)
		sched_yield();
	test_server_call(&server, drain, NULL);
	test_say(fresh, GET("/a"));
	test_say(kept, GET("/a"));
	answer = test_answer(fresh, false);
	assert_status(answer, 200);
	assert_non_null(strstr(answer, "\r\nConnection: close\r\n"));
	assert_status(test_answer(kept, false), 200);
	close(fresh);
	close(kept);
	test_server_join(&server);
}

static void test_drain_of_nothing(void **state)
{
	start(NULL);
	test_server_call(&server, drain, NULL);
	test_server_join(&server);
}

static void test_free_with_work_left(void **state)
{
	int fd;

	start(NULL);
	fd = test_connect(&server);
	test_say(fd, GET("/wait"));
	sem_wait(&started);
	test_server_stop(&server);
	assert_int_equal(sem_trywait(&cancelled), 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals_close),
		cmocka_unit_test(test_bodies_that_nobody_reads),
		cmocka_unit_test(test_bodies_have_a_budget),
		cmocka_unit_test(test_close_when_asked),
		cmocka_unit_test(test_slow_requests_end),
		cmocka_unit_test(test_slow_takers_get_their_answer),
		cmocka_unit_test(test_idle_takers_end),
		cmocka_unit_test(test_late_handler),
		cmocka_unit_test(test_leaving_cancels),
		cmocka_unit_test(test_leaving_ends_a_stream),
		cmocka_unit_test(test_half_close),
		cmocka_unit_test(test_client_that_does_not_read),
		cmocka_unit_test(test_answer_past_the_write_limit),
		cmocka_unit_test(test_too_many_connections),
		cmocka_unit_test(test_drain),
		cmocka_unit_test(test_drain_waits_for_requests_on_their_way),
		cmocka_unit_test(test_drain_of_nothing),
		cmocka_unit_test(test_free_with_work_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
