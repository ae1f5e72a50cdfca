/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a loop counts for Prometheus. Series are looked up once per route, status and loop and kept; numbers that live
 * in other packages (the server's, the database's) are carried over every second by the loop that owns them, so no
 * thread reads another's.
 */
#ifndef STOA_SERVICE_STATS_H
#define STOA_SERVICE_STATS_H

#include <stddef.h>
#include <stdint.h>

#include "db/db.h"
#include "http/http.h"
#include "telemetry/metrics.h"

struct app;
struct host;
struct route;

enum { STATS_STATUS_MAX = 12 };

struct route_stats {
	int status[STATS_STATUS_MAX]; /* 0: free */
	struct metric_series *requests[STATS_STATUS_MAX];
	struct metric_series *duration;
};

struct statement_series {
	struct metric_series *calls, *errors, *rows, *time;
	uint64_t seen_calls, seen_errors, seen_rows, seen_us;
};

struct stats {
	struct route_stats *routes; /* by index; the last is for what met none */
	size_t route_count;
	struct statement_series *statements;
	size_t statement_count;
	struct metric_series *gauges[16];
	struct metric_series *counters[16];
	uint64_t seen[16];
	struct metric_series *lag;
	bool redis_refuses; /* and that has been said */
};

void host_stats_init(struct host *host);
void host_stats_done(struct stats *stats);
/* Counts one answered request; `entry` NULL: no route matched. */
struct route_entry;
void host_stats_request(struct stats *stats, const struct route_entry *entry, enum http_method method, int status,
                        int64_t duration_us);
/* Carries this loop's numbers over. On its thread. */
void host_stats_refresh(struct host *host);
/* A background task: refreshes every second. */
void host_stats_begin(struct host *host);

#endif
