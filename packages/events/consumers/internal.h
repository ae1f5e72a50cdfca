/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the consumers. A delivery is one event in this process's hands: a copy on the heap, since it outlives the
 * batch that brought it and goes through several tasks.
 *
 * The owner rule: a delivery has one owner, which its state names. Only the owner touches it, and gives it away by
 * exactly one of the calls on the right; then it touches it no more.
 *
 *   state      owner                                   given away by
 *   RECEIVED   the task that made it                   delivery_enqueue, delivery_dead_letter, delivery_acknowledge
 *   READY      its runner, in `ready` or `poison`      runner_dispatch
 *   HANDLING   its handling task (handle.c)            delivery_settle, delivery_acknowledge
 *   WAITING    a task that waits out an outage         delivery_enqueue
 *   STORING    a task that stores a failure (settle.c) delivery_acknowledge
 *   DONE       its runner, in `acks`                   freed after the acknowledgement
 *
 * Every owner may also call delivery_release: it is freed without an acknowledgement, so the bus delivers it again
 * (claim), or a retry's lease runs out. `in_hand` counts all that are not DONE.
 *
 *   consumer.c  start and stop
 *   runner.c    one subscription: fetching, dispatching to tasks, acknowledging
 *   delivery.c  what the table above says
 *   handle.c    one handling of one event
 *   settle.c    what becomes of an event that failed
 *   retry.c     events whose next attempt is due
 */
#ifndef STOA_EVENTS_CONSUMERS_INTERNAL_H
#define STOA_EVENTS_CONSUMERS_INTERNAL_H

#include "events/consumer.h"
#include "events/log/internal.h"
#include "telemetry/metrics.h"

/*
 * Poison messages. A process that dies with an event in hand cannot report it, so it stores beforehand which events it
 * has: their delivery counts (table stoa.event_suspect). That costs a transaction a batch, so it is done only where a
 * process is likelier than usual to die of an event, or to meet one that killed another process: within the recheck
 * window. It is open for the first RECHECK_WINDOW events of a process (the process before may have died of one of
 * them), opens again with every duplicate, and for every batch that holds something claimed from another process.
 */
enum {
	ERROR_TEXT_MAX = 1000,
	POISON_ALONE_AT = 3, /* deliveries without an end: from now on it is handled alone */
	POISON_DEAD_AT = 7,  /* with those alone: it is a poison message, hence a dead letter */
	RECHECK_WINDOW = 1000,
};

enum result { RESULT_HANDLED, RESULT_DUPLICATE, RESULT_RETRIED, RESULT_DEAD, RESULT_COUNT };

struct runner {
	struct consumers *consumers;
	const struct subscription *subscription;
	struct consumer_status status;
	struct metric_series *metrics[RESULT_COUNT];
	size_t concurrency, in_hand;
	struct list ready, poison, acks; /* struct delivery */
	size_t tasks;                    /* handling now */
	bool poison_running, fetching;
	bool paused;      /* by an operator: fetches nothing, retries nothing */
	int recheck_left; /* events until the recheck window closes: looked up in the inbox first, deliveries counted */
	int64_t claimed_us;
	struct wakeup *room_free, *ack_due;
};

struct consumers {
	struct consumers_options options;
	struct loop *loop;
	struct runner *runners;
	size_t count;
	struct consumer_status *statuses;
	struct wakeup *retry_due;
	size_t tasks; /* alive */
	bool stopping, closing;
	int64_t registered_us;
	int64_t unavailable_until_us; /* the database was away a moment ago: fetch nothing */
	void (*on_stopped)(void *arg);
	void *arg;
};

enum delivery_state {
	DELIVERY_RECEIVED,
	DELIVERY_READY,
	DELIVERY_HANDLING,
	DELIVERY_WAITING,
	DELIVERY_STORING,
	DELIVERY_DONE
};

struct delivery {
	struct list node;
	struct runner *runner;
	enum delivery_state state;
	struct event event;
	struct str entry_id; /* null: from the retries */
	int64_t attempt;     /* failed ones before this */
	bool from_retry, permanent;
	bool counted; /* has a delivery count in the database */
	bool poison;  /* suspected: to be handled alone */
	bool started; /* and that is counted */
	int waits;    /* for the database, in a row */
	char error[ERROR_TEXT_MAX];
};

/* RECEIVED, and in hand. */
struct delivery *delivery_new(struct runner *runner, const struct event *event, struct str entry_id);
void delivery_pass(struct delivery *delivery, enum delivery_state to); /* asserts that the table allows it */
void delivery_enqueue(struct delivery *delivery);     /* to its runner, which dispatches at once if it can */
void delivery_acknowledge(struct delivery *delivery); /* it needs no more: to its runner, which tells the bus */
void delivery_release(struct delivery *delivery);     /* not acknowledged, freed */
void deliveries_free(struct list *deliveries);        /* of an owner that ends; in hand no more */

void delivery_handle_task(void *arg); /* struct delivery * */
/* Ends the handling of a delivery by how it failed. Does not wait. */
void delivery_settle(struct delivery *delivery, const struct failure *failure);
/* Makes the event a dead letter although nothing was tried. */
void delivery_dead_letter(struct delivery *delivery, const char *reason);

void runner_dispatch(struct runner *runner); /* starts handling what is READY, as far as there is room */
void runner_count(struct runner *runner, enum result result);
void runner_fetch_task(void *arg); /* struct runner * */
void runner_ack_task(void *arg);   /* struct runner * */

/* A task of the consumers: counted, so that stopping knows when the last one ended. NULL: the loop is full. */
struct task *consumers_spawn(struct consumers *consumers, const struct task_options *options, task_fn *fn, void *arg);
void consumers_task_ended(struct consumers *consumers); /* last thing in each of them */
void consumers_back_off(void *arg);                     /* in a task: waits a little after a failure; arg is not used */

void consumers_register(void *arg);   /* struct consumers *; every hour: stores the subscriptions */
void consumers_retry_task(void *arg); /* struct consumers * */

#endif
