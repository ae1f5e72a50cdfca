/* SPDX-License-Identifier: Apache-2.0 */
/* The place of a row in an order as bytes: what a cursor carries. Pure. */
#ifndef STOA_SERVICE_KEYSET_H
#define STOA_SERVICE_KEYSET_H

#include "base/arena.h"
#include "base/attr.h"
#include "db/sql.h"

/* The keys of a row, each with a byte for its type. Fails the attempt when its texts are longer than a cursor may
 * carry (PAGE_KEY_TEXT_MAX). */
struct str keyset_write(struct arena *arena, const struct sql_order *order, const void *row);

/* 0, or -1: not the keys of such an order. Texts borrow from `payload`. */
MUST_CHECK int keyset_read(const struct sql_order *order, struct str payload, union sql_key_value ret[SQL_KEYS_MAX]);

bool keyset_can_carry(enum sql_type type);

#endif
