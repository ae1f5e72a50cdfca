/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of a stack: secrets, connections, ports, and the files of PostgreSQL, Redis and the gateway. */
#ifndef STOA_APPS_STOA_STACK_CONFIGURE_H
#define STOA_APPS_STOA_STACK_CONFIGURE_H

#include <stdint.h>

#include "base/attr.h"
#include "stack.h"

/* Sets the ports: from PUBLIC_PORT and the other port variables, or from `base` (public base, admin base + 1, worker +
 * 2, cron + 3, gateway + 4, statistics + 5; 0: none). -1 after a line on standard error. */
MUST_CHECK int configure_ports(struct stack *stack, int64_t base);
/* Writes a line for each port of the stack that another process listens on, with that process. Returns how many. */
int configure_check_ports(const struct stack *stack);

/* Creates DIR/secrets.env when it does not exist. */
MUST_CHECK int configure_secrets(const struct stack *stack);
/* Puts secrets and connections into our environment, for the children, and writes DIR/stack.env. */
MUST_CHECK int configure_environment(const struct stack *stack);
/* Write the configuration files of PostgreSQL (its data folder must exist), Redis and the gateway. */
MUST_CHECK int configure_postgres(const struct stack *stack);
MUST_CHECK int configure_redis(const struct stack *stack);
MUST_CHECK int configure_gateway(const struct stack *stack, const char *host);

/* For commands that talk to the database: when neither DATABASE_URL nor DB_HOST is set, the environment of the stack in
 * `dir` (NULL: .stoa), if there is one. */
void configure_connect(const char *dir);

#endif
