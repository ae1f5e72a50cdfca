/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growable byte buffer with a ceiling that its creator must choose. Appending past the ceiling sets
 * `overflow`, appends nothing and stays that way, so a writer checks once at its end.
 */
#ifndef STOA_BASE_BUF_H
#define STOA_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"

struct arena;

struct buf {
	char *ptr;
	size_t len;
	size_t cap;
	size_t max;          /* bytes; len never passes it */
	struct arena *arena; /* grows there, or on the heap when NULL */
	bool overflow;
};

void buf_init(struct buf *buf, size_t max);                            /* heap; buf_done frees */
void buf_init_arena(struct buf *buf, struct arena *arena, size_t max); /* buf_done is not needed */
void buf_done(struct buf *buf);                                        /* zeroed object is fine */
void buf_clear(struct buf *buf);                                       /* keeps the memory, clears overflow */

/* Room for `more` bytes at ptr + len, or NULL and overflow. The caller writes and adds to len. */
char *buf_reserve(struct buf *buf, size_t more);
void buf_append(struct buf *buf, const void *bytes, size_t count);
void buf_str(struct buf *buf, struct str s);
void buf_char(struct buf *buf, char c);
void buf_i64(struct buf *buf, int64_t value);
PRINTF_LIKE(2, 3) void buf_printf(struct buf *buf, const char *format, ...);
/* Drops the first `count` bytes (count <= len, asserted). */
void buf_consume(struct buf *buf, size_t count);

struct str buf_view(const struct buf *buf); /* borrows until the next change */

#endif
