/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A wake-up event with a time-out: one task waits until it is set or the time is over, whichever is first. Setting it
 * while nobody waits is remembered, and ends the next wait at once (an auto-reset event). Of the loop's own thread.
 */
#ifndef STOA_EVENTS_LOG_WAKEUP_H
#define STOA_EVENTS_LOG_WAKEUP_H

#include <stdint.h>

struct loop;
struct wakeup;
struct wakeup *wakeup_new(struct loop *loop);
void wakeup_free(struct wakeup *wakeup); /* nobody may be waiting; NULL is fine */
void wakeup_set(struct wakeup *wakeup);
void wakeup_wait(struct wakeup *wakeup, int64_t longest_us); /* in a task */

#endif
