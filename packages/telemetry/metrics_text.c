/* SPDX-License-Identifier: Apache-2.0 */
/* The text exposition format, version 0.0.4, of Prometheus. */
#include <pthread.h>

#include "base/check.h"
#include "telemetry/series.h"

static pthread_mutex_t scrape = PTHREAD_MUTEX_INITIALIZER; /* one scrape at a time; also guards the list */
static struct metric_collector *collectors;

void metrics_collector_add(struct metric_collector *collector)
{
	CHECK(pthread_mutex_lock(&scrape) == 0);
	collector->next = collectors;
	collectors = collector;
	CHECK(pthread_mutex_unlock(&scrape) == 0);
}

void metrics_collector_remove(struct metric_collector *collector)
{
	struct metric_collector **at = &collectors;

	CHECK(pthread_mutex_lock(&scrape) == 0);
	while (*at && *at != collector)
		at = &(*at)->next;
	if (*at)
		*at = collector->next;
	CHECK(pthread_mutex_unlock(&scrape) == 0);
}

static void write_escaped(struct buf *buf, const char *text, bool quotes_too)
{
	for (; *text; text++) {
		if (*text == '\n')
			buf_str(buf, STR("\\n"));
		else if (*text == '\\' || (quotes_too && *text == '"'))
			buf_printf(buf, "\\%c", *text);
		else
			buf_char(buf, *text);
	}
}

/* {a="x",b="y"}; `bound` is the last label of a bucket, NULL elsewhere. */
static void write_labels(struct buf *buf, const struct metric_family *family, const struct metric_series *series,
                         const char *bound)
{
	if (family->label_count == 0 && !bound)
		return;
	for (size_t i = 0; i < family->label_count; i++) {
		buf_printf(buf, "%c%s=\"", i ? ',' : '{', family->metric->labels[i]);
		write_escaped(buf, series->labels[i], true);
		buf_char(buf, '"');
	}
	if (bound)
		buf_printf(buf, "%cle=\"%s\"", family->label_count ? ',' : '{', bound);
	buf_char(buf, '}');
}

static void write_seconds(struct buf *buf, int64_t us)
{
	int64_t size = us < 0 ? -us : us;

	buf_printf(buf, "%s%lld.%06lld", us < 0 ? "-" : "", (long long)(size / 1000000), (long long)(size % 1000000));
}

static void write_histogram(struct buf *buf, const struct metric_family *family, const struct metric_series *series)
{
	const char *name = family->metric->name;
	uint64_t count = 0;

	for (size_t i = 0; i <= METRIC_BUCKETS; i++) {
		char bound[32] = "+Inf";

		if (i < METRIC_BUCKETS)
			snprintf(bound, sizeof(bound), "%g", (double)metric_bounds_us[i] / 1e6);
		count += atomic_load_explicit(&series->buckets[i], memory_order_relaxed);
		buf_printf(buf, "%s_bucket", name);
		write_labels(buf, family, series, bound);
		buf_printf(buf, " %llu\n", (unsigned long long)count);
	}
	buf_printf(buf, "%s_sum", name);
	write_labels(buf, family, series, NULL);
	buf_char(buf, ' ');
	write_seconds(buf, metric_value(series));
	buf_printf(buf, "\n%s_count", name);
	write_labels(buf, family, series, NULL);
	buf_printf(buf, " %llu\n", (unsigned long long)count);
}

static void write_family(struct buf *buf, const struct metric_family *family)
{
	static const char *const kinds[] = {
		[METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge", [METRIC_HISTOGRAM] = "histogram"
	};
	const struct metric *metric = family->metric;

	buf_printf(buf, "# HELP %s ", metric->name);
	write_escaped(buf, metric->help, false);
	buf_printf(buf, "\n# TYPE %s %s\n", metric->name, kinds[metric->kind]);
	for (const struct metric_series *series = family->first; series; series = series->next) {
		if (metric->kind == METRIC_HISTOGRAM) {
			write_histogram(buf, family, series);
			continue;
		}
		buf_printf(buf, "%s", metric->name);
		write_labels(buf, family, series, NULL);
		buf_char(buf, ' ');
		if (family->seconds)
			write_seconds(buf, metric_value(series));
		else
			buf_printf(buf, "%lld", (long long)metric_value(series));
		buf_char(buf, '\n');
	}
}

void metrics_write(struct buf *buf)
{
	CHECK(pthread_mutex_lock(&scrape) == 0);
	for (struct metric_collector *collector = collectors; collector; collector = collector->next)
		collector->run(collector->arg);
	for (const struct metric_family *family = metrics_lock(); family; family = family->next)
		write_family(buf, family);
	metrics_unlock();
	CHECK(pthread_mutex_unlock(&scrape) == 0);
	metrics_write_process(buf);
}
