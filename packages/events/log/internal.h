/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of log share, and what the others need of it. */
#ifndef STOA_EVENTS_LOG_INTERNAL_H
#define STOA_EVENTS_LOG_INTERNAL_H

#include "base/list.h"
#include "events/event.h"
#include "events/log/notice.h"
#include "events/log/wakeup.h"
#include "task/loop.h"
#include "task/task.h"

/* For how long requests wait now that make work for this consumer (yield.c). */
struct yielding {
	struct yielding *next;
	const char *consumer;
	int64_t looked_us, wait_us;
};

/* One per loop: what emit needs (events_open). */
struct events {
	struct loop *loop;
	struct db *db;
	struct redis *redis;
	const char *source;
	struct loop_flush doorbell; /* at the end of a turn in which something was committed */
	struct change_notice changes;
	struct list listeners;
	struct yielding *yielding;
};

/* Every statement that gives events names the columns alike. */
#define EVENT_OF_ROW(row) \
	((struct event){ \
	        .id = (row)->id, \
	        .position = (row)->position, \
	        .type = (row)->type, \
	        .version = (row)->version, \
	        .aggregate = (row)->aggregate, \
	        .aggregate_id = (row)->aggregate_id, \
	        .aggregate_seq = (row)->aggregate_seq, \
	        .occurred_at = (row)->occurred_at, \
	        .source = (row)->source, \
	        .correlation_id = (row)->correlation_id, \
	        .causation_id = (row)->causation_id, \
	        .traceparent = (row)->traceparent, \
	        .data = (row)->data, \
	})

#endif
