/* SPDX-License-Identifier: Apache-2.0 */
/* Orphans: what a `stoa up` that was killed has left behind, running processes and lock files. */
#ifndef STOA_APPS_STOA_STACK_ORPHANS_H
#define STOA_APPS_STOA_STACK_ORPHANS_H

#include "base/attr.h"
#include "stack.h"

/* Ends the processes that still run, and removes the lock files of a PostgreSQL that does not run: PostgreSQL would
 * take a later process with the same pid for itself. -1 when a process does not end. The caller holds the stack's lock.
 */
MUST_CHECK int orphans_end(const struct stack *stack);

#endif
