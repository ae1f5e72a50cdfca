/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the consumers. An event in hand is a parcel: a copy of its own on the heap, since it outlives the batch it
 * came with and may go through several tasks (handled, waiting for the database, put aside).
 *
 *   consumer.c  start and stop
 *   runner.c    one subscription: fetching, pumping parcels into tasks, acknowledging
 *   handle.c    one handling of one event
 *   settle.c    what becomes of an event that failed
 *   retry.c     events whose time has come again
 */
#ifndef STOA_EVENTS_CONSUMERS_STATE_H
#define STOA_EVENTS_CONSUMERS_STATE_H

#include "events/consumer.h"
#include "events/log/internal.h"
#include "telemetry/metrics.h"

enum {
	ERROR_TEXT_MAX = 1000,
	SUSPECT_AT = 3,   /* in hand so often without an end: handle it by itself */
	SUSPECT_DEAD = 7, /* so often with those by itself: it is the event */
	WARY_EVENTS = 1000,
};

enum result { RESULT_HANDLED, RESULT_DUPLICATE, RESULT_RETRIED, RESULT_DEAD, RESULT_COUNT };

struct runner {
	struct consumers *consumers;
	const struct subscription *subscription;
	struct consumer_status status;
	struct metric_series *metrics[RESULT_COUNT];
	size_t concurrency, in_hand;       /* in_hand: from the fetch until acknowledging is all that is left */
	struct list ready, suspects, acks; /* struct parcel */
	size_t tasks;                      /* handling now */
	bool suspect_running, fetching;
	bool paused; /* by an operator: fetches nothing, retries nothing */
	int wary;    /* for so many more events: look into the inbox first, and count them as being in hand */
	int64_t claimed_us;
	struct nap *room, *ack_due;
};

struct consumers {
	struct consumers_options options;
	struct loop *loop;
	struct runner *runners;
	size_t count;
	struct consumer_status *statuses;
	struct nap *retry_due;
	size_t tasks; /* alive */
	bool stopping, closing;
	int64_t registered_us;
	int64_t unavailable_until_us; /* the database was away a moment ago: fetch nothing */
	void (*on_stopped)(void *arg);
	void *arg;
};

struct parcel {
	struct list node;
	struct runner *runner;
	struct event event;
	struct str entry_id; /* null: from the retries */
	int64_t attempt;     /* failed ones before this */
	bool from_retry, permanent;
	bool counted; /* has a row in stoa.event_suspect */
	bool suspect; /* to be handled by itself */
	bool started; /* and that is counted */
	int waits;    /* for the database, in a row */
	char error[ERROR_TEXT_MAX];
};

void runner_fetch_task(void *arg); /* struct runner * */
void runner_ack_task(void *arg);   /* struct runner * */
void parcels_drop(struct list *parcels);

struct parcel *parcel_new(struct runner *runner, const struct event *event, struct str entry_id);

/* A task of the consumers: counted, so that stopping knows when the last one ended. NULL: the loop is full. */
struct task *consumers_spawn(struct consumers *consumers, const struct task_options *options, task_fn *fn, void *arg);
void consumers_task_ended(struct consumers *consumers); /* last thing in each of them */

void runner_take(struct runner *runner, struct parcel *parcel); /* into hand */
void runner_pump(struct runner *runner);
void runner_requeue(struct runner *runner, struct parcel *parcel);
void runner_finish(struct runner *runner, struct parcel *parcel); /* done with: acknowledge */
void runner_forget(struct runner *runner, struct parcel *parcel); /* given back: nothing happens to it here */
void runner_count(struct runner *runner, enum result result);

void parcel_handle_task(void *arg); /* struct parcel *; ends in one of the above or in a settling task */
/* Ends the parcel's handling by how it failed. Does not wait. */
void parcel_settle(struct parcel *parcel, const struct failure *failure);
/* Stores that the event is a dead letter although nothing was tried. */
void parcel_bury(struct parcel *parcel, const char *reason);

void consumers_register(void *arg); /* struct consumers *; now and then: puts the subscriptions on record */
void retry_task(void *arg);         /* struct consumers * */

#endif
