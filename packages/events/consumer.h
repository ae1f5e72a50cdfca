/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Consumers: a subscription is a row (name, consumer, retry policy). Its runner takes batches from the bus and handles
 * each event in a task: the handler writes through the transaction it is given, which already holds the inbox row
 * (consumer, event); commit, then acknowledge. A second delivery finds the inbox row and is acknowledged at once.
 *
 * A failed event is stored in stoa.event_retry with its next time (exponential back-off with full jitter) and
 * acknowledged; after the last attempt, or at once for a permanent failure (REFUSED), it goes to stoa.dead_letter with
 * every attempt's error and stays there until an operator decides. Conflicts (a concurrent change won) are tried again
 * at once up to 5 times without spending an attempt; shutdown, cancel and a database that is away never spend one
 * either.
 */
#ifndef STOA_EVENTS_CONSUMER_H
#define STOA_EVENTS_CONSUMER_H

#include "events/bus.h"
#include "events/event.h"

struct app; /* packages/service: the process that hosts the handlers */

/* Poison messages: for the first 1,000 events of a process, and for events that it claims from another process,
 * deliveries are counted in the database before they are handled, because a process that dies cannot count any more. An
 * event that was delivered three times without an end is handled alone from then on, and when three more processes have
 * died of it alone it is a dead letter ("crashed its consumer"); the events beside it are not blamed. */

/* Handles one event. `tx` is a collected transaction (write set) that already inserts the inbox row: add statements to
 * it and return; the runner commits. Reads go through `db`. A handler that decides itself about a refusal of the
 * database calls consumer_commit(), which is tx_try_commit with the bookkeeping; after a refusal consumer_again() gives
 * a fresh transaction with the inbox row in it. */
struct consumption {
	struct db *db;
	struct tx *tx;
	const struct event *event;
	const void *data;      /* parsed by the type's schema */
	const struct app *app; /* consumers_options.app */
};
typedef void consume_fn(struct consumption *consumption);

/* What a subscription runs. CONSUMER opens its function; the type of `data` follows from the event:
 *
 *     CONSUMER(reserve_stock, order_created)           defines reserve_stock_consumer
 *     {
 *             ... consumption->tx, data->order_id ...   const struct order_created_data *data
 *     }
 */
struct consumer {
	const struct event_type *type;
	consume_fn *handle;
};
/* clang-format off */
#define CONSUMER(function, event)                                                             \
	static void function(struct consumption *consumption, const EVENT_DATA(event) *data); \
	static void function##_handle(struct consumption *consumption)                        \
	{                                                                                     \
		function(consumption, consumption->data);                                     \
	}                                                                                     \
	const struct consumer function##_consumer = { &(event), function##_handle };          \
	static void function(struct consumption *consumption, const EVENT_DATA(event) *data)
/* clang-format on */

struct retry_policy {
	int attempts;    /* default 5 */
	int64_t base_us; /* default 2 s */
	int64_t cap_us;  /* default 10 min */
};

struct subscription {
	const char *name; /* "commerce.reserve_stock": group, inbox consumer, metric label */
	const struct consumer *consumer;
	struct retry_policy retry;
	int concurrency; /* default from the options */
};

struct subscriptions {
	const struct subscription *rows;
	size_t count;
};
/* clang-format off */
#define SUBSCRIPTIONS(rows_) { .rows = (rows_), .count = sizeof(rows_) / sizeof(*(rows_)) } /* of an array */
/* clang-format on */

MUST_CHECK const struct tx_refusal *consumer_commit(struct consumption *consumption);
void consumer_again(struct consumption *consumption); /* replaces consumption->tx */

struct consumers_options {
	struct db *db;
	struct bus *bus;
	struct redis *redis; /* may be NULL */
	struct subscriptions subscriptions;
	const char *consumer_name;         /* unique per process: host-pid-random */
	int concurrency;                   /* events at once per subscription, default 128 */
	int64_t claim_idle_us;             /* default 30 s */
	int64_t handler_timeout_us;        /* default 30 s */
	const struct app *app;             /* for the handlers; may be NULL */
	void (*on_step)(const char *step); /* test points: "before", "inside", "after" (committed, not acknowledged).
	                                      NULL in production */
};

struct consumers;
struct consumers *consumers_start(struct loop *loop, const struct consumers_options *options);
/* Takes no new events, finishes those in hand, calls on_stopped on the loop (may be NULL) and frees itself. Handlers
 * that run longer than the grace are cancelled by tasks_cancel_all; their events are delivered again later. db, bus and
 * redis must outlive on_stopped. */
void consumers_stop(struct consumers *consumers, void (*on_stopped)(void *arg), void *arg);

struct consumer_status {
	const struct subscription *subscription;
	int64_t handled, duplicates, retried, dead, running;
};
size_t consumers_status(const struct consumers *consumers, const struct consumer_status **ret);

/* Sets the gauges stoa_consumer_* of all subscriptions, over all processes: by the database, so that they are true
 * whatever the bus says. In a task; one process of an installation calls it, and consumers_measure_end() once another
 * does. */
void consumers_measure(struct db *db);
void consumers_measure_end(void);

#endif
