/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the parts of a stack alive. One thread, one signalfd: children that end are started again with back-off (half a
 * second, doubled up to 30 s, forgotten after a minute of running), each time with one line. SIGINT and SIGTERM ask for
 * the end; a second one hurries it.
 */
#ifndef STOA_APPS_STOA_STACK_SUPERVISOR_H
#define STOA_APPS_STOA_STACK_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "stack.h"

enum { SUPERVISOR_CHILDREN_MAX = PART_COUNT * STACK_COPIES_MAX };

struct child {
	enum part part;
	int copy;
	pid_t pid; /* 0: not running */
	bool ready, was_ready;
	bool replaced; /* ended by us, for its program has changed */
	bool killed;   /* killed, for it did not end in time */
	int failures;
	int64_t started_us, again_us; /* again_us: when to start it again; 0: not */
	int64_t program_us;           /* its program's time of change, while watching */
};

struct supervisor {
	const struct stack *stack;
	struct child children[SUPERVISOR_CHILDREN_MAX];
	int count;
	int signals;      /* descriptor */
	int end_requests; /* SIGINT and SIGTERM so far */
	bool ending, broken;
	bool watch; /* start apps again when their programs change */
	int grace_s;
	pid_t setup; /* running once; 0: none */
	int setup_status;
	int64_t watched_us;
};

void supervisor_init(struct supervisor *supervisor, const struct stack *stack);

void supervisor_start(struct supervisor *supervisor, enum part part, int copy);
/* Until all that were started are ready: true. False when asked to end, or when a part cannot be started: it said why.
 */
bool supervisor_wait_ready(struct supervisor *supervisor, int64_t timeout_us);
/* Until that program has ended; true when it succeeded. On failure the end of logs/setup.log is shown. */
bool supervisor_wait_setup(struct supervisor *supervisor, const char *what, pid_t pid);
/* Stays until asked to end. */
void supervisor_stay(struct supervisor *supervisor);
/* Ends all in waves, the reverse of starting. */
void supervisor_end(struct supervisor *supervisor);

#endif
