/* SPDX-License-Identifier: Apache-2.0 */
/* A server whose paths behave in every way a handler can; anything else is echoed. See the table in test_handlers.c. */
#ifndef STOA_HTTP_TEST_HANDLERS_H
#define STOA_HTTP_TEST_HANDLERS_H

#include "http/test_main.h"
#include "http/test_server.h"

#define H         "Host: x\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" H "\r\n"

extern struct test_server server;
extern sem_t started;   /* posted by handlers that take long, when they begin */
extern sem_t cancelled; /* posted when they have unwound */

/* `limits` may be NULL. Trusts 127.0.0.1 and 10.0.0.0/8 as proxies. */
void start(const struct http_limits *limits);
void assert_status(const char *answer, int status);

#endif
