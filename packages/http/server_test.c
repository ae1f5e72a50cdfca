/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of a real server over the loopback interface, spoken to in raw bytes. */
#include "http/test_handlers.h"

#include <unistd.h>

#include "base/check.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),    cmocka_unit_test(test_head),
		cmocka_unit_test(test_pipeline),   cmocka_unit_test(test_pipeline_behind_a_slow_handler),
		cmocka_unit_test(test_big_bodies), cmocka_unit_test(test_continue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
