/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What carries events from the relay to the consumers: a small set of operations with two implementations, Redis
 * Streams and PostgreSQL, which pass the same contract test. Delivery is at least once; a topic is an event type; a
 * group is a subscription; each group sees every entry of its topic published after it was created (and those still
 * there when it was created).
 *
 * Calls wait inside a task. A transport that is away answers BUS_AWAY and the caller retries later; the one in
 * PostgreSQL ends the attempt instead, as its statements do.
 */
#ifndef STOA_EVENTS_BUS_H
#define STOA_EVENTS_BUS_H

#include <stdbool.h>

#include "events/event.h"

enum bus_result { BUS_OK, BUS_AWAY };

struct bus_entry {
	struct str entry_id; /* the transport's own, for acknowledge */
	int64_t deliveries;  /* how often it was handed out; 1 = first */
	struct event event;
};

struct bus_batch {
	struct bus_entry *entries;
	size_t count;
};

struct bus_mark {
	struct uuid epoch;
	int64_t offset;
};

struct bus_depth {
	int64_t entries, bytes, pending; /* bytes: 0 when the transport keeps none of its own */
};

struct bus;
struct bus_ops {
	const char *name;
	/* Appends in order; on BUS_OK all are durable as far as the transport goes. Publishing one twice is allowed.
	 * `offset` is the relay's offset once these are out; it is kept beside them (mark), and count may be 0 to keep
	 * only that. */
	enum bus_result (*publish)(struct bus *bus, const struct event *events, size_t count, int64_t offset);
	/* Makes the group if it is missing. Idempotent. */
	enum bus_result (*ensure_group)(struct bus *bus, struct str topic, struct str group);
	/* Hands out up to `max` new entries to this consumer, waiting up to wait_us for the first. */
	enum bus_result (*consume)(struct bus *bus, struct str topic, struct str group, struct str consumer, size_t max,
	                           int64_t wait_us, struct bus_batch *ret);
	enum bus_result (*acknowledge)(struct bus *bus, struct str topic, struct str group, const struct str *entry_ids,
	                               size_t count);
	/* Entries handed out longer than idle_us ago and not acknowledged, now given to this consumer. */
	enum bus_result (*claim)(struct bus *bus, struct str topic, struct str group, struct str consumer, size_t max,
	                         int64_t idle_us, struct bus_batch *ret);
	/* Deletes entries that every group has acknowledged, and keeps the whole within max_bytes by deleting the
	 * oldest; never more than the log can give again. max_bytes 0: what the transport was made with. *ret_lost
	 * tells that unacknowledged entries went: the relay then rewinds. */
	enum bus_result (*trim)(struct bus *bus, int64_t max_bytes, bool *ret_lost);
	/* epoch: a random name given to the transport's store when first used; a different one later means it was lost.
	 * offset: the last one published; behind the relay's own means that the latest entries were lost, beyond the
	 * log's end that the log was restored to an earlier state. */
	enum bus_result (*mark)(struct bus *bus, struct bus_mark *ret);
	/* Deletes every entry and takes a new epoch: the entries belong to a log that no longer exists. */
	enum bus_result (*reset)(struct bus *bus);
	/* Removes a consumer's name when it has no unacknowledged entries (clean shutdown, dead processes). */
	enum bus_result (*forget_consumer)(struct bus *bus, struct str topic, struct str group, struct str consumer);
	enum bus_result (*depth)(struct bus *bus, struct str topic, struct bus_depth *ret);
	void (*free)(struct bus *bus);
};

struct bus {
	const struct bus_ops *ops;
	/* The leading relay's term and, in its rounds, its own handle (db_leader_db): what it writes to a bus in PostgreSQL
	 * is refused once another leads. Otherwise NULL. */
	int64_t term;
	struct db *leader;
};

/* One per loop. The transport wakes consumers by notices of its own; they also poll every 500 ms, in case one is
 * lost. */
struct redis;
struct bus *bus_redis_new(struct redis *redis, int64_t stream_max_bytes);
struct bus *bus_postgres_new(struct db *db);
/* Redis, and PostgreSQL for as long as Redis takes no events. */
struct bus *bus_detour_new(struct redis *redis, int64_t stream_max_bytes, struct db *db);

#endif
