/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A part is one thing that a host does beside its stores: answer requests, lead the relay, run periodic jobs. A kind of
 * process (app.h) lists its parts, and the host walks that list; a new one is a row here and a line in host/kinds.c.
 *
 *     open    in the order of the list, before the loop runs
 *     serve   in the same order, when database and schema are ready; not at all in a process that is stopped before
 *     drain   in the opposite order: takes no more work, and calls host_part_drained(host) once, now or later
 *     stop    in the opposite order, when all have drained or the grace is over. The loop still runs, its tasks are
 *             cancelled right after: a part releases all that calls tasks or is called by them
 *     close   in the opposite order, when the loop has run out of tasks; the stores are still open
 *
 * Each may be NULL. `own` is the part's own pointer in this host, NULL until it sets it.
 */
#ifndef STOA_SERVICE_HOST_PART_H
#define STOA_SERVICE_HOST_PART_H

#include <stdbool.h>

#include "base/attr.h"

struct host;

struct host_part {
	const char *name;
	bool first_loop_only;                       /* one a process */
	int (*open)(struct host *host, void **own); /* 0, or a negative errno: the process cannot start */
	void (*serve)(struct host *host, void **own);
	void (*drain)(struct host *host, void **own); /* of parts without `serve`, or that have served */
	void (*stop)(struct host *host, void **own);
	void (*close)(struct host *host, void **own);
};

enum { PARTS_MAX = 16 };

void host_part_drained(void *arg); /* the host */

extern const struct host_part part_services; /* services.c: what services keep on each loop */

/* parts_api.c */
extern const struct host_part part_live;     /* follows aggregates for sockets */
extern const struct host_part part_tail;     /* the whole log, for feeds */
extern const struct host_part part_door;     /* tokens, keys, limits: what the door needs */
extern const struct host_part part_requests; /* the server; draining, it finishes what runs */
extern const struct host_part part_probes;   /* the server for probes alone: a drain does not wait for it */

/* parts_events.c */
extern const struct host_part part_bus;
extern const struct host_part part_relay;
extern const struct host_part part_consumers;

extern const struct host_part part_periodic_jobs; /* periodic.c */
extern const struct host_part part_heartbeat;     /* heartbeat.c */

#endif
