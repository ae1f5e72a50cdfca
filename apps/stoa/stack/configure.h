/* SPDX-License-Identifier: Apache-2.0 */
/* Everything a stack is told: secrets, connections, ports, and the configuration files of what is not ours. */
#ifndef STOA_APPS_STOA_STACK_CONFIGURE_H
#define STOA_APPS_STOA_STACK_CONFIGURE_H

#include <stdint.h>

#include "base/attr.h"
#include "stack.h"

/* Ports from PUBLIC_PORT and its like, or from `base` (public base, admin base + 1, worker + 2, cron + 3, gateway + 4,
 * statistics + 5; 0: none). -1 after a line on standard error. */
MUST_CHECK int configure_ports(struct stack *stack, int64_t base);
/* Every port of the stack that somebody else listens on is named with its owner; how many. */
int configure_check_ports(const struct stack *stack);

/* Makes DIR/secrets.env when it is not there. */
MUST_CHECK int configure_secrets(const struct stack *stack);
/* Puts secrets and connections into our environment, for the children, and writes DIR/stack.env. */
MUST_CHECK int configure_environment(const struct stack *stack);
/* Fills in the files of PostgreSQL (its data folder must be there), Redis and the gateway. */
MUST_CHECK int configure_postgres(const struct stack *stack);
MUST_CHECK int configure_redis(const struct stack *stack);
MUST_CHECK int configure_gateway(const struct stack *stack, const char *host);

/* For commands that talk to the database: when neither DATABASE_URL nor DB_HOST is set, the environment of the stack in
 * `dir` (NULL: .stoa), if there is one. */
void configure_connect(const char *dir);

#endif
