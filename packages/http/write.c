/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sending: answers are gathered in `out` and leave at the end of the turn in one write. What the kernel does not take
 * is handed to libuv, one write at a time; meanwhile `out` gathers on, up to the ceiling.
 */
#include "http/conn.h"

#include "base/check.h"
#include "base/clock.h"

#define STUCK_US (10 * US_PER_S)

struct conn_write {
	uv_write_t req;
	struct http_conn *conn;
	struct buf buf;
};

static void out_give(struct http_server *server, struct buf *out)
{
	if (out->ptr && out->cap <= SPARE_BUF_CAP && server->spare_buf_count < SPARE_BUFS_MAX) {
		buf_clear(out);
		server->spare_bufs[server->spare_buf_count++] = *out;
	} else {
		buf_done(out);
	}
	*out = (struct buf){ 0 };
}

struct buf *conn_out(struct http_conn *conn)
{
	struct http_server *server = conn->server;

	if (!conn->out.max) {
		if (server->spare_buf_count)
			conn->out = server->spare_bufs[--server->spare_buf_count];
		else
			buf_init(&conn->out, server->limits.write_queue_max);
	}
	loop_flush_soon(server->loop, &conn->flush);
	return &conn->out;
}

size_t conn_pending(const struct http_conn *conn)
{
	return conn->out.len + conn->unsent;
}

bool conn_is_stuck(const struct http_conn *conn)
{
	return conn->stuck_since_us && loop_now_us(conn->server->loop) - conn->stuck_since_us >= STUCK_US;
}

static void on_written(uv_write_t *req, int status)
{
	struct conn_write *write = CONTAINER_OF(req, struct conn_write, req);
	struct http_conn *conn = write->conn;

	out_give(conn->server, &write->buf);
	free(write);
	conn->unsent = 0;
	conn->stuck_since_us = 0;
	if (conn->phase == CONN_CLOSING)
		return;
	if (status < 0)
		http_conn_close(conn);
	else
		loop_flush_soon(conn->server->loop, &conn->flush);
}

/* The kernel took `sent` bytes of `out`: the rest waits in libuv. */
static void write_rest(struct http_conn *conn, size_t sent)
{
	struct conn_write *write = calloc(1, sizeof(*write));
	uv_buf_t rest;

	CHECK(write);
	write->conn = conn;
	write->buf = conn->out;
	conn->out = (struct buf){ 0 };
	conn->unsent = write->buf.len - sent;
	conn->stuck_since_us = loop_now_us(conn->server->loop);
	rest = uv_buf_init(write->buf.ptr + sent, (unsigned int)conn->unsent);
	if (uv_write(&write->req, &conn->io.stream, &rest, 1, on_written)) {
		conn->unsent = 0;
		out_give(conn->server, &write->buf);
		free(write);
		http_conn_close(conn);
	}
}

static void write_out(struct http_conn *conn)
{
	uv_buf_t all = uv_buf_init(conn->out.ptr, (unsigned int)conn->out.len);
	int sent = uv_try_write(&conn->io.stream, &all, 1);

	if (sent < 0 && sent != UV_EAGAIN) {
		http_conn_close(conn);
		return;
	}
	if (sent >= 0 && (size_t)sent == conn->out.len)
		out_give(conn->server, &conn->out);
	else
		write_rest(conn, sent < 0 ? 0 : (size_t)sent);
}

static void on_flush(struct loop_flush *flush)
{
	struct http_conn *conn = CONTAINER_OF(flush, struct http_conn, flush);

	if (conn->close_pending || conn->out.overflow || conn_pending(conn) > conn->server->limits.write_queue_max) {
		http_conn_close(conn);
		return;
	}
	if (conn->out.len && !conn->unsent)
		write_out(conn);
	if (conn->phase != CONN_CLOSING && !conn_pending(conn))
		conn_row(conn)->on_sent(conn);
}

void conn_write_init(struct http_conn *conn)
{
	conn->flush.run = on_flush;
}

void conn_write_done(struct http_conn *conn)
{
	loop_flush_cancel(&conn->flush);
	out_give(conn->server, &conn->out);
}
