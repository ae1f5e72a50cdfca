/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WebSockets (RFC 6455) on wslay's framing. The handshake happens in the request's task; afterwards the socket lives on
 * callbacks, without a task or stack, so that an idle one costs a few KiB. Callbacks run on the loop, outside any task;
 * they may spawn one. Caps: message size in, bytes queued out (a reader slower than that, or that has
 * not taken what was sent for 10 s, is closed with 1013).
 * Pings go out every 30 to 40 s and a peer that misses two is closed.
 */
#ifndef STOA_HTTP_WS_H
#define STOA_HTTP_WS_H

#include "http/http.h"

struct ws;

enum ws_close_code {
	WS_NORMAL = 1000,
	WS_GOING_AWAY = 1001,
	WS_PROTOCOL_ERROR = 1002,
	WS_INVALID_TEXT = 1007,
	WS_TOO_BIG = 1009,
	WS_INTERNAL = 1011,
	WS_RESTART = 1012,
	WS_TRY_LATER = 1013, /* too slow */
	WS_UNAUTHENTICATED = 4401,
	WS_NOT_YOURS = 4404,
};

struct ws_options {
	size_t message_max;      /* default 4 KiB */
	size_t queue_max;        /* unsent bytes at which it is too slow, default 256 KiB */
	int64_t ends_us;         /* monotonic: closed with 4401 then; 0: never */
	struct uuid owner;       /* whose end closes it as well (http_server_end) */
	const char *subprotocol; /* echoed in the handshake; NULL: none */
	void (*on_message)(struct ws *ws, struct str text, void *arg); /* NULL: messages are ignored */
	/* Called exactly once. Afterwards ws is invalid. Only the handler that accepted it may still use it until it
	 * returns; its calls then do nothing. `code` is what was sent or received first; 1005 none, 1006 the connection
	 * broke. */
	void (*on_close)(struct ws *ws, int code, void *arg);
	void *arg;
};

/* Answers 101 and turns the connection; the exchange is over. Messages are delivered once the handler has returned. The
 * request must have `websocket` set. NULL when the client is already gone (on_close is not called then). */
struct ws *ws_accept(struct http_exchange *exchange, const struct ws_options *options);

/* One text message; copied, sent at the end of the turn. Nothing after ws_close. */
void ws_send(struct ws *ws, struct str text);
/* A caller with many messages asks before each one: false while a quarter of the queue is unsent. True once closed. */
bool ws_is_ready(struct ws *ws);
/* The same bytes to many: encode once, send the frame to each. */
struct ws_frame;
struct ws_frame *ws_frame_new(struct str text); /* one reference */
void ws_frame_unref(struct ws_frame *frame);
void ws_send_frame(struct ws *ws, struct ws_frame *frame);

void ws_close(struct ws *ws, int code, struct str reason); /* reason at most 123 bytes, cut */

#endif
