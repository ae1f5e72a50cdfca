/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When too many failed tries close the door, and when it opens again. The window slides: each try counts for as long as
 * the window is wide and is then forgotten, so the lock ends by itself, and tries that are refused while it holds do
 * not make it any longer.
 */
#ifndef STOA_ACCOUNTS_DOMAIN_LOCKOUT_H
#define STOA_ACCOUNTS_DOMAIN_LOCKOUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* When a subject with these tries (ascending, us) may try again: 0 when it may at once. `max` of 0: no limit. */
int64_t lockout_until(const int64_t *tries, size_t count, int64_t now_us, int64_t max, int64_t window_us);

/* Who a client is taken for: its IPv4 address, or the /64 its IPv6 address is of, which one customer has whole (RFC
 * 6177). What is no address is itself. At most LOCKOUT_NETWORK_MAX bytes into `out`; borrows `client` or `out`. */
enum { LOCKOUT_NETWORK_MAX = 64 };
struct str lockout_network(struct str client, char out[LOCKOUT_NETWORK_MAX]);

#endif
