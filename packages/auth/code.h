/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One-time codes: six digits that a person can type. What is stored is an HMAC under a key of the installation: without
 * that key, an attacker who has only the database cannot try all million codes.
 */
#ifndef STOA_AUTH_CODE_H
#define STOA_AUTH_CODE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/uuid.h"

enum { CODE_DIGITS = 6 };

struct str code_new(struct arena *arena);
/* 32 bytes (HMAC-SHA-256); `id` makes equal codes differ. */
struct str code_hash(struct arena *arena, struct str key, struct uuid id, struct str code);
/* In constant time; false unless both are 32 bytes. */
bool code_hash_eq(struct str a, struct str b);

#endif
