/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands that a task waits for. The operations of one call live together in a `gather` on the heap, because a task
 * may leave (cancelled, late) while answers are still on their way: then the last answer frees it. Otherwise the
 * arena's reset does, and until then the answers' strings are borrowed from it.
 */
#include "base/check.h"
#include "base/clock.h"
#include "redis/internal.h"

struct gather {
	struct task *task; /* NULL: gone */
	bool dropped;      /* the arena was reset: free with the last answer */
	size_t remaining, count;
	struct op ops[];
};

static void gather_free(struct gather *gather)
{
	for (size_t i = 0; i < gather->count; i++)
		if (gather->ops[i].reply)
			freeReplyObject(gather->ops[i].reply);
	free(gather);
}

static void gather_drop(void *arg)
{
	struct gather *gather = arg;

	gather->task = NULL;
	gather->dropped = true;
	if (gather->remaining == 0)
		gather_free(gather);
}

void op_done(struct op *op, redisReply *reply)
{
	struct gather *gather = op->gather;

	if (!gather) {
		free(op);
		return;
	}
	if (reply && !gather->dropped) {
		op->reply = reply;
		reply_keep(reply);
	}
	if (--gather->remaining > 0)
		return;
	if (gather->dropped)
		gather_free(gather);
	else if (gather->task)
		task_wake(gather->task);
}

static struct gather *gather_new(size_t count)
{
	struct gather *gather = calloc(1, sizeof(*gather) + count * sizeof(struct op));

	CHECK(gather);
	gather->task = task_self();
	gather->count = count;
	for (size_t i = 0; i < count; i++)
		gather->ops[i].gather = gather;
	arena_on_reset(task_arena(), gather_drop, gather);
	return gather;
}

/* On anything but an answer the attempt ends, after `leave` has been told. */
static void gather_wait(struct gather *gather, void (*leave)(struct redis *redis), struct redis *redis)
{
	while (gather->remaining > 0) {
		enum wake why = task_wait();
		if (why == WAKE_DONE)
			continue;
		gather->task = NULL;
		if (leave)
			leave(redis);
		task_end(why);
	}
	gather->task = NULL;
}

const struct redis_value *redis_pipeline(struct redis *redis, const struct redis_call *calls, size_t count)
{
	struct redis_value *values = ARENA_ARRAY(task_arena(), struct redis_value, count);

	if (count == 0 || !conn_settle(&redis->commands))
		return values;
	struct gather *gather = gather_new(count);
	for (size_t i = 0; i < count; i++) {
		if (redis_conn_send(&redis->commands, &gather->ops[i], calls[i].args, calls[i].count,
		                    redis->options.timeout_us))
			break; /* in order or not at all: what follows stays away as well */
		gather->remaining++;
	}
	gather_wait(gather, NULL, redis);
	for (size_t i = 0; i < count; i++)
		values[i] = value_of(task_arena(), gather->ops[i].reply);
	return values;
}

struct redis_value redis_command(struct redis *redis, const struct str *args, size_t count)
{
	return *redis_pipeline(redis, &(struct redis_call){ .args = args, .count = count }, 1);
}

/* The server would hand the answer to nobody: end its wait by ending the connection. */
static void leave_blocking(struct redis *redis)
{
	conn_restart(&redis->blocking);
}

static void blocking_release(void *arg)
{
	struct redis *redis = arg;

	redis->blocking_busy = false;
	wait_queue_wake_one(&redis->blocking_queue);
}

struct redis_value redis_blocking(struct redis *redis, const struct str *args, size_t count, int64_t block_us)
{
	struct redis_value value = { .kind = REDIS_AWAY };

	CHECK(block_us >= 0 && block_us <= 5 * US_PER_S);
	while (redis->blocking_busy)
		wait_queue_wait(&redis->blocking_queue);
	redis->blocking_busy = true;
	arena_on_reset(task_arena(), blocking_release, redis);
	if (conn_settle(&redis->blocking)) {
		struct gather *gather = gather_new(1);
		if (!redis_conn_send(&redis->blocking, &gather->ops[0], args, count,
		                     block_us + redis->options.timeout_us))
			gather->remaining = 1;
		gather_wait(gather, leave_blocking, redis);
		value = value_of(task_arena(), gather->ops[0].reply);
	}
	arena_unhook(task_arena(), blocking_release, redis);
	blocking_release(redis);
	return value;
}

const char *redis_probe(struct redis *redis)
{
	struct redis_value value = REDIS(redis, STR("SET"), STR("stoa:probe"), STR("1"), STR("PX"), STR("60000"));

	if (value.kind == REDIS_STR || value.kind == REDIS_ERROR)
		snprintf(redis->refusal, sizeof(redis->refusal), "%.*s",
		         value.kind == REDIS_ERROR ? (int)value.str.len : 0, value.str.ptr);
	return redis->refusal;
}

const char *redis_refusal(const struct redis *redis)
{
	return redis->refusal;
}

void redis_send(struct redis *redis, const struct str *args, size_t count)
{
	struct op *op;

	conn_start(&redis->commands);
	if (!conn_is_ready(&redis->commands))
		return;
	op = calloc(1, sizeof(*op));
	CHECK(op);
	if (redis_conn_send(&redis->commands, op, args, count, redis->options.timeout_us))
		free(op);
}
