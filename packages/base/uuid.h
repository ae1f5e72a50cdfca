/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UUIDs; ours are version 7 (RFC 9562 section 5.7): 48 bits of Unix milliseconds, then randomness. Ids
 * made by one thread within a millisecond ascend (the 12 bits of rand_a count), so inserts stay at the
 * right edge of their indexes.
 */
#ifndef STOA_BASE_UUID_H
#define STOA_BASE_UUID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"

struct uuid {
	uint8_t bytes[16];
};

enum { UUID_TEXT_LEN = 36 };

/* A new id for the time given (microseconds since 1970, UTC). Random bits come from getrandom(2), read a block at a
 * time per thread; aborts if the kernel has none, because a repeated id would be worse. */
struct uuid uuid_new_v7(int64_t now_us);
/* When one of version 7 was made: microseconds since 1970, to the millisecond. */
int64_t uuid_time_us(struct uuid id);

/* Deterministic id out of a name, for demo data and tests only: version 7 like all others, of the instant at which 2026
 * began, with a hash in place of the random bits. */
struct uuid uuid_from_name(struct str name);

bool uuid_eq(struct uuid a, struct uuid b);
int uuid_cmp(struct uuid a, struct uuid b);
bool uuid_is_nil(struct uuid id);

/* 8-4-4-4-12 hexadecimal, either case on the way in, lower case on the way out. 0 or -1 (nothing else is
 * taken: no braces, no urn:). uuid_format writes 36 bytes and no NUL. */
MUST_CHECK int uuid_parse(struct str text, struct uuid *ret);
void uuid_format(struct uuid id, char out[UUID_TEXT_LEN]);
struct str uuid_text(struct arena *arena, struct uuid id);

#endif
