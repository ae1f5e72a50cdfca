/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A socket on a transport of our own: any bytes, cut into reads in several ways, make the same messages, the same
 * answer and the same end. What we send is held to RFC 6455: whole unmasked frames, control frames of at most 125
 * bytes, nothing after a close. What is delivered is UTF-8 within its bounds.
 *
 * The first byte of the input seeds the cuts; the rest is what the client sends after the handshake.
 */
#include "base/check.h"
#include "base/encode.h"
#include "base/test_fuzz.h"
#include "http/conn.h"
#include "http/ws.h"
#include "http/ws_frame.h"
#include "task/loop.h"

enum { MESSAGE_MAX = 300, OUT_MAX = 4 * 1024 * 1024 };

struct talk {
	struct http_server server;
	struct http_conn conn;
	struct buf story;
	struct ws *ws;
	int code;
	bool ended;
};

/* ---- The transport that ws.c is linked with ------------------------------------------------------------ */

struct buf *conn_out(struct http_conn *conn)
{
	return &conn->out;
}

size_t conn_pending(const struct http_conn *conn)
{
	return 0;
}

bool conn_is_stuck(const struct http_conn *conn)
{
	return false;
}

void conn_bound_kernel(struct http_conn *conn)
{
}

void conn_enter(struct http_conn *conn, enum conn_phase phase)
{
	conn->phase = phase;
}

void conn_linger(struct http_conn *conn)
{
	conn->phase = CONN_LINGERING;
}

void http_conn_close(struct http_conn *conn)
{
	conn->phase = CONN_CLOSING;
}

struct str http_header(const struct http_request *request, const char *name)
{
	return STR("dGhlIHNhbXBsZSBub25jZQ==");
}

/* ---- The application --------------------------------------------------------------------------------------- */

static void on_message(struct ws *ws, struct str text, void *arg)
{
	struct talk *talk = arg;

	CHECK(!talk->ended && text.len <= MESSAGE_MAX && utf8_valid(text));
	buf_printf(&talk->story, "message of %zu: ", text.len);
	buf_str(&talk->story, text);
	buf_char(&talk->story, '\n');
	if (str_eq(text, STR("bye")))
		ws_close(ws, WS_NOT_YOURS, text);
	else
		ws_send(ws, text);
}

static void on_close(struct ws *ws, int code, void *arg)
{
	struct talk *talk = arg;

	CHECK(!talk->ended);
	talk->ended = true;
	talk->code = code;
}

/* ---- One conversation ---------------------------------------------------------------------------------------- */

static bool may_be_sent(int code)
{
	return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
	       (code >= 3000 && code <= 4999);
}

/* Of two faults either may be met first; and wslay 1.1, looking for UTF-8 in a close frame's reason, begins anew behind
 * the first two bytes of every read, so it may find fault with a good one. The connection ends all the same. */
static const char *code_text(int code)
{
	return code == WS_NOT_YOURS ? "our reason" : "theirs or a fault";
}

static void tell_close(struct buf *story, struct str payload)
{
	int code = WS_NORMAL;

	CHECK(payload.len != 1);
	if (payload.len >= 2) {
		code = (uint8_t)payload.ptr[0] << 8 | (uint8_t)payload.ptr[1];
		CHECK(may_be_sent(code));
		CHECK(utf8_valid(str_slice(payload, 2, payload.len)));
	}
	buf_printf(story, "close for %s\n", code_text(code));
}

/* Frames of the server; the story has all but pongs, which a close in the same read overtakes. */
static void tell_sent(struct buf *story, struct str bytes)
{
	while (bytes.len) {
		uint8_t first = (uint8_t)bytes.ptr[0];
		size_t len, head = 2;

		CHECK(bytes.len >= 2 && (first & 0xf0) == 0x80);
		len = (uint8_t)bytes.ptr[1];
		CHECK(len < 127);
		if (len == 126) {
			CHECK(bytes.len >= 4 && first == (0x80 | WS_OPCODE_TEXT));
			len = (size_t)(uint8_t)bytes.ptr[2] << 8 | (uint8_t)bytes.ptr[3];
			head = 4;
		}
		CHECK(bytes.len >= head + len);
		if (first == (0x80 | WS_OPCODE_CLOSE)) {
			CHECK(bytes.len == head + len);
			tell_close(story, str_slice(bytes, head, head + len));
		} else if (first != (0x80 | WS_OPCODE_PONG)) {
			buf_append(story, bytes.ptr, head + len);
		}
		bytes = str_slice(bytes, head + len, bytes.len);
	}
}

static bool is_read(const struct talk *talk)
{
	return talk->conn.phase == CONN_SOCKET || talk->conn.phase == CONN_CLOSING_HANDSHAKE;
}

/* One for all, never run: time stands still here. */
static struct loop *still_loop(void)
{
	static struct loop *loop;

	if (!loop)
		loop = loop_new();
	return loop;
}

static void open_talk(struct talk *talk)
{
	struct ws_options options = {
		.message_max = MESSAGE_MAX, .on_message = on_message, .on_close = on_close, .arg = talk
	};
	struct http_exchange *exchange = calloc(1, sizeof(*exchange));

	CHECK(exchange);
	memset(talk, 0, sizeof(*talk));
	list_init(&talk->server.spare_engines);
	talk->server.loop = still_loop();
	talk->conn.server = &talk->server;
	buf_init(&talk->conn.out, OUT_MAX);
	buf_init(&talk->story, OUT_MAX);
	exchange->conn = &talk->conn;
	exchange->request.websocket = true;
	talk->ws = ws_accept(exchange, &options);
	CHECK(talk->ws);
	buf_clear(&talk->conn.out);
	ws_start(&talk->conn);
	free(exchange);
}

static void end_talk(struct talk *talk)
{
	bool open = talk->conn.phase == CONN_SOCKET;

	tell_sent(&talk->story, buf_view(&talk->conn.out));
	ws_on_gone(&talk->conn);
	ws_engines_free(&talk->server);
	CHECK(talk->ended && talk->server.counts.websockets == 0);
	if (open)
		buf_str(&talk->story, STR("still open\n"));
	else
		buf_printf(&talk->story, "ended with %s\n", code_text(talk->code));
	buf_done(&talk->conn.out);
}

/* Cuts of 1 to `most` bytes; 0: all at once. */
static struct buf hold_talk(const uint8_t *bytes, size_t len, uint32_t seed, size_t most)
{
	struct talk talk;

	open_talk(&talk);
	while (len && is_read(&talk)) {
		size_t piece;

		seed = seed * 1664525 + 1013904223;
		piece = most ? 1 + (seed >> 16) % most : len;
		if (piece > len)
			piece = len;
		ws_on_bytes(&talk.conn, (struct str){ (const char *)bytes, piece });
		bytes += piece;
		len -= piece;
	}
	end_talk(&talk);
	return talk.story;
}

/* A fault inside a frame that never became whole may be noticed or not. */
static bool is_unnoticed(struct str shorter, struct str longer)
{
	struct str fault = STR("close for theirs or a fault\nended with theirs or a fault\n");
	struct str open = STR("still open\n");

	return str_ends(shorter, open) && str_ends(longer, fault) && shorter.len - open.len == longer.len - fault.len &&
	       !memcmp(shorter.ptr, longer.ptr, shorter.len - open.len);
}

static void check_same(struct str whole, struct str cut, size_t most)
{
	if (str_eq(whole, cut) || is_unnoticed(whole, cut) || is_unnoticed(cut, whole))
		return;
	fprintf(stderr, "--- whole:\n%.*s--- cut by %zu:\n%.*s", STR_ARG(whole), most, STR_ARG(cut));
	check_failed(__FILE__, __LINE__, "the same bytes make the same story");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t cuts[] = { 1, 5, 200 };
	struct buf whole;

	if (size < 1 || size > 64 * 1024)
		return 0;
	whole = hold_talk(data + 1, size - 1, 0, 0);
	for (size_t i = 0; i < ARRAY_COUNT(cuts); i++) {
		struct buf cut = hold_talk(data + 1, size - 1, data[0], cuts[i]);

		check_same(buf_view(&whole), buf_view(&cut), cuts[i]);
		buf_done(&cut);
	}
	buf_done(&whole);
	return 0;
}
