/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the stack as processes: command line, environment, readiness. */
#ifndef STOA_APPS_STOA_STACK_PARTS_H
#define STOA_APPS_STOA_STACK_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "stack.h"

/* -1 when fork fails; a later failure is in its log. */
pid_t part_spawn(const struct stack *stack, enum part part, int copy);
struct path part_log(const struct stack *stack, enum part part, int copy);
/* Whether the server, which is ready, has the database of the stack. */
bool postgres_has_database(const struct stack *stack);
/* Blocks for 2 s at most. When it is not ready, `why` gets the reason. */
bool part_ready(const struct stack *stack, enum part part, int copy, char *why, size_t size);

/* Programs that run once and end; their output goes to logs/setup.log. */
pid_t setup_spawn_initdb(const struct stack *stack);
pid_t setup_spawn_createdb(const struct stack *stack);
pid_t setup_spawn_stoa(const struct stack *stack, const char *command);

/* A path in the cluster's folder, links resolved: the cluster's user may not be able to read the link. */
struct path postgres_folder(const struct stack *stack, const char *name);

#endif
