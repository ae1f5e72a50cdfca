/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole log as it grows, for readers that need all of it. The end of the log is read once for all readers, however
 * many there are; a reader that begins further back, or is slower, reads page by page at its own pace until it has
 * reached the others. Only what is settled is given: in the order of positions, and nothing is ever added below what
 * was given.
 */
#ifndef STOA_EVENTS_TAIL_H
#define STOA_EVENTS_TAIL_H

#include "events/event.h"

struct tail;
struct tail *tail_open(struct loop *loop, struct db *db, struct redis *redis); /* redis may be NULL: it polls */
/* Every reader must have left. Frees itself when its task has unwound; db and redis must outlive that. */
void tail_close(struct tail *tail);

struct tail_reader;
struct tail_reader_options {
	int64_t after;                                          /* a position */
	struct str type;                                        /* only events of this type; null: all; copied */
	void (*on_event)(void *arg, const struct event *event); /* may not wait; the event is valid during the call */
	bool (*is_ready)(void *arg);                            /* can it take more? Called between events */
	void *arg;
};
struct tail_reader *tail_join(struct tail *tail, const struct tail_reader_options *options);
void tail_leave(struct tail_reader *reader); /* not from its callbacks; NULL is fine */

/* The position everything up to which is settled; in a task. */
int64_t tail_settled(struct db *db);

#endif
