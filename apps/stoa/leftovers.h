/* SPDX-License-Identifier: Apache-2.0 */
/* What an `up` that was killed has left running or lying about. */
#ifndef STOA_APPS_STOA_LEFTOVERS_H
#define STOA_APPS_STOA_LEFTOVERS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/attr.h"
#include "stack.h"

/* One line of DIR/processes. */
struct running {
	char name[64];
	pid_t pid;
	uint64_t started;
	int port;
};
/* Those still alive; how many. */
int running_list(const struct stack *stack, struct running *ret, int max);

/* Ends what still runs, and removes the lock files of a PostgreSQL that does not: it would take a later process with
 * the same pid for itself. -1 when something does not end. The caller holds the stack's lock. */
MUST_CHECK int leftovers_end(const struct stack *stack);

#endif
