/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/domain/stock.h"

#include "base/check.h"

static const struct {
	enum order_status from;
	enum order_status to;
	enum stock_effect effect;
} effects[] = {
	/* A pending order may have reserved stock while it waits for its payment. */
	{ ORDER_pending, ORDER_confirmed, STOCK_RESERVED },  { ORDER_pending, ORDER_cancelled, STOCK_RELEASED },
	{ ORDER_pending, ORDER_rejected, STOCK_RELEASED },   { ORDER_pending, ORDER_on_hold, STOCK_RELEASED },
	{ ORDER_pending, ORDER_expired, STOCK_EXPIRED },     { ORDER_confirmed, ORDER_cancelled, STOCK_RELEASED },
	{ ORDER_picking, ORDER_cancelled, STOCK_RELEASED },  { ORDER_picking, ORDER_ready, STOCK_PICKED },
	{ ORDER_ready, ORDER_cancelled, STOCK_RETURNED },    { ORDER_assigned, ORDER_cancelled, STOCK_RETURNED },
	{ ORDER_returning, ORDER_returned, STOCK_RETURNED }, { ORDER_picked_up, ORDER_lost, STOCK_LOST },
	{ ORDER_in_transit, ORDER_lost, STOCK_LOST },        { ORDER_delivery_failed, ORDER_lost, STOCK_LOST },
	{ ORDER_returning, ORDER_lost, STOCK_LOST },
};

static const struct stock_booking bookings[STOCK_EFFECT_COUNT] = {
	[STOCK_RESERVED] = { .kind = STR("reserve"), .reserved = 1, .becomes = STR("active") },
	[STOCK_RELEASED] = { .kind = STR("release"), .reserved = -1, .was = STR("active"), .becomes = STR("released") },
	[STOCK_EXPIRED] = { .kind = STR("release"), .reserved = -1, .was = STR("active"), .becomes = STR("expired") },
	[STOCK_PICKED] = { .kind = STR("pick"),
	                   .on_hand = -1,
	                   .reserved = -1,
	                   .was = STR("active"),
	                   .becomes = STR("consumed") },
	[STOCK_RETURNED] = { .kind = STR("return"), .on_hand = 1, .was = STR("consumed"), .becomes = STR("released") },
	[STOCK_LOST] = { .kind = STR("write_off"), .back = 1, .was = STR("consumed"), .becomes = STR("consumed") },
};

enum stock_effect stock_effect_of(enum order_status from, enum order_status to)
{
	for (size_t i = 0; i < ARRAY_COUNT(effects); i++)
		if (effects[i].from == from && effects[i].to == to)
			return effects[i].effect;
	return STOCK_STAYS;
}

const struct stock_booking *stock_booking_of(enum stock_effect effect)
{
	CHECK(effect < STOCK_EFFECT_COUNT);
	return effect == STOCK_STAYS ? NULL : &bookings[effect];
}

int64_t stock_left(const struct stock_counters *counters)
{
	return counters->on_hand - counters->reserved - counters->safety;
}

bool stock_is_low(const struct stock_counters *counters)
{
	return stock_left(counters) <= counters->low_at;
}

enum stock_refusal stock_change(const struct stock_counters *counters, const struct stock_change *change,
                                struct stock_counters *ret)
{
	int64_t on_hand = change->counted ? change->amount : counters->on_hand + change->amount;

	if (change->counted && counters->on_hand != change->expected)
		return STOCK_NOT_EXPECTED;
	if (on_hand < 0)
		return STOCK_NEGATIVE;
	if (on_hand < counters->reserved)
		return STOCK_BELOW_RESERVED;
	if (on_hand > STOCK_MAX)
		return STOCK_TOO_HIGH;
	*ret = *counters;
	ret->on_hand = on_hand;
	return STOCK_OK;
}
