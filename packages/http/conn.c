/* SPDX-License-Identifier: Apache-2.0 */
/* A connection's life: reading, its phases, refusals, and the ways it ends. */
#include "http/conn.h"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "http/message.h"

enum { LINGER_MAX = 64 * 1024 };
/* The next request of a pipeline waits while this much of the answers is unsent. */
enum { UNSENT_PAUSE = 256 * 1024 };
/* Connections too many are told so (503) while they are few; beyond that they are just closed. */
enum { REFUSED_AT_ONCE_MAX = 256 };

void conn_enter(struct http_conn *conn, enum conn_phase phase)
{
	list_remove(&conn->node);
	conn->phase = phase;
	conn->since_us = loop_now_us(conn->server->loop);
	list_push_back(&conn->server->phases[phase].conns, &conn->node);
}

static void drop_buffers(struct http_conn *conn)
{
	struct http_exchange *exchange = conn->exchange;

	conn->exchange = NULL;
	if (exchange && exchange->task) {
		/* The handler still stands on the request; its task gives the exchange back when it has unwound. */
		exchange->conn = NULL;
		task_cancel(exchange->task);
	} else if (exchange) {
		exchange_give(exchange);
	}
	if (conn->ahead)
		exchange_give(conn->ahead);
	conn->ahead = NULL;
}

static void on_closed(uv_handle_t *handle)
{
	struct http_conn *conn = CONTAINER_OF(handle, struct http_conn, io.handle);
	struct http_server *server = conn->server;

	list_remove(&conn->node);
	conn_write_done(conn);
	free(conn);
	server->counts.connections--;
	server_check_drained(server);
	server_unref(server);
}

void http_conn_close(struct http_conn *conn)
{
	if (conn->phase == CONN_CLOSING)
		return;
	conn_enter(conn, CONN_CLOSING);
	loop_flush_cancel(&conn->flush);
	drop_buffers(conn);
	if (conn->ws)
		ws_on_gone(conn);
	if (conn->sse)
		sse_on_gone(conn);
	uv_close(&conn->io.handle, on_closed);
}

/* ---- Reading ---------------------------------------------------------------------------------- */

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

static bool reads_scratch(const struct http_conn *conn)
{
	return conn->phase == CONN_LINGERING || conn->phase == CONN_SOCKET || conn->phase == CONN_CLOSING_HANDSHAKE ||
	       conn->phase == CONN_STREAM;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
	struct http_conn *conn = CONTAINER_OF(handle, struct http_conn, io.handle);

	if (reads_scratch(conn)) {
		*ret = uv_buf_init(conn->server->scratch, SCRATCH_SIZE);
		return;
	}
	if (conn->phase != CONN_HANDLING) {
		*ret = room_in(&conn->exchange, conn, true);
		return;
	}
	*ret = conn->ahead ? uv_buf_init(NULL, 0) : room_in(&conn->exchange, conn, false);
	if (!ret->base)
		*ret = room_in(&conn->ahead, conn, true);
}

/* An idle connection keeps no buffer. */
static void release_empty(struct http_conn *conn)
{
	if (conn->phase == CONN_IDLE && conn->exchange && !http_parser_has_bytes(&conn->exchange->parser)) {
		exchange_give(conn->exchange);
		conn->exchange = NULL;
	}
}

static void on_end(struct http_conn *conn, ssize_t error)
{
	bool pending = conn_pending(conn) > 0;

	conn->eof = true;
	uv_read_stop(&conn->io.stream);
	conn->reading = false;
	release_empty(conn);
	if (conn->phase == CONN_HEAD || conn->phase == CONN_BODY || conn->phase == CONN_HANDLING)
		conn->server->counts.disconnected_early++;
	/* A client may close its half as soon as it has asked for everything; answers already made still go out. */
	if (error == UV_EOF && pending && (conn->phase == CONN_IDLE || conn->phase == CONN_LINGERING))
		return;
	http_conn_close(conn);
}

static void on_linger_bytes(struct http_conn *conn, size_t count)
{
	conn->discarded += count;
	if (conn->discarded > LINGER_MAX)
		http_conn_close(conn);
}

static void pause_reading(struct http_conn *conn)
{
	uv_read_stop(&conn->io.stream);
	conn->reading = false;
}

/* Bytes behind a request that is being handled: kept, within bounds. */
static void on_ahead_bytes(struct http_conn *conn, size_t count)
{
	struct http_parser *parser = &(conn->ahead ? conn->ahead : conn->exchange)->parser;
	size_t unread;

	http_parser_wrote(parser, count);
	unread = http_parser_unread(&conn->exchange->parser) +
	         (conn->ahead ? http_parser_unread(&conn->ahead->parser) : 0);
	if (unread >= conn->server->limits.pipeline_max)
		pause_reading(conn);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
	struct http_conn *conn = CONTAINER_OF(stream, struct http_conn, io.stream);

	if (count < 0) {
		on_end(conn, count);
	} else if (count == 0) {
		release_empty(conn);
	} else if (conn->phase == CONN_LINGERING || conn->phase == CONN_STREAM) {
		on_linger_bytes(conn, (size_t)count);
	} else if (conn->ws && conn->phase != CONN_HANDLING) {
		ws_on_bytes(conn, (struct str){ buf->base, (size_t)count });
	} else if (conn->phase == CONN_HANDLING || conn->blocked) {
		on_ahead_bytes(conn, (size_t)count);
	} else {
		http_parser_wrote(&conn->exchange->parser, (size_t)count);
		conn_advance(conn);
	}
}

static void resume_reading(struct http_conn *conn)
{
	if (conn->reading || conn->eof || conn->phase == CONN_CLOSING)
		return;
	if (uv_read_start(&conn->io.stream, on_alloc, on_read))
		conn->close_pending = true;
	conn->reading = true;
}

/* ---- Requests --------------------------------------------------------------------------------- */

static void ask_for_body(struct http_conn *conn, struct http_parser *parser)
{
	if (!parser->wants_continue || !parser->body_expected)
		return;
	parser->wants_continue = false;
	buf_str(conn_out(conn), STR("HTTP/1.1 100 Continue\r\n\r\n"));
}

/* Between requests: nothing is held, and in a drain nothing more is wanted. */
static void rest(struct http_conn *conn)
{
	if (conn->phase != CONN_IDLE)
		conn_enter(conn, CONN_IDLE);
	release_empty(conn);
	if (conn->server->draining)
		conn_linger(conn);
}

static void await_more(struct http_conn *conn)
{
	struct http_parser *parser = &conn->exchange->parser;
	enum conn_phase phase = parser->head_done ? CONN_BODY : CONN_HEAD;

	resume_reading(conn);
	if (!http_parser_has_bytes(parser)) {
		rest(conn);
		return;
	}
	if (conn->phase != phase)
		conn_enter(conn, phase);
	ask_for_body(conn, parser);
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
		conn_enter(conn, CONN_HANDLING);
		exchange_dispatch(exchange);
		break;
	case HTTP_PARSE_REFUSED:
		conn_refuse(conn, exchange->parser.refusal);
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
	resume_reading(conn);
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
	drop_buffers(conn);
	sse_begin(conn);
	resume_reading(conn);
}

/* To the next request. While enough of them lie here no more is read: else each one answered would let in another
 * bufferful. */
static void advance_within_bounds(struct http_conn *conn)
{
	if (http_parser_unread(&conn->exchange->parser) < conn->server->limits.pipeline_max)
		resume_reading(conn);
	conn_advance(conn);
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
	exchange_rewind(exchange);
	join_ahead(conn);
	conn_enter(conn, CONN_IDLE);
	if (conn_pending(conn) > UNSENT_PAUSE) {
		conn->blocked = true;
		return;
	}
	advance_within_bounds(conn);
}

void conn_on_sent(struct http_conn *conn)
{
	uv_os_fd_t fd;

	if (conn->phase == CONN_LINGERING && !conn->shut && !conn->eof) {
		conn->shut = true;
		if (!uv_fileno(&conn->io.handle, &fd))
			shutdown(fd, SHUT_WR);
	} else if (conn->eof && (conn->phase == CONN_IDLE || conn->phase == CONN_LINGERING)) {
		http_conn_close(conn);
	} else if (conn->phase == CONN_HANDLING) {
		exchange_on_sent(conn->exchange);
	} else if (conn->blocked) {
		conn->blocked = false;
		if (conn->exchange) {
			advance_within_bounds(conn);
		} else {
			resume_reading(conn);
			rest(conn);
		}
	}
}

/* ---- Endings ---------------------------------------------------------------------------------- */

void conn_linger(struct http_conn *conn)
{
	if (conn->phase == CONN_CLOSING)
		return;
	conn_enter(conn, CONN_LINGERING);
	drop_buffers(conn);
	resume_reading(conn);
	loop_flush_soon(conn->server->loop, &conn->flush);
}

static void write_refusal(struct http_conn *conn, const struct problem *problem)
{
	const struct failure failure = { .kind = FAILURE_REFUSED, .problem = problem };
	const struct http_header headers[] = {
		{ STR("Content-Type"), STR("application/problem+json") },
		{ STR("Retry-After"), STR("1") },
	};
	struct http_reply_head head = {
		.status = problem->status,
		.headers = headers,
		.header_count = problem->status == 503 ? 2 : 1,
		.date = server_date(conn->server),
		.close = true,
	};
	struct buf body;

	buf_init(&body, 4096);
	problem_write(&body, &failure, STR_NULL, STR_NULL);
	head.body_len = body.len;
	http_reply_head_write(conn_out(conn), &head);
	buf_str(conn_out(conn), buf_view(&body));
	buf_done(&body);
}

void conn_refuse(struct http_conn *conn, const struct problem *problem)
{
	struct http_server *server = conn->server;

	server->counts.refused++;
	if (server->on_refused)
		server->on_refused(problem->status, server->arg);
	write_refusal(conn, problem);
	conn_linger(conn);
}

void conn_on_timeout(struct http_conn *conn)
{
	switch (conn->phase) {
	case CONN_HEAD:
	case CONN_BODY:
		conn_refuse(conn, &problem_request_timeout);
		break;
	case CONN_SOCKET:
		ws_on_quiet(conn);
		break;
	case CONN_STREAM:
		sse_on_quiet(conn);
		break;
	default:
		http_conn_close(conn);
	}
}

/* ---- Beginning -------------------------------------------------------------------------------- */

/* Left to itself the kernel buffers megabytes for a reader that has stopped. */
void conn_bound_kernel(struct http_conn *conn)
{
	const int unsent_max = 16 * 1024;
	uv_os_fd_t fd;

	if (!conn->server->is_unix && !uv_fileno(&conn->io.handle, &fd))
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_max, sizeof(unsent_max));
}

static struct address peer_of(const struct sockaddr_storage *peer)
{
	struct address address = { .bytes = { [10] = 0xff, [11] = 0xff } };

	if (peer->ss_family == AF_INET6)
		memcpy(address.bytes, &((const struct sockaddr_in6 *)peer)->sin6_addr, 16);
	else
		memcpy(address.bytes + 12, &((const struct sockaddr_in *)peer)->sin_addr, 4);
	return address;
}

static void learn_peer(struct http_conn *conn)
{
	struct http_server *server = conn->server;
	struct sockaddr_storage peer = { 0 };
	int size = sizeof(peer);

	if (server->is_unix) {
		memcpy(conn->client, "unix", 4);
		conn->client_len = 4;
		conn->trusted = server->proxies.unix_socket;
	} else if (!uv_tcp_getpeername(&conn->io.tcp, (struct sockaddr *)&peer, &size)) {
		struct address address = peer_of(&peer);

		conn->client_len = (uint8_t)address_format(&address, conn->client);
		conn->trusted = proxies_trust(&server->proxies, &address);
	}
}

void http_conn_open(struct http_server *server, int fd)
{
	struct http_conn *conn = calloc(1, sizeof(*conn));
	uv_loop_t *uv = loop_uv(server->loop);

	CHECK(conn);
	CHECK(server->is_unix ? !uv_pipe_init(uv, &conn->io.pipe, 0) : !uv_tcp_init(uv, &conn->io.tcp));
	conn->server = server;
	conn_write_init(conn);
	server_ref(server);
	server->counts.connections++;
	conn_enter(conn, CONN_IDLE);
	if (server->is_unix ? uv_pipe_open(&conn->io.pipe, fd) : uv_tcp_open(&conn->io.tcp, fd)) {
		close(fd);
		http_conn_close(conn);
		return;
	}
	if (server->counts.connections > server->limits.connections_max + REFUSED_AT_ONCE_MAX) {
		http_conn_close(conn);
		return;
	}
	server->counts.accepted++;
	learn_peer(conn);
	resume_reading(conn);
	if (server->counts.connections > server->limits.connections_max)
		conn_refuse(conn, &problem_unavailable);
}
