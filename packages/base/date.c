/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Years are counted from March, so that the leap day is the last of its year and the months before it have
 * fixed lengths: month m (March is 0) starts (153 m + 2) / 5 days into the year. 400 years are a cycle of
 * 146097 days; counting from 0000-03-01, 1970-01-01 is day 719468. Everything before that first March is
 * shifted by one whole cycle, so no division meets a negative number.
 */
#include "base/date.h"

#include "base/ascii.h"
#include "base/check.h"

enum { CYCLE_YEARS = 400, CYCLE_DAYS = 146097, EPOCH_DAY = 719468 };

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int date_days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	CHECK(month >= 1 && month <= 12);
	return days[month - 1] + (month == 2 && is_leap(year));
}

bool date_is_valid(struct date date)
{
	return date.year >= 0 && date.year <= 9999 && date.month >= 1 && date.month <= 12 && date.day >= 1 &&
	       date.day <= date_days_in_month(date.year, date.month);
}

int64_t date_to_days(struct date date)
{
	int64_t year, month;

	CHECK(date_is_valid(date));
	year = date.year + CYCLE_YEARS - (date.month <= 2);
	month = (date.month + 9) % 12;
	return year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + date.day - 1 - EPOCH_DAY -
	       CYCLE_DAYS;
}

struct date date_from_days(int64_t days)
{
	int64_t day, cycle, year, month;
	struct date date;

	CHECK(days >= -719528 && days <= 2932896); /* 0000-01-01 and 9999-12-31 */
	day = days + EPOCH_DAY + CYCLE_DAYS;
	cycle = day / CYCLE_DAYS;
	day %= CYCLE_DAYS;
	/* Leap days are taken out first: one each 1460 days, but none each 36524, but one at the cycle's end. */
	year = (day - day / 1460 + day / 36524 - day / (CYCLE_DAYS - 1)) / 365;
	day -= year * 365 + year / 4 - year / 100;
	month = (day * 5 + 2) / 153;
	date.day = (int)(day - (month * 153 + 2) / 5 + 1);
	date.month = (int)(month < 10 ? month + 3 : month - 9);
	date.year = (int)(cycle * CYCLE_YEARS + year - CYCLE_YEARS + (date.month <= 2));
	return date;
}

int date_weekday(struct date date)
{
	/* 1970-01-01 was a Thursday; the multiple of seven keeps the sum positive. */
	return (int)((date_to_days(date) + 4 + 7 * 200000) % 7);
}

static int digits(const char *text, int count)
{
	int value = 0;

	for (int i = 0; i < count; i++) {
		if (!is_digit(text[i]))
			return -1;
		value = value * 10 + (text[i] - '0');
	}
	return value;
}

int date_parse(struct str text, struct date *ret)
{
	struct date date;

	if (text.len != DATE_TEXT_LEN || text.ptr[4] != '-' || text.ptr[7] != '-')
		return -1;
	date.year = digits(text.ptr, 4);
	date.month = digits(text.ptr + 5, 2);
	date.day = digits(text.ptr + 8, 2);
	if (!date_is_valid(date))
		return -1;
	*ret = date;
	return 0;
}

static void put_digits(char *out, int value, int count)
{
	for (int i = count - 1; i >= 0; i--) {
		out[i] = (char)('0' + value % 10);
		value /= 10;
	}
}

void date_format(struct date date, char out[DATE_TEXT_LEN])
{
	CHECK(date_is_valid(date));
	put_digits(out, date.year, 4);
	out[4] = '-';
	put_digits(out + 5, date.month, 2);
	out[7] = '-';
	put_digits(out + 8, date.day, 2);
}
