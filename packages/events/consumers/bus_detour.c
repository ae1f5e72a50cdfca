/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Redis, and PostgreSQL while Redis takes no events: it is away, full (maxmemory) or read-only.
 *
 * The leading relay decides, for it alone publishes: mark() asks Redis by a write, and answers for the transport that is
 * used. To the relay the other transport is a bus with another epoch: it goes back to the first event that some
 * subscription has not handled and publishes from there, in both directions. So nothing is left behind in the store that
 * is given up, and what comes twice is refused by the inbox. For the same reason what PostgreSQL still holds is deleted
 * on the way back. A new leader may find such things of the one before: it begins on the detour then.
 *
 * Consumers take from both. Whether PostgreSQL holds anything they ask once a second, and for some seconds after it did
 * they look there first. The id of an entry tells where it is from: those of Redis have a dash.
 */
#include "base/check.h"
#include "base/clock.h"
#include "events/bus.h"
#include "events/sql/bus_sql.h"
#include "task/task.h"
#include "telemetry/log.h"

#define AFTER_US  US_PER_S       /* an outage that is shorter is waited out */
#define RETURN_US (2 * US_PER_S) /* Redis must have been well for so long */
#define LOOK_US   US_PER_S
#define LINGER_US (5 * US_PER_S)

struct bus_detour {
	struct bus bus;
	struct bus *redis, *postgres;
	struct db *db;
	bool detouring;                    /* published by PostgreSQL */
	bool taken;                        /* Redis took the last write */
	int64_t since_us;                  /* it has been so since */
	int64_t term;                      /* of the leader that has asked what the one before left in PostgreSQL */
	int64_t looked_us, holds_until_us; /* whether PostgreSQL holds anything */
};

static struct bus_detour *self_of(struct bus *bus)
{
	return CONTAINER_OF(bus, struct bus_detour, bus);
}

static struct bus *postgres_of(struct bus_detour *self)
{
	self->postgres->leader = self->bus.leader;
	return self->postgres;
}

static struct bus *used(struct bus *bus)
{
	return self_of(bus)->detouring ? postgres_of(self_of(bus)) : self_of(bus)->redis;
}

/* ---- For the relay ----------------------------------------------------------------------------- */

static enum bus_result detour_publish(struct bus *bus, const struct event *events, size_t count, int64_t offset)
{
	return used(bus)->ops->publish(used(bus), events, count, offset);
}

static enum bus_result detour_trim(struct bus *bus, int64_t max_bytes, bool *ret_lost)
{
	return used(bus)->ops->trim(used(bus), max_bytes, ret_lost);
}

static enum bus_result detour_reset(struct bus *bus)
{
	return used(bus)->ops->reset(used(bus));
}

static enum bus_result detour_depth(struct bus *bus, struct str topic, struct bus_depth *ret)
{
	return used(bus)->ops->depth(used(bus), topic, ret);
}

static void decide(struct bus_detour *self, bool taken)
{
	int64_t now_us = loop_now_us(task_loop());

	if (taken != self->taken || !self->since_us)
		self->since_us = now_us;
	self->taken = taken;
	if (taken && !self->detouring && self->term != self->bus.term) {
		self->detouring = sql_bus_holds(self->db)->any;
		self->term = self->bus.term;
	}
	if (taken == !self->detouring || now_us - self->since_us < (taken ? RETURN_US : AFTER_US))
		return;
	if (taken)
		self->postgres->ops->reset(postgres_of(self));
	self->detouring = !taken;
	if (taken)
		log_info("events travel by Redis again");
	else
		log_warn("Redis takes no events; they travel by PostgreSQL until it does");
}

/* The first thing that a relay asks, so it is heard here too that Redis refuses. */
static enum bus_result detour_ensure_group(struct bus *bus, struct str topic, struct str group)
{
	struct bus_detour *self = self_of(bus);

	if (!self->detouring) {
		enum bus_result result = self->redis->ops->ensure_group(self->redis, topic, group);

		if (result != BUS_OK)
			decide(self, false);
		if (!self->detouring)
			return result;
	}
	return self->postgres->ops->ensure_group(self->postgres, topic, group);
}

static enum bus_result detour_mark(struct bus *bus, struct bus_mark *ret)
{
	struct bus_detour *self = self_of(bus);
	enum bus_result result = self->redis->ops->mark(self->redis, ret);

	decide(self, result == BUS_OK);
	return self->detouring ? self->postgres->ops->mark(self->postgres, ret) : result;
}

/* ---- For consumers ----------------------------------------------------------------------------- */

static bool postgres_holds(struct bus_detour *self)
{
	int64_t now_us = loop_now_us(task_loop());

	if (now_us - self->looked_us >= LOOK_US) {
		self->looked_us = now_us;
		if (self->detouring || sql_bus_holds(self->db)->any)
			self->holds_until_us = now_us + LINGER_US;
	}
	return now_us < self->holds_until_us;
}

static enum bus_result detour_consume(struct bus *bus, struct str topic, struct str group, struct str consumer,
                                      size_t max, int64_t wait_us, struct bus_batch *ret)
{
	struct bus_detour *self = self_of(bus);
	const struct bus_ops *redis = self->redis->ops, *postgres = self->postgres->ops;

	if (!postgres_holds(self))
		return redis->consume(self->redis, topic, group, consumer, max, wait_us, ret);
	if (postgres->consume(self->postgres, topic, group, consumer, max, 0, ret) == BUS_OK && ret->count)
		return BUS_OK;
	if (redis->consume(self->redis, topic, group, consumer, max, 0, ret) == BUS_OK && ret->count)
		return BUS_OK;
	return postgres->consume(self->postgres, topic, group, consumer, max, wait_us, ret);
}

static enum bus_result detour_claim(struct bus *bus, struct str topic, struct str group, struct str consumer,
                                    size_t max, int64_t idle_us, struct bus_batch *ret)
{
	struct bus_detour *self = self_of(bus);

	if (postgres_holds(self)) {
		self->postgres->ops->claim(self->postgres, topic, group, consumer, max, idle_us, ret);
		if (ret->count)
			return BUS_OK;
	}
	return self->redis->ops->claim(self->redis, topic, group, consumer, max, idle_us, ret);
}

/* What Redis cannot be told now it hands out again, and the inbox knows it: nothing waits for that. */
static enum bus_result detour_acknowledge(struct bus *bus, struct str topic, struct str group, const struct str *ids,
                                          size_t count)
{
	struct bus_detour *self = self_of(bus);
	struct str *own = ARENA_ARRAY(task_arena(), struct str, count);
	size_t low = 0, high = count;

	for (size_t i = 0; i < count; i++)
		own[memchr(ids[i].ptr, '-', ids[i].len) ? low++ : --high] = ids[i];
	self->postgres->ops->acknowledge(self->postgres, topic, group, own + high, count - high);
	enum bus_result result = self->redis->ops->acknowledge(self->redis, topic, group, own, low);
	return postgres_holds(self) ? BUS_OK : result;
}

static enum bus_result detour_forget_consumer(struct bus *bus, struct str topic, struct str group, struct str consumer)
{
	return self_of(bus)->redis->ops->forget_consumer(self_of(bus)->redis, topic, group, consumer);
}

/* ---- Beginning and end ------------------------------------------------------------------------- */

static void detour_free(struct bus *bus)
{
	struct bus_detour *self = self_of(bus);

	self->redis->ops->free(self->redis);
	self->postgres->ops->free(self->postgres);
	free(self);
}

static const struct bus_ops detour_ops = {
	.name = "redis",
	.publish = detour_publish,
	.ensure_group = detour_ensure_group,
	.consume = detour_consume,
	.acknowledge = detour_acknowledge,
	.claim = detour_claim,
	.trim = detour_trim,
	.mark = detour_mark,
	.reset = detour_reset,
	.forget_consumer = detour_forget_consumer,
	.depth = detour_depth,
	.free = detour_free,
};

struct bus *bus_detour_new(struct redis *redis, int64_t stream_max_bytes, struct db *db)
{
	struct bus_detour *self = calloc(1, sizeof(*self));

	CHECK(self);
	self->bus.ops = &detour_ops;
	self->redis = bus_redis_new(redis, stream_max_bytes);
	self->postgres = bus_postgres_new(db);
	self->db = db;
	return &self->bus;
}
