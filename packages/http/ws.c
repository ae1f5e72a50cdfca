/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A WebSocket is a connection whose bytes go to wslay instead of llhttp. wslay's event context (8 KiB of buffers) reads
 * frames, joins fragments, checks masks, lengths, control frames and UTF-8, and answers pings and closes; it is held
 * only while a frame or message is incomplete and comes from the server's pool, so a socket at rest is a few hundred
 * bytes. To know that it may be given back, the bytes of the frames it saw are counted against the bytes it was fed.
 *
 * Sending needs no state: frames are written straight into the connection's out buffer.
 */
#include "http/ws.h"

#include <wslay/wslay.h>

#include "base/check.h"
#include "base/encode.h"
#include "http/conn.h"
#include "http/ws_frame.h"

enum { MESSAGE_MAX = 4 * 1024, QUEUE_MAX = 256 * 1024, PINGS_MISSED_MAX = 2, SPARE_ENGINES_MAX = 16 };
enum { WS_UNSUPPORTED = 1003, WS_NO_CODE = 1005, WS_ABNORMAL = 1006 };

struct engine {
	struct list node;
	wslay_event_context_ptr wslay;
	struct ws *ws;
	struct str in;
	uint64_t fed;
	uint64_t framed; /* bytes of all frames begun so far, head and payload */
	bool in_message; /* the last data frame was not final */
};

struct ws {
	struct http_conn *conn;
	struct ws_options options;
	struct engine *engine;
	struct timer end;
	int pings_missed;
	int code; /* for on_close */
	bool close_sent;
	bool held; /* the handler that accepted it may still call us: it outlives its connection until then */
};

static struct http_server *server_of(const struct ws *ws)
{
	return ws->conn->server;
}

/* ---- Sending ---------------------------------------------------------------------------------- */

static bool has_room(struct ws *ws)
{
	if (ws->close_sent)
		return false;
	if (conn_pending(ws->conn) <= ws->options.queue_max && !conn_is_stuck(ws->conn))
		return true;
	ws_close(ws, WS_TRY_LATER, STR("too slow"));
	return false;
}

bool ws_is_ready(struct ws *ws)
{
	return !has_room(ws) || conn_pending(ws->conn) <= ws->options.queue_max / 4;
}

void ws_send(struct ws *ws, struct str text)
{
	if (has_room(ws))
		ws_frame_write(conn_out(ws->conn), WS_OPCODE_TEXT, text);
}

void ws_send_frame(struct ws *ws, struct ws_frame *frame)
{
	struct str bytes = ws_frame_bytes(frame);

	if (has_room(ws))
		buf_str(conn_out(ws->conn), bytes);
}

void ws_close(struct ws *ws, int code, struct str reason)
{
	if (ws->close_sent)
		return;
	ws->close_sent = true;
	ws->code = code;
	ws_frame_write_close(conn_out(ws->conn), code, reason);
	if (ws->conn->phase == CONN_SOCKET)
		conn_enter(ws->conn, CONN_CLOSING_HANDSHAKE);
}

/* ---- wslay ------------------------------------------------------------------------------------ */

static ssize_t on_recv(wslay_event_context_ptr wslay, uint8_t *out, size_t len, int flags, void *arg)
{
	struct engine *engine = arg;
	size_t count = len < engine->in.len ? len : engine->in.len;

	if (!count) {
		wslay_event_set_error(wslay, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	memcpy(out, engine->in.ptr, count);
	engine->in = str_slice(engine->in, count, engine->in.len);
	return (ssize_t)count;
}

/* Pongs, and the closes with which wslay answers one or reports an error. After our own close nothing may follow. */
static ssize_t on_send(wslay_event_context_ptr wslay, const uint8_t *bytes, size_t len, int flags, void *arg)
{
	const struct engine *engine = arg;

	if (!engine->ws->close_sent)
		buf_append(conn_out(engine->ws->conn), bytes, len);
	return (ssize_t)len;
}

static void on_frame(wslay_event_context_ptr wslay, const struct wslay_event_on_frame_recv_start_arg *frame, void *arg)
{
	struct engine *engine = arg;
	size_t extended = frame->payload_length < 126 ? 0 : frame->payload_length <= UINT16_MAX ? 2 : 8;

	engine->framed += 2 + extended + 4 + frame->payload_length;
	if (!wslay_is_ctrl_frame(frame->opcode))
		engine->in_message = !frame->fin;
}

/* Codes a peer may send: those of RFC 6455 7.4.1 and of IANA's registry since, and the open ranges. */
static bool is_close_code(int code)
{
	return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

/* What is wrong with a close frame, as the code to answer it with (RFC 6455 5.5.1, 8.1); 0: nothing. wslay takes half a
 * status code for none, and sends any reason back as it came. */
static int fault_of_close(const uint8_t *payload, size_t len)
{
	if (len == 0)
		return 0;
	if (len == 1 || !is_close_code(payload[0] << 8 | payload[1]))
		return WS_PROTOCOL_ERROR;
	return utf8_valid((struct str){ (const char *)payload + 2, len - 2 }) ? 0 : WS_INVALID_TEXT;
}

static void on_close_frame(struct ws *ws, const uint8_t *payload, size_t len)
{
	int fault = fault_of_close(payload, len);

	if (fault)
		ws_close(ws, fault, STR_NULL);
}

static void on_msg(wslay_event_context_ptr wslay, const struct wslay_event_on_msg_recv_arg *msg, void *arg)
{
	struct ws *ws = ((struct engine *)arg)->ws;
	struct str text = { msg->msg_length ? (const char *)msg->msg : "", msg->msg_length };

	if (ws->close_sent)
		return;
	if (msg->opcode == WSLAY_CONNECTION_CLOSE)
		on_close_frame(ws, msg->msg, msg->msg_length);
	else if (msg->opcode == WSLAY_BINARY_FRAME)
		ws_close(ws, WS_UNSUPPORTED, STR("text only"));
	else if (msg->opcode == WSLAY_TEXT_FRAME && ws->options.on_message)
		ws->options.on_message(ws, text, ws->options.arg);
}

static struct engine *engine_new(void)
{
	static const struct wslay_event_callbacks callbacks = {
		.recv_callback = on_recv,
		.send_callback = on_send,
		.on_frame_recv_start_callback = on_frame,
		.on_msg_recv_callback = on_msg,
	};
	struct engine *engine = calloc(1, sizeof(*engine));

	CHECK(engine && !wslay_event_context_server_init(&engine->wslay, &callbacks, engine));
	return engine;
}

static void engine_free(struct engine *engine)
{
	wslay_event_context_free(engine->wslay);
	free(engine);
}

static struct engine *engine_take(struct ws *ws)
{
	struct list *node = list_pop_front(&server_of(ws)->spare_engines);
	struct engine *engine = node ? CONTAINER_OF(node, struct engine, node) : engine_new();

	if (node)
		server_of(ws)->spare_engine_count--;
	engine->ws = ws;
	engine->fed = 0;
	engine->framed = 0;
	engine->in_message = false;
	wslay_event_config_set_max_recv_msg_length(engine->wslay, ws->options.message_max);
	return engine;
}

/* Only an engine between messages may serve another socket. */
static void engine_give(struct http_server *server, struct engine *engine)
{
	if (server->spare_engine_count == SPARE_ENGINES_MAX) {
		engine_free(engine);
		return;
	}
	engine->ws = NULL;
	server->spare_engine_count++;
	list_push_front(&server->spare_engines, &engine->node);
}

void ws_engines_free(struct http_server *server)
{
	struct list *node;

	while ((node = list_pop_front(&server->spare_engines)))
		engine_free(CONTAINER_OF(node, struct engine, node));
}

/* ---- The connection's side -------------------------------------------------------------------- */

static int code_of(const struct engine *engine)
{
	if (!wslay_event_get_close_received(engine->wslay))
		return wslay_event_get_status_code_sent(engine->wslay);
	return wslay_event_get_status_code_received(engine->wslay);
}

/* The peer closed, or broke the protocol: wslay has said what there is to say. */
static void end(struct ws *ws)
{
	struct engine *engine = ws->engine;
	int code = code_of(engine);

	if (!ws->close_sent)
		ws->code = code ? code : WS_NO_CODE;
	ws->close_sent = true;
	ws->engine = NULL;
	engine_free(engine);
	conn_linger(ws->conn);
}

void ws_on_bytes(struct http_conn *conn, struct str bytes)
{
	struct ws *ws = conn->ws;
	struct engine *engine;
	int broken;

	ws->pings_missed = 0;
	if (!ws->engine)
		ws->engine = engine_take(ws);
	engine = ws->engine;
	engine->in = bytes;
	engine->fed += bytes.len;
	broken = wslay_event_recv(engine->wslay);
	/* A frame that is wrong in its head makes wslay give up without a reason to send. */
	if (broken)
		ws_close(ws, WS_PROTOCOL_ERROR, STR_NULL);
	broken |= wslay_event_send(engine->wslay);
	if (broken || !wslay_event_get_read_enabled(engine->wslay)) {
		end(ws);
	} else if (engine->fed == engine->framed && !engine->in_message) {
		ws->engine = NULL;
		engine_give(conn->server, engine);
	}
}

void ws_start(struct http_conn *conn)
{
	conn->ws->held = false;
	conn_enter(conn, conn->ws->close_sent ? CONN_CLOSING_HANDSHAKE : CONN_SOCKET);
}

void ws_on_gone(struct http_conn *conn)
{
	struct ws *ws = conn->ws;

	conn->ws = NULL;
	conn->server->counts.websockets--;
	loop_timer_clear(conn->server->loop, &ws->end);
	if (ws->engine)
		engine_free(ws->engine);
	ws->close_sent = true;
	if (ws->options.on_close)
		ws->options.on_close(ws, ws->code, ws->options.arg);
	ws->conn = NULL;
	ws->engine = NULL;
	if (!ws->held)
		free(ws);
}

void ws_release(struct ws *ws)
{
	free(ws);
}

void ws_on_quiet(struct http_conn *conn)
{
	if (conn->ws->pings_missed == PINGS_MISSED_MAX) {
		http_conn_close(conn);
		return;
	}
	conn->ws->pings_missed++;
	if (!has_room(conn->ws))
		return;
	ws_frame_write(conn_out(conn), WS_OPCODE_PING, STR_NULL);
	conn_enter(conn, CONN_SOCKET);
}

struct uuid ws_owner(const struct ws *ws)
{
	return ws->options.owner;
}

static void on_end(struct timer *timer)
{
	ws_close(CONTAINER_OF(timer, struct ws, end), WS_UNAUTHENTICATED, STR("the token has expired"));
}

/* ---- Handshake -------------------------------------------------------------------------------- */

static void write_handshake(struct buf *out, struct str key, const char *subprotocol)
{
	char accept[WS_ACCEPT_LEN];

	ws_accept_key(key, accept);
	buf_str(out, STR("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	                 "Sec-WebSocket-Accept: "));
	buf_append(out, accept, WS_ACCEPT_LEN);
	if (subprotocol)
		buf_printf(out, "\r\nSec-WebSocket-Protocol: %s", subprotocol);
	buf_str(out, STR("\r\n\r\n"));
}

struct ws *ws_accept(struct http_exchange *exchange, const struct ws_options *options)
{
	struct http_conn *conn = exchange->conn;
	struct ws *ws;

	CHECK(exchange->request.websocket && exchange->state == REPLY_NONE);
	exchange->state = REPLY_WEBSOCKET;
	exchange->status = 101;
	if (!conn)
		return NULL;
	ws = calloc(1, sizeof(*ws));
	CHECK(ws);
	ws->conn = conn;
	ws->options = *options;
	ws->options.message_max = options->message_max ? options->message_max : MESSAGE_MAX;
	ws->options.queue_max = options->queue_max ? options->queue_max : QUEUE_MAX;
	ws->code = WS_ABNORMAL;
	ws->held = true;
	ws->end.run = on_end;
	if (options->ends_us)
		loop_timer_set(conn->server->loop, &ws->end, options->ends_us);
	exchange->ws = ws;
	conn->ws = ws;
	conn->server->counts.websockets++;
	conn_bound_kernel(conn);
	write_handshake(conn_out(conn), http_header(&exchange->request, "Sec-WebSocket-Key"), options->subprotocol);
	return ws;
}
