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
	for (size_t i = 0; i < events->yielding_count; i++)
		if (!strcmp(events->yielding[i].consumer, consumer))
			return &events->yielding[i];
	CHECK(events->yielding_count < YIELDING_MAX);
	struct yielding *yielding = &events->yielding[events->yielding_count++];

	yielding->consumer = consumer;
	return yielding;
}

static int64_t behind_us(struct db *db, const char *consumer)
{
	const struct sql_inbox_newest_row *newest = sql_inbox_newest(db, .consumer = str_from(consumer));

	if (!newest || newest->handled_at < clock_now_us() - FRESH_US)
		return 0;
	return newest->handled_at - uuid_time_us(newest->event_id);
}

int64_t events_yield(struct db *db, const char *consumer)
{
	struct events *events = db_context(db);
	struct yielding *yielding = yielding_to(events, consumer);
	int64_t now_us = loop_now_us(events->loop);

	if (now_us - yielding->looked_us >= LOOK_US) {
		if (now_us - yielding->looked_us >= FRESH_US)
			yielding->wait_us = 0;
		yielding->looked_us = now_us; /* before it is known: the others go on, by what was known just before */
		int64_t wait_us = (behind_us(db, consumer) - TOLERATED_US) / 4;
		yielding->wait_us = wait_us < LONGEST_US ? wait_us : LONGEST_US;
	}
	if (yielding->wait_us <= 0)
		return 0;
	metric_add(metric_series(&yields_metric, &(struct str){ consumer, strlen(consumer) }), 1);
	now_us = clock_mono_us();
	task_sleep_us(yielding->wait_us);
	return clock_mono_us() - now_us;
}
