/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Randomness of the kernel (getrandom(2)), read a block at a time per thread and wiped as it is handed
 * out; good for keys and tokens. A forked child reads a block of its own. Aborts if the kernel has none.
 */
#ifndef STOA_BASE_RANDOM_H
#define STOA_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void random_bytes(void *out, size_t count);
uint64_t random_u64(void);
/* Evenly distributed in 0 .. bound - 1; bound > 0, asserted. */
uint64_t random_below(uint64_t bound);

#endif
