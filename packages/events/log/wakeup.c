/* SPDX-License-Identifier: Apache-2.0 */
#include "events/log/wakeup.h"

#include "base/check.h"
#include "base/clock.h"
#include "task/loop.h"
#include "task/task.h"

struct wakeup {
	uv_timer_t timer;
	struct wait_queue waiting;
	bool set;
};

static void on_time(uv_timer_t *timer)
{
	wakeup_set(CONTAINER_OF(timer, struct wakeup, timer));
}

struct wakeup *wakeup_new(struct loop *loop)
{
	struct wakeup *wakeup = calloc(1, sizeof(*wakeup));

	CHECK(wakeup && uv_timer_init(loop_uv(loop), &wakeup->timer) == 0);
	wait_queue_init(&wakeup->waiting);
	return wakeup;
}

static void on_closed(uv_handle_t *handle)
{
	free(CONTAINER_OF((uv_timer_t *)handle, struct wakeup, timer));
}

void wakeup_free(struct wakeup *wakeup)
{
	if (wakeup)
		uv_close((uv_handle_t *)&wakeup->timer, on_closed);
}

void wakeup_set(struct wakeup *wakeup)
{
	wakeup->set = true;
	wait_queue_wake_all(&wakeup->waiting);
}

void wakeup_wait(struct wakeup *wakeup, int64_t longest_us)
{
	if (!wakeup->set)
		uv_timer_start(&wakeup->timer, on_time, (uint64_t)((longest_us + US_PER_MS - 1) / US_PER_MS), 0);
	while (!wakeup->set)
		wait_queue_wait(&wakeup->waiting);
	uv_timer_stop(&wakeup->timer);
	wakeup->set = false;
}
