/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <stdarg.h>

#include "base/arena.h"
#include "base/check.h"

struct str str_from(const char *cstr)
{
	return cstr ? (struct str){ cstr, strlen(cstr) } : STR_NULL;
}

bool str_is_null(struct str s)
{
	return !s.ptr;
}

bool str_eq(struct str a, struct str b)
{
	if (a.len != b.len || !a.ptr != !b.ptr)
		return false;
	return a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool str_eq_nocase(struct str a, struct str b)
{
	if (a.len != b.len || !a.ptr != !b.ptr)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		if (lower(a.ptr[i]) != lower(b.ptr[i]))
			return false;
	}
	return true;
}

int str_cmp(struct str a, struct str b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	int order = common ? memcmp(a.ptr, b.ptr, common) : 0;

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

bool str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

bool str_ends(struct str s, struct str suffix)
{
	if (s.len < suffix.len)
		return false;
	return suffix.len == 0 || memcmp(s.ptr + (s.len - suffix.len), suffix.ptr, suffix.len) == 0;
}

bool str_has_char(struct str s, char c)
{
	return s.len > 0 && memchr(s.ptr, c, s.len);
}

struct str str_slice(struct str s, size_t from, size_t to)
{
	CHECK(from <= to && to <= s.len);
	return s.ptr ? (struct str){ s.ptr + from, to - from } : STR_NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct str str_trim(struct str s)
{
	while (s.len > 0 && is_blank(s.ptr[0]))
		s = (struct str){ s.ptr + 1, s.len - 1 };
	while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

struct str str_cut(struct str *rest, char sep)
{
	struct str all = *rest;
	const char *at = all.len ? memchr(all.ptr, sep, all.len) : NULL;
	size_t before = at ? (size_t)(at - all.ptr) : all.len;

	*rest = at ? str_slice(all, before + 1, all.len) : STR_NULL;
	return str_slice(all, 0, before);
}

int str_to_i64(struct str s, int64_t *ret)
{
	bool negative = s.len > 0 && s.ptr[0] == '-';
	size_t i = s.len > 0 && (s.ptr[0] == '-' || s.ptr[0] == '+');
	int64_t value = 0;

	if (i == s.len)
		return -1;
	for (; i < s.len; i++) {
		int digit = s.ptr[i] - '0';

		if (digit < 0 || digit > 9)
			return -1;
		/* Counted towards the sign, so that INT64_MIN is reached too. */
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, negative ? -digit : digit, &value))
			return -1;
	}
	*ret = value;
	return 0;
}

size_t i64_format(int64_t value, char out[I64_TEXT_MAX])
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
	                            "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
	                            "8081828384858687888990919293949596979899";
	uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
	char digits[I64_TEXT_MAX];
	size_t at = sizeof(digits);

	while (left >= 100) {
		at -= 2;
		memcpy(digits + at, pairs + left % 100 * 2, 2);
		left /= 100;
	}
	if (left >= 10) {
		at -= 2;
		memcpy(digits + at, pairs + left * 2, 2);
	} else {
		digits[--at] = (char)('0' + left);
	}
	if (value < 0)
		digits[--at] = '-';
	memcpy(out, digits + at, sizeof(digits) - at);
	return sizeof(digits) - at;
}

struct str str_dup(struct arena *arena, struct str s)
{
	return s.ptr ? (struct str){ arena_copy(arena, s.ptr, s.len), s.len } : STR_NULL;
}

char *str_cstr(struct arena *arena, struct str s)
{
	char *copy;

	if (!s.ptr)
		return NULL;
	copy = arena_alloc_raw(arena, s.len + 1);
	memcpy(copy, s.ptr, s.len);
	copy[s.len] = '\0';
	return copy;
}

struct str str_lower(struct arena *arena, struct str s)
{
	char *copy;

	if (!s.ptr)
		return STR_NULL;
	copy = arena_alloc_raw(arena, s.len);
	for (size_t i = 0; i < s.len; i++)
		copy[i] = lower(s.ptr[i]);
	return (struct str){ copy, s.len };
}

struct str str_printf(struct arena *arena, const char *format, ...)
{
	char small[256];
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vsnprintf(small, sizeof(small), format, args);
	va_end(args);
	CHECK(len >= 0);
	if ((size_t)len < sizeof(small))
		return (struct str){ arena_copy(arena, small, (size_t)len), (size_t)len };

	text = arena_alloc_raw(arena, (size_t)len + 1);
	va_start(args, format);
	vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	return (struct str){ text, (size_t)len };
}
