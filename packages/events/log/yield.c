/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who makes work yields to those who do it. Without that a flood of requests takes every core that the consumers would
 * need, and what it leaves undone grows for as long as it lasts.
 *
 * How far a consumer is behind stands in its inbox: the newest event that it has handled, and when. So it is the same
 * for every process, by whatever transport events travel, and no longer told when no consumer is at work: then nothing
 * is gained by waiting. It is read ten times a second, and only while there are such requests.
 */
#include "base/check.h"
#include "base/clock.h"
#include "events/log/internal.h"
#include "events/sql/consumer_sql.h"
#include "telemetry/metrics.h"

#define LOOK_US      (100 * US_PER_MS)
#define FRESH_US     US_PER_S
#define TOLERATED_US (300 * US_PER_MS)
#define LONGEST_US   (250 * US_PER_MS)

static const struct metric yields_metric = { "stoa_yields_total",
	                                     METRIC_COUNTER,
	                                     "Requests that waited a little because a consumer is behind",
	                                     { "consumer" } };

static struct yielding *yielding_to(struct events *events, const char *consumer)
{
	for (struct yielding *yielding = events->yielding; yielding; yielding = yielding->next)
		if (!strcmp(yielding->consumer, consumer))
			return yielding;
	struct yielding *yielding = calloc(1, sizeof(*yielding));

	CHECK(yielding);
	*yielding = (struct yielding){ .next = events->yielding, .consumer = consumer };
	events->yielding = yielding;
	return yielding;
}

struct look {
	struct db *db;
	const char *consumer;
	int64_t wait_us;
};

static void look(void *arg)
{
	struct look *look = arg;
	const struct sql_inbox_newest_row *newest = sql_inbox_newest(look->db, .consumer = str_from(look->consumer));

	if (!newest || newest->handled_at < clock_now_us() - FRESH_US)
		return;
	int64_t behind_us = newest->handled_at - uuid_time_us(newest->event_id);
	int64_t wait_us = (behind_us - TOLERATED_US) / 4;

	look->wait_us = wait_us < LONGEST_US ? wait_us : LONGEST_US;
}

/* It is a hint: the request that happens to ask is not ended, nor held up for long, because there is no answer. */
static void look_again(struct db *db, struct yielding *yielding, int64_t now_us)
{
	struct look one = { .db = db, .consumer = yielding->consumer };

	if (now_us - yielding->looked_us >= FRESH_US)
		yielding->wait_us = 0;
	yielding->looked_us = now_us; /* before it is known: the others go on, by what was known just before */
	struct failure failure = task_attempt_within(LOOK_US, look, &one);

	if (failure.kind == FAILURE_CANCELLED)
		fail_again(&failure);
	yielding->wait_us = one.wait_us;
}

int64_t events_yield(struct db *db, const char *consumer)
{
	struct events *events = db_context(db);
	struct yielding *yielding = yielding_to(events, consumer);
	int64_t now_us = loop_now_us(events->loop);

	if (now_us - yielding->looked_us >= LOOK_US)
		look_again(db, yielding, now_us);
	if (yielding->wait_us <= 0)
		return 0;
	metric_add(metric_series(&yields_metric, &(struct str){ consumer, strlen(consumer) }), 1);
	now_us = clock_mono_us();
	task_sleep_us(yielding->wait_us);
	return clock_mono_us() - now_us;
}
