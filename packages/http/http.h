/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1.1 server on llhttp and libuv: the connection layer, and nothing about routes or rights.
 *
 * Each connection reads into one buffer; when the head of a request is read the handler runs in a task of its own. It
 * may refuse at once, or wait for the body (http_await_body); once the request is whole the connection goes on reading,
 * so that the end of a connection is noticed at once and its task cancelled. Pipelined requests are answered in order, one at a time, their answers gathered into one write per
 * turn.
 *
 * The end of a client's stream while its handler runs counts as leaving and cancels the task, also when only that half
 * was closed: the two cannot be told apart. Answers that were given before are still sent.
 *
 * Refused here, each as RFC 9112 and 9110 say: Content-Length with Transfer-Encoding, repeated or signed lengths, any
 * transfer coding but chunked, obs-fold, bare LF, NUL, none or two Hosts, bad targets, header sections and bodies past
 * their limits, requests too slow to arrive (408), unknown expectations (417), methods and codings (501), too many
 * connections or tasks (503 at once), other versions (505). All as problem+json, then the connection is closed: writing
 * first, reading and dropping a little longer, so that the answer is not lost to a reset.
 */
#ifndef STOA_HTTP_HTTP_H
#define STOA_HTTP_HTTP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"
#include "base/uuid.h"
#include "task/loop.h"
#include "task/task.h"

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE, HTTP_OPTIONS, HTTP_METHOD_COUNT };
const char *http_method_name(enum http_method method);

struct http_header {
	struct str name; /* as sent; compare without case */
	struct str value;
};

/* A request as the handler sees it; everything lives until the handler returns. */
struct http_request {
	enum http_method method;
	struct str target; /* as sent */
	struct str path;   /* before the '?', still percent-encoded */
	struct str query;  /* after it; null without one */
	const struct http_header *headers;
	size_t header_count;
	struct str body;   /* after http_await_body; before it, empty */
	struct str client; /* address of the client: the peer's, or the one that a trusted proxy names */
	/* What counts as one client in limits, locks and scopes: the IPv4 address, or the /64 of an IPv6 address, which one
	 * customer usually has (RFC 6177). */
	struct str network;
	int64_t received_us; /* monotonic, when its first byte arrived */
	bool websocket;      /* asks for a valid upgrade to WebSocket (RFC 6455: version 13, 16-byte key) */
};

/* The first header of that name, or null; http_header_count tells whether it was repeated. */
struct str http_header(const struct http_request *request, const char *name);
size_t http_header_count(const struct http_request *request, const char *name);

struct http_exchange; /* one request and its answer, inside its task */
const struct http_request *http_request(const struct http_exchange *exchange);

/* Waits until the body is whole, at most `max` bytes of it; to be called once by a handler that wants it. Ends the
 * attempt as refused (413, 408, 400), as unavailable (no budget), or because the client has left. The rest of a body
 * that nobody waited for is dropped when it is short, else the connection closes behind the answer. */
void http_await_body(struct http_exchange *exchange, size_t max);

/* Answers. Exactly once per exchange; a handler that returns without answering, or whose attempt ends, gives the
 * problem of that failure. HEAD drops the body, 204 and 304 have none; Content-Length, Date and Connection are added
 * here. `body` and header values are copied. */
void http_reply(struct http_exchange *exchange, int status, const struct http_header *headers, size_t header_count,
                struct str body);
bool http_replied(const struct http_exchange *exchange);
int http_reply_status(const struct http_exchange *exchange); /* 0 before */

/* An answer whose length is not known before: chunked; write waits while the client is slow and ends the attempt when
 * it has left. For answers that go on without a task, see sse.h. */
void http_stream_start(struct http_exchange *exchange, int status, const struct http_header *headers,
                       size_t header_count);
void http_stream_write(struct http_exchange *exchange, struct str bytes);

typedef void http_handler(struct http_exchange *exchange, void *arg);

/* What the bodies of a process, and what lies behind them, may take of its memory beyond the few KiB that each
 * connection has anyway. */
struct http_budget {
	atomic_size_t used;
	size_t max;
};

struct http_limits {
	size_t line_max;            /* request line, default 8 KiB -> 414 */
	size_t header_bytes_max;    /* whole section, default 16 KiB -> 431 */
	size_t header_count_max;    /* default 64 -> 431 */
	size_t body_max;            /* default 1 MiB -> 413 */
	size_t pipeline_max;        /* unread bytes kept while a handler runs, default 64 KiB; then reading pauses */
	size_t write_queue_max;     /* unsent bytes per connection, default 4 MiB; then it is closed */
	int connections_max;        /* per server, default 20,000 */
	int64_t header_timeout_us;  /* from the first byte of a request to the end of its headers, default 10 s */
	int64_t body_timeout_us;    /* to the end of its body, default 30 s */
	int64_t idle_timeout_us;    /* between requests, default 75 s (longer than HAProxy's) */
	int64_t handler_timeout_us; /* the task's deadline, default 15 s */
	struct http_budget *bodies; /* NULL: no budget */
	int64_t drain_spread_us;    /* over how long a drain ends its sockets and streams, default 5 s */
};

struct http_server_options {
	const char *host;
	int port;                   /* 0: any; see http_server_port */
	bool reuse_port;            /* SO_REUSEPORT, one server per loop */
	const char *unix_path;      /* instead of host and port */
	struct http_limits limits;  /* zero members take the defaults */
	struct str trusted_proxies; /* "127.0.0.1,::1,10.0.0.0/8"; "unix" trusts every peer on unix_path */
	http_handler *handler;
	void *arg;
	void (*on_refused)(int status,
	                   void *arg); /* after each refusal before a handler ran; for the metrics; may be NULL */
};

struct http_server;
/* 0, or a negative errno (address in use, ...) and *ret untouched. */
MUST_CHECK int http_server_start(struct loop *loop, const struct http_server_options *options,
                                 struct http_server **ret);
int http_server_port(const struct http_server *server);

/* Graceful drain: stop accepting, close connections that stay idle for 250 ms, answer `Connection: close`, WebSockets
 * are closed with 1012 and event streams ended after a jitter; `on_drained` when the last one is gone. */
void http_server_drain(struct http_server *server, void (*on_drained)(void *arg), void *arg);
void http_server_free(struct http_server *server); /* closes what is left at once */

/* Ends the WebSockets (4401) and event streams of those owners for whom `has_ended` is true. */
void http_server_end(struct http_server *server, bool (*has_ended)(struct uuid owner, void *arg), void *arg);

struct http_counts {
	uint64_t accepted, requests, refused, disconnected_early, accept_rests;
	int connections, websockets, streams;
};
struct http_counts http_server_counts(const struct http_server *server);

#endif
