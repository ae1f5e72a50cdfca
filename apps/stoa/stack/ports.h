/* SPDX-License-Identifier: Apache-2.0 */
/* Who sits on a TCP port. */
#ifndef STOA_APPS_STOA_STACK_PORTS_H
#define STOA_APPS_STOA_STACK_PORTS_H

#include <stdbool.h>
#include <sys/types.h>

/* Whether a listener of ours on 127.0.0.1 would be refused. */
bool port_is_busy(int port);
/* The listening process; 0 when /proc does not tell (another user's). */
pid_t port_owner(int port);

#endif
