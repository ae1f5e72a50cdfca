/* SPDX-License-Identifier: Apache-2.0 */
/* The server: its clock, its drain, its beginning and its end. */
#include "http/conn.h"

#include <errno.h>
#include <limits.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/random.h"
#include "http/socket.h"
#include "http/sse.h"
#include "http/ws.h"

#define LINGER_US            (1 * US_PER_S)
#define PING_US              (30 * US_PER_S)
#define HEARTBEAT_US         (15 * US_PER_S)
#define CLOSING_HANDSHAKE_US (5 * US_PER_S)
#define SWEEP_MS             1000
/* While there is more to do than one turn should: pings, and the ends of sockets in a drain. */
#define FINE_SWEEP_MS 50
/* Sockets that came together would be pinged together, for ever: they are pinged over so long, and then stay apart. */
#define PING_SPREAD_MS 9000
/* A drain closes about a hundred sockets of a loop in a second, more when there are many: their clients come back at
 * once. */
#define DRAIN_SPREAD_US (10 * US_PER_MS)
/* What was opened, or kept, for a request that is already on its way: it is waited for so long. */
#define DRAIN_IDLE_US (250 * US_PER_MS)

static const struct http_limits default_limits = {
	.line_max = 8 * 1024,
	.header_bytes_max = 16 * 1024,
	.header_count_max = 64,
	.body_max = 1024 * 1024,
	.pipeline_max = 64 * 1024,
	.write_queue_max = 4 * 1024 * 1024,
	.connections_max = 20000,
	.header_timeout_us = 10 * US_PER_S,
	.body_timeout_us = 30 * US_PER_S,
	.idle_timeout_us = 75 * US_PER_S,
	.handler_timeout_us = 15 * US_PER_S,
	.drain_spread_us = 5 * US_PER_S,
};

#define DEFAULT(member) limits.member = limits.member ? limits.member : default_limits.member

static struct http_limits with_defaults(struct http_limits limits)
{
	DEFAULT(line_max);
	DEFAULT(header_bytes_max);
	DEFAULT(header_count_max);
	DEFAULT(body_max);
	DEFAULT(pipeline_max);
	DEFAULT(write_queue_max);
	DEFAULT(connections_max);
	DEFAULT(header_timeout_us);
	DEFAULT(body_timeout_us);
	DEFAULT(idle_timeout_us);
	DEFAULT(handler_timeout_us);
	DEFAULT(drain_spread_us);
	return limits;
}

/* ---- Life ------------------------------------------------------------------------------------- */

static void destroy(struct http_server *server)
{
	struct list *node;

	loop_flush_cancel(&server->drained_flush);
	while ((node = list_pop_front(&server->spare_exchanges)))
		exchange_free(CONTAINER_OF(node, struct http_exchange, node));
	for (size_t i = 0; i < server->spare_buf_count; i++)
		buf_done(&server->spare_bufs[i]);
	ws_engines_free(server);
	free(server->unix_path);
	free(server->scratch);
	free(server);
}

void server_ref(struct http_server *server)
{
	server->refs++;
}

void server_unref(struct http_server *server)
{
	if (!--server->refs)
		destroy(server);
}

static void on_handle_closed(uv_handle_t *handle)
{
	server_unref(handle->data);
}

const char *server_date(struct http_server *server)
{
	int64_t now_us = loop_now_us(server->loop);

	if (now_us >= server->date_until_us) {
		int64_t wall_us = clock_now_us();

		http_date_format(wall_us, server->date);
		server->date_until_us = now_us + US_PER_S - wall_us % US_PER_S;
	}
	return server->date;
}

/* ---- Time ------------------------------------------------------------------------------------- */

/* False: there are more than `most` that are due. */
static bool sweep_phase(struct conn_queue *queue, int64_t now_us, int most)
{
	while (queue->timeout_us && !list_is_empty(&queue->conns)) {
		struct http_conn *conn = CONTAINER_OF(queue->conns.next, struct http_conn, node);

		if (now_us - conn->since_us < queue->timeout_us)
			return true;
		if (most-- == 0)
			return false;
		conn_row(conn)->on_timeout(conn);
	}
	return true;
}

static int most_at_once(const struct http_server *server, enum conn_phase phase)
{
	int count = phase == CONN_SOCKET ? server->counts.websockets : server->counts.streams;

	return phase == CONN_SOCKET || phase == CONN_STREAM ? 8 + count * FINE_SWEEP_MS / PING_SPREAD_MS : INT_MAX;
}

static int64_t drain_moment(const struct http_server *server, int64_t now_us)
{
	int64_t spread_us = (server->counts.websockets + server->counts.streams) * DRAIN_SPREAD_US;

	if (spread_us > server->limits.drain_spread_us)
		spread_us = server->limits.drain_spread_us;
	return now_us + (int64_t)random_below((uint64_t)spread_us);
}

/* Those that stay: each has its moment. */
static void drain_phase(struct http_server *server, enum conn_phase phase, int64_t now_us)
{
	LIST_FOR_SAFE (node, &server->phases[phase].conns) {
		struct http_conn *conn = CONTAINER_OF(node, struct http_conn, node);

		if (!conn->drain_at_us)
			conn->drain_at_us = drain_moment(server, now_us);
		if (now_us < conn->drain_at_us)
			continue;
		if (conn->ws)
			ws_close(conn->ws, WS_RESTART, STR("restarting"));
		else
			sse_close(conn->sse);
	}
}

static void drain_idle(struct http_server *server, int64_t now_us)
{
	if (now_us - server->drain_began_us < DRAIN_IDLE_US)
		return;
	LIST_FOR_SAFE (node, &server->phases[CONN_IDLE].conns) {
		struct http_conn *conn = CONTAINER_OF(node, struct http_conn, node);

		if (!conn->exchange)
			conn_linger(conn);
	}
}

/* What a rush of connections left in the pools: half of it every second. */
static void trim_pools(struct http_server *server)
{
	for (size_t excess = server->spare_exchange_count / 2; server->spare_exchange_count > SPARES_KEPT && excess;
	     excess--) {
		server->spare_exchange_count--;
		exchange_free(CONTAINER_OF(list_pop_front(&server->spare_exchanges), struct http_exchange, node));
	}
	for (size_t excess = server->spare_buf_count / 2; server->spare_buf_count > SPARES_KEPT && excess; excess--)
		buf_done(&server->spare_bufs[--server->spare_buf_count]);
}

static void sweep_every(struct http_server *server, uint64_t ms)
{
	if (uv_timer_get_repeat(&server->sweep) == ms)
		return;
	uv_timer_set_repeat(&server->sweep, ms);
	CHECK(!uv_timer_again(&server->sweep));
}

static void on_sweep(uv_timer_t *timer)
{
	struct http_server *server = timer->data;
	int64_t now_us = loop_now_us(server->loop);
	bool done = true;

	for (int phase = 0; phase < CONN_PHASE_COUNT; phase++)
		done &= sweep_phase(&server->phases[phase], now_us, most_at_once(server, (enum conn_phase)phase));
	if (server->draining) {
		drain_idle(server, now_us);
		drain_phase(server, CONN_SOCKET, now_us);
		drain_phase(server, CONN_STREAM, now_us);
	}
	if (now_us - server->trimmed_us >= US_PER_S) {
		server->trimmed_us = now_us;
		trim_pools(server);
	}
	sweep_every(server, done && !server->draining ? server->sweep_ms : FINE_SWEEP_MS);
}

static uint64_t sweep_ms(const struct http_server *server)
{
	int64_t shortest_us = INT64_MAX;
	int64_t ms;

	for (int phase = 0; phase < CONN_PHASE_COUNT; phase++) {
		int64_t timeout_us = server->phases[phase].timeout_us;

		if (timeout_us && timeout_us < shortest_us)
			shortest_us = timeout_us;
	}
	ms = shortest_us / US_PER_MS / 4;
	return (uint64_t)(ms < 10 ? 10 : ms > SWEEP_MS ? SWEEP_MS : ms);
}

static void start_clock(struct http_server *server)
{
	const struct http_limits *limits = &server->limits;
	const int64_t timeouts[CONN_PHASE_COUNT] = {
		[CONN_IDLE] = limits->idle_timeout_us,
		[CONN_HEAD] = limits->header_timeout_us,
		[CONN_BODY] = limits->body_timeout_us,
		[CONN_LINGERING] = LINGER_US,
		[CONN_SOCKET] = PING_US,
		[CONN_CLOSING_HANDSHAKE] = CLOSING_HANDSHAKE_US,
		[CONN_STREAM] = HEARTBEAT_US,
	};

	for (int phase = 0; phase < CONN_PHASE_COUNT; phase++) {
		list_init(&server->phases[phase].conns);
		server->phases[phase].timeout_us = timeouts[phase];
	}
	CHECK(!uv_timer_init(loop_uv(server->loop), &server->sweep));
	server->sweep.data = server;
	server->sweep_ms = sweep_ms(server);
	CHECK(!uv_timer_start(&server->sweep, on_sweep, server->sweep_ms, server->sweep_ms));
	uv_unref((uv_handle_t *)&server->sweep);
	server_ref(server);
}

/* ---- Drain ------------------------------------------------------------------------------------ */

static void on_drained_flush(struct loop_flush *flush)
{
	struct http_server *server = CONTAINER_OF(flush, struct http_server, drained_flush);
	void (*on_drained)(void *) = server->on_drained;

	server->on_drained = NULL;
	if (on_drained)
		on_drained(server->on_drained_arg);
}

/* A running exchange without its connection still counts: its handler may be writing to a store. */
void server_check_drained(struct http_server *server)
{
	if (server->draining && !server->counts.connections && !server->running && server->on_drained)
		loop_flush_soon(server->loop, &server->drained_flush);
}

void http_server_drain(struct http_server *server, void (*on_drained)(void *arg), void *arg)
{
	server->on_drained = on_drained;
	server->on_drained_arg = arg;
	server->draining = true;
	server->drain_began_us = loop_now_us(server->loop);
	http_accept_stop(server);
	sweep_every(server, FINE_SWEEP_MS);
	server_check_drained(server);
}

void http_server_free(struct http_server *server)
{
	if (!server)
		return;
	CHECK(!server->freed);
	server->freed = true;
	server->on_drained = NULL;
	http_accept_stop(server);
	for (int phase = 0; phase < CONN_CLOSING; phase++) {
		struct list *conns = &server->phases[phase].conns;

		while (!list_is_empty(conns))
			http_conn_close(CONTAINER_OF(conns->next, struct http_conn, node));
	}
	uv_close((uv_handle_t *)&server->sweep, on_handle_closed);
	server_unref(server);
}

/* ---- Ends of owners --------------------------------------------------------------------------- */

void http_server_end(struct http_server *server, bool (*has_ended)(struct uuid owner, void *arg), void *arg)
{
	/* Accepted, the handler has not returned yet; and those that stay. */
	static const enum conn_phase phases[] = { CONN_HANDLING, CONN_SOCKET, CONN_STREAM };

	for (size_t i = 0; i < ARRAY_COUNT(phases); i++)
		LIST_FOR_SAFE (node, &server->phases[phases[i]].conns) {
			struct http_conn *conn = CONTAINER_OF(node, struct http_conn, node);

			if (conn->ws && has_ended(ws_owner(conn->ws), arg))
				ws_close(conn->ws, WS_UNAUTHENTICATED, STR("the login has ended"));
			else if (conn->sse && has_ended(sse_owner(conn->sse), arg))
				sse_close(conn->sse);
		}
}

/* ---- Start ------------------------------------------------------------------------------------ */

static struct http_server *server_new(struct loop *loop, const struct http_server_options *options)
{
	struct http_server *server = calloc(1, sizeof(*server));

	CHECK(server);
	CHECK(options->handler);
	server->loop = loop;
	server->limits = with_defaults(options->limits);
	server->handler = options->handler;
	server->arg = options->arg;
	server->on_refused = options->on_refused;
	server->is_unix = options->unix_path != NULL;
	server->unix_path = options->unix_path ? strdup(options->unix_path) : NULL;
	server->scratch = malloc(SCRATCH_SIZE);
	CHECK(server->scratch);
	server->drained_flush.run = on_drained_flush;
	list_init(&server->spare_exchanges);
	list_init(&server->spare_engines);
	server->refs = 1;
	return server;
}

int http_server_start(struct loop *loop, const struct http_server_options *options, struct http_server **ret)
{
	struct proxies proxies;
	struct http_server *server;
	int fd;
	int error;

	if (proxies_parse(options->trusted_proxies, &proxies))
		return -EINVAL;
	fd = options->unix_path ? socket_bind_unix(options->unix_path)
	                        : socket_bind_tcp(options->host, options->port, options->reuse_port);
	if (fd < 0)
		return fd;
	server = server_new(loop, options);
	server->proxies = proxies;
	start_clock(server);
	server->port = server->is_unix ? 0 : socket_port(fd);
	error = http_accept_start(server, fd);
	if (error) {
		http_server_free(server);
		return error;
	}
	*ret = server;
	return 0;
}

int http_server_port(const struct http_server *server)
{
	return server->port;
}

struct http_counts http_server_counts(const struct http_server *server)
{
	return server->counts;
}
