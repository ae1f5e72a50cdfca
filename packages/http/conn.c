/* SPDX-License-Identifier: Apache-2.0 */
/* A connection's life: opened, read from, refused, closed. What its phases do with what it reads is in phases.c. */
#include "http/conn.h"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "http/message.h"

/* Connections too many are told so (503) while they are few; beyond that they are just closed. */
enum { REFUSED_AT_ONCE_MAX = 256 };

void conn_enter(struct http_conn *conn, enum conn_phase phase)
{
	list_remove(&conn->node);
	conn->phase = phase;
	conn->since_us = loop_now_us(conn->server->loop);
	conn->left_before = 0;
	list_push_back(&conn->server->phases[phase].conns, &conn->node);
}

void conn_drop_buffers(struct http_conn *conn)
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
	conn_drop_buffers(conn);
	if (conn->ws)
		ws_on_gone(conn);
	if (conn->sse)
		sse_on_gone(conn);
	uv_close(&conn->io.handle, on_closed);
}

/* ---- Reading ---------------------------------------------------------------------------------- */

void conn_pause_reading(struct http_conn *conn)
{
	uv_read_stop(&conn->io.stream);
	conn->reading = false;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
	struct http_conn *conn = CONTAINER_OF(handle, struct http_conn, io.handle);

	*ret = conn_row(conn)->on_alloc(conn);
}

/* An idle connection keeps no buffer. */
void conn_release_empty(struct http_conn *conn)
{
	if (conn->phase == CONN_IDLE && conn->exchange && !http_parser_has_bytes(&conn->exchange->parser)) {
		exchange_give(conn->exchange);
		conn->exchange = NULL;
	}
}

static void on_end(struct http_conn *conn, ssize_t error)
{
	conn->eof = true;
	conn_pause_reading(conn);
	conn_release_empty(conn);
	conn_row(conn)->on_end(conn, error == UV_EOF);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
	struct http_conn *conn = CONTAINER_OF(stream, struct http_conn, io.stream);

	if (count < 0)
		on_end(conn, count);
	else if (count == 0)
		conn_release_empty(conn);
	else
		conn_row(conn)->on_bytes(conn, (struct str){ buf->base, (size_t)count });
}

void conn_resume_reading(struct http_conn *conn)
{
	if (conn->reading || conn->eof || conn->phase == CONN_CLOSING)
		return;
	if (uv_read_start(&conn->io.stream, on_alloc, on_read))
		conn->close_pending = true;
	conn->reading = true;
}

/* ---- Endings ---------------------------------------------------------------------------------- */

void conn_linger(struct http_conn *conn)
{
	if (conn->phase == CONN_CLOSING)
		return;
	conn_enter(conn, CONN_LINGERING);
	conn_drop_buffers(conn);
	conn_resume_reading(conn);
	loop_flush_soon(conn->server->loop, &conn->flush);
}

void conn_refuse(struct http_conn *conn, const struct problem *problem, const char *why)
{
	struct http_server *server = conn->server;
	const struct failure failure = { .kind = FAILURE_REFUSED,
		                         .problem = problem,
		                         .detail = why ? str_from(why) : STR_NULL };
	struct problem_reply reply;

	server->counts.refused++;
	if (server->on_refused)
		server->on_refused(problem->status, server->arg);
	problem_reply_open(&reply, &failure, STR_NULL,
	                   conn->exchange ? http_parser_header(&conn->exchange->parser, STR("x-request-id"))
	                                  : STR_NULL);
	const struct http_reply_head head = { .status = problem->status,
		                              .headers = reply.headers,
		                              .header_count = reply.header_count,
		                              .date = server_date(server),
		                              .body_len = reply.body.len,
		                              .close = true };

	http_reply_head_write(conn_out(conn), &head);
	if (!conn->exchange || !http_parser_is_head(&conn->exchange->parser))
		buf_str(conn_out(conn), buf_view(&reply.body));
	buf_done(&reply.body);
	conn_linger(conn);
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
	conn_resume_reading(conn);
	if (server->counts.connections > server->limits.connections_max)
		conn_refuse(conn, &problem_unavailable, "There are too many connections");
}
