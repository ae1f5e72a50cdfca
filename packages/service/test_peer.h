/* SPDX-License-Identifier: Apache-2.0 */
/* For tests: an application in a process of its own, and a plain client of it. All of it aborts the test when it
 * cannot. */
#ifndef STOA_SERVICE_TEST_PEER_H
#define STOA_SERVICE_TEST_PEER_H

#include <stdbool.h>
#include <sys/types.h>

#include "service/app.h"

struct peer {
	pid_t pid;
	int port;
	char log[96];
};

/* Forks app_main with the probe service (probe.h) on a port of the kernel's choice with these variables ("NAME=value",
 * NULL-terminated) over the test's own; returns when it listens. `arg` is one more command line option, or NULL. */
struct peer peer_start(const struct app_kind *kind, const char *const *variables, const char *arg);
void peer_wait_ready(const struct peer *peer);
/* Sends the signal (0: none) and waits; the exit code, or 128 and the signal that killed it. */
int peer_stop(struct peer *peer, int signal);
bool peer_logged(const struct peer *peer, const char *text);

enum { ANSWER_MAX = 512 * 1024 };

struct answer {
	int status;
	char head[8192];
	char body[ANSWER_MAX];
};

int client_connect(int port);
void client_send(int fd, const char *method, const char *path, const char *headers, const char *body);
void client_read(int fd, struct answer *ret); /* one answer by its Content-Length; status 0 at end of file */
/* One request on a connection of its own; `headers` are whole lines with CRLF. Valid until the next call. */
const struct answer *ask(const struct peer *peer, const char *method, const char *path, const char *headers,
                         const char *body);
const char *answer_header(const struct answer *answer,
                          const char *name); /* NULL when absent; valid until the next call */

#endif
