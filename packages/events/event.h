/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events: facts, written in the transaction that made them true, kept as the audit log in stoa.event.
 *
 * An event type is a row of the list in a service's events.h: a name, a version, the schema of its data. `emit` inserts
 * it through the caller's transaction; nothing is published there. The relay (relay.h) carries committed events to the
 * bus (bus.h), consumers (consumer.h) handle each exactly once as far as PostgreSQL is concerned, through the inbox.
 */
#ifndef STOA_EVENTS_EVENT_H
#define STOA_EVENTS_EVENT_H

#include "base/list.h"
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

/* clang-format off */
/*
 * The events of a service are one list: symbol, name, aggregate, version, shape of the data, what it means.
 *
 *     #define SHOP_EVENTS(X)                                                                           \
 *             X(order_created, "order.created", order, 1, order_created_data, "A customer placed an order") \
 *             X(order_paid, "order.paid", order, 1, order_payment_data, "An order was paid")
 *     SHOP_EVENTS(EVENT_DECLARE)                                      in the header
 *     extern const struct event_types shop_events;
 *
 *     SHOP_EVENTS(EVENT_DEFINE)                                       in one .c file
 *     const struct event_types shop_events = EVENT_TYPES(SHOP_EVENTS);
 *
 * The data is a STRUCT or, where an event tells what a row holds, OVER that row (json/schema.h).
 */
#define EVENT_DECLARE(symbol, name_, aggregate_, version_, data_, doc_) \
	extern const struct event_type symbol;                          \
	struct symbol##_event {                                         \
		SHAPE(data_) *data;                                     \
	};
#define EVENT_DEFINE(symbol, name_, aggregate_, version_, data_, doc_)                       \
	const struct event_type symbol = { .name = (name_), .aggregate = #aggregate_, .version = (version_), \
	                                   .data = &data_##_schema, .doc = (doc_) };
#define EVENT_POINTER(symbol, name_, aggregate_, version_, data_, doc_) &symbol,
#define EVENT_TYPES(LIST)                                                                             \
	{ .items = (const struct event_type *const[]){ LIST(EVENT_POINTER) },                         \
	  .count = sizeof((const struct event_type *const[]){ LIST(EVENT_POINTER) }) / sizeof(void *) }
/* clang-format on */

struct event_types {
	const struct event_type *const *items;
	size_t count;
};

/* The C type of an event's data, by the event's symbol. */
#define EVENT_DATA(event) __typeof__(*(struct event##_event){ 0 }.data)

/* emit(tx, order_created, order_id, seq, &(struct order_created_data){ ... }): adds the event to the transaction; gives
 * its id. Does not compile with a pointer to anything but the event's data. aggregate_seq is gapless per aggregate: the
 * caller counts it under the aggregate's lock or version check. Id, time, correlation, causation and traceparent come
 * from the running task. Rings the relay's doorbell after the commit. */
#define emit(tx, event, aggregate_id, aggregate_seq, ...) \
	event_emit((tx), &(event), (aggregate_id), (aggregate_seq), EVENT_POINTER_TO(EVENT_DATA(event), (__VA_ARGS__)))

/* The same where the event is chosen at run time among those with the data `tag`: fails when `type` has other data. */
#define emit_as(tx, tag, type, aggregate_id, aggregate_seq, ...) \
	event_emit_as((tx), &tag##_schema, (type), (aggregate_id), (aggregate_seq), \
	              EVENT_POINTER_TO(SHAPE(tag), (__VA_ARGS__)))

/* clang-format off */
#define EVENT_POINTER_TO(type, pointer) _Generic(pointer, type *: pointer, const type *: pointer)
/* clang-format on */

struct uuid event_emit(struct tx *tx, const struct event_type *type, struct uuid aggregate_id, int64_t aggregate_seq,
                       const void *data);
struct uuid event_emit_as(struct tx *tx, const struct schema *schema, const struct event_type *type,
                          struct uuid aggregate_id, int64_t aggregate_seq, const void *data);

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
	struct opt_uuid causation_id;
	struct str traceparent;
	struct str data; /* JSON text by the type's schema */
};

enum { EVENT_DATA_MAX = 256 * 1024 }; /* bytes of JSON; emit fails beyond it */

/* The data parsed by the schema into the arena; refuses (FAILURE_REFUSED, permanent) what does not fit or is of a newer
 * version. */
const void *event_data(const struct event *event, const struct event_type *type);

/* Events of one aggregate after a sequence number, oldest first, at most `limit`; in the running task's arena. */
struct event_list {
	struct event *items;
	size_t count;
};
struct event_list events_of_aggregate(struct db *db, struct str aggregate, struct uuid aggregate_id, int64_t after_seq,
                                      int64_t limit);

/* The log after a position, oldest first, at most `limit`, of one type or (null) of all. Only what is settled: no event
 * will ever appear below one that was given, so a caller that asks again from the last position misses nothing. Newer
 * events follow when the relay has read them. */
struct event_list events_after(struct db *db, int64_t position, struct str type, int64_t limit);

/* Once per process and loop, by the host: what emit needs. */
struct redis;
struct events_options {
	struct db *db;
	struct redis *redis; /* may be NULL: no doorbells, the relay polls */
	const char *source;  /* "public-api" */
};
struct events; /* per loop; hung on the db by events_open so that emit finds it */
struct events *events_open(struct loop *loop, const struct events_options *options);
void events_close(struct events *events); /* also forgets the db's context */

/* Before work is made for a consumer, and before anything of it is stamped or locked: waits for up to 250 ms, the longer
 * the further that consumer is behind. Not at all while it is behind by less than 300 ms, or handles nothing. Gives how long
 * it waited. `consumer`: a subscription's name, static. */
int64_t events_yield(struct db *db, const char *consumer);

/* `on_commit(arg)` is called on the loop after commits that emitted, once a turn: for a relay on the same loop, which
 * then does not need Redis to notice them. NULL `events` is fine and does nothing. */
struct events_listener {
	struct list node;
	void (*on_commit)(void *arg);
	void *arg;
};
void events_listen(struct events *events, struct events_listener *listener);
void events_unlisten(struct events_listener *listener);

#endif
