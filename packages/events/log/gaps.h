/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The positions below the relay's offset that it has not seen: drawn from the sequence by a transaction that was still
 * open when their successors were read, or that rolled back, or by a server that crashed. Kept as ranges in ascending
 * order.
 *
 * A gap's bound is a transaction id taken after the gap was seen. A transaction that drew a position in it had its own
 * id before that (stoa.event takes the id first), hence a smaller one. So once every id below the bound has ended and
 * the gap is still empty, as seen by a snapshot taken after that, nothing will ever fill it.
 */
#ifndef STOA_EVENTS_GAPS_H
#define STOA_EVENTS_GAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GAPS_MAX = 10000 };

struct gap {
	int64_t from, to; /* inclusive */
	int64_t bound;    /* 0: not known yet */
};

struct gaps {
	struct gap *items; /* heap */
	size_t count, room;
};

void gaps_done(struct gaps *gaps);
/* Above all others; from <= to, asserted. The caller keeps count below GAPS_MAX. */
void gaps_add(struct gaps *gaps, int64_t from, int64_t to, int64_t bound);
/* The same of stored ones, which may be anything. False: it is not above all others, and is not added. */
bool gaps_load(struct gaps *gaps, int64_t from, int64_t to, int64_t bound);
void gaps_set_bound(struct gaps *gaps, int64_t bound); /* of those without one */
bool gaps_lack_bound(const struct gaps *gaps);
void gaps_fill(struct gaps *gaps, int64_t position); /* seen; foreign positions are ignored */
void gaps_drop(struct gaps *gaps, int64_t oldest);   /* every id below `oldest` has ended, and they are still empty */
void gaps_cut(struct gaps *gaps, int64_t offset);    /* forgets what is above the offset */

#endif
