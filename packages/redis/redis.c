/* SPDX-License-Identifier: Apache-2.0 */
#include "base/check.h"
#include "base/clock.h"
#include "base/encode.h"
#include "redis/internal.h"

enum { QUEUE_DEFAULT = 10000 };

void redis_note_error(struct redis *redis, const char *text)
{
	snprintf(redis->last_error, sizeof(redis->last_error), "%s", text);
	redis->last_error[utf8_mend(redis->last_error, strlen(redis->last_error))] = '\0';
}

void redis_unref(struct redis *redis)
{
	if (--redis->handles == 0)
		free(redis);
}

struct redis *redis_open(struct loop *loop, const struct redis_options *options)
{
	struct redis *redis = calloc(1, sizeof(*redis));
	const char *takes;

	CHECK(redis);
	redis->loop = loop;
	redis->options = *options;
	if (redis->options.queue_max <= 0)
		redis->options.queue_max = QUEUE_DEFAULT;
	if (redis->options.timeout_us <= 0)
		redis->options.timeout_us = US_PER_S;
	if (!options->url)
		redis_note_error(redis, "not configured");
	else if (redis_url_parse(&redis->url, str_from(options->url), &takes))
		redis_note_error(redis, takes);
	else
		redis->has_url = true;
	wait_queue_init(&redis->blocking_queue);
	conn_init(&redis->commands, redis);
	conn_init(&redis->blocking, redis);
	conn_init(&redis->listening, redis);
	listening_init(redis);
	conn_start(&redis->commands);
	return redis;
}

void redis_close(struct redis *redis)
{
	if (!redis)
		return;
	redis->closed = true;
	conn_stop(&redis->commands);
	conn_stop(&redis->blocking);
	conn_stop(&redis->listening);
	listening_stop(redis);
}

bool redis_connected(const struct redis *redis)
{
	return conn_is_ready(&redis->commands);
}

const char *redis_last_error(const struct redis *redis)
{
	return redis_connected(redis) ? "" : redis->last_error;
}

int64_t redis_latency_us(const struct redis *redis)
{
	return redis->latency_us;
}
