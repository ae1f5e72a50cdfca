/* SPDX-License-Identifier: Apache-2.0 */
/* A real server over the loopback interface, spoken to in raw bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "http/test_server.h"

#define H         "Host: x\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" H "\r\n"

static sem_t started;
static sem_t cancelled;

static void on_unwound(void *arg)
{
	sem_post(&cancelled);
}

static void echo(struct http_exchange *exchange)
{
	const struct http_request *request = http_request(exchange);
	const struct http_header header = { STR("X-Client"), request->client };
	struct str body = str_printf(task_arena(), "%s %.*s?%.*s %.*s", http_method_name(request->method),
	                             STR_ARG(request->path), STR_ARG(request->query), STR_ARG(request->body));

	http_reply(exchange, 200, &header, 1, body);
}

static void wait_for_ever(struct http_exchange *exchange)
{
	struct wait_queue queue;

	wait_queue_init(&queue);
	arena_on_reset(task_arena(), on_unwound, NULL);
	sem_post(&started);
	wait_queue_wait(&queue);
}

static void sleep_a_little(struct http_exchange *exchange)
{
	sem_post(&started);
	task_sleep_us(20 * US_PER_MS);
	echo(exchange);
}

static void fail_it(struct http_exchange *exchange)
{
	fail("the secret reason");
}

static void refuse_it(struct http_exchange *exchange)
{
	refuse(&problem_conflict, "seen %d", 7);
}

static void stay_silent(struct http_exchange *exchange)
{
}

static void fill_the_arena(struct http_exchange *exchange)
{
	for (;;)
		arena_alloc(task_arena(), 64 * 1024);
}

static void reply_empty(struct http_exchange *exchange)
{
	http_reply(exchange, 204, NULL, 0, STR("never sent"));
}

static void reply_split(struct http_exchange *exchange)
{
	const struct http_header header = { STR("Location"), STR("/a\r\nSet-Cookie: b") };

	http_reply(exchange, 303, &header, 1, STR(""));
}

static void reply_big(struct http_exchange *exchange)
{
	size_t len = 3 * 1024 * 1024;
	char *bytes = arena_alloc_raw(task_arena(), len);

	memset(bytes, 'b', len);
	http_reply(exchange, 200, NULL, 0, (struct str){ bytes, len });
}

static void stream(struct http_exchange *exchange)
{
	http_stream_start(exchange, 200, NULL, 0);
	http_stream_write(exchange, STR("one,"));
	task_yield();
	http_stream_write(exchange, STR(""));
	http_stream_write(exchange, STR("two"));
}

static void stream_and_fail(struct http_exchange *exchange)
{
	http_stream_start(exchange, 200, NULL, 0);
	http_stream_write(exchange, STR("one"));
	fail("half way");
}

static void stream_for_ever(struct http_exchange *exchange)
{
	char *bytes = arena_alloc(task_arena(), 64 * 1024);

	arena_on_reset(task_arena(), on_unwound, NULL);
	http_stream_start(exchange, 200, NULL, 0);
	sem_post(&started);
	for (;;)
		http_stream_write(exchange, (struct str){ bytes, 64 * 1024 });
}

static const struct {
	struct str path;
	void (*handle)(struct http_exchange *exchange);
} handlers[] = {
	{ STR("/wait"), wait_for_ever },
	{ STR("/sleep"), sleep_a_little },
	{ STR("/fail"), fail_it },
	{ STR("/refuse"), refuse_it },
	{ STR("/silent"), stay_silent },
	{ STR("/full"), fill_the_arena },
	{ STR("/empty"), reply_empty },
	{ STR("/split"), reply_split },
	{ STR("/big"), reply_big },
	{ STR("/stream"), stream },
	{ STR("/stream/fail"), stream_and_fail },
	{ STR("/stream/ever"), stream_for_ever },
};

static void handle(struct http_exchange *exchange, void *arg)
{
	for (size_t i = 0; i < ARRAY_COUNT(handlers); i++) {
		if (str_eq(http_request(exchange)->path, handlers[i].path)) {
			handlers[i].handle(exchange);
			return;
		}
	}
	echo(exchange);
}

static struct test_server server;

static void start(const struct http_limits *limits)
{
	struct http_server_options options = { .handler = handle, .trusted_proxies = STR("127.0.0.1,10.0.0.0/8") };

	if (limits)
		options.limits = *limits;
	CHECK(!sem_init(&started, 0, 0) && !sem_init(&cancelled, 0, 0));
	test_server_start(&server, &options);
}

static void assert_status(const char *answer, int status)
{
	char line[32];

	snprintf(line, sizeof(line), "HTTP/1.1 %d ", status);
	if (strncmp(answer, line, strlen(line)) != 0)
		print_error("%.200s\n", answer);
	assert_true(strncmp(answer, line, strlen(line)) == 0);
}

/* ---- Answers ---------------------------------------------------------------------------------- */

static const struct {
	const char *request;
	int status;
	const char *contains;
	const char *body; /* NULL: any */
} answers[] = {
	{ GET("/a?b=c"), 200, "\r\nContent-Length: 11\r\n", "GET /a?b=c " },
	{ "POST /p HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhello", 200, "\r\nDate: ", "POST /p? hello" },
	{ "POST /p HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", 200, NULL,
	  "POST /p? hello" },
	{ "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200, "\r\nConnection: keep-alive\r\n", "GET /a? " },
	{ "OPTIONS * HTTP/1.1\r\n" H "\r\n", 200, NULL, "OPTIONS *? " },
	{ GET("/empty"), 204, NULL, "" },
	{ GET("/split"), 303, "\r\nLocation: /a  Set-Cookie: b\r\n", "" },
	{ GET("/silent"), 500, "\r\nContent-Type: application/problem+json\r\n", NULL },
	{ GET("/fail"), 500, "\"code\":\"internal\"", NULL },
	{ GET("/full"), 500, "\"code\":\"internal\"", NULL },
	{ GET("/refuse"), 409, "\"detail\":\"seen 7\"", NULL },
	{ GET("/stream"), 200, "\r\nTransfer-Encoding: chunked\r\n", "one,two" },
	{ GET("/sleep"), 200, NULL, "GET /sleep? " },
	{ "GET /a HTTP/1.1\r\n" H "X-Forwarded-For: 6.6.6.6, 1.2.3.4, 10.9.9.9\r\n\r\n", 200,
	  "\r\nX-Client: 1.2.3.4\r\n", NULL },
	{ "GET /a HTTP/1.1\r\n" H "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For: 10.1.1.1\r\n\r\n", 200,
	  "\r\nX-Client: 1.2.3.4\r\n", NULL },
	{ "GET /a HTTP/1.1\r\n" H "X-Forwarded-For: rubbish\r\n\r\n", 200, "\r\nX-Client: 127.0.0.1\r\n", NULL },
};

static void test_answers(void **state)
{
	int fd;

	start(NULL);
	fd = test_connect(&server);
	for (size_t i = 0; i < ARRAY_COUNT(answers); i++) {
		const char *answer;

		test_say(fd, answers[i].request);
		answer = test_answer(fd, answers[i].status == 204);
		assert_status(answer, answers[i].status);
		if (answers[i].contains)
			assert_non_null(strstr(answer, answers[i].contains));
		if (answers[i].body)
			assert_string_equal(test_body(answer), answers[i].body);
		assert_null(strstr(answer, "secret"));
	}
	close(fd);
	test_server_stop(&server);
}

static void test_head(void **state)
{
	int fd;
	const char *answer;

	start(NULL);
	fd = test_connect(&server);
	test_say(fd, "HEAD /a HTTP/1.1\r\n" H "\r\nHEAD /stream HTTP/1.1\r\n" H "\r\n" GET("/b"));
	answer = test_answer(fd, true);
	assert_non_null(strstr(answer, "\r\nContent-Length: 9\r\n"));
	answer = test_answer(fd, true);
	assert_non_null(strstr(answer, "\r\nTransfer-Encoding: chunked\r\n"));
	assert_string_equal(test_body(test_answer(fd, false)), "GET /b? ");
	close(fd);
	test_server_stop(&server);
}

static void test_pipeline(void **state)
{
	int fd;

	start(NULL);
	fd = test_connect(&server);
	for (int i = 0; i < 200; i++) {
		char request[128];
		int len = snprintf(request, sizeof(request), "POST /%d HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\n%03d",
		                   i, i);

		test_send(fd, request, (size_t)len);
	}
	for (int i = 0; i < 200; i++) {
		char body[64];

		snprintf(body, sizeof(body), "POST /%d? %03d", i, i);
		assert_string_equal(test_body(test_answer(fd, false)), body);
	}
	assert_int_equal(test_server_counts(&server).requests, 200);
	close(fd);
	test_server_stop(&server);
}

/* While a handler sleeps, more comes in than fits behind its request: kept, in order, and reading pauses at the limit.
 */
static void test_pipeline_behind_a_slow_handler(void **state)
{
	const struct http_limits limits = { .pipeline_max = 16 * 1024 };
	enum { COUNT = 3000 };
	char all[64 * COUNT];
	size_t len = 0;
	int fd;

	start(&limits);
	fd = test_connect(&server);
	test_say(fd, GET("/sleep"));
	sem_wait(&started);
	for (int i = 0; i < COUNT; i++)
		len += (size_t)snprintf(all + len, sizeof(all) - len, "GET /%d HTTP/1.1\r\n" H "\r\n", i);
	test_send(fd, all, len);
	assert_string_equal(test_body(test_answer(fd, false)), "GET /sleep? ");
	for (int i = 0; i < COUNT; i++) {
		char body[64];

		snprintf(body, sizeof(body), "GET /%d? ", i);
		assert_string_equal(test_body(test_answer(fd, false)), body);
	}
	close(fd);
	test_server_stop(&server);
}

static void test_big_bodies(void **state)
{
	static const char head[] = "POST /big HTTP/1.1\r\n" H "Content-Length: 1000000\r\n\r\n";
	char *body = malloc(1000000);
	int fd;

	memset(body, 'x', 1000000);
	start(NULL);
	fd = test_connect(&server);
	for (int i = 0; i < 3; i++) {
		const char *answer;

		test_say(fd, head);
		test_send(fd, body, 1000000);
		answer = test_answer(fd, false);
		assert_status(answer, 200);
		assert_int_equal(strlen(test_body(answer)), 3 * 1024 * 1024);
	}
	close(fd);
	free(body);
	test_server_stop(&server);
}

static void test_continue(void **state)
{
	int fd;

	start(NULL);
	fd = test_connect(&server);
	test_say(fd, "POST /c HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
	assert_string_equal(test_answer(fd, true), "HTTP/1.1 100 Continue\r\n\r\n");
	test_say(fd, "ok");
	assert_string_equal(test_body(test_answer(fd, false)), "POST /c? ok");
	close(fd);
	test_server_stop(&server);
}

/* ---- Refusals and endings --------------------------------------------------------------------- */

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
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_pipeline),
		cmocka_unit_test(test_pipeline_behind_a_slow_handler),
		cmocka_unit_test(test_big_bodies),
		cmocka_unit_test(test_continue),
		cmocka_unit_test(test_refusals_close),
		cmocka_unit_test(test_close_when_asked),
		cmocka_unit_test(test_slow_requests_end),
		cmocka_unit_test(test_late_handler),
		cmocka_unit_test(test_leaving_cancels),
		cmocka_unit_test(test_leaving_ends_a_stream),
		cmocka_unit_test(test_half_close),
		cmocka_unit_test(test_client_that_does_not_read),
		cmocka_unit_test(test_answer_past_the_write_limit),
		cmocka_unit_test(test_too_many_connections),
		cmocka_unit_test(test_drain),
		cmocka_unit_test(test_drain_of_nothing),
		cmocka_unit_test(test_free_with_work_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
