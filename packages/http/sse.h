/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server-sent events (WHATWG HTML, "Server-sent events"): the answer to a GET that does not end. Like a WebSocket it
 * begins in the request's task and then lives on callbacks, without a task or stack. Its connection serves nothing
 * else: what the client sends behind its request is dropped, and both ends of the stream are the connection's.
 *
 * A comment goes out every 15 to 25 s, so that proxies and dead peers are noticed. A reader with more than queue_max
 * bytes to take is dropped, and so is one that has not taken what was sent for 10 s. A drain, or the end of
 * its time, ends the stream with its last chunk: clients come back with Last-Event-ID and miss nothing.
 */
#ifndef STOA_HTTP_SSE_H
#define STOA_HTTP_SSE_H

#include "http/http.h"

struct sse;

struct sse_options {
	size_t queue_max;  /* unsent bytes at which it is too slow, default 256 KiB */
	int retry_ms;      /* after what time clients connect again; 0: the client chooses */
	int64_t ends_us;   /* monotonic: ended then; 0: never */
	struct uuid owner; /* whose end ends it as well (http_server_end) */
	/* Called exactly once. Afterwards sse is invalid. Only the handler that started it may still use it until it
	 * returns; its calls then do nothing. */
	void (*on_close)(struct sse *sse, void *arg);
	void *arg;
};

/* Answers 200 with these headers and Content-Type; the exchange is over. NULL when there is nothing to write to: the
 * client has left, or asked by HEAD (on_close is not called then). */
struct sse *sse_start(struct http_exchange *exchange, const struct http_header *headers, size_t header_count,
                      const struct sse_options *options);

/* One event; copied, sent at the end of the turn. `id` and `type` may be null, and end at their first control
 * character; data of several lines arrives as such. Nothing after sse_close. */
void sse_send(struct sse *sse, struct str id, struct str type, struct str data);
/* A caller with many events asks before each one: false while a quarter of the queue is unsent. True once closed. */
bool sse_is_ready(struct sse *sse);

void sse_close(struct sse *sse);

#endif
