/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of stock. A product has pieces on hand; some of them are reserved for orders. Goods leave on_hand when they
 * are picked, not at the hand-over: packed goods are on no shelf. So the hand-over (collected, picked up, delivered)
 * changes nothing, and returned goods are added again. Goods that are lost on the way come back in the ledger only, and
 * are written off there. Pure, as order.h.
 */
#ifndef STOA_COMMERCE_DOMAIN_STOCK_H
#define STOA_COMMERCE_DOMAIN_STOCK_H

#include "commerce/domain/order.h"

/* The effect of an order's change of status on its goods. */
enum stock_effect {
	STOCK_STAYS,
	STOCK_RESERVED,
	STOCK_RELEASED,
	STOCK_EXPIRED,
	STOCK_PICKED,
	STOCK_RETURNED,
	STOCK_LOST,
	STOCK_EFFECT_COUNT,
};

enum stock_effect stock_effect_of(enum order_status from, enum order_status to);

/* How an effect is booked: the kind of the ledger entry, the sign of each counter, and the new state of the
 * reservation. */
struct stock_booking {
	struct str kind;
	int64_t on_hand, reserved;
	int64_t back;            /* 1: an entry `return` comes before it, and this one takes the pieces away again */
	struct str was, becomes; /* states of the reservation; `was` is null when it is created */
};
const struct stock_booking *stock_booking_of(enum stock_effect effect); /* NULL for STOCK_STAYS */

/* ---- Counting --------------------------------------------------------------------------------- */

struct stock_counters {
	int64_t on_hand, reserved, safety;
	int64_t low_at; /* stock is low when at most this many can be ordered */
};

int64_t stock_left(const struct stock_counters *counters); /* pieces that can be ordered; negative when below safety */
bool stock_is_low(const struct stock_counters *counters);

/* A correction of on_hand: by a difference, or to a number that was counted while on_hand was `expected`. */
struct stock_change {
	bool counted;
	int64_t amount; /* at most STOCK_MAX, either way */
	int64_t expected;
};

enum stock_refusal { STOCK_OK, STOCK_NOT_EXPECTED, STOCK_NEGATIVE, STOCK_BELOW_RESERVED, STOCK_TOO_HIGH };

enum stock_refusal stock_change(const struct stock_counters *counters, const struct stock_change *change,
                                struct stock_counters *ret);

#endif
