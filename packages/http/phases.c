/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a connection does in each of its phases: the table at the end of this file has a row a phase.
 *
 *     IDLE -> HEAD -> HANDLING -> IDLE            one request after the other; a head that is whole skips phases
 *     HANDLING -> BODY -> HANDLING                a body that the handler waits for
 *     HANDLING -> BODY -> IDLE                    the rest of one that nobody waited for
 *     HANDLING -> SOCKET -> CLOSING_HANDSHAKE     a WebSocket (ws.c)
 *     HANDLING -> STREAM                          server-sent events (sse.c)
 *     any -> LINGERING -> CLOSING                 after the last answer, a refusal, or in a drain
 *     any -> CLOSING                              the peer has left, or a timeout has passed
 */
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "http/conn.h"

enum { LINGER_MAX = 64 * 1024 };
/* The next request of a pipeline waits while this much of the answers is unsent. */
enum { UNSENT_PAUSE = 256 * 1024 };
/* What a client has to take of its answers within a time-out, to be given another one. */
enum { TAKEN_MIN = 1024 };

/* ---- Requests --------------------------------------------------------------------------------- */

static void ask_for_body(struct http_conn *conn, struct http_parser *parser)
{
	if (!parser->wants_continue || !parser->body_expected)
		return;
	parser->wants_continue = false;
	buf_str(conn_out(conn), STR("HTTP/1.1 100 Continue\r\n\r\n"));
}

/* Between requests: nothing is held, and in a drain nothing more is wanted. */
static void rest_between_requests(struct http_conn *conn)
{
	if (conn->phase != CONN_IDLE)
		conn_enter(conn, CONN_IDLE);
	conn_release_empty(conn);
	if (conn->server->draining)
		conn_linger(conn);
}

/* The task of its head decides whether the body is wanted; until then it stays where it is. */
static void begin_with_head(struct http_conn *conn)
{
	conn_pause_reading(conn);
	conn_enter(conn, CONN_HANDLING);
	exchange_dispatch(conn->exchange);
}

static void tell_body_refused(struct http_conn *conn)
{
	conn_pause_reading(conn);
	conn_enter(conn, CONN_HANDLING);
	exchange_on_body(conn->exchange);
}

/* False: no room, and refused. */
static bool has_room(struct http_parser *parser)
{
	size_t room;

	return http_parser_room(parser, READ_MIN, true, &room) != NULL;
}

static void await_more(struct http_conn *conn)
{
	struct http_parser *parser = &conn->exchange->parser;

	if (parser->head_done && conn->phase != CONN_BODY) {
		begin_with_head(conn);
		return;
	}
	if (parser->head_done && !has_room(parser)) {
		tell_body_refused(conn);
		return;
	}
	conn_resume_reading(conn);
	if (!http_parser_has_bytes(parser))
		rest_between_requests(conn);
	else if (!parser->head_done && conn->phase != CONN_HEAD)
		conn_enter(conn, CONN_HEAD);
}

void conn_await_body(struct http_conn *conn)
{
	conn_enter(conn, CONN_BODY);
	ask_for_body(conn, &conn->exchange->parser);
	await_more(conn);
}

/* The request is whole. */
static void go_on_whole(struct http_conn *conn)
{
	struct http_exchange *exchange = conn->exchange;

	if (exchange->parser.skipping) {
		conn_finished(conn);
		return;
	}
	conn_enter(conn, CONN_HANDLING);
	if (exchange->task)
		exchange_on_body(exchange);
	else
		exchange_dispatch(exchange);
}

static void go_on_refused(struct http_conn *conn)
{
	struct http_exchange *exchange = conn->exchange;

	if (exchange->task)
		tell_body_refused(conn);
	else if (exchange->parser.skipping)
		conn_linger(conn);
	else
		conn_refuse(conn, exchange->parser.refusal, exchange->parser.why);
}

void conn_advance(struct http_conn *conn)
{
	struct http_exchange *exchange = conn->exchange;

	if (!exchange->request.received_us && http_parser_has_bytes(&exchange->parser))
		exchange->request.received_us = loop_now_us(conn->server->loop);
	switch (http_parser_run(&exchange->parser)) {
	case HTTP_PARSE_MORE:
		await_more(conn);
		break;
	case HTTP_PARSE_DONE:
		go_on_whole(conn);
		break;
	case HTTP_PARSE_REFUSED:
		go_on_refused(conn);
		break;
	}
}

/* What lies behind the finished request, and what came meanwhile, is the beginning of the next. */
static void join_ahead(struct http_conn *conn)
{
	struct http_exchange *ahead = conn->ahead;
	size_t count;
	size_t room;

	conn->ahead = NULL;
	if (!ahead)
		return;
	if (!http_parser_has_bytes(&conn->exchange->parser)) {
		exchange_give(conn->exchange);
		conn->exchange = ahead;
		return;
	}
	count = http_parser_unread(&ahead->parser);
	memcpy(http_parser_room(&conn->exchange->parser, count, true, &room), ahead->parser.bytes, count);
	http_parser_wrote(&conn->exchange->parser, count);
	exchange_give(ahead);
}

static void become_socket(struct http_conn *conn)
{
	struct http_exchange *exchange = conn->exchange;
	struct http_exchange *ahead = conn->ahead;
	struct http_parser *parser = &exchange->parser;

	conn->exchange = NULL;
	conn->ahead = NULL;
	ws_start(conn);
	conn_resume_reading(conn);
	if (http_parser_unread(parser))
		ws_on_bytes(conn, (struct str){ parser->bytes + parser->end, http_parser_unread(parser) });
	if (ahead && conn->phase != CONN_CLOSING && conn->phase != CONN_LINGERING)
		ws_on_bytes(conn, (struct str){ ahead->parser.bytes, http_parser_unread(&ahead->parser) });
	exchange_give(exchange);
	if (ahead)
		exchange_give(ahead);
}

static void become_stream(struct http_conn *conn)
{
	conn_drop_buffers(conn);
	sse_begin(conn);
	conn_resume_reading(conn);
}

/* To the next request. While enough of them lie here no more is read: else each one answered would let in another
 * bufferful. */
static void advance_within_bounds(struct http_conn *conn)
{
	if (http_parser_unread(&conn->exchange->parser) < conn->server->limits.pipeline_max)
		conn_resume_reading(conn);
	conn_advance(conn);
}

/* The answer did not wait for the body: what is missing of it is read and dropped, so that the next request is found. */
static void skip_body(struct http_conn *conn)
{
	http_parser_skip(&conn->exchange->parser);
	conn_enter(conn, CONN_BODY);
	conn_resume_reading(conn);
}

void conn_finished(struct http_conn *conn)
{
	struct http_exchange *exchange = conn->exchange;

	if (conn->ws) {
		become_socket(conn);
		return;
	}
	if (conn->sse) {
		become_stream(conn);
		return;
	}
	if (exchange->close) {
		conn_linger(conn);
		return;
	}
	if (!exchange->parser.end) {
		skip_body(conn);
		return;
	}
	exchange_rewind(exchange);
	join_ahead(conn);
	conn_enter(conn, CONN_IDLE);
	if (conn_pending(conn) > UNSENT_PAUSE) {
		conn->blocked = true;
		return;
	}
	advance_within_bounds(conn);
}

/* ---- Room for bytes --------------------------------------------------------------------------- */

static uv_buf_t room_in(struct http_exchange **exchange, struct http_conn *conn, bool may_move)
{
	size_t room;
	char *at;

	if (!*exchange) {
		*exchange = exchange_take(conn->server);
		(*exchange)->conn = conn;
	}
	at = http_parser_room(&(*exchange)->parser, READ_MIN, may_move, &room);
	return at ? uv_buf_init(at, (unsigned int)room) : uv_buf_init(NULL, 0);
}

static uv_buf_t room_for_request(struct http_conn *conn)
{
	return room_in(&conn->exchange, conn, true);
}

/* The handler stands on its request, which therefore does not move. */
static uv_buf_t room_ahead(struct http_conn *conn)
{
	uv_buf_t room = conn->ahead ? uv_buf_init(NULL, 0) : room_in(&conn->exchange, conn, false);

	return room.base ? room : room_in(&conn->ahead, conn, true);
}

/* For bytes that are used up or dropped at once. */
static uv_buf_t room_in_scratch(struct http_conn *conn)
{
	return uv_buf_init(conn->server->scratch, SCRATCH_SIZE);
}

/* ---- Bytes ------------------------------------------------------------------------------------ */

/* Bytes behind a request that is being handled: kept, within bounds. */
static void keep_ahead(struct http_conn *conn, struct str bytes)
{
	struct http_parser *parser = &(conn->ahead ? conn->ahead : conn->exchange)->parser;
	size_t unread;

	http_parser_wrote(parser, bytes.len);
	unread = http_parser_unread(&conn->exchange->parser) +
	         (conn->ahead ? http_parser_unread(&conn->ahead->parser) : 0);
	if (unread >= conn->server->limits.pipeline_max)
		conn_pause_reading(conn);
}

static void parse_bytes(struct http_conn *conn, struct str bytes)
{
	http_parser_wrote(&conn->exchange->parser, bytes.len);
	conn_advance(conn);
}

static void begin_request(struct http_conn *conn, struct str bytes)
{
	if (conn->blocked)
		keep_ahead(conn, bytes);
	else
		parse_bytes(conn, bytes);
}

static void discard(struct http_conn *conn, struct str bytes)
{
	conn->discarded += bytes.len;
	if (conn->discarded > LINGER_MAX)
		http_conn_close(conn);
}

/* ---- The peer's end --------------------------------------------------------------------------- */

static void close_at_end(struct http_conn *conn, bool half_closed)
{
	http_conn_close(conn);
}

static void close_early(struct http_conn *conn, bool half_closed)
{
	conn->server->counts.disconnected_early++;
	http_conn_close(conn);
}

/* A client may close its half as soon as it has asked for everything; answers already made still go out. */
static void close_when_sent(struct http_conn *conn, bool half_closed)
{
	if (!half_closed || !conn_pending(conn))
		http_conn_close(conn);
}

/* ---- All is sent ------------------------------------------------------------------------------ */

static void await_peer(struct http_conn *conn)
{
}

static void go_on_when_sent(struct http_conn *conn)
{
	if (conn->eof) {
		http_conn_close(conn);
	} else if (conn->blocked) {
		conn->blocked = false;
		if (conn->exchange) {
			advance_within_bounds(conn);
		} else {
			conn_resume_reading(conn);
			rest_between_requests(conn);
		}
	}
}

static void tell_exchange_sent(struct http_conn *conn)
{
	exchange_on_sent(conn->exchange);
}

static void shut_when_sent(struct http_conn *conn)
{
	uv_os_fd_t fd;

	if (conn->eof) {
		http_conn_close(conn);
	} else if (!conn->shut) {
		conn->shut = true;
		if (!uv_fileno(&conn->io.handle, &fd))
			shutdown(fd, SHUT_WR);
	}
}

/* ---- Time is up ------------------------------------------------------------------------------- */

static void refuse_late(struct http_conn *conn)
{
	conn_refuse(conn, &problem_request_timeout, NULL);
}

static void end_late_body(struct http_conn *conn)
{
	(void)!http_parser_refuse(&conn->exchange->parser, &problem_request_timeout, "The body did not arrive in time");
	go_on_refused(conn);
}

/* Bytes of answers that the peer has not taken: gathered, waiting in libuv, and in the kernel. */
static size_t answers_left(const struct http_conn *conn)
{
	int in_kernel = 0;
	uv_os_fd_t fd;

	if (!uv_fileno(&conn->io.handle, &fd))
		(void)ioctl(fd, SIOCOUTQ, &in_kernel);
	return conn->out.len + uv_stream_get_write_queue_size(&conn->io.stream) + (size_t)in_kernel;
}

/* A client that is slow in taking its answer is not idle; but one that takes next to nothing is. */
static void close_unless_taking(struct http_conn *conn)
{
	size_t left = answers_left(conn), before = conn->left_before;

	if (!conn_pending(conn) || (before && left + TAKEN_MIN > before)) {
		http_conn_close(conn);
		return;
	}
	conn_enter(conn, conn->phase);
	conn->left_before = left;
}

/* ---- The phases ------------------------------------------------------------------------------- */

/* CLOSING has no row: after uv_close nothing comes, and it has no timeout. HANDLING has no timeout of its own: a
 * request's deadline ends its task. */
/* clang-format off */
const struct conn_phase_row conn_phase_rows[CONN_PHASE_COUNT] = {
	/*                           on_alloc          on_bytes       on_end           on_sent             on_timeout */
	[CONN_IDLE]              = { room_for_request, begin_request, close_when_sent, go_on_when_sent,    close_unless_taking },
	[CONN_HEAD]              = { room_for_request, parse_bytes,   close_early,     await_peer,         refuse_late },
	[CONN_BODY]              = { room_for_request, parse_bytes,   close_early,     await_peer,         end_late_body },
	[CONN_HANDLING]          = { room_ahead,       keep_ahead,    close_early,     tell_exchange_sent, http_conn_close },
	[CONN_LINGERING]         = { room_in_scratch,  discard,       close_when_sent, shut_when_sent,     close_unless_taking },
	[CONN_SOCKET]            = { room_in_scratch,  ws_on_bytes,   close_at_end,    await_peer,         ws_on_quiet },
	[CONN_CLOSING_HANDSHAKE] = { room_in_scratch,  ws_on_bytes,   close_at_end,    await_peer,         http_conn_close },
	[CONN_STREAM]            = { room_in_scratch,  discard,       close_at_end,    await_peer,         sse_on_quiet },
};
/* clang-format on */
