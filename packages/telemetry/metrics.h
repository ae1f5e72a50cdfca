/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metrics for Prometheus (text exposition format 0.0.4). A metric is a static row; a series is one label combination of
 * it. Counters and gauges are relaxed atomics shared by all threads; look a series up once and keep the pointer. The
 * number of series per metric is bounded (256 by default): beyond it everything lands in the series labelled "other".
 *
 * Names are as Prometheus wants them, or the process ends at the first use: a counter ends in _total and nothing else
 * does; times are in seconds. Code counts time in microseconds, so what a metric called _seconds or _seconds_total is
 * given are microseconds, and the page says seconds.
 */
#ifndef STOA_TELEMETRY_METRICS_H
#define STOA_TELEMETRY_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct metric {
	const char *name; /* "stoa_http_requests_total" */
	enum metric_kind kind;
	const char *help;
	const char *labels[4]; /* names, NULL-terminated when fewer */
};

struct metric_series;

/* Finds or makes the series with these label values (count = the row's labels; NULL when it has none). They are copied,
 * cut at 120 bytes. Series live as long as the process. Takes a lock: not for hot paths. */
struct metric_series *metric_series(const struct metric *metric, const struct str *values);
void metric_add(struct metric_series *series, int64_t delta);
void metric_set(struct metric_series *series, int64_t value);
/* Sets every series of a gauge to 0: what it tells of is told by another process from now on. */
void metric_clear(const struct metric *metric);
/* Histograms hold seconds in fixed buckets: 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500 ms, 1, 2.5, 5, 10 s. */
void metric_observe_us(struct metric_series *series, int64_t duration_us);
int64_t metric_value(const struct metric_series *series); /* counters, gauges; for tests */

/* Called at each scrape, before writing, to set gauges from live state; on the scraping thread. One scrape at a time:
 * after metrics_collector_remove has returned, the collector is not running and never will. `run` adds and removes none
 * itself. */
struct metric_collector {
	void (*run)(void *arg);
	void *arg;
	struct metric_collector *next;
};
void metrics_collector_add(struct metric_collector *collector);
void metrics_collector_remove(struct metric_collector *collector);

/* The whole page, with process_* metrics (CPU seconds, resident bytes, open descriptors, start time) and the count of
 * dropped log lines. The caller checks buf->overflow. */
void metrics_write(struct buf *buf);

#endif
