/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calendar days of the proleptic Gregorian calendar, and their count from 1970-01-01. Pure arithmetic: no
 * zone, no clock. Years 0 to 9999.
 */
#ifndef STOA_BASE_DATE_H
#define STOA_BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"

#define US_PER_DAY INT64_C(86400000000)

struct date {
	int year;
	int month; /* 1 to 12 */
	int day;   /* 1 to 31 */
};

bool date_is_valid(struct date date);
int date_days_in_month(int year, int month); /* month 1 to 12, asserted */
int64_t date_to_days(struct date date);      /* valid, asserted */
struct date date_from_days(int64_t days);    /* result within years 0 to 9999, asserted */
int date_weekday(struct date date);          /* 0 is Sunday */

/* "2026-11-21": 0, or -1 and *ret untouched. date_format writes 10 bytes and no NUL. */
enum { DATE_TEXT_LEN = 10 };
MUST_CHECK int date_parse(struct str text, struct date *ret);
void date_format(struct date date, char out[DATE_TEXT_LEN]);

#endif
