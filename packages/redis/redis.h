/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Redis for one loop, on hiredis's async interface. Three connections: commands (pipelined by the turn), blocking reads
 * (XREADGROUP BLOCK stops everything behind it), subscriptions. Redis is disposable: it may be away at any call, which
 * then returns REDIS_AWAY and does not end the attempt, because the caller decides what to do (local limits, polling,
 * later). hiredis writes with write(2): the process must ignore SIGPIPE.
 */
#ifndef STOA_REDIS_REDIS_H
#define STOA_REDIS_REDIS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/str.h"
#include "task/loop.h"

struct redis;

struct redis_options {
	const char *url;    /* redis://[:password@]host:port[/db], redis://host, unix:///path[?db=n]; borrowed */
	int queue_max;      /* commands in flight; default 10,000; beyond it REDIS_AWAY */
	int64_t timeout_us; /* for each command; default 1 s */
};

/* Starts connecting, reconnects with back-off and jitter for ever (50 ms to 2 s). NULL options->url: a redis that is
 * always away. */
struct redis *redis_open(struct loop *loop, const struct redis_options *options);
/* No task may be waiting on it, no subscription be left. */
void redis_close(struct redis *redis);
bool redis_connected(const struct redis *redis);
const char *redis_last_error(const struct redis *redis);
int64_t redis_latency_us(const struct redis *redis); /* of the last command */
/* A Redis that is full or read-only answers, and takes no writes. redis_probe() asks by a write, in a task; redis_refusal()
 * is why it was refused, "" when it was not. */
const char *redis_probe(struct redis *redis);
const char *redis_refusal(const struct redis *redis);

enum redis_reply_kind { REDIS_AWAY, REDIS_NIL, REDIS_ERROR, REDIS_STR, REDIS_INT, REDIS_ARRAY };

/* Copied into the running task's arena. */
struct redis_value {
	enum redis_reply_kind kind;
	struct str str; /* STR and ERROR */
	int64_t integer;
	const struct redis_value *items; /* ARRAY */
	size_t count;
};

/* One command, arguments as strings (binary-safe); waits for the answer. Never ends the attempt but for cancel and
 * deadline. */
struct redis_value redis_command(struct redis *redis, const struct str *args, size_t count);
#define REDIS(redis, ...) \
	redis_command((redis), (const struct str[]){ __VA_ARGS__ }, \
	              sizeof((const struct str[]){ __VA_ARGS__ }) / sizeof(struct str))

/* Many commands in one pipeline; answers in order into the arena. */
struct redis_call {
	const struct str *args;
	size_t count;
};
const struct redis_value *redis_pipeline(struct redis *redis, const struct redis_call *calls, size_t count);

/* On the connection for blocking reads; `block_us` at most 5 s is added to the command's time-out. One at a time per
 * redis: others wait. */
struct redis_value redis_blocking(struct redis *redis, const struct str *args, size_t count, int64_t block_us);

/* Sends without waiting; the answer is dropped. From any callback on the loop. */
void redis_send(struct redis *redis, const struct str *args, size_t count);

/* A Lua script, run by EVALSHA and loaded again when Redis does not have it any more. Zero-initialise `sha`. */
struct redis_script {
	const char *text;
	char sha[41];
};
struct redis_value redis_eval(struct redis *redis, struct redis_script *script, const struct str *keys,
                              size_t key_count, const struct str *args, size_t arg_count);

/* Subscriptions survive reconnects. on_lost(arg) is called whenever the channel has become live, the first time and
 * after each reconnect, because messages may have been missed until then. Both callbacks run on the loop and may
 * unsubscribe. */
typedef void redis_on_message(void *arg, struct str channel, struct str message);
struct redis_subscription;
struct redis_subscription *redis_subscribe(struct redis *redis, const char *name, redis_on_message *on_message_fn,
                                           void (*on_lost)(void *arg), void *arg);
void redis_unsubscribe(struct redis_subscription *subscription);

#endif
