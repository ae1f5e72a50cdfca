/* SPDX-License-Identifier: Apache-2.0 */
/* One request and its answer: the task it runs in, and what handlers call. */
#include "http/conn.h"

#include "base/check.h"
#include "base/clock.h"
#include "http/message.h"
#include "http/sse.h"
#include "http/ws.h"

/* What a handler may use of its arena beyond the bodies it reads and writes. */
enum { ARENA_BASE = 8 * 1024 * 1024, ARENA_BODIES = 4 };
/* A stream's writer waits while the client has this much to take. */
enum { STREAM_PAUSE = 256 * 1024 };
enum { PROBLEM_MAX = 64 * 1024 };

const struct http_request *http_request(const struct http_exchange *exchange)
{
	return &exchange->request;
}

bool http_replied(const struct http_exchange *exchange)
{
	return exchange->state != REPLY_NONE;
}

int http_reply_status(const struct http_exchange *exchange)
{
	return exchange->status;
}

/* ---- Pool ------------------------------------------------------------------------------------- */

static struct http_exchange *exchange_new(struct http_server *server)
{
	size_t headers = server->limits.header_count_max * sizeof(struct http_header);
	struct http_exchange *exchange = malloc(sizeof(*exchange) + headers + READ_BLOCK);

	CHECK(exchange);
	memset(exchange, 0, sizeof(*exchange));
	exchange->server = server;
	exchange->block = (char *)exchange->headers + headers;
	return exchange;
}

struct http_exchange *exchange_take(struct http_server *server)
{
	struct list *node = list_pop_front(&server->spare_exchanges);
	struct http_exchange *exchange;

	if (node) {
		exchange = CONTAINER_OF(node, struct http_exchange, node);
		server->spare_exchange_count--;
	} else {
		exchange = exchange_new(server);
	}
	http_parser_init(&exchange->parser, &server->limits, exchange->block, READ_BLOCK, exchange->headers);
	return exchange;
}

static void forget_request(struct http_exchange *exchange)
{
	exchange->task = NULL;
	exchange->request = (struct http_request){ 0 };
	exchange->state = REPLY_NONE;
	exchange->status = 0;
	exchange->close = false;
	exchange->chunked = false;
	exchange->stream_waits = false;
	exchange->body_waits = false;
	exchange->ws = NULL;
	exchange->sse = NULL;
}

void exchange_free(struct http_exchange *exchange)
{
	free(exchange);
}

void exchange_give(struct http_exchange *exchange)
{
	struct http_server *server = exchange->server;

	http_parser_done(&exchange->parser);
	exchange->conn = NULL;
	forget_request(exchange);
	if (server->spare_exchange_count == SPARE_EXCHANGES_MAX) {
		exchange_free(exchange);
		return;
	}
	server->spare_exchange_count++;
	list_push_front(&server->spare_exchanges, &exchange->node);
}

void exchange_rewind(struct http_exchange *exchange)
{
	http_parser_next(&exchange->parser);
	forget_request(exchange);
}

/* ---- Answers ---------------------------------------------------------------------------------- */

/* The client's buffer with the head in it, or NULL when the client is gone. */
static struct buf *begin_reply(struct http_exchange *exchange, struct http_reply_head *head)
{
	struct http_conn *conn = exchange->conn;
	struct buf *out;

	CHECK(exchange->state == REPLY_NONE);
	exchange->status = head->status;
	if (!conn || conn->phase == CONN_CLOSING)
		return NULL;
	exchange->close = exchange->close || !exchange->parser.keep_alive || exchange->server->draining ||
	                  (!exchange->parser.end && !http_parser_may_skip(&exchange->parser));
	head->close = exchange->close;
	head->keep_alive = !head->close && !http_parser_is_http11(&exchange->parser);
	head->date = server_date(exchange->server);
	out = conn_out(conn);
	http_reply_head_write(out, head);
	return out;
}

void http_reply(struct http_exchange *exchange, int status, const struct http_header *headers, size_t header_count,
                struct str body)
{
	struct http_reply_head head = {
		.status = status,
		.headers = headers,
		.header_count = header_count,
		.framing = http_status_has_body(status) ? HTTP_FRAMING_LENGTH : HTTP_FRAMING_NONE,
		.body_len = body.len,
	};
	struct buf *out = begin_reply(exchange, &head);

	exchange->state = REPLY_WHOLE;
	if (out && body.len && head.framing == HTTP_FRAMING_LENGTH && exchange->request.method != HTTP_HEAD)
		buf_str(out, body);
}

void http_stream_start(struct http_exchange *exchange, int status, const struct http_header *headers,
                       size_t header_count)
{
	bool http11 = http_parser_is_http11(&exchange->parser);
	struct http_reply_head head = {
		.status = status,
		.headers = headers,
		.header_count = header_count,
		.framing = http11 ? HTTP_FRAMING_CHUNKED : HTTP_FRAMING_CLOSE,
	};

	exchange->chunked = http11;
	exchange->close = exchange->close || !http11;
	begin_reply(exchange, &head);
	exchange->state = REPLY_STREAM;
}

void http_stream_write(struct http_exchange *exchange, struct str bytes)
{
	struct buf *out;

	CHECK(exchange->state == REPLY_STREAM);
	while (exchange->conn && conn_pending(exchange->conn) > STREAM_PAUSE) {
		enum wake why;

		exchange->stream_waits = true;
		why = task_wait();
		exchange->stream_waits = false;
		if (why != WAKE_DONE)
			task_end(why);
	}
	if (!exchange->conn)
		task_end(WAKE_CANCELLED);
	if (!bytes.len || exchange->request.method == HTTP_HEAD)
		return;
	out = conn_out(exchange->conn);
	if (exchange->chunked)
		buf_printf(out, "%zx\r\n", bytes.len);
	buf_str(out, bytes);
	if (exchange->chunked)
		buf_str(out, STR("\r\n"));
}

void exchange_on_sent(struct http_exchange *exchange)
{
	if (exchange->stream_waits && exchange->task)
		task_wake(exchange->task);
}

/* ---- Bodies ----------------------------------------------------------------------------------- */

void exchange_on_body(struct http_exchange *exchange)
{
	if (exchange->body_waits)
		task_wake(exchange->task);
}

/* The time that the body took is not the handler's. */
static void await_body(struct http_exchange *exchange)
{
	const struct http_parser *parser = &exchange->parser;
	enum wake why = WAKE_DONE;

	exchange->body_waits = true;
	conn_await_body(exchange->conn);
	while (why == WAKE_DONE && exchange->conn && !parser->end && !parser->refusal)
		why = task_wait();
	exchange->body_waits = false;
	if (exchange->conn && exchange->conn->phase == CONN_BODY) {
		conn_pause_reading(exchange->conn);
		conn_enter(exchange->conn, CONN_HANDLING);
	}
	if (why != WAKE_DONE || !exchange->conn)
		task_end(why != WAKE_DONE ? why : WAKE_CANCELLED);
	task_set_timeout(exchange->server->limits.handler_timeout_us);
}

void http_await_body(struct http_exchange *exchange, size_t max)
{
	struct http_parser *parser = &exchange->parser;

	if (!http_parser_bound_body(parser, max) && !parser->end && exchange->conn)
		await_body(exchange);
	if (parser->refusal == &problem_unavailable)
		fail_unavailable(1, "%s", parser->why);
	if (parser->refusal == &problem_body_too_large && !parser->why)
		refuse(parser->refusal, "The body may have up to %zu bytes here", max);
	if (parser->refusal)
		refuse(parser->refusal, "%s", parser->why ? parser->why : parser->refusal->title);
	if (!parser->end)
		task_end(WAKE_CANCELLED);
	exchange->request.body = http_parser_body(parser);
}

/* ---- The task --------------------------------------------------------------------------------- */

/* Nothing here may come from the arena: that it is full may be the failure. */
void problem_reply_open(struct problem_reply *reply, const struct failure *failure, struct str instance,
                        struct str request_id)
{
	const struct problem *problem = problem_of(failure);
	int wait_s = failure->retry_after_s ? failure->retry_after_s : 1;

	trace_new(&reply->trace, clock_now_us());
	trace_set_request_id(&reply->trace, request_id);
	reply->headers[0] = (struct http_header){ STR("Content-Type"), STR("application/problem+json") };
	reply->headers[1] = (struct http_header){ STR("X-Request-Id"), str_from(reply->trace.request_id) };
	reply->headers[2] = (struct http_header){ STR("X-Content-Type-Options"), STR("nosniff") };
	reply->headers[3] = (struct http_header){ STR("Cache-Control"), STR("no-store") };
	reply->header_count = 4;
	if (problem->status == 503 || failure->retry_after_s) {
		int len = snprintf(reply->seconds, sizeof(reply->seconds), "%d", wait_s);

		reply->headers[reply->header_count++] =
		        (struct http_header){ STR("Retry-After"), { reply->seconds, (size_t)len } };
	}
	buf_init(&reply->body, PROBLEM_MAX);
	problem_write(&reply->body, failure, instance, str_from(reply->trace.request_id));
}

static void reply_failure(struct http_exchange *exchange, const struct failure *failure)
{
	const struct http_request *request = &exchange->request;
	struct problem_reply reply;

	problem_reply_open(&reply, failure, request->path, http_header(request, "X-Request-Id"));
	http_reply(exchange, problem_of(failure)->status, reply.headers, reply.header_count, buf_view(&reply.body));
	buf_done(&reply.body);
}

/* After the handler: an answer for one that gave none, the last chunk for one that streamed. */
static void complete(struct http_exchange *exchange, const struct failure *failure)
{
	static const struct failure silent = { .kind = FAILURE_FAILED };

	if (!exchange->conn)
		return;
	if (exchange->state == REPLY_NONE) {
		reply_failure(exchange, failure->kind == FAILURE_NONE ? &silent : failure);
	} else if (exchange->state == REPLY_WEBSOCKET) {
		if (failure->kind != FAILURE_NONE)
			ws_close(exchange->conn->ws, WS_INTERNAL, STR_NULL);
	} else if (exchange->conn->sse) {
		if (failure->kind != FAILURE_NONE)
			sse_break(exchange->conn->sse);
	} else if (exchange->state == REPLY_STREAM) {
		if (failure->kind != FAILURE_NONE)
			/* Without its last chunk the client sees that the stream was cut. */
			exchange->close = true;
		else if (exchange->chunked && exchange->request.method != HTTP_HEAD)
			buf_str(conn_out(exchange->conn), STR("0\r\n\r\n"));
	}
}

static void call_handler(void *arg)
{
	struct http_exchange *exchange = arg;

	exchange->server->handler(exchange, exchange->server->arg);
}

static void run(void *arg)
{
	struct http_exchange *exchange = arg;
	struct http_server *server = exchange->server;
	struct failure failure = task_attempt(call_handler, exchange);

	complete(exchange, &failure);
	/* Clean-up hooks may still look at the request. */
	arena_reset(task_arena());
	exchange->task = NULL;
	if (exchange->conn) {
		conn_finished(exchange->conn);
	} else {
		ws_release(exchange->ws);
		sse_release(exchange->sse);
		exchange_give(exchange);
	}
	server->running--;
	server_check_drained(server);
	server_unref(server);
}

/* The client as the outermost trusted proxy saw it. Several header lines are one list (RFC 9110 5.2), read from its
 * end. */
static struct str client_of(struct http_exchange *exchange)
{
	const struct http_conn *conn = exchange->conn;
	const struct proxies *proxies = &conn->server->proxies;
	struct address found;
	bool any = false;

	if (!conn->trusted)
		return (struct str){ conn->client, conn->client_len };
	for (size_t i = exchange->parser.header_count; i-- > 0;) {
		const struct http_header *header = &exchange->headers[i];
		struct address address;

		if (!str_eq_nocase(header->name, STR("x-forwarded-for")))
			continue;
		if (forwarded_client(proxies, header->value, &address))
			break;
		found = address;
		any = true;
		if (!proxies_trust(proxies, &address))
			break;
	}
	if (!any)
		return (struct str){ conn->client, conn->client_len };
	return (struct str){ exchange->client, address_format(&found, exchange->client) };
}

/* A peer on a socket file has no address. */
static struct str network_of(struct http_exchange *exchange, struct str client)
{
	struct address address;

	if (address_parse(client, &address))
		return client;
	address = address_network(&address);
	return (struct str){ exchange->network, address_format(&address, exchange->network) };
}

static void fill_request(struct http_exchange *exchange)
{
	const struct http_parser *parser = &exchange->parser;
	struct http_request *request = &exchange->request;
	struct str rest = parser->target;

	request->method = parser->method;
	request->target = parser->target;
	request->path = str_cut(&rest, '?');
	request->query = rest;
	request->headers = parser->headers;
	request->header_count = parser->header_count;
	request->body = STR("");
	request->client = client_of(exchange);
	request->network = network_of(exchange, request->client);
	request->websocket = http_head_wants_websocket(parser);
}

void exchange_dispatch(struct http_exchange *exchange)
{
	struct http_server *server = exchange->server;
	const struct task_options options = {
		.name = "http",
		.timeout_us =
		        server->limits.handler_timeout_us + (exchange->parser.end ? 0 : server->limits.body_timeout_us),
		.arena_max = ARENA_BASE + ARENA_BODIES * server->limits.body_max,
	};
	struct http_conn *conn = exchange->conn;

	fill_request(exchange);
	server->counts.requests++;
	exchange->task = task_spawn(server->loop, &options, run, exchange);
	if (!exchange->task) {
		conn_refuse(conn, &problem_unavailable, "There are too many requests at work");
		return;
	}
	server->running++;
	server_ref(server);
}
