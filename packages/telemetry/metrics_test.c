/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include <pthread.h>

#include "telemetry/metrics.h"
#include "telemetry/series.h"

static const struct metric requests = {
	"test_requests_total", METRIC_COUNTER, "Requests.\nBy \\route", { "method", "route" }
};
static const struct metric clients = { "test_clients", METRIC_GAUGE, "Clients" };
static const struct metric latency = { "test_seconds", METRIC_HISTOGRAM, "Latency", { "route" } };
static const struct metric age = { "test_age_seconds", METRIC_GAUGE, "Age", { "of" } };
static const struct metric spent = { "test_spent_seconds_total", METRIC_COUNTER, "Spent" };
static const struct metric crowd = { "test_crowd_total", METRIC_COUNTER, "Many", { "who" } };

static struct buf page;

static struct str scrape(void)
{
	buf_clear(&page);
	metrics_write(&page);
	assert_false(page.overflow);
	return buf_view(&page);
}

static size_t occurrences(struct str text, const char *line)
{
	size_t count = 0;

	while (!str_is_null(text))
		count += str_eq(str_cut(&text, '\n'), str_from(line));
	return count;
}

static void expect_line(struct str text, const char *line)
{
	if (occurrences(text, line) != 1)
		test_fail("not once: %s\nin\n%.*s", line, STR_ARG(text));
}

static void same_labels_same_series(void **state)
{
	const struct str get[] = { STR("GET"), STR("/a") }, post[] = { STR("POST"), STR("/a") };
	const struct str moved[] = { STR("GE"), STR("T/a") };
	struct metric copy = requests; /* as in another file */

	assert_ptr_equal(metric_series(&requests, get), metric_series(&requests, get));
	assert_ptr_equal(metric_series(&requests, get), metric_series(&copy, get));
	assert_ptr_not_equal(metric_series(&requests, get), metric_series(&requests, post));
	assert_ptr_not_equal(metric_series(&requests, get), metric_series(&requests, moved));
	assert_ptr_equal(metric_series(&clients, NULL), metric_series(&clients, NULL));
}

static void counters_and_gauges_on_the_page(void **state)
{
	const struct str labels[] = { STR("PUT"), STR("q\"b\\s\nn") };
	const struct str dirty[] = { STR("x\xff\0y"), STR_NULL };
	struct metric_series *counter = metric_series(&requests, labels), *gauge = metric_series(&clients, NULL);
	struct str text;

	metric_add(counter, 2);
	metric_add(counter, 3);
	metric_set(gauge, -7);
	metric_add(gauge, 2);
	metric_add(metric_series(&requests, dirty), 1);
	assert_int_equal(metric_value(counter), 5);
	text = scrape();
	expect_line(text, "# HELP test_requests_total Requests.\\nBy \\\\route");
	expect_line(text, "# TYPE test_requests_total counter");
	expect_line(text, "test_requests_total{method=\"PUT\",route=\"q\\\"b\\\\s\\nn\"} 5");
	expect_line(text, "test_requests_total{method=\"x??y\",route=\"\"} 1");
	expect_line(text, "# TYPE test_clients gauge");
	expect_line(text, "test_clients -5");
	assert_int_equal(text.ptr[text.len - 1], '\n');
}

static void histograms_are_cumulative(void **state)
{
	const struct str route = STR("/x");
	struct metric_series *series = metric_series(&latency, &route);
	struct str text;

	metric_observe_us(series, -5);
	metric_observe_us(series, 500);
	metric_observe_us(series, 501);
	metric_observe_us(series, 10000000);
	metric_observe_us(series, 10000001);
	text = scrape();
	expect_line(text, "# TYPE test_seconds histogram");
	expect_line(text, "test_seconds_bucket{route=\"/x\",le=\"0.0005\"} 2");
	expect_line(text, "test_seconds_bucket{route=\"/x\",le=\"0.001\"} 3");
	expect_line(text, "test_seconds_bucket{route=\"/x\",le=\"2.5\"} 3");
	expect_line(text, "test_seconds_bucket{route=\"/x\",le=\"10\"} 4");
	expect_line(text, "test_seconds_bucket{route=\"/x\",le=\"+Inf\"} 5");
	expect_line(text, "test_seconds_sum{route=\"/x\"} 20.001002");
	expect_line(text, "test_seconds_count{route=\"/x\"} 5");
}

static void times_are_told_in_seconds(void **state)
{
	const struct str one = STR("one"), other = STR("other");
	struct str text;

	metric_set(metric_series(&age, &one), 1500000);
	metric_set(metric_series(&age, &other), -500);
	metric_add(metric_series(&spent, NULL), 61000001);
	text = scrape();
	expect_line(text, "test_age_seconds{of=\"one\"} 1.500000");
	expect_line(text, "test_age_seconds{of=\"other\"} -0.000500");
	expect_line(text, "test_spent_seconds_total 61.000001");
	metric_clear(&age);
	text = scrape();
	expect_line(text, "test_age_seconds{of=\"one\"} 0.000000");
	expect_line(text, "test_age_seconds{of=\"other\"} 0.000000");
	expect_line(text, "test_spent_seconds_total 61.000001");
}

static void too_many_series_share_one(void **state)
{
	struct metric_series *one_more = NULL;
	char name[16];

	for (int i = 0; i < METRIC_SERIES_MAX + 50; i++) {
		struct str who = { name, (size_t)snprintf(name, sizeof(name), "n%d", i) };
		struct metric_series *series = metric_series(&crowd, &who);

		metric_add(series, 1);
		if (i >= METRIC_SERIES_MAX) {
			assert_true(!one_more || one_more == series);
			one_more = series;
		}
	}
	assert_int_equal(metric_value(one_more), 50);
	expect_line(scrape(), "test_crowd_total{who=\"n0\"} 1");
	expect_line(scrape(), "test_crowd_total{who=\"other\"} 50");
}

static void long_labels_are_cut_at_a_character(void **state)
{
	static const struct metric metric = { "test_long_total", METRIC_COUNTER, "Long", { "what" } };
	static char text[200], line[300];
	struct str value = { text, sizeof(text) };

	for (size_t i = 0; i < sizeof(text); i += 2) {
		text[i] = '\xc3';
		text[i + 1] = '\xa4';
	}
	value = (struct str){ text + 1, sizeof(text) - 1 }; /* begins inside a character, ends after a whole one */
	snprintf(line, sizeof(line), "test_long_total{what=\"?%.118s\"} 0", text);
	metric_series(&metric, &value);
	expect_line(scrape(), line);
}

static void count_run(void *arg)
{
	metric_set(metric_series(&clients, NULL), ++*(int *)arg);
}

static void collectors_run_at_each_scrape(void **state)
{
	int runs = 40, other_runs = 0;
	struct metric_collector first = { .run = count_run, .arg = &runs };
	struct metric_collector second = { .run = count_run, .arg = &other_runs };

	metrics_collector_add(&second);
	metrics_collector_add(&first);
	metrics_collector_remove(&second);
	metrics_collector_remove(&second);
	scrape();
	expect_line(scrape(), "test_clients 42");
	metrics_collector_remove(&first);
	scrape();
	assert_int_equal(runs, 42);
	assert_int_equal(other_runs, 0);
}

/* Value of a metric without labels; -1 when it is not on the page. */
static double plain_value(struct str text, const char *name)
{
	while (!str_is_null(text)) {
		struct str line = str_cut(&text, '\n'), word = str_cut(&line, ' ');

		if (str_eq(word, str_from(name)))
			return strtod(line.ptr, NULL);
	}
	return -1;
}

static void the_process_tells_about_itself(void **state)
{
	struct str text = scrape();
	double now = (double)time(NULL);

	assert_true(plain_value(text, "process_cpu_seconds_total") >= 0);
	assert_true(plain_value(text, "process_resident_memory_bytes") > 100000);
	assert_true(plain_value(text, "process_open_fds") >= 3);
	assert_true(plain_value(text, "process_max_fds") >= plain_value(text, "process_open_fds"));
	assert_true(plain_value(text, "process_start_time_seconds") > now - 3600);
	assert_true(plain_value(text, "process_start_time_seconds") <= now + 2);
	assert_true(plain_value(text, "stoa_log_lines_dropped_total") == 0);
}

static void *count_up(void *arg)
{
	const struct str labels[] = { STR("thread"), STR("/t") };

	for (int i = 0; i < 10000; i++)
		metric_add(metric_series(&requests, labels), 1);
	return NULL;
}

static void threads_lose_nothing(void **state)
{
	const struct str labels[] = { STR("thread"), STR("/t") };
	pthread_t threads[4];

	for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_up, NULL), 0);
	for (int i = 0; i < 20; i++)
		scrape();
	for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(metric_value(metric_series(&requests, labels)), 40000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_labels_same_series),       cmocka_unit_test(counters_and_gauges_on_the_page),
		cmocka_unit_test(histograms_are_cumulative),     cmocka_unit_test(times_are_told_in_seconds),
		cmocka_unit_test(too_many_series_share_one),     cmocka_unit_test(long_labels_are_cut_at_a_character),
		cmocka_unit_test(collectors_run_at_each_scrape), cmocka_unit_test(the_process_tells_about_itself),
		cmocka_unit_test(threads_lose_nothing),
	};
	int failures;

	buf_init(&page, 1 << 20);
	failures = cmocka_run_group_tests(tests, NULL, NULL);
	buf_done(&page);
	return failures;
}
