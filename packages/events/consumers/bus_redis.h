/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the transport on Redis. */
#ifndef STOA_EVENTS_BUS_REDIS_H
#define STOA_EVENTS_BUS_REDIS_H

#include "base/check.h"
#include "base/list.h"
#include "events/bus.h"
#include "redis/redis.h"
#include "task/task.h"

enum { ENTRY_ID_MAX = 48 };

struct group {
	struct list node;
	char cursor[ENTRY_ID_MAX]; /* where the next claim goes on */
	size_t name_len;
	char name[];
};

struct topic {
	struct list node;
	struct str type, key, channel; /* in the topic's own allocation */
	struct redis_subscription *subscription;
	struct wait_queue waiting;
	uint64_t wakeups; /* so far: what came while nobody waited is noticed */
	struct list groups;
};

struct bus_redis {
	struct bus bus;
	struct redis *redis;
	int64_t max_bytes;
	struct list topics;
	uv_timer_t poll;
	bool polling;
	struct redis_script reap, ensure;
};

/* The script that removes consumers' names; its digest is kept per bus, because each bus belongs to one thread. */
extern const char bus_redis_reap_text[];

static inline struct bus_redis *bus_redis_of(struct bus *bus)
{
	return CONTAINER_OF(bus, struct bus_redis, bus);
}

/* Finds or makes it. Trimming covers the topics and groups that were named here. */
struct topic *bus_redis_topic(struct bus_redis *self, struct str type);
struct group *bus_redis_group(struct topic *topic, struct str name);

enum bus_result bus_redis_trim(struct bus *bus, int64_t max_bytes, bool *ret_lost);
enum bus_result bus_redis_forget_consumer(struct bus *bus, struct str type, struct str group, struct str consumer);
enum bus_result bus_redis_mark(struct bus *bus, struct bus_mark *ret);
enum bus_result bus_redis_reset(struct bus *bus);
enum bus_result bus_redis_depth(struct bus *bus, struct str type, struct bus_depth *ret);

#endif
