/* SPDX-License-Identifier: Apache-2.0 */
/* WebSockets in raw frames against a real server that echoes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "http/conn.h"
#include "http/test_server.h"
#include "http/ws.h"
#include "http/ws_frame.h"

static const char handshake[] =
        "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

static sem_t closed;
static int close_code;

static void on_message(struct ws *ws, struct str text, void *arg)
{
	if (str_eq(text, STR("close me")))
		ws_close(ws, WS_NOT_YOURS, STR("as you wish"));
	else if (str_eq(text, STR("flood")))
		for (int i = 0; i < 1000; i++)
			ws_send(ws, (struct str){ (char[10000]){ "" }, 10000 });
	else
		ws_send(ws, text);
}

static void on_close(struct ws *ws, int code, void *arg)
{
	close_code = code;
	sem_post(&closed);
}

static sem_t accepted;

static void sleep_long(void *arg)
{
	task_sleep_us(3600 * US_PER_S);
}

static void handle(struct http_exchange *exchange, void *arg)
{
	const struct ws_options options = {
		.message_max = 1000, .on_message = on_message, .on_close = on_close, .subprotocol = "bearer"
	};
	struct ws *ws;
	struct ws_frame *frame;

	if (!http_request(exchange)->websocket) {
		http_reply(exchange, 426, NULL, 0, STR(""));
		return;
	}
	ws = ws_accept(exchange, &options);
	if (str_eq(http_request(exchange)->query, STR("fail")))
		fail("after the handshake");
	if (str_eq(http_request(exchange)->query, STR("leave"))) {
		sem_post(&accepted);
		assert_int_equal(task_attempt(sleep_long, NULL).kind, FAILURE_CANCELLED);
		ws_send(ws, STR("to nobody"));
		ws_close(ws, WS_NORMAL, STR_NULL);
	}
	if (str_eq(http_request(exchange)->query, STR("greet"))) {
		frame = ws_frame_new(STR("hello"));
		ws_send_frame(ws, frame);
		ws_send_frame(ws, frame);
		ws_frame_unref(frame);
		task_sleep_us(20 * US_PER_MS);
	}
}

static struct test_server server;

static int open_socket(void)
{
	int fd;

	CHECK(!sem_init(&closed, 0, 0));
	close_code = 0;
	test_server_start(&server, &(struct http_server_options){ .handler = handle });
	fd = test_connect(&server);
	test_say(fd, handshake);
	assert_string_equal(test_answer(fd, true),
	                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	                    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
	                    "Sec-WebSocket-Protocol: bearer\r\n\r\n");
	return fd;
}

static void close_socket(int fd)
{
	close(fd);
	test_server_stop(&server);
}

/* A client's frame: masked. */
static size_t mask(char *out, uint8_t first, const char *payload, size_t len)
{
	static const char key[4] = { 0x12, 0x34, 0x56, 0x78 };
	size_t head = ws_frame_head(WS_OPCODE_TEXT, len, out);

	out[0] = (char)first;
	out[1] = (char)(out[1] | 0x80);
	memcpy(out + head, key, 4);
	for (size_t i = 0; i < len; i++)
		out[head + 4 + i] = (char)(payload[i] ^ key[i % 4]);
	return head + 4 + len;
}

static void send_frame(int fd, uint8_t first, const char *payload, size_t len)
{
	char bytes[4096];

	test_send(fd, bytes, mask(bytes, first, payload, len));
}

static void expect_frame(int fd, uint8_t first, const char *payload, size_t len)
{
	uint8_t head[4];
	char got[4096];
	size_t got_len;

	test_read_exactly(fd, head, 2);
	got_len = head[1];
	if (got_len == 126) {
		test_read_exactly(fd, head + 2, 2);
		got_len = (size_t)head[2] << 8 | head[3];
	}
	assert_int_equal(head[0], first);
	assert_int_equal(got_len, len);
	test_read_exactly(fd, got, len);
	assert_memory_equal(got, payload, len);
}

static void expect_close(int fd, int code)
{
	uint8_t head[4];
	char reason[128];

	test_read_exactly(fd, head, 4);
	assert_int_equal(head[0], 0x88);
	assert_in_range(head[1], 2, 125);
	assert_int_equal(head[2] << 8 | head[3], code);
	test_read_exactly(fd, reason, head[1] - 2);
}

static void expect_end(int fd)
{
	assert_string_equal(test_answer(fd, true), "");
}

static void test_echo(void **state)
{
	char long_text[1000];
	int fd = open_socket();

	memset(long_text, 'l', sizeof(long_text));
	send_frame(fd, 0x81, "hello", 5);
	expect_frame(fd, 0x81, "hello", 5);
	send_frame(fd, 0x81, "", 0);
	expect_frame(fd, 0x81, "", 0);
	send_frame(fd, 0x81, "gr\xc3\xbc\xc3\x9f", 6);
	expect_frame(fd, 0x81, "gr\xc3\xbc\xc3\x9f", 6);
	send_frame(fd, 0x81, long_text, sizeof(long_text));
	expect_frame(fd, 0x81, long_text, sizeof(long_text));
	close_socket(fd);
	assert_int_equal(close_code, 1006);
}

/* Frames cut at every byte, with another socket's frames in between: engines are not mixed up. */
static void test_pieces(void **state)
{
	int fd = open_socket();
	int other = test_connect(&server);
	char bytes[256];
	size_t len = mask(bytes, 0x81, "in pieces", 9);

	test_say(other, handshake);
	test_answer(other, true);
	for (size_t cut = 1; cut < len; cut++) {
		test_send(fd, bytes, cut);
		send_frame(other, 0x81, "other", 5);
		expect_frame(other, 0x81, "other", 5);
		test_send(fd, bytes + cut, len - cut);
		expect_frame(fd, 0x81, "in pieces", 9);
	}
	close(other);
	close_socket(fd);
}

static void test_fragments(void **state)
{
	int fd = open_socket();

	send_frame(fd, 0x01, "one \xc3", 5);
	send_frame(fd, 0x89, "ping", 4);
	expect_frame(fd, 0x8a, "ping", 4);
	send_frame(fd, 0x00, "\xbc", 1);
	send_frame(fd, 0x80, " two", 4);
	expect_frame(fd, 0x81, "one \xc3\xbc two", 10);
	close_socket(fd);
}

static void test_many_in_one_write(void **state)
{
	char bytes[16384];
	size_t len = 0;
	int fd = open_socket();

	for (int i = 0; i < 500; i++)
		len += mask(bytes + len, 0x81, "again", 5);
	test_send(fd, bytes, len);
	for (int i = 0; i < 500; i++)
		expect_frame(fd, 0x81, "again", 5);
	close_socket(fd);
}

static const struct {
	const char *name;
	const char *bytes;
	size_t len;
	int code;
} breaches[] = {
	{ "not masked", "\x81\x02hi", 4, 1002 },
	{ "reserved bit", "\xc1\x80\0\0\0\0", 6, 1002 },
	{ "reserved opcode", "\x83\x80\0\0\0\0", 6, 1002 },
	{ "a continuation of nothing", "\x80\x80\0\0\0\0", 6, 1002 },
	{ "a message within a message", "\x01\x80\0\0\0\0\x81\x80\0\0\0\0", 12, 1002 },
	{ "a fragmented ping", "\x09\x80\0\0\0\0", 6, 1002 },
	{ "a long ping", "\x89\xfe\0\x7e\0\0\0\0", 8, 1002 },
	{ "a length not in its shortest form", "\x81\xfe\0\x05\0\0\0\0hello", 13, 1002 },
	{ "bad UTF-8", "\x81\x82\0\0\0\0\xc3\x28", 8, 1007 },
	{ "a surrogate", "\x81\x83\0\0\0\0\xed\xa0\x80", 9, 1007 },
	{ "a cut character", "\x81\x81\0\0\0\0\xc3", 7, 1007 },
	{ "too long", "\x81\xfe\x04\0\0\0\0\0x", 9, 1009 },
	{ "far too long", "\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0x", 15, 1009 },
	{ "too long in fragments", "\x01\xfe\x02\x80\0\0\0\0", 8, 0 },
	{ "binary", "\x82\x81\0\0\0\0x", 7, 1003 },
	{ "a close of one byte", "\x88\x81\0\0\0\0x", 7, 1002 },
	{ "a close with a forbidden code", "\x88\x82\0\0\0\0\x03\xed", 8, 1002 },
	{ "a close with a code of the library's", "\x88\x82\0\0\0\0\x03\xf7", 8, 1002 },
	{ "a close with a code of nobody's", "\x88\x82\0\0\0\0\x0b\xb7", 8, 1002 },
	{ "a close with a code below all", "\x88\x82\0\0\0\0\x03\xe7", 8, 1002 },
	{ "a close with a code past all", "\x88\x82\0\0\0\0\x13\x88", 8, 1002 },
	{ "a close with a reason that is no text", "\x88\x83\0\0\0\0\x03\xe8\xff", 9, 1007 },
};

static void test_breaches(void **state)
{
	char zeros[640] = { 0 };

	for (size_t i = 0; i < ARRAY_COUNT(breaches); i++) {
		int fd = open_socket();

		print_message("%s\n", breaches[i].name);
		test_send(fd, breaches[i].bytes, breaches[i].len);
		if (!breaches[i].code) {
			test_send(fd, zeros, sizeof(zeros));
			test_send(fd, "\x80\xfe\x02\x80\0\0\0\0x", 9);
		}
		expect_close(fd, breaches[i].code ? breaches[i].code : 1009);
		if (breaches[i].code != 1003)
			expect_end(fd);
		close_socket(fd);
		assert_int_equal(close_code, breaches[i].code ? breaches[i].code : 1009);
	}
}

static void test_client_closes(void **state)
{
	int fd = open_socket();

	send_frame(fd, 0x88,
	           "\x03\xe8"
	           "bye",
	           5);
	expect_close(fd, 1000);
	expect_end(fd);
	close(fd);
	sem_wait(&closed);
	assert_int_equal(close_code, 1000);
	assert_int_equal(test_server_counts(&server).websockets, 0);
	test_server_stop(&server);
}

static void test_server_closes(void **state)
{
	int fd = open_socket();

	send_frame(fd, 0x81, "close me", 8);
	expect_close(fd, WS_NOT_YOURS);
	send_frame(fd, 0x81, "ignored", 7);
	send_frame(fd, 0x88, "\x11\x34", 2);
	expect_end(fd);
	close(fd);
	sem_wait(&closed);
	assert_int_equal(close_code, WS_NOT_YOURS);
	test_server_stop(&server);
}

static void test_slow_reader(void **state)
{
	int fd = open_socket();
	size_t len;
	const char *all;

	send_frame(fd, 0x81, "flood", 5);
	send_frame(fd, 0x88, "\x03\xe8", 2);
	all = test_read_all(fd, &len);
	assert_in_range(len, 10000, 1000 * 10000);
	assert_memory_equal(all + len - 12, "\x88\x0a\x03\xf5too slow", 12);
	sem_wait(&closed);
	assert_int_equal(close_code, WS_TRY_LATER);
	close_socket(fd);
}

static void test_handler_talks_first(void **state)
{
	int fd;
	char bytes[64];
	size_t len = mask(bytes, 0x81, "early", 5);
	char request[512];
	int request_len;

	CHECK(!sem_init(&closed, 0, 0));
	test_server_start(&server, &(struct http_server_options){ .handler = handle });
	fd = test_connect(&server);
	request_len = snprintf(request, sizeof(request), "GET /ws?greet %s", handshake + sizeof("GET /ws ") - 1);
	memcpy(request + request_len, bytes, len);
	test_send(fd, request, (size_t)request_len + len);
	test_answer(fd, true);
	expect_frame(fd, 0x81, "hello", 5);
	expect_frame(fd, 0x81, "hello", 5);
	test_send(fd, bytes, len);
	expect_frame(fd, 0x81, "early", 5);
	expect_frame(fd, 0x81, "early", 5);
	close_socket(fd);
}

static void test_handler_fails(void **state)
{
	int fd;
	char request[512];

	CHECK(!sem_init(&closed, 0, 0));
	test_server_start(&server, &(struct http_server_options){ .handler = handle });
	fd = test_connect(&server);
	snprintf(request, sizeof(request), "GET /ws?fail %s", handshake + sizeof("GET /ws ") - 1);
	test_say(fd, request);
	test_answer(fd, true);
	expect_close(fd, WS_INTERNAL);
	close_socket(fd);
}

/* The handler still holds the socket when its connection goes. */
static void test_client_leaves_while_the_handler_runs(void **state)
{
	char request[512];
	int fd;

	CHECK(!sem_init(&closed, 0, 0) && !sem_init(&accepted, 0, 0));
	test_server_start(&server, &(struct http_server_options){ .handler = handle });
	fd = test_connect(&server);
	snprintf(request, sizeof(request), "GET /ws?leave %s", handshake + sizeof("GET /ws ") - 1);
	test_say(fd, request);
	sem_wait(&accepted);
	close(fd);
	sem_wait(&closed);
	assert_int_equal(close_code, 1006);
	test_server_stop(&server);
}

static void be_quiet(struct test_server *test, void *arg)
{
	struct list *sockets = &test->server->phases[CONN_SOCKET].conns;

	assert_false(list_is_empty(sockets));
	ws_on_quiet(CONTAINER_OF(sockets->next, struct http_conn, node));
}

static void test_pings(void **state)
{
	int fd = open_socket();

	for (int i = 0; i < 5; i++) {
		test_server_call(&server, be_quiet, NULL);
		expect_frame(fd, 0x89, "", 0);
		send_frame(fd, 0x8a, "", 0);
		send_frame(fd, 0x81, "x", 1);
		expect_frame(fd, 0x81, "x", 1);
	}
	for (int i = 0; i < 3; i++)
		test_server_call(&server, be_quiet, NULL);
	expect_frame(fd, 0x89, "", 0);
	expect_frame(fd, 0x89, "", 0);
	expect_end(fd);
	close_socket(fd);
}

struct sweep {
	size_t pinged;
};

/* All have been quiet for an hour: one sweep. */
static void sweep_once(struct test_server *test, void *arg)
{
	struct http_server *http = test->server;
	struct sweep *sweep = arg;

	sweep->pinged = 0;
	http->sweep.timer_cb(&http->sweep);
	LIST_FOR (node, &http->phases[CONN_SOCKET].conns)
		sweep->pinged += CONTAINER_OF(node, struct http_conn, node)->since_us > 0;
}

static void age_all(struct test_server *test, void *arg)
{
	LIST_FOR (node, &test->server->phases[CONN_SOCKET].conns)
		CONTAINER_OF(node, struct http_conn, node)->since_us = -3600 * US_PER_S;
}

/* Those that came together are not pinged together: a few at a time, and each once. The server's own clock may sweep
 * too, but never takes more than its share. */
static void test_pings_are_spread(void **state)
{
	enum { SOCKETS = 60, SHARE = 8 };
	struct sweep sweep;
	int fds[SOCKETS];
	size_t before = 0;

	fds[0] = open_socket();
	for (int i = 1; i < SOCKETS; i++) {
		fds[i] = test_connect(&server);
		test_say(fds[i], handshake);
		test_answer(fds[i], true);
	}
	test_server_call(&server, age_all, NULL);
	test_server_call(&server, sweep_once, &sweep);
	assert_in_range(sweep.pinged, SHARE, SOCKETS - 1);
	while (sweep.pinged < SOCKETS) {
		before = sweep.pinged;
		test_server_call(&server, sweep_once, &sweep);
		assert_true(sweep.pinged > before);
	}
	for (int i = 0; i < SOCKETS; i++)
		expect_frame(fds[i], 0x89, "", 0);
	for (int i = 1; i < SOCKETS; i++)
		close(fds[i]);
	close_socket(fds[0]);
}

static void test_without_upgrade(void **state)
{
	int fd;

	test_server_start(&server, &(struct http_server_options){ .handler = handle });
	fd = test_connect(&server);
	test_say(fd, "GET /ws HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_memory_equal(test_answer(fd, false), "HTTP/1.1 426 ", 13);
	close_socket(fd);
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
	int fd = open_socket();

	test_server_call(&server, drain, NULL);
	expect_close(fd, WS_RESTART);
	send_frame(fd, 0x88, "\x03\xf4", 2);
	expect_end(fd);
	close(fd);
	test_server_join(&server);
	assert_int_equal(close_code, WS_RESTART);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_many_in_one_write),
		cmocka_unit_test(test_breaches),
		cmocka_unit_test(test_client_closes),
		cmocka_unit_test(test_server_closes),
		cmocka_unit_test(test_slow_reader),
		cmocka_unit_test(test_handler_talks_first),
		cmocka_unit_test(test_handler_fails),
		cmocka_unit_test(test_client_leaves_while_the_handler_runs),
		cmocka_unit_test(test_pings),
		cmocka_unit_test(test_pings_are_spread),
		cmocka_unit_test(test_without_upgrade),
		cmocka_unit_test(test_drain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
