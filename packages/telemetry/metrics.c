/* SPDX-License-Identifier: Apache-2.0 */
#include "telemetry/metrics.h"

#include <pthread.h>
#include <stdbool.h>

#include "base/check.h"
#include "base/encode.h"
#include "base/hash.h"
#include "telemetry/series.h"

const int64_t metric_bounds_us[METRIC_BUCKETS] = { 500,    1000,   2500,   5000,    10000,   25000,   50000,
	                                           100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000 };

/* A metric of one series too many counts here, whatever its labels are. */
static const struct str other = { "other", 5 };

static pthread_mutex_t registry = PTHREAD_MUTEX_INITIALIZER;
static struct metric_family *families;

const struct metric_family *metrics_lock(void)
{
	CHECK(pthread_mutex_lock(&registry) == 0);
	return families;
}

void metrics_unlock(void)
{
	CHECK(pthread_mutex_unlock(&registry) == 0);
}

static bool is_name(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

	return len > 0 && !name[len] && !(name[0] >= '0' && name[0] <= '9');
}

static bool ends_in(const char *name, const char *ending)
{
	return str_ends(str_from(name), str_from(ending));
}

/* metrics.h; what promtool check metrics says of the names. */
static bool is_conventional(const struct metric *metric)
{
	const char *unit = strstr(metric->name, "seconds");

	if (unit && (unit == metric->name || unit[-1] != '_'))
		return false;
	return ends_in(metric->name, "_total") == (metric->kind == METRIC_COUNTER) &&
	       (metric->kind != METRIC_HISTOGRAM || ends_in(metric->name, "_seconds"));
}

static struct metric_family *make_family(const struct metric *metric)
{
	struct metric_family *family = calloc(1, sizeof(*family));

	CHECK(family && is_name(metric->name) && is_conventional(metric) && metric->help);
	family->metric = metric;
	family->seconds = ends_in(metric->name, "_seconds") || ends_in(metric->name, "_seconds_total");
	family->last = &family->first;
	while (family->label_count < METRIC_LABELS && metric->labels[family->label_count]) {
		CHECK(is_name(metric->labels[family->label_count]));
		family->label_count++;
	}
	return family;
}

static struct metric_family *find_family(const struct metric *metric)
{
	struct metric_family **at = &families;

	/* By name: a row in a header exists once in every file that uses it. */
	while (*at && (*at)->metric != metric && strcmp((*at)->metric->name, metric->name) != 0)
		at = &(*at)->next;
	if (!*at)
		*at = make_family(metric);
	CHECK((*at)->metric->kind == metric->kind);
	return *at;
}

/* Prometheus drops a whole page for one byte that is not UTF-8. */
static void copy_label(char out[METRIC_LABEL_MAX + 1], struct str value)
{
	size_t len = 0;

	while (value.len > 0) {
		size_t size = utf8_first(value);
		struct str piece = size ? str_slice(value, 0, size) : STR("?");

		if (len + piece.len > METRIC_LABEL_MAX)
			break;
		if (*piece.ptr == '\0')
			piece = STR("?");
		memcpy(out + len, piece.ptr, piece.len);
		len += piece.len;
		value = str_slice(value, size ? size : 1, value.len);
	}
	out[len] = '\0';
}

static struct metric_series *make_series(struct metric_family *family, const struct str *values, uint64_t hash)
{
	size_t buckets = family->metric->kind == METRIC_HISTOGRAM ? METRIC_BUCKETS + 1 : 0;
	size_t size = sizeof(struct metric_series) + buckets * sizeof(uint64_t);
	struct metric_series *series = aligned_alloc(64, (size + 63) & ~(size_t)63);

	CHECK(series);
	memset(series, 0, size);
	series->hash = hash;
	for (size_t i = 0; i < family->label_count; i++)
		copy_label(series->labels[i], values[i]);
	*family->last = series;
	family->last = &series->next;
	family->count++;
	return series;
}

static uint64_t hash_labels(const struct str *values, size_t count)
{
	uint64_t hashes[METRIC_LABELS];

	for (size_t i = 0; i < count; i++)
		hashes[i] = hash_str(values[i]);
	return hash_bytes(hashes, count * sizeof(*hashes));
}

/* The hash is keyed and 64 bits wide: two label sets of the same hash are not met. */
static struct metric_series *find_series(struct metric_family *family, const struct str *values)
{
	uint64_t hash = hash_labels(values, family->label_count);

	for (struct metric_series *series = family->first; series; series = series->next) {
		if (series->hash == hash)
			return series;
	}
	if (family->count < METRIC_SERIES_MAX)
		return make_series(family, values, hash);
	return NULL;
}

struct metric_series *metric_series(const struct metric *metric, const struct str *values)
{
	const struct str others[METRIC_LABELS] = { other, other, other, other };
	struct metric_family *family;
	struct metric_series *series;

	metrics_lock();
	family = find_family(metric);
	CHECK(values || family->label_count == 0);
	series = find_series(family, values);
	if (!series) {
		series = find_series(family, others);
		if (!series)
			series = make_series(family, others, hash_labels(others, family->label_count));
	}
	metrics_unlock();
	return series;
}

void metric_add(struct metric_series *series, int64_t delta)
{
	atomic_fetch_add_explicit(&series->value, delta, memory_order_relaxed);
}

void metric_set(struct metric_series *series, int64_t value)
{
	atomic_store_explicit(&series->value, value, memory_order_relaxed);
}

void metric_clear(const struct metric *metric)
{
	metrics_lock();
	for (struct metric_series *series = find_family(metric)->first; series; series = series->next)
		metric_set(series, 0);
	metrics_unlock();
}

void metric_observe_us(struct metric_series *series, int64_t duration_us)
{
	size_t i = 0;

	if (duration_us < 0)
		duration_us = 0;
	while (i < METRIC_BUCKETS && duration_us > metric_bounds_us[i])
		i++;
	atomic_fetch_add_explicit(&series->buckets[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&series->value, duration_us, memory_order_relaxed);
}

int64_t metric_value(const struct metric_series *series)
{
	return atomic_load_explicit(&series->value, memory_order_relaxed);
}
