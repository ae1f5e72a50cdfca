/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Live tails: what an API process needs to push events of one aggregate to a socket. The process that commits sends a
 * change notice (Redis PUBLISH of the aggregates touched), and the relay sends it once more; every watcher of those
 * aggregates is then fed from the log itself, in order and without a gap, by one grouped query a turn, whatever the
 * number of watchers. In case a notice is lost, the end of the log is looked at every 2 s, without Redis every 200 ms:
 * it costs the same for one watcher and for ten thousand.
 */
#ifndef STOA_EVENTS_LIVE_H
#define STOA_EVENTS_LIVE_H

#include "events/event.h"

struct live;
struct live *live_open(struct loop *loop, struct db *db, struct redis *redis);
/* Every watch must have ended. Frees itself when its task has unwound; db and redis must outlive that. */
void live_close(struct live *live);

/* `on_event` is called on the loop (outside tasks) for each event of the aggregate with aggregate_seq > after_seq, in
 * order, from now on until live_unwatch; events are valid during the call. A watcher whose is_ready returns false is
 * asked again 50 ms later, and misses no event. */
struct live_watch;
typedef void live_on_event(void *arg, const struct event *event);
struct live_watch_options {
	struct uuid aggregate_id;
	int64_t after_seq;
	live_on_event *on_event;
	bool (*is_ready)(void *arg); /* NULL: always */
	void *arg;
};
struct live_watch *live_watch(struct live *live, const struct live_watch_options *options);
void live_unwatch(struct live_watch *watch);
size_t live_watch_count(const struct live *live);

#endif
