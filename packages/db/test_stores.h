/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private PostgreSQL and Redis servers for tests: on Unix sockets in a temporary folder, gone with the test however it
 * ends. An owner process holds them: it is forked here, takes one-letter orders over a socket pair, and at end of file
 * (also when the test crashes) stops the servers and removes the folder. As root PostgreSQL runs as user `postgres`.
 *
 * In a network of the test's own (test_network.h) they listen at STORES_LISTEN too, at their usual ports.
 *
 * Everything aborts the test with a message when it cannot be done.
 */
#ifndef STOA_DB_TEST_STORES_H
#define STOA_DB_TEST_STORES_H

#include <stdbool.h>

struct stores;

enum { STORES_POSTGRES = 1, STORES_REDIS = 2 };

/* Returns when the servers asked for answer. fsync is off. */
struct stores *stores_start(unsigned which);
void stores_stop(struct stores *stores); /* NULL is fine */

const char *stores_conninfo(const struct stores *stores);  /* libpq: database and superuser `postgres`, UTF-8 */
const char *stores_redis_url(const struct stores *stores); /* "unix:///..." */
const char *stores_redis_socket(const struct stores *stores);
const char *stores_folder(const struct stores *stores);

/* Kills one server the hard way (immediate shutdown, SIGKILL) and waits until it is gone; starts it again and waits
 * until it answers. Redis comes back empty. */
void stores_kill(struct stores *stores, unsigned which);
void stores_revive(struct stores *stores, unsigned which);

#endif
