/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An event is one chunk (to HTTP/1.0: bare bytes), and a chunk's size stands before it: six digits are left free and
 * filled in when the event is written.
 */
#include "http/sse.h"

#include "base/check.h"
#include "http/conn.h"

enum { QUEUE_MAX = 256 * 1024, CHUNK_DIGITS = 6, CHUNK_HEAD = CHUNK_DIGITS + 2 };

struct sse {
	struct http_conn *conn;
	struct sse_options options;
	struct timer end;
	bool chunked;
	bool closed;
	bool held; /* the handler that started it may still call us: it outlives its connection until then */
};

/* ---- Writing ---------------------------------------------------------------------------------- */

static size_t chunk_begin(struct buf *out, bool chunked)
{
	size_t at = out->len;

	if (chunked)
		buf_str(out, STR("000000\r\n"));
	return at;
}

static void chunk_end(struct buf *out, size_t at, bool chunked)
{
	static const char digits[] = "0123456789abcdef";
	size_t len;

	if (!chunked || out->overflow)
		return;
	len = out->len - at - CHUNK_HEAD;
	CHECK(len < (size_t)1 << 4 * CHUNK_DIGITS);
	for (int i = CHUNK_DIGITS - 1; i >= 0; i--, len >>= 4)
		out->ptr[at + (size_t)i] = digits[len & 15];
	buf_str(out, STR("\r\n"));
}

static void put_field(struct buf *out, struct str name, struct str value)
{
	size_t len = 0;

	while (len < value.len && (unsigned char)value.ptr[len] >= ' ')
		len++;
	if (str_is_null(value))
		return;
	buf_str(out, name);
	buf_str(out, str_slice(value, 0, len));
	buf_char(out, '\n');
}

/* CR, LF and CRLF end a line alike: each line is a field of its own, the reader joins them by LF. */
static void put_data(struct buf *out, struct str data)
{
	size_t from = 0;

	for (size_t i = 0; i <= data.len; i++) {
		if (i < data.len && data.ptr[i] != '\n' && data.ptr[i] != '\r')
			continue;
		buf_str(out, STR("data: "));
		buf_str(out, str_slice(data, from, i));
		buf_char(out, '\n');
		if (i + 1 < data.len && data.ptr[i] == '\r' && data.ptr[i + 1] == '\n')
			i++;
		from = i + 1;
	}
}

static bool has_room(struct sse *sse)
{
	if (sse->closed)
		return false;
	if (conn_pending(sse->conn) <= sse->options.queue_max && !conn_is_stuck(sse->conn))
		return true;
	sse_close(sse);
	return false;
}

void sse_send(struct sse *sse, struct str id, struct str type, struct str data)
{
	struct buf *out;
	size_t at;

	if (!has_room(sse))
		return;
	out = conn_out(sse->conn);
	at = chunk_begin(out, sse->chunked);
	put_field(out, STR("id: "), id);
	put_field(out, STR("event: "), type);
	put_data(out, data);
	buf_char(out, '\n');
	chunk_end(out, at, sse->chunked);
}

static void send_raw(struct sse *sse, struct str text)
{
	struct buf *out = conn_out(sse->conn);
	size_t at = chunk_begin(out, sse->chunked);

	buf_str(out, text);
	chunk_end(out, at, sse->chunked);
}

bool sse_is_ready(struct sse *sse)
{
	return !has_room(sse) || conn_pending(sse->conn) <= sse->options.queue_max / 4;
}

void sse_close(struct sse *sse)
{
	if (sse->closed)
		return;
	sse->closed = true;
	if (sse->chunked)
		buf_str(conn_out(sse->conn), STR("0\r\n\r\n"));
	if (sse->conn->phase == CONN_STREAM)
		conn_linger(sse->conn);
}

struct uuid sse_owner(const struct sse *sse)
{
	return sse->options.owner;
}

static void on_end(struct timer *timer)
{
	sse_close(CONTAINER_OF(timer, struct sse, end));
}

/* ---- The connection's side -------------------------------------------------------------------- */

void sse_begin(struct http_conn *conn)
{
	conn->sse->held = false;
	if (conn->sse->closed)
		conn_linger(conn);
	else
		conn_enter(conn, CONN_STREAM);
}

void sse_break(struct sse *sse)
{
	sse->closed = true;
}

void sse_on_gone(struct http_conn *conn)
{
	struct sse *sse = conn->sse;

	conn->sse = NULL;
	conn->server->counts.streams--;
	loop_timer_clear(conn->server->loop, &sse->end);
	sse->closed = true;
	if (sse->options.on_close)
		sse->options.on_close(sse, sse->options.arg);
	sse->conn = NULL;
	if (!sse->held)
		free(sse);
}

void sse_release(struct sse *sse)
{
	free(sse);
}

void sse_on_quiet(struct http_conn *conn)
{
	struct sse *sse = conn->sse;

	conn_enter(conn, CONN_STREAM);
	if (has_room(sse))
		send_raw(sse, STR(":\n\n"));
}

struct sse *sse_start(struct http_exchange *exchange, const struct http_header *headers, size_t header_count,
                      const struct sse_options *options)
{
	bool head_only = exchange->request.method == HTTP_HEAD;
	struct http_conn *conn;
	struct sse *sse;
	char retry[32];
	int len;

	exchange->close = exchange->close || !head_only;
	http_stream_start(exchange, 200, headers, header_count);
	conn = exchange->conn;
	if (!conn || head_only || conn->phase == CONN_CLOSING)
		return NULL;
	sse = calloc(1, sizeof(*sse));
	CHECK(sse);
	*sse = (struct sse){ .conn = conn, .options = *options, .chunked = exchange->chunked, .held = true };
	sse->options.queue_max = options->queue_max ? options->queue_max : QUEUE_MAX;
	sse->end.run = on_end;
	if (options->ends_us)
		loop_timer_set(conn->server->loop, &sse->end, options->ends_us);
	exchange->sse = sse;
	conn->sse = sse;
	conn->server->counts.streams++;
	conn_bound_kernel(conn);
	len = options->retry_ms ? snprintf(retry, sizeof(retry), "retry: %d\n\n", options->retry_ms) : 0;
	send_raw(sse, len ? (struct str){ retry, (size_t)len } : STR(":\n\n"));
	return sse;
}
