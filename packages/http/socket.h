/* SPDX-License-Identifier: Apache-2.0 */
/* Listening sockets. */
#ifndef STOA_HTTP_SOCKET_H
#define STOA_HTTP_SOCKET_H

#include <stdbool.h>

#include "base/attr.h"

/* A bound, non-blocking, close-on-exec socket, not yet listening; or a negative errno. A name of several addresses
 * takes the first. Accepted connections inherit TCP_NODELAY. */
MUST_CHECK int socket_bind_tcp(const char *host, int port, bool reuse_port);
/* A socket file left behind by a process that is gone is replaced; one that answers is -EADDRINUSE. */
MUST_CHECK int socket_bind_unix(const char *path);
/* The port it is bound to, or 0. */
int socket_port(int fd);

#endif
