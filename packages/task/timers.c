/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tick number is read as seven digits of six bits. A timer sits at the level of the highest digit in which it
 * differs from the present tick, in the slot that this digit names. So every occupied slot lies ahead of the
 * present, all timers of a level are due before any of the next, and finding the earliest is one bit scan. When
 * the present reaches a slot of a higher level, its timers are dealt out again to lower ones.
 *
 * 42 bits of ticks are 142 years; what lies beyond is due then.
 */
#include "task/timers.h"

#define TICK_SHIFT 10
#define TICK_MAX   ((UINT64_C(1) << (TIMER_LEVELS * TIMER_SLOT_BITS)) - 1)

static void place(struct timers *timers, struct timer *timer)
{
	int highest = 63 - __builtin_clzll(timer->tick ^ timers->tick);
	int level = highest / TIMER_SLOT_BITS;
	int slot = (int)(timer->tick >> (level * TIMER_SLOT_BITS)) & (TIMER_SLOTS - 1);

	timer->slot = level * TIMER_SLOTS + slot;
	timers->occupied[level] |= UINT64_C(1) << slot;
	list_push_back(&timers->slots[timer->slot], &timer->node);
}

/* The first tick of the earliest occupied slot; false when all are empty. */
static bool find_next(const struct timers *timers, int *ret_slot, uint64_t *ret_tick)
{
	for (int level = 0; level < TIMER_LEVELS; level++) {
		if (!timers->occupied[level])
			continue;
		int slot = __builtin_ctzll(timers->occupied[level]);
		int shift = level * TIMER_SLOT_BITS;
		uint64_t above = timers->tick >> (shift + TIMER_SLOT_BITS) << TIMER_SLOT_BITS;
		*ret_slot = level * TIMER_SLOTS + slot;
		*ret_tick = (above | (uint64_t)slot) << shift;
		return true;
	}
	return false;
}

static void open_slot(struct timers *timers, int slot, struct list *due)
{
	struct list found;

	list_init(&found);
	list_move_all(&found, &timers->slots[slot]);
	timers->occupied[slot / TIMER_SLOTS] &= ~(UINT64_C(1) << (slot % TIMER_SLOTS));
	for (struct list *node; (node = list_pop_front(&found));) {
		struct timer *timer = CONTAINER_OF(node, struct timer, node);
		if (timer->tick > timers->tick) {
			place(timers, timer);
		} else {
			timer->slot = -1;
			list_push_back(due, node);
		}
	}
}

void timers_init(struct timers *timers, int64_t now_us)
{
	*timers = (struct timers){ .origin_us = now_us };
	for (size_t i = 0; i < ARRAY_COUNT(timers->slots); i++)
		list_init(&timers->slots[i]);
}

void timers_advance(struct timers *timers, int64_t now_us)
{
	uint64_t target = now_us <= timers->origin_us ? 0 : (uint64_t)(now_us - timers->origin_us) >> TICK_SHIFT;
	struct list due;
	uint64_t tick;
	int slot;

	if (target <= timers->tick)
		return;
	if (target > TICK_MAX)
		target = TICK_MAX;
	list_init(&due);
	while (find_next(timers, &slot, &tick) && tick <= target) {
		timers->tick = tick;
		open_slot(timers, slot, &due);
	}
	timers->tick = target;
	for (struct list *node; (node = list_pop_front(&due));) {
		struct timer *timer = CONTAINER_OF(node, struct timer, node);
		timer->run(timer);
	}
}

int64_t timers_next_us(const struct timers *timers)
{
	uint64_t tick;
	int slot;

	if (!find_next(timers, &slot, &tick))
		return INT64_MAX;
	return timers->origin_us + (int64_t)(tick << TICK_SHIFT);
}

void timer_set(struct timers *timers, struct timer *timer, int64_t due_us)
{
	uint64_t ahead = due_us <= timers->origin_us ? 0 : (uint64_t)(due_us - timers->origin_us);

	timer_clear(timers, timer);
	timer->tick = (ahead + (1 << TICK_SHIFT) - 1) >> TICK_SHIFT;
	if (timer->tick > TICK_MAX)
		timer->tick = TICK_MAX;
	if (timer->tick <= timers->tick)
		timer->tick = timers->tick + 1;
	place(timers, timer);
}

void timer_clear(struct timers *timers, struct timer *timer)
{
	if (!timer_is_set(timer))
		return;
	list_remove(&timer->node);
	if (timer->slot >= 0 && list_is_empty(&timers->slots[timer->slot]))
		timers->occupied[timer->slot / TIMER_SLOTS] &= ~(UINT64_C(1) << (timer->slot % TIMER_SLOTS));
}

bool timer_is_set(const struct timer *timer)
{
	return !list_is_empty(&timer->node);
}
