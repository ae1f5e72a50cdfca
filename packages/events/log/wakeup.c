/* SPDX-License-Identifier: Apache-2.0 */
#include "base/check.h"
#include "base/clock.h"
#include "events/log/internal.h"

struct nap {
	uv_timer_t timer;
	struct wait_queue sleeper;
	bool rung;
};

static void on_time(uv_timer_t *timer)
{
	nap_ring(CONTAINER_OF(timer, struct nap, timer));
}

struct nap *nap_new(struct loop *loop)
{
	struct nap *nap = calloc(1, sizeof(*nap));

	CHECK(nap && uv_timer_init(loop_uv(loop), &nap->timer) == 0);
	wait_queue_init(&nap->sleeper);
	return nap;
}

static void on_closed(uv_handle_t *handle)
{
	free(CONTAINER_OF((uv_timer_t *)handle, struct nap, timer));
}

void nap_free(struct nap *nap)
{
	if (nap)
		uv_close((uv_handle_t *)&nap->timer, on_closed);
}

void nap_ring(struct nap *nap)
{
	nap->rung = true;
	wait_queue_wake_all(&nap->sleeper);
}

void nap_take(struct nap *nap, int64_t longest_us)
{
	if (!nap->rung)
		uv_timer_start(&nap->timer, on_time, (uint64_t)((longest_us + US_PER_MS - 1) / US_PER_MS), 0);
	while (!nap->rung)
		wait_queue_wait(&nap->sleeper);
	uv_timer_stop(&nap->timer);
	nap->rung = false;
}
