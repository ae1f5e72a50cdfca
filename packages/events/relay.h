/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The relay carries committed events from stoa.event to the bus: one leader by advisory lock, the others stand by. It
 * works in pipelined batches, and updates nothing per event.
 *
 * Missing positions (of a transaction that is still open, or was rolled back) are remembered as gaps beside its offset
 * and rechecked until pg_snapshot_xmin has passed the transactions that could fill them. Offset and gaps are saved
 * after each batch; after a crash before that the batch is published twice, and the inbox refuses the second delivery.
 * When the bus has another epoch, or lost unacknowledged entries, the relay rewinds to the oldest event that some
 * subscription has not handled.
 */
#ifndef STOA_EVENTS_RELAY_H
#define STOA_EVENTS_RELAY_H

#include "events/bus.h"
#include "events/consumer.h"

struct relay_options {
	struct db *db;
	struct bus *bus;
	struct redis *redis; /* doorbells in and out; NULL: polls every 50 ms when busy, 500 ms idle */
	struct subscriptions
	        subscriptions; /* all that this release has; stored in stoa.subscription, which the relay reads */
	int64_t stream_max_bytes;
	/* Test points: called at the named step, where a fault test may kill the process: "read", "published", "saved".
	 * NULL in production. */
	void (*on_step)(const char *step);
};

struct relay;
struct relay *relay_start(struct loop *loop, const struct relay_options *options);
/* Cancels its task, which gives up the lock and frees everything when it unwinds; an unfinished batch is published
 * again by the next leader. The db, bus and redis must outlive the task (tasks_running). */
void relay_stop(struct relay *relay);

struct relay_status {
	bool leading;
	int64_t position, lag_events, gaps, published, rewinds;
};
struct relay_status relay_status(const struct relay *relay);

#endif
