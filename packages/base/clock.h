/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time is int64_t microseconds: since 1970 UTC on the wall clock, since boot on the monotonic one. Deadlines are
 * monotonic, facts are wall time. Domain code never calls these; it gets the time as a parameter.
 */
#ifndef STOA_BASE_CLOCK_H
#define STOA_BASE_CLOCK_H

#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"

#define US_PER_MS INT64_C(1000)
#define US_PER_S  INT64_C(1000000)

/* The time of day of the installation: the database's clock, from the first connection on (clock_follow), so that all
 * processes agree on it however wrong the clocks of their machines are; before, the machine's. From any thread. */
int64_t clock_now_us(void);
int64_t clock_mono_us(void);
int64_t clock_machine_us(void); /* as this machine has it: for comparing */

/* The database's clock said `said_us`, asked at `asked_us` (monotonic) and heard now; it was read at some moment between.
 * Time is corrected only where that contradicts it, so a slow answer does no harm. */
void clock_follow(int64_t said_us, int64_t asked_us);

/* RFC 3339 in UTC, "2026-11-21T10:00:00.123456Z" (fraction left out when zero). Writes at most
 * TIME_TEXT_MAX bytes, no NUL, returns how many. Years 1970 to 9999; asserted. */
enum { TIME_TEXT_MAX = 27 };
size_t time_format(int64_t time_us, char out[TIME_TEXT_MAX]);
/* The same of a time that was stored, which may be anything: beyond those years it says "before 1970", "after 9999". */
size_t time_format_any(int64_t time_us, char out[TIME_TEXT_MAX]);

/* RFC 3339 with any offset and up to 9 digits of fraction (cut to microseconds), years 1970 to 9999; a leap
 * second (:60) reads as the next minute's :00. 0, or -1 and *ret untouched. */
MUST_CHECK int time_parse(struct str text, int64_t *ret_us);

#endif
