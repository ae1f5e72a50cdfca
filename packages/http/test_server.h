/* SPDX-License-Identifier: Apache-2.0 */
/* A server on a thread of its own and a client of plain sockets, for the tests of this package. */
#ifndef STOA_HTTP_TEST_SERVER_H
#define STOA_HTTP_TEST_SERVER_H

#include <pthread.h>
#include <semaphore.h>

#include "http/http.h"

struct test_server {
	struct http_server_options options;
	struct loop *loop;
	struct http_server *server;
	int port;
	pthread_t thread;
	sem_t ready;
};

/* Fills host and port of the options: any port on 127.0.0.1. */
void test_server_start(struct test_server *test, const struct http_server_options *options);
/* Runs fn(test, arg) on the loop's thread and waits for it. */
void test_server_call(struct test_server *test, void (*fn)(struct test_server *test, void *arg), void *arg);
struct http_counts test_server_counts(struct test_server *test);
/* Frees the server and waits until its loop has nothing left to do. */
void test_server_stop(struct test_server *test);
/* Waits for the loop of a server that was freed on its own thread. */
void test_server_join(struct test_server *test);

/* A connected socket whose reads give up after 10 s, so that a broken test ends. */
int test_connect(const struct test_server *test);
void test_send(int fd, const void *bytes, size_t len);
void test_say(int fd, const char *text);
/* One whole answer by Content-Length or chunks (or the head only for `head`), as text with a NUL; "" at a clean end of
 * the stream, "reset" when the peer reset it. Lives until the next call. */
const char *test_answer(int fd, bool head);
const char *test_body(const char *text); /* what follows the head */
/* Everything up to the end of the stream. */
const char *test_read_all(int fd, size_t *ret_len);
void test_read_exactly(int fd, void *out, size_t len);

#endif
