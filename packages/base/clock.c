/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "base/ascii.h"
#include "base/check.h"
#include "base/date.h"

#define LAST_US (INT64_C(253402300800) * US_PER_S - 1) /* the end of year 9999 */

static int64_t read_clock(clockid_t id)
{
	struct timespec now;

	CHECK(clock_gettime(id, &now) == 0);
	return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

/* The database's clock less the monotonic one; 0: not known yet. A step of the machine's clock does not move it. */
static _Atomic int64_t ahead_us;

int64_t clock_now_us(void)
{
	int64_t ahead = atomic_load_explicit(&ahead_us, memory_order_relaxed);

	return ahead ? read_clock(CLOCK_MONOTONIC) + ahead : read_clock(CLOCK_REALTIME);
}

int64_t clock_mono_us(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_machine_us(void)
{
	return read_clock(CLOCK_REALTIME);
}

void clock_follow(int64_t said_us, int64_t asked_us)
{
	int64_t least = said_us - clock_mono_us(), most = said_us - asked_us, ahead = atomic_load(&ahead_us);

	if (!ahead)
		ahead = least + (most - least) / 2;
	else if (ahead < least)
		ahead = least;
	else if (ahead > most)
		ahead = most;
	atomic_store(&ahead_us, ahead);
}

static void put_two(char *out, int value)
{
	out[0] = (char)('0' + value / 10);
	out[1] = (char)('0' + value % 10);
}

size_t time_format(int64_t time_us, char out[TIME_TEXT_MAX])
{
	int64_t in_day = time_us % US_PER_DAY;
	int seconds = (int)(in_day / US_PER_S);
	int fraction = (int)(in_day % US_PER_S);
	size_t len = 19;

	CHECK(time_us >= 0 && time_us <= LAST_US);
	date_format(date_from_days(time_us / US_PER_DAY), out);
	out[10] = 'T';
	put_two(out + 11, seconds / 3600);
	out[13] = ':';
	put_two(out + 14, seconds / 60 % 60);
	out[16] = ':';
	put_two(out + 17, seconds % 60);
	if (fraction) {
		out[19] = '.';
		put_two(out + 20, fraction / 10000);
		put_two(out + 22, fraction / 100 % 100);
		put_two(out + 24, fraction % 100);
		len = 26;
	}
	out[len++] = 'Z';
	return len;
}

size_t time_format_any(int64_t time_us, char out[TIME_TEXT_MAX])
{
	struct str beyond = time_us < 0 ? STR("before 1970") : STR("after 9999");

	if (time_us >= 0 && time_us <= LAST_US)
		return time_format(time_us, out);
	memcpy(out, beyond.ptr, beyond.len);
	return beyond.len;
}

/* Two digits and the character after them, unless `after` is NUL; -1 if not that, or above `most`. */
static int take_two(struct str *rest, char after, int most)
{
	size_t need = after ? 3 : 2;
	int value;

	if (rest->len < need || !is_digit(rest->ptr[0]) || !is_digit(rest->ptr[1]))
		return -1;
	if (after && rest->ptr[2] != after)
		return -1;
	value = (rest->ptr[0] - '0') * 10 + (rest->ptr[1] - '0');
	*rest = str_slice(*rest, need, rest->len);
	return value <= most ? value : -1;
}

/* ".123" as microseconds; 0 if there is none, -1 if it has no or too many digits. */
static int take_fraction(struct str *rest)
{
	int scale = 100000, value = 0;
	size_t i = 1;

	if (rest->len == 0 || rest->ptr[0] != '.')
		return 0;
	for (; i < rest->len && is_digit(rest->ptr[i]); i++) {
		value += (rest->ptr[i] - '0') * scale;
		scale /= 10;
	}
	*rest = str_slice(*rest, i, rest->len);
	return i >= 2 && i <= 10 ? value : -1;
}

/* "Z" or "+hh:mm", all of what is left, as seconds east of UTC. */
static int parse_offset(struct str text, int *ret)
{
	int sign, hours, minutes;

	if (text.len == 1 && (text.ptr[0] == 'Z' || text.ptr[0] == 'z')) {
		*ret = 0;
		return 0;
	}
	if (text.len != 6 || (text.ptr[0] != '+' && text.ptr[0] != '-'))
		return -1;
	sign = text.ptr[0] == '-' ? -1 : 1;
	text = str_slice(text, 1, text.len);
	hours = take_two(&text, ':', 23);
	minutes = take_two(&text, '\0', 59);
	if (hours < 0 || minutes < 0)
		return -1;
	*ret = sign * (hours * 3600 + minutes * 60);
	return 0;
}

int time_parse(struct str text, int64_t *ret_us)
{
	int hours, minutes, seconds, fraction, offset;
	struct date date;
	struct str rest;
	int64_t time_us;

	if (text.len < 20 || date_parse(str_slice(text, 0, 10), &date) < 0 || (text.ptr[10] | 0x20) != 't')
		return -1;
	rest = str_slice(text, 11, text.len);
	hours = take_two(&rest, ':', 23);
	minutes = take_two(&rest, ':', 59);
	seconds = take_two(&rest, '\0', 60);
	fraction = take_fraction(&rest);
	if (hours < 0 || minutes < 0 || seconds < 0 || fraction < 0 || parse_offset(rest, &offset) < 0)
		return -1;
	seconds += hours * 3600 + minutes * 60 - offset;
	time_us = date_to_days(date) * US_PER_DAY + seconds * US_PER_S + fraction;
	if (time_us < 0 || time_us > LAST_US)
		return -1;
	*ret_us = time_us;
	return 0;
}
