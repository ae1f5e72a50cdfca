/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When too many failed tries lock a login, and until when. The window slides: each try counts for the length of the
 * window, so the lock ends by itself. Tries that are refused during the lock do not extend it.
 */
#ifndef STOA_ACCOUNTS_DOMAIN_LOCKOUT_H
#define STOA_ACCOUNTS_DOMAIN_LOCKOUT_H

#include <stddef.h>
#include <stdint.h>

/* The time from which a subject with these tries (ascending, us) may try again; 0: now. `max` of 0: no limit. */
int64_t lockout_until(const int64_t *tries, size_t count, int64_t now_us, int64_t max, int64_t window_us);

#endif
