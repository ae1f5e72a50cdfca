/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection to Redis: hiredis's async context on libuv, with the deadlines, reconnects and greeting that it lacks.
 *
 * hiredis ships an adapter for libuv, but that one ignores poll errors, so a refused TCP connection would never be
 * noticed, and it polls for writability after every command. Ours writes at the end of the turn: all commands of a turn
 * leave in one write.
 */
#ifndef STOA_REDIS_INTERNAL_H
#define STOA_REDIS_INTERNAL_H

#include <hiredis/async.h>

#include "base/list.h"
#include "config/redis_url.h"
#include "redis/redis.h"
#include "task/task.h"

enum conn_state {
	CONN_UNUSED,     /* nobody has asked for it */
	CONN_CONNECTING, /* looking up, connecting, or greeting */
	CONN_READY,
	CONN_WAITING, /* until the next attempt */
	CONN_CLOSED,
};

enum { COMMAND_ARGS_INLINE = 32 };

struct conn {
	struct redis *redis;
	enum conn_state state;
	redisAsyncContext *context;
	struct conn_poll *poll;
	struct loop_flush flush;
	bool flushing;
	bool stale; /* the server answered that it cannot serve us: reconnect at the end of the turn */
	uv_timer_t retry, watch;
	struct resolving *resolving;
	int failures;          /* in a row */
	unsigned address;      /* where it is, or was tried */
	int64_t attempt_us;    /* when this attempt began */
	int64_t read_us;       /* when bytes last came from the server */
	struct op *overdue;    /* already so at the last look */
	struct list in_flight; /* struct op, in the order of their answers */
	int in_flight_count;
	struct wait_queue settling; /* tasks that wait for the outcome of the first attempt */
	void (*on_ready)(struct conn *conn);
};

/* One command on its way. Lives until its answer came or the connection went. */
struct op {
	struct list node;
	struct conn *conn;
	struct gather *gather; /* NULL: nobody waits */
	int64_t sent_us, deadline_us;
	redisReply *reply; /* NULL: away */
};

struct redis {
	struct loop *loop;
	struct redis_options options;
	struct redis_url url;
	bool has_url, closed;
	unsigned address; /* which of a name's is tried next, modulo their number */
	int handles;      /* libuv handles still open; closing the last one frees this struct */
	struct conn commands, blocking, listening;
	bool blocking_busy;
	struct wait_queue blocking_queue;
	uv_timer_t keepalive; /* of the listening connection */
	struct list channels;
	int64_t latency_us;
	char last_error[160], refusal[160];
};

void conn_init(struct conn *conn, struct redis *redis);
void conn_start(struct conn *conn); /* does nothing unless unused */
void conn_stop(struct conn *conn);
void conn_drop(struct conn *conn, const char *why); /* and connect again with back-off */
void conn_restart(struct conn *conn);               /* ends what is on its way and connects again at once */
void conn_lost(struct conn *conn, const char *why); /* its context has ended, or never was; "" or NULL: unknown */
/* adapter.c: lets the loop drive the context, until hiredis ends it and conn_lost tells. */
void conn_attach(struct conn *conn, redisAsyncContext *context);
bool conn_is_ready(const struct conn *conn);
/* In a task: starts the connection when unused, and waits for the outcome of its first attempt. */
bool conn_settle(struct conn *conn);

/* 0, or -1: not ready, full, or going down; the op is not queued then. */
MUST_CHECK int redis_conn_send(struct conn *conn, struct op *op, const struct str *args, size_t count,
                               int64_t timeout_us);
void op_done(struct op *op, redisReply *reply); /* in the callback; reply NULL: away */
void redis_unref(struct redis *redis);
void redis_note_error(struct redis *redis, const char *text);

/* Keeps a reply beyond its callback: hiredis frees each one when the callback returns. Call it inside the callback. */
void reply_keep(redisReply *reply);
void reply_functions_install(redisAsyncContext *context);
/* Strings are borrowed from the reply, arrays are made in the arena. */
struct redis_value value_of(struct arena *arena, const redisReply *reply);

void listening_on_ready(struct conn *conn);
void listening_init(struct redis *redis);
void listening_stop(struct redis *redis);

#endif
