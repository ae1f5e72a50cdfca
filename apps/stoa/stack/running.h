/* SPDX-License-Identifier: Apache-2.0 */
/* The processes of a stack, as DIR/processes lists them; the supervisor writes that file. */
#ifndef STOA_APPS_STOA_STACK_RUNNING_H
#define STOA_APPS_STOA_STACK_RUNNING_H

#include <stdint.h>
#include <sys/types.h>

#include "stack.h"

/* One line of the file. */
struct running {
	char name[64];
	pid_t pid;
	uint64_t started; /* clock ticks since boot */
	int port;
};
/* Those that are still alive, at most `max`; returns how many. */
int running_list(const struct stack *stack, struct running *ret, int max);

#endif
