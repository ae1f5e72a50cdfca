/* SPDX-License-Identifier: Apache-2.0 */
/* Every request of the table is read whole, cut in two at every byte, and byte by byte: the outcome must be the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/check.h"
#include "http/parse.h"

enum { BLOCK = 64, HEADERS = 8, TEXT = 8192 };

static const struct http_limits limits = {
	.line_max = 200,
	.header_bytes_max = 400,
	.header_count_max = HEADERS,
	.body_max = 100,
};

struct reading {
	struct http_parser parser;
	struct http_header headers[HEADERS];
	char block[BLOCK];
	struct buf story;
	bool over;
};

/* "GET /a [name=value]* {body} keep|close" for each request, or the status of the refusal. */
static void tell_request(struct reading *r)
{
	const struct http_parser *p = &r->parser;

	buf_printf(&r->story, "%s %.*s", http_method_name(p->method), STR_ARG(p->target));
	for (size_t i = 0; i < p->header_count; i++)
		if (!str_eq_nocase(p->headers[i].name, STR("host")))
			buf_printf(&r->story, " %.*s=%.*s", STR_ARG(p->headers[i].name), STR_ARG(p->headers[i].value));
	buf_printf(&r->story, " {%.*s}", STR_ARG(http_parser_body(p)));
	buf_str(&r->story, p->keep_alive ? STR("") : STR(" close"));
	buf_str(&r->story, http_head_wants_websocket(p) ? STR(" ws;") : STR(";"));
}

static void run(struct reading *r)
{
	while (!r->over) {
		switch (http_parser_run(&r->parser)) {
		case HTTP_PARSE_MORE:
			return;
		case HTTP_PARSE_DONE:
			tell_request(r);
			http_parser_next(&r->parser);
			break;
		case HTTP_PARSE_REFUSED:
			buf_printf(&r->story, "%d;", r->parser.refusal->status);
			r->over = true;
			break;
		}
	}
}

static void feed(struct reading *r, const char *bytes, size_t len)
{
	size_t room;

	while (len && !r->over) {
		char *at = http_parser_room(&r->parser, 1, true, &room);
		size_t piece = len < room ? len : room;

		memcpy(at, bytes, piece);
		http_parser_wrote(&r->parser, piece);
		bytes += piece;
		len -= piece;
		run(r);
	}
}

static void begin(struct reading *r)
{
	memset(r, 0, sizeof(*r));
	buf_init(&r->story, TEXT);
	http_parser_init(&r->parser, &limits, r->block, BLOCK, r->headers);
}

static void end(struct reading *r, const char *expected)
{
	buf_char(&r->story, '\0');
	assert_string_equal(r->story.ptr, expected);
	buf_done(&r->story);
	http_parser_done(&r->parser);
}

struct row {
	const char *name;
	const char *input;
	const char *expected;
	size_t len; /* 0: strlen */
};

#define H        "Host: x\r\n"
#define WS       "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
#define WS_TOLD  " Upgrade=websocket Connection=keep-alive, Upgrade Sec-WebSocket-Version=13"
#define KEY      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define KEY_TOLD " Sec-WebSocket-Key=dGhlIHNhbXBsZSBub25jZQ=="
#define TEN      "0123456789"
#define FIFTY    TEN TEN TEN TEN TEN

static const struct row rows[] = {
	{ "a GET", "GET /a?b=c HTTP/1.1\r\n" H "\r\n", "GET /a?b=c {};" },
	{ "absolute form", "GET HTTPS://x:1/a?b=//c HTTP/1.1\r\n" H "\r\n", "GET /a?b=//c {};" },
	{ "an address and a port", "GET / HTTP/1.1\r\nHost: [::1]:65535\r\n\r\n", "GET / {};" },
	{ "an empty port", "GET / HTTP/1.1\r\nHost: h:\r\n\r\n", "GET / {};" },
	{ "headers are trimmed", "GET / HTTP/1.1\r\n" H "A: \t b c \t\r\nD:\r\nE:  \r\n\r\n", "GET / A=b c D= E= {};" },
	{ "a body by length", "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhello",
	  "POST / Content-Length=5 {hello};" },
	{ "an empty body", "PUT / HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n", "PUT / Content-Length=0 {};" },
	{ "a chunked body, an extension, a trailer",
	  "PATCH /p HTTP/1.1\r\n" H
	  "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nT: v\r\n\r\n",
	  "PATCH /p Transfer-Encoding=chunked {hello world};" },
	{ "chunked in capitals", "POST / HTTP/1.1\r\n" H "TRANSFER-ENCODING: Chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
	  "POST / TRANSFER-ENCODING=Chunked {x};" },
	{ "pipelined",
	  "GET /1 HTTP/1.1\r\n" H "\r\nPOST /2 HTTP/1.1\r\n" H "Content-Length: 2\r\n\r\nabGET /3 HTTP/1.1\r\n" H
	  "\r\n",
	  "GET /1 {};POST /2 Content-Length=2 {ab};GET /3 {};" },
	{ "pipelined behind chunks",
	  "POST /1 HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET /2 HTTP/1.1\r\n" H
	  "\r\n",
	  "POST /1 Transfer-Encoding=chunked {abc};GET /2 {};" },
	{ "close", "GET / HTTP/1.1\r\n" H "Connection: close\r\n\r\n", "GET / Connection=close {} close;" },
	{ "1.0 closes", "GET / HTTP/1.0\r\n\r\n", "GET / {} close;" },
	{ "1.0 kept alive", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET / Connection=keep-alive {};" },
	{ "an empty line before", "\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n", "GET / {};" },
	{ "OPTIONS *", "OPTIONS * HTTP/1.1\r\n" H "\r\n", "OPTIONS * {};" },
	{ "expects 100", "POST / HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
	  "POST / Expect=100-continue Content-Length=1 {x};" },
	{ "a WebSocket", "GET /ws HTTP/1.1\r\n" H WS KEY "\r\n", "GET /ws" WS_TOLD KEY_TOLD " {} ws;" },
	{ "an upgrade does not end HTTP", "GET /ws HTTP/1.1\r\n" H WS "\r\nGET /2 HTTP/1.1\r\n" H "\r\n",
	  "GET /ws" WS_TOLD " {};GET /2 {};" },
	{ "an upgrade to something else", "GET / HTTP/1.1\r\n" H "Upgrade: h2c\r\nConnection: upgrade\r\n\r\n",
	  "GET / Upgrade=h2c Connection=upgrade {};" },
	{ "a body of exactly the limit", "POST / HTTP/1.1\r\n" H "Content-Length: 100\r\n\r\n" FIFTY FIFTY,
	  "POST / Content-Length=100 {" FIFTY FIFTY "};" },
	{ "bytes above ASCII in a value", "GET / HTTP/1.1\r\n" H "A: \xc3\xa9\r\n\r\n", "GET / A=\xc3\xa9 {};" },

	{ "chunk that will be too long", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n65\r\n", "413;" },
	{ "chunk of 64 bits", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
	  "413;" },
	{ "body too long", "POST / HTTP/1.1\r\n" H "Content-Length: 101\r\n\r\n", "413;" },
	{ "chunks too long",
	  "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n65\r\n" FIFTY FIFTY "x\r\n0\r\n\r\n", "413;" },
	{ "target too long", "GET /" FIFTY FIFTY FIFTY FIFTY " HTTP/1.1\r\n" H "\r\n", "414;" },
	{ "head too long",
	  "GET / HTTP/1.1\r\n" H "A: " FIFTY FIFTY FIFTY FIFTY "\r\nB: " FIFTY FIFTY FIFTY FIFTY "\r\n\r\n", "431;" },
	{ "too many headers", "GET / HTTP/1.1\r\n" H "A:\r\nB:\r\nC:\r\nD:\r\nE:\r\nF:\r\nG:\r\nI:\r\n\r\n", "431;" },
	{ "length and chunked", "POST / HTTP/1.1\r\n" H "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
	  "400;" },
	{ "chunked and length", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
	  "400;" },
	{ "two lengths", "POST / HTTP/1.1\r\n" H "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", "400;" },
	{ "a list of lengths", "POST / HTTP/1.1\r\n" H "Content-Length: 1, 1\r\n\r\n", "400;" },
	{ "a signed length", "POST / HTTP/1.1\r\n" H "Content-Length: +1\r\n\r\n", "400;" },
	{ "a negative length", "POST / HTTP/1.1\r\n" H "Content-Length: -1\r\n\r\n", "400;" },
	{ "a hexadecimal length", "POST / HTTP/1.1\r\n" H "Content-Length: 0x1\r\n\r\n", "400;" },
	{ "a length past 64 bits", "POST / HTTP/1.1\r\n" H "Content-Length: 18446744073709551617\r\n\r\n", "400;" },
	{ "no length", "POST / HTTP/1.1\r\n" H "Content-Length:\r\n\r\n", "400;" },
	{ "identity, chunked", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: identity, chunked\r\n\r\n", "501;" },
	{ "gzip, chunked", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n", "501;" },
	{ "gzip", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip\r\n\r\n", "501;" },
	{ "chunked twice", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
	  "400;" },
	{ "chunked in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "400;" },
	{ "a bad chunk size", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "400;" },
	{ "a chunk size past 64 bits",
	  "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n", "400;" },
	{ "a chunk longer than said", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
	  "400;" },
	{ "a bare LF in a chunk head", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n1\nx\r\n0\r\n\r\n",
	  "400;" },
	{ "no Host", "GET / HTTP/1.1\r\n\r\n", "400;" },
	{ "two Hosts", "GET / HTTP/1.1\r\n" H H "\r\n", "400;" },
	{ "a Host with a path", "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", "400;" },
	{ "a Host with a user", "GET / HTTP/1.1\r\nHost: a@x\r\n\r\n", "400;" },
	{ "a Host with a word for a port", "GET / HTTP/1.1\r\nHost: h:port\r\n\r\n", "400;" },
	{ "a Host with a port out of range", "GET / HTTP/1.1\r\nHost: a:99999999\r\n\r\n", "400;" },
	{ "a Host with a signed port", "GET / HTTP/1.1\r\nHost: a:+80\r\n\r\n", "400;" },
	{ "a Host with two ports", "GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n", "400;" },
	{ "a Host of a port only", "GET / HTTP/1.1\r\nHost: :80\r\n\r\n", "400;" },
	{ "an open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "400;" },
	{ "a bracket behind", "GET / HTTP/1.1\r\nHost: ::1]\r\n\r\n", "400;" },
	{ "no address in brackets", "GET / HTTP/1.1\r\nHost: [x]\r\n\r\n", "400;" },
	{ "a zone in brackets", "GET / HTTP/1.1\r\nHost: [fe80::1%25eth0]\r\n\r\n", "400;" },
	{ "text behind brackets", "GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n", "400;" },
	{ "a word for a port behind brackets", "GET / HTTP/1.1\r\nHost: [::1]:http\r\n\r\n", "400;" },
	{ "obs-fold", "GET / HTTP/1.1\r\n" H "A: b\r\n c\r\n\r\n", "400;" },
	{ "obs-fold at once", "GET / HTTP/1.1\r\n" H "A:\r\n c\r\n\r\n", "400;" },
	{ "obs-fold of nothing", "GET / HTTP/1.1\r\n" H "A:\r\n \r\n\r\n", "400;" },
	{ "obs-fold of nothing, more", "GET / HTTP/1.1\r\n" H "A: b\r\n \r\nB: c\r\n\r\n", "400;" },
	{ "obs-fold by tab", "GET / HTTP/1.1\r\n" H "A: b\r\n\tc\r\n\r\n", "400;" },
	{ "a bare LF", "GET / HTTP/1.1\n" H "\r\n", "400;" },
	{ "a bare LF in 1.0", "GET / HTTP/1.0\n\r\n", "400;" },
	{ "two bare LFs", "GET / HTTP/1.0\n\n", "400;" },
	{ "two blanks before the target", "GET  / HTTP/1.1\r\n" H "\r\n", "400;" },
	{ "two blanks before the version", "GET /  HTTP/1.1\r\n" H "\r\n", "400;" },
	{ "a blank after the version", "GET / HTTP/1.1 \r\n" H "\r\n", "505;" },
	{ "no version", "GET /\r\n" H "\r\n", "505;" },
	{ "a bare LF that ends the head", "GET / HTTP/1.1\r\nHost: x\r\n\n", "400;" },
	{ "a bare LF in the head", "GET / HTTP/1.1\r\nHost: x\n\r\n", "400;" },
	{ "a bare CR", "GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n", "400;" },
	{ "a blank before the colon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", "400;" },
	{ "a header without a name", "GET / HTTP/1.1\r\n" H ": b\r\n\r\n", "400;" },
	{ "a blank before the first header", "GET / HTTP/1.1\r\n Host: x\r\n\r\n", "400;" },
	{ "NUL in a value", "GET / HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n", "400;",
	  sizeof("GET / HTTP/1.1\r\nHost: x\r\nA: 0\r\n\r\n") - 1 },
	{ "absolute form without a host", "GET http:///a HTTP/1.1\r\n" H "\r\n", "400;" },
	{ "absolute form with a user", "GET http://u@x/a HTTP/1.1\r\n" H "\r\n", "400;" },
	{ "absolute form of another scheme", "GET ftp://x/a HTTP/1.1\r\n" H "\r\n", "400;" },
	{ "absolute form without a path", "GET http://x?a HTTP/1.1\r\n" H "\r\n", "400;" },
	{ "a target without slash", "GET * HTTP/1.1\r\n" H "\r\n", "400;" },
	{ "a fragment", "GET /a#b HTTP/1.1\r\n" H "\r\n", "400;" },
	{ "a backslash", "GET /a\\b HTTP/1.1\r\n" H "\r\n", "400;" },
	{ "bytes above ASCII in the target", "GET /\xc3\xa9 HTTP/1.1\r\n" H "\r\n", "400;" },
	{ "CONNECT", "CONNECT x:1 HTTP/1.1\r\n" H "\r\n", "501;" },
	{ "TRACE", "TRACE / HTTP/1.1\r\n" H "\r\n", "501;" },
	{ "a method nobody has", "FROB / HTTP/1.1\r\n" H "\r\n", "501;" },
	{ "a method in small letters", "get / HTTP/1.1\r\n" H "\r\n", "400;" },
	{ "not HTTP", "\x16\x03\x01\x02", "400;" },
	{ "another version", "GET / HTTP/1.2\r\n" H "\r\n", "505;" },
	{ "a version of two", "GET / HTTP/2.0\r\n" H "\r\n", "505;" },
	{ "the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505;" },
	{ "another protocol", "GET / ICE/1.0\r\n" H "\r\n", "400;" },
	{ "an expectation we do not know", "POST / HTTP/1.1\r\n" H "Expect: the-worst\r\nContent-Length: 1\r\n\r\n",
	  "417;" },
	{ "a WebSocket of another version",
	  "GET /ws HTTP/1.1\r\n" H "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\n" KEY
	  "\r\n",
	  "GET /ws Upgrade=websocket Connection=Upgrade Sec-WebSocket-Version=8" KEY_TOLD " {};" },
	{ "a WebSocket with a short key", "GET /ws HTTP/1.1\r\n" H WS "Sec-WebSocket-Key: dGhlIHNhbXBsZQ==\r\n\r\n",
	  "GET /ws" WS_TOLD " Sec-WebSocket-Key=dGhlIHNhbXBsZQ== {};" },
	{ "good, then bad", "GET / HTTP/1.1\r\n" H "\r\nrubbish", "GET / {};400;" },
};

static size_t row_len(const struct row *row)
{
	return row->len ? row->len : strlen(row->input);
}

static void check_cut(const struct row *row, size_t cut)
{
	struct reading r;

	begin(&r);
	feed(&r, row->input, cut);
	feed(&r, row->input + cut, row_len(row) - cut);
	end(&r, row->expected);
}

static void check_bytewise(const struct row *row)
{
	struct reading r;

	begin(&r);
	for (size_t i = 0; i < row_len(row); i++)
		feed(&r, row->input + i, 1);
	end(&r, row->expected);
}

static void test_rows(void **state)
{
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		print_message("%s\n", rows[i].name);
		for (size_t cut = 0; cut <= row_len(&rows[i]); cut++)
			check_cut(&rows[i], cut);
		check_bytewise(&rows[i]);
	}
}

/* The strings of a finished request stay where they are while more bytes come in behind it. */
static void test_request_does_not_move(void **state)
{
	static const char first[] = "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n";
	struct reading r;
	size_t room;
	const char *target;

	begin(&r);
	memcpy(http_parser_room(&r.parser, sizeof(first), true, &room), first, sizeof(first) - 1);
	http_parser_wrote(&r.parser, sizeof(first) - 1);
	assert_int_equal(http_parser_run(&r.parser), HTTP_PARSE_DONE);
	target = r.parser.target.ptr;
	assert_null(http_parser_room(&r.parser, BLOCK, false, &room));
	assert_non_null(http_parser_room(&r.parser, 1, false, &room));
	http_parser_wrote(&r.parser, room);
	assert_ptr_equal(r.parser.target.ptr, target);
	assert_int_equal(http_parser_unread(&r.parser), room);
	end(&r, "");
}

/* A body in tiny chunks with long extensions must not cost more than it is worth. */
static void test_chunk_framing_is_bounded(void **state)
{
	static const char head[] = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
	struct reading r;
	size_t chunks = 0;

	begin(&r);
	feed(&r, head, sizeof(head) - 1);
	while (!r.over && chunks < 90) {
		char extension[1000];

		memset(extension, 'e', sizeof(extension));
		feed(&r, "1;", 2);
		feed(&r, extension, sizeof(extension));
		feed(&r, "\r\nx\r\n", 5);
		chunks++;
	}
	assert_in_range(chunks, 10, 20);
	end(&r, "413;");
}

/* The beginning of the next request may keep a body's buffer: that stays charged until it is given up. */
static void test_what_is_held_is_charged(void **state)
{
	static const char body[] = "POST /1 HTTP/1.1\r\n" H "Content-Length: 100\r\n\r\n" FIFTY FIFTY;
	static const char next[] = "GET /2 HTTP/1.1\r\n" H "A: " FIFTY FIFTY FIFTY;
	struct http_budget budget = { .max = 5000 };
	struct http_limits bounded = limits;
	struct reading r;
	size_t room;

	begin(&r);
	bounded.bodies = &budget;
	http_parser_init(&r.parser, &bounded, r.block, BLOCK, r.headers);
	memcpy(http_parser_room(&r.parser, sizeof(body) + sizeof(next), true, &room), body, sizeof(body) - 1);
	http_parser_wrote(&r.parser, sizeof(body) - 1);
	assert_int_equal(http_parser_run(&r.parser), HTTP_PARSE_DONE);
	memcpy(http_parser_room(&r.parser, sizeof(next), false, &room), next, sizeof(next) - 1);
	http_parser_wrote(&r.parser, sizeof(next) - 1);
	http_parser_next(&r.parser);
	assert_ptr_not_equal(r.parser.bytes, r.block);
	assert_int_equal(atomic_load(&budget.used), r.parser.cap);
	run(&r);
	feed(&r, FIFTY, 50);
	assert_int_equal(atomic_load(&budget.used), r.parser.cap);
	feed(&r, "\r\n\r\n", 4);
	assert_ptr_equal(r.parser.bytes, r.block);
	assert_int_equal(atomic_load(&budget.used), 0);
	feed(&r, body, sizeof(body) - 1 - 50);
	assert_in_range(atomic_load(&budget.used), 50, budget.max);
	buf_done(&r.story);
	http_parser_done(&r.parser);
	assert_int_equal(atomic_load(&budget.used), 0);
}

static void test_leading_empty_lines_are_bounded(void **state)
{
	struct reading r;

	begin(&r);
	for (int i = 0; i < 1000 && !r.over; i++)
		feed(&r, "\r\n", 2);
	end(&r, "431;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_request_does_not_move),
		cmocka_unit_test(test_chunk_framing_is_bounded),
		cmocka_unit_test(test_what_is_held_is_charged),
		cmocka_unit_test(test_leading_empty_lines_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
