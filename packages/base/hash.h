/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hashes for tables: SipHash (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012), keyed so
 * that a client cannot choose names that collide. Not for signatures, and hash_bytes not for anything
 * stored: its key changes with every process.
 */
#ifndef STOA_BASE_HASH_H
#define STOA_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "base/uuid.h"

/* SipHash-1-3 under a key of this process. */
uint64_t hash_bytes(const void *bytes, size_t count);
uint64_t hash_str(struct str s); /* null and empty hash alike */
uint64_t hash_uuid(struct uuid id);

/* SipHash-2-4 under a key of the caller's: the same everywhere and always. */
uint64_t hash_keyed(const uint8_t key[16], const void *bytes, size_t count);

#endif
