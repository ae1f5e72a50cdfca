/* SPDX-License-Identifier: Apache-2.0 */
/* What `stoa up` prints when all parts are ready: addresses, demo accounts, commands to try. */
#ifndef STOA_APPS_STOA_STACK_WELCOME_H
#define STOA_APPS_STOA_STACK_WELCOME_H

#include <stdbool.h>

#include "stack.h"

void welcome_print(const struct stack *stack, double seconds, bool seeded);

#endif
