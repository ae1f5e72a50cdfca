/* SPDX-License-Identifier: Apache-2.0 */
#include "http/test_main.h"

#include "base/check.h"
#include "base/clock.h"
#include "http/reply.h"

static void test_date(void **state)
{
	static const struct {
		int64_t second;
		const char *text;
	} rows[] = {
		{ 0, "Thu, 01 Jan 1970 00:00:00 GMT" },
		{ 784111777, "Sun, 06 Nov 1994 08:49:37 GMT" },
		{ 951827696, "Tue, 29 Feb 2000 12:34:56 GMT" },
		{ 1795255199, "Sat, 21 Nov 2026 09:59:59 GMT" },
	};
	char text[HTTP_DATE_LEN + 1] = "";

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		http_date_format(rows[i].second * US_PER_S + 999999, text);
		assert_string_equal(text, rows[i].text);
	}
}

static void expect_head(struct http_reply_head head, const char *expected)
{
	struct buf buf;

	head.date = "Sun, 06 Nov 1994 08:49:37 GMT";
	buf_init(&buf, 4096);
	http_reply_head_write(&buf, &head);
	buf_char(&buf, '\0');
	assert_string_equal(buf.ptr, expected);
	buf_done(&buf);
}

#define DATE "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

static void test_heads(void **state)
{
	static const struct http_header headers[] = {
		{ STR("ETag"), STR("\"v1\"") },
		{ STR("X-Bad\r\nName"), STR("a\r\nSet-Cookie: b\x01\x7f") },
		{ STR("X-Empty"), STR_NULL },
	};

	expect_head((struct http_reply_head){ .status = 200, .body_len = 12 },
	            "HTTP/1.1 200 OK\r\n" DATE "Content-Length: 12\r\n\r\n");
	expect_head((struct http_reply_head){ .status = 204, .framing = HTTP_FRAMING_NONE, .close = true },
	            "HTTP/1.1 204 No Content\r\n" DATE "Connection: close\r\n\r\n");
	expect_head((struct http_reply_head){ .status = 200, .framing = HTTP_FRAMING_CHUNKED, .keep_alive = true },
	            "HTTP/1.1 200 OK\r\n" DATE "Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n");
	expect_head((struct http_reply_head){ .status = 299, .framing = HTTP_FRAMING_CLOSE },
	            "HTTP/1.1 299 \r\n" DATE "\r\n");
	expect_head((struct http_reply_head){ .status = 200, .headers = headers, .header_count = 3 },
	            "HTTP/1.1 200 OK\r\n" DATE "ETag: \"v1\"\r\nX-Bad  Name: a  Set-Cookie: b  \r\nX-Empty: \r\n"
	            "Content-Length: 0\r\n\r\n");
}

static void test_which_have_bodies(void **state)
{
	assert_false(http_status_has_body(101));
	assert_false(http_status_has_body(204));
	assert_false(http_status_has_body(304));
	assert_true(http_status_has_body(200));
	assert_true(http_status_has_body(503));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_date),
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_which_have_bodies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
