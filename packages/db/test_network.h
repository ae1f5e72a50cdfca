/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A network and an /etc/hosts of the test's own, in which one name has two addresses: at the first nobody ever answers,
 * not even by a refusal, and at the second the test stores listen (STORES_LISTEN). It is left with the process.
 */
#ifndef STOA_DB_TEST_NETWORK_H
#define STOA_DB_TEST_NETWORK_H

#include <stdbool.h>

#define NETWORK_NAME "two.test"
enum { NETWORK_SKIPPED = 77 }; /* what a test ends with that has no network; for meson */

/* Before anything else, of a process with a single thread. `port` is the one that is silent at the first address. False
 * and said why: the kernel gives no namespaces. */
bool network_begin(int port);

#endif
