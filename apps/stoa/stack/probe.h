/* SPDX-License-Identifier: Apache-2.0 */
/* Asks a process whether it is ready, over its socket. Each function returns after 2 s at most. */
#ifndef STOA_APPS_STOA_STACK_PROBE_H
#define STOA_APPS_STOA_STACK_PROBE_H

#include <stdbool.h>
#include <stddef.h>

/* GET on 127.0.0.1: the status, or -1 without an answer. The body goes to `body`, cut and NUL-terminated. */
int probe_http(int port, const char *path, char *body, size_t size);
bool probe_redis(const char *socket_path);

/* Sends a start-up message (PostgreSQL documentation, "Message Flow", Start-up) and looks at the first byte of the
 * answer. */
enum postgres_answer { POSTGRES_SILENT, POSTGRES_BUSY, POSTGRES_READY };
enum postgres_answer probe_postgres(const char *socket_path);
/* Whether a server that is ready refuses sessions of the database `stoa`: there is none yet. */
bool probe_database_missing(const char *socket_path);

#endif
