/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a connection: (look up the name) -> connect -> AUTH, SELECT, PING -> ready -> lost -> wait -> connect ...
 *
 * hiredis frees its context by itself on every failure, so there is one place that learns of each end: the cleanup hook
 * of the event adapter (adapter.c). By then each command on its way has had its callback with no reply.
 *
 * A command that is not answered in time means that the connection is stuck, for answers come in order: the connection
 * is dropped. The watch looks twice at the same command before it believes that, because after a stall of our own the
 * timers run before the answers that are already in the socket.
 */
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/address.h"
#include "base/check.h"
#include "base/random.h"
#include "redis/internal.h"

enum { RETRY_MIN_MS = 50, RETRY_MAX_MS = 2000, OUT_BYTES_MAX = 64 << 20 };

struct resolving {
	uv_getaddrinfo_t request;
	struct conn *conn; /* NULL: given up */
	struct redis *redis;
};

bool conn_is_ready(const struct conn *conn)
{
	return conn->state == CONN_READY;
}

/* ---- Losing it and trying again ---------------------------------------------------------------- */

static void wait_for_retry(struct conn *conn);

void conn_lost(struct conn *conn, const char *why)
{
	if (conn->state == CONN_CLOSED)
		return;
	if (why && *why)
		redis_note_error(conn->redis, why);
	wait_for_retry(conn);
	wait_queue_wake_all(&conn->settling);
}

void conn_drop(struct conn *conn, const char *why)
{
	if (!conn->context)
		return;
	redis_note_error(conn->redis, why);
	redisAsyncFree(conn->context);
}

/* ---- Greeting ---------------------------------------------------------------------------------- */

static void on_greeting(redisAsyncContext *context, void *reply, void *data)
{
	struct conn *conn = data;
	const redisReply *answer = reply;

	if (!answer || answer->type != REDIS_REPLY_ERROR)
		return;
	redis_note_error(conn->redis, answer->str);
	redisAsyncFree(context);
}

/* The last one: LOADING or NOAUTH answer it with an error. */
static void on_pong(redisAsyncContext *context, void *reply, void *data)
{
	struct conn *conn = data;

	on_greeting(context, reply, data);
	if (!reply || (context->c.flags & REDIS_FREEING))
		return;
	conn->state = CONN_READY;
	conn->failures = 0;
	wait_queue_wake_all(&conn->settling);
	if (conn->on_ready)
		conn->on_ready(conn);
}

static void greet(struct conn *conn)
{
	const struct redis_url *url = &conn->redis->url;
	char db[24];

	if (url->password[0] && url->user[0])
		redisAsyncCommand(conn->context, on_greeting, conn, "AUTH %s %s", url->user, url->password);
	else if (url->password[0])
		redisAsyncCommand(conn->context, on_greeting, conn, "AUTH %s", url->password);
	snprintf(db, sizeof(db), "%lld", (long long)url->db);
	if (url->db)
		redisAsyncCommand(conn->context, on_greeting, conn, "SELECT %s", db);
	redisAsyncCommand(conn->context, on_pong, conn, "PING");
}

/* ---- Connecting -------------------------------------------------------------------------------- */

static void on_connect(const redisAsyncContext *context, int status)
{
	(void)context, (void)status; /* hiredis wants one, or it does not look for the outcome */
}

/* Like those of PostgreSQL (db/conn.c). On a Unix socket, where the kernel knows the peer, they are refused. */
static void keep_alive(int fd)
{
	static const struct {
		int level, name, value;
	} options[] = { { SOL_SOCKET, SO_KEEPALIVE, 1 },
		        { IPPROTO_TCP, TCP_KEEPIDLE, 5 },
		        { IPPROTO_TCP, TCP_KEEPINTVL, 2 },
		        { IPPROTO_TCP, TCP_KEEPCNT, 3 },
		        { IPPROTO_TCP, TCP_USER_TIMEOUT, 10000 } };

	for (size_t i = 0; i < ARRAY_COUNT(options); i++)
		(void)setsockopt(fd, options[i].level, options[i].name, &options[i].value, sizeof(options[i].value));
}

static void adopt(struct conn *conn, redisAsyncContext *context)
{
	if (!context || context->err) {
		char why[128] = "no memory";
		if (context) {
			snprintf(why, sizeof(why), "%s", context->errstr);
			redisAsyncFree(context);
		}
		conn_lost(conn, why);
		return;
	}
	keep_alive(context->c.fd);
	conn_attach(conn, context);
	reply_functions_install(context);
	redisAsyncSetConnectCallback(context, on_connect);
	greet(conn);
}

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *found)
{
	struct resolving *resolving = CONTAINER_OF(request, struct resolving, request);
	struct conn *conn = resolving->conn;
	char address[64] = "";

	if (status == 0 && conn && !address_choose(found, conn->address, address, sizeof(address)))
		status = UV_EAI_FAIL;
	if (conn) {
		conn->resolving = NULL;
		if (status)
			conn_lost(conn, uv_strerror(status));
		else
			adopt(conn, redisAsyncConnect(address, (int)conn->redis->url.port));
	}
	uv_freeaddrinfo(found);
	redis_unref(resolving->redis);
	free(resolving);
}

/* Names are looked up off the loop; hiredis itself would block in getaddrinfo(3). */
static void resolve(struct conn *conn)
{
	struct resolving *resolving = calloc(1, sizeof(*resolving));
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };

	CHECK(resolving);
	resolving->conn = conn;
	resolving->redis = conn->redis;
	if (uv_getaddrinfo(loop_uv(conn->redis->loop), &resolving->request, on_resolved, conn->redis->url.host, NULL,
	                   &hints)) {
		free(resolving);
		conn_lost(conn, "the name of the server cannot be looked up");
		return;
	}
	conn->redis->handles++;
	conn->resolving = resolving;
}

static bool is_address(const char *host)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	return uv_ip4_addr(host, 0, &v4) == 0 || uv_ip6_addr(host, 0, &v6) == 0;
}

static void on_watch(uv_timer_t *timer);

static void watch(struct conn *conn)
{
	uint64_t every_ms = (uint64_t)(conn->redis->options.timeout_us / 4 / 1000) + 1;

	if (!uv_is_active((uv_handle_t *)&conn->watch))
		uv_timer_start(&conn->watch, on_watch, every_ms, every_ms);
}

static void attempt(struct conn *conn)
{
	const struct redis_url *url = &conn->redis->url;

	conn->state = CONN_CONNECTING;
	conn->attempt_us = loop_now_us(conn->redis->loop);
	conn->address = conn->redis->address;
	conn->overdue = NULL;
	watch(conn);
	if (!url->host[0])
		adopt(conn, redisAsyncConnectUnix(url->path));
	else if (is_address(url->host))
		adopt(conn, redisAsyncConnect(url->host, (int)url->port));
	else
		resolve(conn);
}

static void on_retry(uv_timer_t *timer)
{
	attempt(CONTAINER_OF(timer, struct conn, retry));
}

static void wait_for_retry(struct conn *conn)
{
	uint64_t longest = RETRY_MIN_MS << (conn->failures < 6 ? conn->failures : 6);

	if (longest > RETRY_MAX_MS)
		longest = RETRY_MAX_MS;
	conn->failures++;
	if (conn->state == CONN_CONNECTING && conn->address == conn->redis->address)
		conn->redis->address++;
	conn->state = CONN_WAITING;
	uv_timer_start(&conn->retry, on_retry, longest / 2 + random_below(longest / 2 + 1), 0);
}

static void on_watch(uv_timer_t *timer)
{
	struct conn *conn = CONTAINER_OF(timer, struct conn, watch);
	int64_t now = loop_now_us(conn->redis->loop);

	if (conn->state == CONN_CONNECTING) {
		if (now - conn->attempt_us > 2 * conn->redis->options.timeout_us)
			conn_drop(conn, "connecting took too long");
		return;
	}
	if (list_is_empty(&conn->in_flight)) {
		uv_timer_stop(timer);
		return;
	}
	struct op *oldest = CONTAINER_OF(conn->in_flight.next, struct op, node);
	if (now <= oldest->deadline_us)
		conn->overdue = NULL;
	else if (conn->overdue != oldest)
		conn->overdue = oldest;
	else
		conn_drop(conn, "no answer in time");
}

/* ---- Commands ---------------------------------------------------------------------------------- */

/* Errors that mean the server, not the command: another one may stand behind the same address after a reconnect. */
static bool means_wrong_server(const redisReply *reply)
{
	static const char *const starts[] = { "LOADING", "READONLY", "MASTERDOWN", "NOAUTH" };

	if (reply->type != REDIS_REPLY_ERROR)
		return false;
	for (size_t i = 0; i < ARRAY_COUNT(starts); i++)
		if (str_starts((struct str){ reply->str, reply->len }, str_from(starts[i])))
			return true;
	return false;
}

static void on_reply(redisAsyncContext *context, void *data, void *privdata)
{
	struct op *op = privdata;
	struct conn *conn = op->conn;
	redisReply *reply = data;

	(void)context;
	list_remove(&op->node);
	conn->in_flight_count--;
	if (conn->overdue == op)
		conn->overdue = NULL;
	if (reply) {
		conn->redis->latency_us = loop_now_us(conn->redis->loop) - op->sent_us;
		if (means_wrong_server(reply)) {
			redis_note_error(conn->redis, reply->str);
			conn->stale = true;
			loop_flush_soon(conn->redis->loop, &conn->flush);
		}
	}
	op_done(op, reply);
}

int redis_conn_send(struct conn *conn, struct op *op, const struct str *args, size_t count, int64_t timeout_us)
{
	const char *argv[COMMAND_ARGS_INLINE];
	size_t lengths[COMMAND_ARGS_INLINE];
	const char **argv_used = argv;
	size_t *lengths_used = lengths;

	if (conn->state != CONN_READY || conn->in_flight_count >= conn->redis->options.queue_max || conn->stale ||
	    sdslen(conn->context->c.obuf) > OUT_BYTES_MAX)
		return -1;
	if (count > COMMAND_ARGS_INLINE) {
		argv_used = malloc(count * sizeof(*argv));
		lengths_used = malloc(count * sizeof(*lengths));
		CHECK(argv_used && lengths_used);
	}
	for (size_t i = 0; i < count; i++) {
		argv_used[i] = args[i].len ? args[i].ptr : "";
		lengths_used[i] = args[i].len;
	}
	op->conn = conn;
	op->sent_us = loop_now_us(conn->redis->loop);
	op->deadline_us = op->sent_us + timeout_us;
	int failed = redisAsyncCommandArgv(conn->context, on_reply, op, (int)count, argv_used, lengths_used);
	if (count > COMMAND_ARGS_INLINE) {
		free(argv_used);
		free(lengths_used);
	}
	if (failed)
		return -1;
	list_push_back(&conn->in_flight, &op->node);
	conn->in_flight_count++;
	watch(conn);
	return 0;
}

/* ---- Beginning and end ------------------------------------------------------------------------- */

void conn_init(struct conn *conn, struct redis *redis)
{
	conn->redis = redis;
	list_init(&conn->in_flight);
	wait_queue_init(&conn->settling);
	CHECK(uv_timer_init(loop_uv(redis->loop), &conn->retry) == 0);
	CHECK(uv_timer_init(loop_uv(redis->loop), &conn->watch) == 0);
	redis->handles += 2;
}

void conn_start(struct conn *conn)
{
	if (conn->state == CONN_UNUSED && conn->redis->has_url)
		attempt(conn);
}

void conn_restart(struct conn *conn)
{
	if (!conn->context)
		return;
	redisAsyncFree(conn->context);
	conn->failures = 0;
	conn->state = CONN_CONNECTING;
	uv_timer_start(&conn->retry, on_retry, 0, 0);
}

bool conn_settle(struct conn *conn)
{
	conn_start(conn);
	while (conn->state == CONN_CONNECTING && conn->failures == 0)
		wait_queue_wait(&conn->settling);
	return conn->state == CONN_READY;
}

static void on_timer_closed(uv_handle_t *handle)
{
	redis_unref(handle->data);
}

void conn_stop(struct conn *conn)
{
	conn->state = CONN_CLOSED;
	loop_flush_cancel(&conn->flush);
	if (conn->context)
		redisAsyncFree(conn->context);
	if (conn->resolving) {
		conn->resolving->conn = NULL;
		uv_cancel((uv_req_t *)&conn->resolving->request);
		conn->resolving = NULL;
	}
	wait_queue_wake_all(&conn->settling);
	conn->retry.data = conn->watch.data = conn->redis;
	uv_close((uv_handle_t *)&conn->retry, on_timer_closed);
	uv_close((uv_handle_t *)&conn->watch, on_timer_closed);
}
