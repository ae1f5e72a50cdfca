/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fiber is a stack and the place where it was left. The loop's own stack is its home: a fiber is entered from there
 * and leaves back to there, never to another fiber. errno is kept on both sides of a switch; the address and thread
 * sanitizers and valgrind are notified of each. A fiber stays on the thread of its home, so thread-locals are the same
 * ones before and after a switch.
 */
#ifndef STOA_TASK_FIBER_H
#define STOA_TASK_FIBER_H

#include <stddef.h>

#include "base/attr.h"

struct fiber_home {
	void *context;      /* where the running fiber leaves to */
	const void *bottom; /* for the sanitizers: this thread's own stack */
	size_t size;
	void *fake_stack;
	void *tsan;
};

struct fiber {
	void *context; /* where to enter it */
	struct fiber_home *home;
	void (*run)(struct fiber *fiber); /* must end in fiber_exit */
	char *bottom;                     /* lowest usable byte; the guard page lies below */
	size_t size;
	void *fake_stack;
	void *tsan;
	unsigned valgrind;
};

/* Maps the stack. 0, or -1 when the kernel gives no more. */
MUST_CHECK int fiber_open(struct fiber *fiber, struct fiber_home *home);
void fiber_close(struct fiber *fiber); /* not while it runs or waits */

/* The next fiber_enter begins `run` on an empty stack. */
void fiber_start(struct fiber *fiber, void (*run)(struct fiber *fiber));
void fiber_enter(struct fiber *fiber);         /* from home; returns when the fiber leaves or exits */
void fiber_leave(struct fiber *fiber);         /* from the fiber; returns when it is entered again */
NORETURN void fiber_exit(struct fiber *fiber); /* from the fiber, for ever: its stack may be used again */

/* Deepest use of any stack so far, bytes; 0 unless built with STOA_STACK_PAINT. */
size_t fiber_high_water(void);

#endif
