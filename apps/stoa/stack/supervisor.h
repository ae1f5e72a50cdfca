/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the parts of a stack running. One thread, one signalfd. A child that ends is started again after a back-off of
 * 0.5 s, doubled up to 30 s, reset after 60 s of running; each time one line says so. SIGINT and SIGTERM end the stack;
 * a second one kills the apps at once.
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
	bool replaced; /* ended by us because its program has changed */
	bool killed;   /* because it did not end in time */
	int failures;
	int64_t started_us, again_us; /* again_us: when to start it again; 0: not */
	int64_t program_us;           /* when its program was changed, while watching */
};

struct supervisor {
	const struct stack *stack;
	struct child children[SUPERVISOR_CHILDREN_MAX];
	int count;
	int signals;      /* descriptor */
	int end_requests; /* SIGINT and SIGTERM so far */
	bool ending, broken;
	bool watch;             /* start apps again when their programs change */
	int64_t drain_grace_us; /* STOA_DRAIN_GRACE of the apps */
	pid_t setup;            /* a program that runs once; 0: none */
	int setup_status;
	int64_t watched_us;
};

void supervisor_init(struct supervisor *supervisor, const struct stack *stack);

void supervisor_start(struct supervisor *supervisor, enum part part, int copy);
/* Waits until all started parts are ready: true. False when asked to end, after the timeout, or when a part cannot be
 * started; the reason is on standard error.
 */
bool supervisor_wait_ready(struct supervisor *supervisor, int64_t timeout_us);
/* Waits until that program has ended; true when it succeeded. A failure prints the end of logs/setup.log. */
bool supervisor_wait_setup(struct supervisor *supervisor, const char *what, pid_t pid);
/* Supervises until asked to end. */
void supervisor_stay(struct supervisor *supervisor);
/* Ends all parts in waves, in the reverse order of their start. */
void supervisor_end(struct supervisor *supervisor);

#endif
