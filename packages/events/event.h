/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events: facts, written in the transaction that made them true, kept as the audit log in stoa.event.
 *
 * An event type is a row in a service's events.h: a name, a version, the schema of its data. `emit` inserts it through the
 * caller's transaction; nothing is published there. The relay (relay.h) carries committed events to the bus (bus.h), consumers
 * (consumer.h) handle each exactly once as far as PostgreSQL is concerned, through the inbox.
 */
#ifndef STOA_EVENTS_EVENT_H
#define STOA_EVENTS_EVENT_H

#include "base/str.h"
#include "base/uuid.h"
#include "db/db.h"
#include "json/schema.h"

struct event_type {
	const char *name;      /* "order.created" */
	const char *aggregate; /* "order" */
	int version;           /* of the data's schema */
	const struct schema *data;
	const char *doc;
};

/* Adds the event to the transaction. aggregate_seq is gapless per aggregate: the caller counts it under the aggregate's lock or
 * version check. Id, time, correlation, causation and traceparent come from the running task. Rings the relay's bell after commit. */
struct uuid emit(struct tx *tx, const struct event_type *type, struct uuid aggregate_id, int64_t aggregate_seq, const void *data);

/* An event as a consumer, a feed or a socket sees it. */
struct event {
	struct uuid id;
	int64_t position; /* in the log; ascends roughly with time, has gaps; for feeds */
	struct str type;
	int64_t version;
	struct str aggregate;
	struct uuid aggregate_id;
	int64_t aggregate_seq;
	int64_t occurred_at; /* us */
	struct str source;   /* the application that emitted it */
	struct uuid correlation_id;
	struct uuid causation_id; /* nil: none */
	struct str traceparent;
	struct str data; /* JSON text by the type's schema */
};

/* The envelope of spec/async.md as JSON: id, type, version, aggregate, aggregate_id, aggregate_seq, occurred_at, source, correlation_id,
 * causation_id, traceparent, data. */
extern const struct schema event_view_schema;

/* The data parsed by the schema into the arena; refuses (FAILURE_REFUSED, permanent) what does not fit or is of a newer version. */
const void *event_data(const struct event *event, const struct event_type *type);

/* Events of one aggregate after a sequence number, oldest first, at most `limit`; in the running task's arena. */
struct event_list {
	struct event *items;
	size_t count;
};
struct event_list events_of_aggregate(struct db *db, struct str aggregate, struct uuid aggregate_id, int64_t after_seq, int64_t limit);

/* Once per process and loop, by the host: what emit needs. */
struct redis;
struct events_options {
	struct db *db;
	struct redis *redis; /* may be NULL: no doorbells, the relay polls */
	const char *source;  /* "public-api" */
};
struct events; /* per loop; hung on the db by events_open so that emit finds it */
struct events *events_open(struct loop *loop, const struct events_options *options);
void events_close(struct events *events);

#endif
