/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of stock. A product has pieces on hand, some of them reserved for orders; goods leave the count of pieces
 * on hand when they are picked, not when they are handed over: what stands packed for somebody is on no shelf. So
 * handing over (collected, picked up, delivered) moves nothing, and goods that come back count again. Pure, as order.h.
 */
#ifndef STOA_COMMERCE_DOMAIN_STOCK_H
#define STOA_COMMERCE_DOMAIN_STOCK_H

#include "commerce/domain/order.h"

/* What a change of an order's status does to the goods of the order. */
enum stock_effect {
	STOCK_STAYS,
	STOCK_RESERVED,
	STOCK_RELEASED,
	STOCK_EXPIRED,
	STOCK_PICKED,
	STOCK_RETURNED,
	STOCK_EFFECT_COUNT,
};

enum stock_effect stock_effect_of(enum order_status from, enum order_status to);

/* How an effect is booked: the ledger's word, which way the counters go for each piece, and what becomes of the
 * reservation. */
struct stock_booking {
	struct str kind;
	int64_t on_hand, reserved;
	struct str was, becomes; /* states of the reservation; was null: it is made */
};
const struct stock_booking *stock_booking_of(enum stock_effect effect); /* NULL for STOCK_STAYS */

/* ---- Counting --------------------------------------------------------------------------------- */

enum { STOCK_MAX = 1000000000 };

struct stock_counters {
	int64_t on_hand, reserved, safety;
	int64_t low_at; /* low when no more than so many are left to be ordered */
};

int64_t stock_left(const struct stock_counters *counters); /* that can be ordered; negative when below safety */
bool stock_is_low(const struct stock_counters *counters);

/* Somebody corrects what is on hand: by so many pieces, or to a number that was counted while `expected` was believed.
 */
struct stock_change {
	bool counted;
	int64_t amount; /* at most STOCK_MAX, either way */
	int64_t expected;
};

enum stock_refusal { STOCK_OK, STOCK_NOT_EXPECTED, STOCK_NEGATIVE, STOCK_BELOW_RESERVED, STOCK_TOO_HIGH };

enum stock_refusal stock_change(const struct stock_counters *counters, const struct stock_change *change,
                                struct stock_counters *ret);

#endif
