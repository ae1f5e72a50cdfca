/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An outage makes a process say the same thing over and over: it is said once, then counted for REPEAT_US, then said
 * again with the count. A message is the same when its level and its text are. Memory is fixed: of more than
 * REPEAT_SLOTS messages at a time the others are said each time.
 *
 * Pure: the caller brings memory, clock and lock.
 */
#ifndef STOA_TELEMETRY_REPEAT_H
#define STOA_TELEMETRY_REPEAT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "telemetry/log.h"

enum { REPEAT_SLOTS = 16, REPEAT_TEXT_MAX = 256 };
#define REPEAT_US INT64_C(10000000)

struct repeat {
	uint64_t hash;
	int64_t until_us; /* 0: the slot is free */
	uint64_t count;   /* held back since it was said */
	enum log_level level;
	size_t len;
	char text[REPEAT_TEXT_MAX]; /* the message, cut */
};

struct repeats {
	struct repeat slots[REPEAT_SLOTS];
};

/* True: it was said a moment ago, and is counted now instead. False: say it. */
bool repeats_hold(struct repeats *repeats, enum log_level level, struct str message, int64_t now_us);
/* Takes one whose time is up and that has been counted; it is to be said, with the count. False: there is none. */
bool repeats_take(struct repeats *repeats, int64_t now_us, struct repeat *ret);

#endif
