/* SPDX-License-Identifier: Apache-2.0 */
/* What each subscription has before it, for Prometheus. */
#include "base/check.h"
#include "base/clock.h"
#include "events/consumer.h"
#include "events/sql/operators_sql.h"
#include "telemetry/metrics.h"

enum { SUBSCRIPTIONS_MAX = 1000 };

/* X(name, help, value): gauges by consumer. */
#define CONSUMER_GAUGES(X) \
	X("stoa_consumer_lag_seconds", "Age of the oldest event that a consumer has not handled", \
	  row->lag_ms *US_PER_MS) \
	X("stoa_consumer_pending_events", "Events that a consumer has not handled, up to 10000", row->pending) \
	X("stoa_consumer_retrying_events", "Events that failed and wait for their next attempt", row->retries) \
	X("stoa_consumer_dead_letters", "Dead letters that nobody has decided on", row->dead)

#define GAUGE(name_, help_, value) { .name = name_, .kind = METRIC_GAUGE, .help = help_, .labels = { "consumer" } },
#define VALUE(name_, help_, value) (value),

static const struct metric gauges[] = { CONSUMER_GAUGES(GAUGE) };

void consumers_measure(struct db *db)
{
	struct sql_subscription_rows found = sql_subscriptions(db, .page = { .limit = SUBSCRIPTIONS_MAX });

	for (size_t i = 0; i < found.count; i++) {
		const struct sql_subscription_row *row = &found.rows[i];
		const int64_t values[] = { CONSUMER_GAUGES(VALUE) };

		for (size_t j = 0; j < ARRAY_COUNT(gauges); j++)
			metric_set(metric_series(&gauges[j], &row->name), values[j]);
	}
}

void consumers_measure_end(void)
{
	for (size_t i = 0; i < ARRAY_COUNT(gauges); i++)
		metric_clear(&gauges[i]);
}
