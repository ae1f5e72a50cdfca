/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timers of one loop: a hierarchical wheel. Setting and clearing one costs a list operation whatever their number,
 * because every request has a deadline that nearly always is cleared again. Ticks are 1.024 ms; a timer never runs
 * early, and at most a tick late (plus the turn's own delay).
 */
#ifndef STOA_TASK_TIMERS_H
#define STOA_TASK_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"

enum { TIMER_LEVELS = 7, TIMER_SLOT_BITS = 6, TIMER_SLOTS = 1 << TIMER_SLOT_BITS };

/* A zeroed timer is not set. */
struct timer {
	struct list node;
	uint64_t tick;
	int slot; /* level * TIMER_SLOTS + slot in it; -1 while about to run */
	void (*run)(struct timer *timer);
};

struct timers {
	int64_t origin_us;
	uint64_t tick; /* all before and at this one have run */
	uint64_t occupied[TIMER_LEVELS];
	struct list slots[TIMER_LEVELS * TIMER_SLOTS];
};

void timers_init(struct timers *timers, int64_t now_us);
/* Runs what is due, earlier ticks first, in the order of setting within a tick. Callbacks may set and clear. */
void timers_advance(struct timers *timers, int64_t now_us);
/* When timers_advance should be called next; INT64_MAX when none is set. May be too early, never too late. */
int64_t timers_next_us(const struct timers *timers);

/* Monotonic microseconds. A timer already set is moved; `run` must be filled in. */
void timer_set(struct timers *timers, struct timer *timer, int64_t due_us);
void timer_clear(struct timers *timers, struct timer *timer);
bool timer_is_set(const struct timer *timer);

#endif
