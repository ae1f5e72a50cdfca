/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "base/clock.h"
#include "base/date.h"

#define NOV_21 INT64_C(1795255200000000) /* 2026-11-21T10:00:00Z */

static void known_texts(void **state)
{
	static const struct {
		struct str text; /* parsed */
		int64_t time_us;
		struct str formatted;
	} cases[] = {
		{ STR("1970-01-01T00:00:00Z"), 0, STR("1970-01-01T00:00:00Z") },
		{ STR("2026-11-21T10:00:00Z"), NOV_21, STR("2026-11-21T10:00:00Z") },
		{ STR("2026-11-21t10:00:00z"), NOV_21, STR("2026-11-21T10:00:00Z") },
		{ STR("2026-11-21T10:00:00.123456Z"), NOV_21 + 123456, STR("2026-11-21T10:00:00.123456Z") },
		{ STR("2026-11-21T10:00:00.1Z"), NOV_21 + 100000, STR("2026-11-21T10:00:00.100000Z") },
		{ STR("2026-11-21T10:00:00.000000999Z"), NOV_21, STR("2026-11-21T10:00:00Z") },
		{ STR("2026-11-21T11:30:00+01:30"), NOV_21, STR("2026-11-21T10:00:00Z") },
		{ STR("2026-11-20T22:00:00-12:00"), NOV_21, STR("2026-11-21T10:00:00Z") },
		{ STR("2026-11-21T10:00:00-00:00"), NOV_21, STR("2026-11-21T10:00:00Z") },
		{ STR("2026-11-21T09:59:60Z"), NOV_21, STR("2026-11-21T10:00:00Z") },
		{ STR("2024-02-29T23:59:59Z"), INT64_C(1709251199000000), STR("2024-02-29T23:59:59Z") },
		{ STR("9999-12-31T23:59:59.999999Z"), INT64_C(253402300799999999), STR("9999-12-31T23:59:59.999999Z") },
		{ STR("1969-12-31T23:00:00-01:00"), 0, STR("1970-01-01T00:00:00Z") },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		int64_t time_us = -7;
		char text[TIME_TEXT_MAX];

		assert_int_equal(time_parse(cases[i].text, &time_us), 0);
		assert_int_equal(time_us, cases[i].time_us);
		assert_str(((struct str){ text, time_format(time_us, text) }), cases[i].formatted);
	}
}

static void refused_texts(void **state)
{
	static const char *const texts[] = {
		"",
		"2026-11-21",
		"2026-11-21T10:00Z",
		"2026-11-21T10:00:00",
		"2026-11-21 10:00:00Z",
		"2026-11-21T10:00:00.Z",
		"2026-11-21T10:00:00.1234567890Z",
		"2026-11-21T10:00:00,5Z",
		"2026-11-21T10:00:00ZZ",
		"2026-11-21T10:00:00Z ",
		"2026-11-21T10:00:00+1:00",
		"2026-11-21T10:00:00+0100",
		"2026-11-21T10:00:00+24:00",
		"2026-11-21T10:00:00+01:60",
		"2026-11-21T10:00:00+01:00Z",
		"2026-11-21T10:00:00.5",
		"2026-11-21T24:00:00Z",
		"2026-11-21T10:60:00Z",
		"2026-11-21T10:00:61Z",
		"2026-13-21T10:00:00Z",
		"2026-00-21T10:00:00Z",
		"2026-11-31T10:00:00Z",
		"2025-02-29T10:00:00Z",
		"2100-02-29T10:00:00Z",
		"2026-11-00T10:00:00Z",
		"1969-12-31T23:59:59Z",
		"1970-01-01T00:00:00+00:01",
		"9999-12-31T23:59:60Z",
		"9999-12-31T23:59:59-00:01",
		"02026-11-21T10:00:00Z",
		"+026-11-21T10:00:00Z",
		"2026-1a-21T10:00:00Z",
		"2026-11-21T1 :00:00Z",
	};

	for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
		int64_t time_us = -7;

		assert_int_equal(time_parse(str_from(texts[i]), &time_us), -1);
		assert_int_equal(time_us, -7);
	}
	assert_int_equal(time_parse(STR_NULL, &(int64_t){ 0 }), -1);
}

static void agrees_with_the_c_library(void **state)
{
	for (int64_t s = 0; s < INT64_C(253402300800); s += 86400 * 97 + 12345) {
		time_t time = (time_t)s;
		char want[32], got[TIME_TEXT_MAX];
		struct tm tm;
		int64_t back;
		struct str text = { got, time_format(s * US_PER_S, got) };

		assert_non_null(gmtime_r(&time, &tm));
		strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%SZ", &tm);
		assert_str(text, str_from(want));
		assert_int_equal(time_parse(text, &back), 0);
		assert_int_equal(back, s * US_PER_S);
	}
}

static void days_count_through(void **state)
{
	struct date date = { 0, 1, 1 };

	for (int64_t days = date_to_days(date); days <= date_to_days((struct date){ 9999, 12, 31 }); days++) {
		struct date same = date_from_days(days);

		assert_int_equal(date_to_days(date), days);
		assert_true(same.year == date.year && same.month == date.month && same.day == date.day);
		if (++date.day > date_days_in_month(date.year, date.month))
			date = (struct date){ date.year + date.month / 12, date.month % 12 + 1, 1 };
	}
	assert_int_equal(date_to_days((struct date){ 1970, 1, 1 }), 0);
	assert_int_equal(date_weekday((struct date){ 1970, 1, 1 }), 4);
	assert_int_equal(date_weekday((struct date){ 2026, 11, 21 }), 6);
	assert_int_equal(date_weekday((struct date){ 1900, 1, 1 }), 1);
	assert_int_equal(date_weekday((struct date){ 0, 1, 1 }), 6);
}

static void dates_as_text(void **state)
{
	static const char *const refused[] = { "",         "2026-02-29", "2026-2-1",  "2026-02-1 ",
		                               "20260201", "2026/02/01", "-026-02-01" };
	char text[DATE_TEXT_LEN];
	struct date date;

	assert_int_equal(date_parse(STR("2024-02-29"), &date), 0);
	date_format(date, text);
	assert_str(((struct str){ text, sizeof(text) }), STR("2024-02-29"));
	for (size_t i = 0; i < ARRAY_COUNT(refused); i++)
		assert_int_equal(date_parse(str_from(refused[i]), &date), -1);
	assert_int_equal(date.day, 29);
}

static void clocks_move(void **state)
{
	int64_t mono = clock_mono_us();

	assert_true(clock_now_us() > NOV_21 / 2);
	assert_true(clock_mono_us() >= mono);
}

static void stored_times_may_be_anything(void **state)
{
	static const struct {
		int64_t time_us;
		struct str text;
	} rows[] = {
		{ 0, STR("1970-01-01T00:00:00Z") },
		{ -1, STR("before 1970") },
		{ INT64_MIN, STR("before 1970") },
		{ INT64_MAX, STR("after 9999") },
	};
	char text[TIME_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_str(((struct str){ text, time_format_any(rows[i].time_us, text) }), rows[i].text);
}

/* The last test: time is the database's from then on. */
static void follows_the_database(void **state)
{
	int64_t machine = clock_machine_us(), asked = clock_mono_us(), hour = 3600 * US_PER_S;

	assert_in_range(clock_now_us() - machine, 0, US_PER_S);
	for (int64_t off = -hour; off <= hour; off += hour) {
		clock_follow(clock_machine_us() + off, clock_mono_us());
		assert_in_range(clock_now_us() - clock_machine_us() - off + US_PER_S, 0, 2 * US_PER_S);
	}
	/* It was asked a minute ago and may have been read at any time since: that is no contradiction. */
	clock_follow(clock_machine_us() + hour - 30 * US_PER_S, asked - 60 * US_PER_S);
	assert_in_range(clock_now_us() - clock_machine_us() - hour + US_PER_S, 0, 2 * US_PER_S);
	clock_follow(clock_machine_us() + hour - 90 * US_PER_S, asked - 60 * US_PER_S);
	assert_in_range(clock_now_us() - clock_machine_us() - hour + 30 * US_PER_S + US_PER_S, 0, 2 * US_PER_S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_texts),
		cmocka_unit_test(refused_texts),
		cmocka_unit_test(agrees_with_the_c_library),
		cmocka_unit_test(days_count_through),
		cmocka_unit_test(dates_as_text),
		cmocka_unit_test(clocks_move),
		cmocka_unit_test(stored_times_may_be_anything),
		cmocka_unit_test(follows_the_database),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
