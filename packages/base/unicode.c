/* SPDX-License-Identifier: Apache-2.0 */
#include "base/unicode.h"

#include <utf8proc.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/encode.h"

#define EACH_BYTE(b) (UINT64_C(0x0101010101010101) * (b))

enum { MARKS_MAX = 30, FIRST_TO_COMPOSE = 0x300 };

static bool between(int32_t point, int32_t low, int32_t high)
{
	return point >= low && point <= high;
}

static bool is_plain_char(unsigned char c, bool lines)
{
	return (c >= 0x20 && c < 0x7f) || (lines && (c == '\n' || c == '\t'));
}

/* ASCII without controls, but for those of `lines`; eight bytes at a time: the top bit tells of one past ASCII, below
 * U+0020 (by the subtraction) or DEL (by the sum). */
static bool is_plain(struct str text, bool lines)
{
	for (size_t at = 0; at < text.len; at++) {
		uint64_t word;

		if (text.len - at >= sizeof(word)) {
			memcpy(&word, text.ptr + at, sizeof(word));
			if (!((word | (word - EACH_BYTE(0x20)) | (word + EACH_BYTE(1))) & EACH_BYTE(0x80))) {
				at += sizeof(word) - 1;
				continue;
			}
		}
		if (!is_plain_char((unsigned char)text.ptr[at], lines))
			return false;
	}
	return true;
}

static int32_t point_at(struct str text, size_t at, size_t *ret_len)
{
	int32_t point;
	ssize_t len = utf8proc_iterate((const uint8_t *)text.ptr + at, (ssize_t)(text.len - at), &point);

	CHECK(len > 0);
	*ret_len = (size_t)len;
	return point;
}

/* White_Space of the Unicode Character Database. */
static bool is_space(int32_t point)
{
	return between(point, 0x09, 0x0d) || point == 0x20 || point == 0x85 || point == 0xa0 || point == 0x1680 ||
	       between(point, 0x2000, 0x200a) || point == 0x2028 || point == 0x2029 || point == 0x202f ||
	       point == 0x205f || point == 0x3000;
}

/* What stays but shows nothing by itself: joiners, marks of direction, selectors, the empty braille cell. */
static bool is_silent(int32_t point)
{
	return between(point, 0x200c, 0x200f) || point == 0x61c || point == 0x34f || between(point, 0x17b4, 0x17b5) ||
	       between(point, 0x180b, 0x180f) || between(point, 0xfe00, 0xfe0f) || between(point, 0xe0100, 0xe01ef) ||
	       point == 0x2800;
}

/* Formats that show: the number signs of Arabic, Syriac and Kaithi. */
static bool is_visible_format(int32_t point)
{
	return between(point, 0x600, 0x605) || point == 0x6dd || point == 0x70f || between(point, 0x890, 0x891) ||
	       point == 0x8e2 || point == 0x110bd || point == 0x110cd;
}

static bool is_filler(int32_t point)
{
	return point == 0x115f || point == 0x1160 || point == 0x3164 || point == 0xffa0;
}

/* Combining marks in a row up to this character, in its decomposed form: at most 3 follow a letter in it, 2 a mark. */
static int marks_with(int marks, const utf8proc_property_t *property)
{
	bool decomposes = property->decomp_seqindex != UINT16_MAX;

	if (property->combining_class)
		return marks + 1 + decomposes;
	return decomposes ? 3 : 0;
}

/* The rule that forbids a character, NULL where none does. */
static const char *refusal(int32_t point, utf8proc_category_t category, bool lines)
{
	if (lines && (point == '\n' || point == '\t'))
		return NULL;
	if (point == '\n' || point == '\r' || between(point, 0x2028, 0x2029) || point == 0x85)
		return "must be one line";
	if (category == UTF8PROC_CATEGORY_CC)
		return "must not contain control characters";
	if (category == UTF8PROC_CATEGORY_CO || (point & 0xfffe) == 0xfffe || between(point, 0xfdd0, 0xfdef))
		return "must not contain characters without a common meaning (private use)";
	if (is_filler(point) || (category == UTF8PROC_CATEGORY_CF && !is_silent(point) && !is_visible_format(point)))
		return "must not contain invisible characters or changes of direction";
	return NULL;
}

struct look {
	size_t from, to;  /* without the white space at the ends */
	bool shows;       /* something that can be seen */
	bool may_compose; /* NFC may differ */
	const char *rule; /* broken inside from..to */
};

static struct look look_at(struct str text, bool lines)
{
	struct look look = { .from = text.len };
	const char *rule = NULL;
	int marks = 0;

	for (size_t at = 0, len; at < text.len; at += len) {
		int32_t point = point_at(text, at, &len);
		const utf8proc_property_t *property = utf8proc_get_property(point);

		if (is_space(point) && look.from == text.len)
			continue;
		if (look.from == text.len)
			look.from = at;
		marks = marks_with(marks, property);
		if (!rule)
			rule = marks > MARKS_MAX ? "must not have more than 30 combining marks in a row"
			                         : refusal(point, property->category, lines);
		if (is_space(point))
			continue;
		look.to = at + len;
		look.rule = rule; /* what follows the last character is white space, and goes */
		look.shows |= !is_silent(point);
		look.may_compose |= point >= FIRST_TO_COMPOSE;
	}
	return look;
}

static struct str compose(struct arena *arena, struct str text)
{
	const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
	const uint8_t *bytes = (const uint8_t *)text.ptr;
	ssize_t count = utf8proc_decompose(bytes, (ssize_t)text.len, NULL, 0, options), len;
	int32_t *points;

	CHECK(count >= 0);
	points = arena_alloc_raw(arena, ((size_t)count + 1) * sizeof(*points));
	count = utf8proc_decompose(bytes, (ssize_t)text.len, points, count, options);
	len = utf8proc_reencode(points, count, options);
	CHECK(len >= 0);
	return (struct str){ (const char *)points, (size_t)len };
}

static const char *clean(struct arena *arena, struct str *text, bool lines)
{
	struct look look;

	if (is_plain(*text, lines) &&
	    (text->len == 0 || !(is_space(text->ptr[0]) || is_space(text->ptr[text->len - 1]))))
		return NULL;
	look = look_at(*text, lines);
	if (look.rule)
		return look.rule;
	*text = look.shows ? str_slice(*text, look.from, look.to) : STR("");
	if (look.shows && look.may_compose)
		*text = compose(arena, *text);
	return NULL;
}

const char *unicode_line(struct arena *arena, struct str *text)
{
	return clean(arena, text, false);
}

/* CR LF, CR, NEL, LS and PS as LF (UAX 14, BK, CR and NL). No text grows. */
static struct str with_line_feeds(struct arena *arena, struct str text)
{
	char *to, *start;

	if (is_plain(text, true))
		return text;
	start = to = arena_alloc_raw(arena, text.len + 1);
	for (size_t at = 0, len; at < text.len; at += len) {
		int32_t point = point_at(text, at, &len);

		if (point == '\r' && at + 1 < text.len && text.ptr[at + 1] == '\n')
			len = 2;
		if (point == '\r' || point == 0x85 || between(point, 0x2028, 0x2029)) {
			*to++ = '\n';
			continue;
		}
		memcpy(to, text.ptr + at, len);
		to += len;
	}
	return (struct str){ start, (size_t)(to - start) };
}

const char *unicode_block(struct arena *arena, struct str *text)
{
	struct str lines = with_line_feeds(arena, *text);
	const char *rule = clean(arena, &lines, true);

	if (!rule)
		*text = lines;
	return rule;
}

struct str unicode_password(struct arena *arena, struct str text)
{
	char *to, *start;
	int marks = 0;

	if (is_plain(text, true) || !utf8_valid(text))
		return text;
	start = to = arena_alloc_raw(arena, text.len + 1);
	for (size_t at = 0, len; at < text.len; at += len) {
		int32_t point = point_at(text, at, &len);
		const utf8proc_property_t *property = utf8proc_get_property(point);

		marks = marks_with(marks, property);
		if (marks > MARKS_MAX)
			return text;
		if (property->category == UTF8PROC_CATEGORY_ZS)
			*to++ = ' ';
		else
			to = (char *)memcpy(to, text.ptr + at, len) + len;
	}
	return compose(arena, (struct str){ start, (size_t)(to - start) });
}
