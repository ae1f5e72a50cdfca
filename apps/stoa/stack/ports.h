/* SPDX-License-Identifier: Apache-2.0 */
/* Which process listens on a TCP port. */
#ifndef STOA_APPS_STOA_STACK_PORTS_H
#define STOA_APPS_STOA_STACK_PORTS_H

#include <stdbool.h>
#include <sys/types.h>

/* Whether we cannot listen on 127.0.0.1 at that port. */
bool port_is_busy(int port);
/* The listening process; 0 when /proc does not show it (that of another user). */
pid_t port_owner(int port);

#endif
