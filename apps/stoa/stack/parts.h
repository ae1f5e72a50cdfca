/* SPDX-License-Identifier: Apache-2.0 */
/* What each part of the stack is as a process: its command line, its environment, when it is ready. */
#ifndef STOA_APPS_STOA_STACK_PARTS_H
#define STOA_APPS_STOA_STACK_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "stack.h"

/* -1 when it could not be forked; what goes wrong later is in its log. */
pid_t part_spawn(const struct stack *stack, enum part part, int copy);
struct path part_log(const struct stack *stack, enum part part, int copy);
/* Blocks for two seconds at most. When not ready, `why` says what is known. */
bool part_ready(const struct stack *stack, enum part part, int copy, char *why, size_t size);

/* Programs that run once and end: a line each in logs/setup.log. */
pid_t setup_spawn_initdb(const struct stack *stack);
pid_t setup_spawn_createdb(const struct stack *stack);
pid_t setup_spawn_stoa(const struct stack *stack, const char *command);

/* Where the cluster lies, links resolved, for its own user cannot follow those he may not see. */
struct path postgres_folder(const struct stack *stack, const char *name);

#endif
