/* SPDX-License-Identifier: Apache-2.0 */
/* hiredis on libuv: when it wants to read or write, and how each context ends. internal.h says why it is our own. */
#include "base/check.h"
#include "redis/internal.h"

struct conn_poll {
	uv_poll_t handle;
	struct conn *conn;
	int events;
};

static void on_poll(uv_poll_t *handle, int status, int events)
{
	struct conn_poll *poll = CONTAINER_OF(handle, struct conn_poll, handle);
	struct conn *conn = poll->conn;

	if (status < 0 && conn->context && !(conn->context->c.flags & REDIS_CONNECTED)) {
		redisAsyncHandleWrite(conn->context);
		events = 0;
	}
	if (conn->poll == poll && (events & UV_READABLE)) {
		conn->read_us = loop_now_us(conn->redis->loop);
		redisAsyncHandleRead(conn->context);
	}
	if (conn->poll == poll && (events & UV_WRITABLE))
		redisAsyncHandleWrite(conn->context);
	if (conn->poll == poll && status < 0)
		conn_drop(conn, uv_strerror(status));
}

static void poll_for(struct conn_poll *poll, int events)
{
	if (events == poll->events)
		return;
	poll->events = events;
	if (events)
		uv_poll_start(&poll->handle, events, on_poll);
	else
		uv_poll_stop(&poll->handle);
}

static void add_read(void *data)
{
	struct conn_poll *poll = data;

	poll_for(poll, poll->events | UV_READABLE);
}

static void del_read(void *data)
{
	struct conn_poll *poll = data;

	poll_for(poll, poll->events & ~UV_READABLE);
}

/* While connecting, writability tells the outcome; later it is polled for only when a write came up short. */
static void add_write(void *data)
{
	struct conn_poll *poll = data;
	struct conn *conn = poll->conn;

	if (!(conn->context->c.flags & REDIS_CONNECTED) || conn->flushing)
		poll_for(poll, poll->events | UV_WRITABLE);
	else if (!(poll->events & UV_WRITABLE))
		loop_flush_soon(conn->redis->loop, &conn->flush);
}

static void del_write(void *data)
{
	struct conn_poll *poll = data;

	poll_for(poll, poll->events & ~UV_WRITABLE);
}

static void on_flush(struct loop_flush *flush)
{
	struct conn *conn = CONTAINER_OF(flush, struct conn, flush);

	if (conn->context && conn->stale) {
		redisAsyncFree(conn->context); /* its answer has been noted as the reason */
	} else if (conn->context) {
		conn->flushing = true;
		redisAsyncHandleWrite(conn->context);
		conn->flushing = false;
	}
}

static void on_poll_closed(uv_handle_t *handle)
{
	struct conn_poll *poll = CONTAINER_OF((uv_poll_t *)handle, struct conn_poll, handle);

	redis_unref(poll->conn->redis);
	free(poll);
}

/* hiredis calls this exactly once for each context, as the last thing before it closes the descriptor. */
static void cleanup(void *data)
{
	struct conn_poll *poll = data;
	struct conn *conn = poll->conn;
	const char *why = conn->context->err ? conn->context->errstr : "";

	conn->poll = NULL;
	conn->context = NULL;
	conn->stale = false;
	uv_close((uv_handle_t *)&poll->handle, on_poll_closed);
	conn_lost(conn, why);
}

void conn_attach(struct conn *conn, redisAsyncContext *context)
{
	struct conn_poll *poll = calloc(1, sizeof(*poll));

	CHECK(poll);
	CHECK(uv_poll_init(loop_uv(conn->redis->loop), &poll->handle, context->c.fd) == 0);
	poll->conn = conn;
	conn->redis->handles++;
	conn->flush.run = on_flush;
	conn->poll = poll;
	conn->context = context;
	context->data = conn;
	context->ev.data = poll;
	context->ev.addRead = add_read;
	context->ev.delRead = del_read;
	context->ev.addWrite = add_write;
	context->ev.delWrite = del_write;
	context->ev.cleanup = cleanup;
}
