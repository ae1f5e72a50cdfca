/* SPDX-License-Identifier: Apache-2.0 */
/* The registry behind metrics.h: families in order of first use, each with its series. */
#ifndef STOA_TELEMETRY_SERIES_H
#define STOA_TELEMETRY_SERIES_H

#include <stdbool.h>

#include "telemetry/metrics.h"

enum { METRIC_SERIES_MAX = 256, METRIC_LABEL_MAX = 120, METRIC_LABELS = 4, METRIC_BUCKETS = 14 };

extern const int64_t metric_bounds_us[METRIC_BUCKETS];

struct metric_series {
	/* On a cache line of its own: neighbours are counted up by other threads. */
	_Alignas(64) _Atomic int64_t value; /* of a histogram: the sum, microseconds */
	struct metric_series *next;
	uint64_t hash;
	char labels[METRIC_LABELS][METRIC_LABEL_MAX + 1];
	_Atomic uint64_t buckets[]; /* of a histogram: one for each bound and one for what is longer */
};

struct metric_family {
	const struct metric *metric;
	size_t label_count;
	bool seconds; /* values are microseconds */
	struct metric_series *first;
	struct metric_series **last; /* where the next is hung */
	size_t count;
	struct metric_family *next;
};

/* Under the registry's lock until metrics_unlock. */
const struct metric_family *metrics_lock(void);
void metrics_unlock(void);

/* Appends the metrics of the process itself. */
void metrics_write_process(struct buf *buf);

#endif
