/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTF-8 is checked once over the whole text, so that strings need only look for quotes, backslashes and control
 * characters, eight bytes at a time. Repeated names in free-form objects are found by their keyed 64-bit hashes, sorted
 * when the object closes: no client can aim at a collision, and a chance one would refuse one body in 2^64.
 */
#include "json/scan.h"

#include "base/arena.h"
#include "base/ascii.h"
#include "base/check.h"
#include "base/encode.h"
#include "base/hash.h"
#include "json/json.h"

#define EACH_BYTE(b) (UINT64_C(0x0101010101010101) * (b))

void scan_init(struct scan *scan, struct arena *arena, struct str text)
{
	const char *start = text.ptr ? text.ptr : "";

	*scan = (struct scan){ .start = start, .at = start, .end = start + text.len, .arena = arena };
}

int scan_fail(struct scan *scan, const char *wrong)
{
	if (!scan->wrong)
		scan->wrong = wrong;
	return -1;
}

static int unexpected(struct scan *scan, const char *wrong)
{
	return scan_fail(scan, scan->at == scan->end ? "the text ends too early" : wrong);
}

int scan_utf8(struct scan *scan)
{
	struct str rest = { scan->start, (size_t)(scan->end - scan->start) };

	if (utf8_valid(rest))
		return 0;
	for (;;) {
		size_t len = 1;

		while (len <= 4 && len <= rest.len && !utf8_valid((struct str){ rest.ptr, len }))
			len++;
		if (len > 4 || len > rest.len)
			break;
		rest = str_slice(rest, len, rest.len);
	}
	scan->at = rest.ptr;
	return scan_fail(scan, "not UTF-8");
}

char scan_peek(struct scan *scan)
{
	while (scan->at < scan->end &&
	       (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\r' || *scan->at == '\t'))
		scan->at++;
	return scan->at < scan->end ? *scan->at : 0;
}

int scan_end(struct scan *scan)
{
	scan_peek(scan);
	return scan->at == scan->end ? 0 : scan_fail(scan, "something follows the value");
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c != '"' && c != '\\';
}

/* The top bit of each byte of `word` that is zero; bytes above the lowest such may be marked wrongly by a borrow. */
static uint64_t zero_bytes(uint64_t word)
{
	return (word - EACH_BYTE(1)) & ~word & EACH_BYTE(0x80);
}

size_t scan_plain(const char *at, const char *end)
{
	const char *from = at;

	while (end - at >= 8) {
		uint64_t word;

		memcpy(&word, at, sizeof(word));
		if (((word - EACH_BYTE(0x20)) & ~word & EACH_BYTE(0x80)) | zero_bytes(word ^ EACH_BYTE('"')) |
		    zero_bytes(word ^ EACH_BYTE('\\')))
			break;
		at += 8;
	}
	while (at < end && is_plain((unsigned char)*at))
		at++;
	return (size_t)(at - from);
}

/* ---- Strings ------------------------------------------------------------------------------------ */

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Four hexadecimal digits at `at`; -1 and no step if there are none. */
static int hex4(struct scan *scan)
{
	int value = 0;

	if (scan->end - scan->at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = hex_value(scan->at[i]);

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	scan->at += 4;
	return value;
}

static char *put_utf8(char *to, int point)
{
	if (point < 0x80) {
		*to++ = (char)point;
	} else if (point < 0x800) {
		*to++ = (char)(0xc0 | point >> 6);
		*to++ = (char)(0x80 | (point & 0x3f));
	} else if (point < 0x10000) {
		*to++ = (char)(0xe0 | point >> 12);
		*to++ = (char)(0x80 | (point >> 6 & 0x3f));
		*to++ = (char)(0x80 | (point & 0x3f));
	} else {
		*to++ = (char)(0xf0 | point >> 18);
		*to++ = (char)(0x80 | (point >> 12 & 0x3f));
		*to++ = (char)(0x80 | (point >> 6 & 0x3f));
		*to++ = (char)(0x80 | (point & 0x3f));
	}
	return to;
}

/* Behind "\u". Characters past U+FFFF come as two escapes (RFC 8259 section 7); one half alone is no character. */
static int unicode_escape(struct scan *scan, char **to)
{
	int point = hex4(scan);

	if (point < 0)
		return unexpected(scan, "four hexadecimal digits expected");
	if (point >= 0xd800 && point <= 0xdfff) {
		int low = -1;

		if (point < 0xdc00 && scan->end - scan->at >= 6 && scan->at[0] == '\\' && scan->at[1] == 'u') {
			scan->at += 2;
			low = hex4(scan);
		}
		if (low < 0xdc00 || low > 0xdfff)
			return scan_fail(scan, "half of a surrogate pair");
		point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
	}
	if (point == 0)
		scan->has_nul = true;
	*to = put_utf8(*to, point);
	return 0;
}

/* Behind the backslash. */
static int escape(struct scan *scan, char **to)
{
	static const char plain[256] = { ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
		                         ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t' };
	char c = scan->at < scan->end ? *scan->at : 0;

	if (c == 'u') {
		scan->at++;
		return unicode_escape(scan, to);
	}
	if (!plain[(unsigned char)c])
		return unexpected(scan, "unknown escape");
	*(*to)++ = plain[(unsigned char)c];
	scan->at++;
	return 0;
}

/* Bytes up to the closing quote, which is known to be missing or past an escape. No text grows by decoding. */
static size_t undecoded_length(const struct scan *scan)
{
	size_t left = (size_t)(scan->end - scan->at), len = 0;

	while (len < left && scan->at[len] != '"')
		len += scan->at[len] == '\\' ? 2 : 1;
	return len < left ? len : left;
}

/* At the first escape of a string that began at `from`. */
static int decode_string(struct scan *scan, const char *from, struct str *ret)
{
	size_t before = (size_t)(scan->at - from);
	char *text = arena_alloc_raw(scan->arena, before + undecoded_length(scan) + 1);
	char *to = text + before;

	memcpy(text, from, before);
	while (scan->at < scan->end && *scan->at != '"') {
		size_t run = scan_plain(scan->at, scan->end);

		memcpy(to, scan->at, run);
		to += run;
		scan->at += run;
		if (scan->at == scan->end || *scan->at == '"')
			break;
		if (*scan->at++ != '\\') {
			scan->at--;
			return scan_fail(scan, "control character in a string");
		}
		if (escape(scan, &to))
			return -1;
	}
	if (scan->at == scan->end)
		return unexpected(scan, NULL);
	scan->at++;
	*ret = (struct str){ text, (size_t)(to - text) };
	return 0;
}

int scan_string(struct scan *scan, struct str *ret)
{
	const char *from;

	if (scan_peek(scan) != '"')
		return unexpected(scan, "a string expected");
	from = ++scan->at;
	scan->at += scan_plain(scan->at, scan->end);
	if (scan->at == scan->end)
		return unexpected(scan, NULL);
	if (*scan->at == '\\')
		return decode_string(scan, from, ret);
	if (*scan->at != '"')
		return scan_fail(scan, "control character in a string");
	*ret = (struct str){ from, (size_t)(scan->at - from) };
	scan->at++;
	return 0;
}

/* ---- Numbers and words -------------------------------------------------------------------------- */

static bool at_digit(const struct scan *scan)
{
	return scan->at < scan->end && is_digit(*scan->at);
}

static int digits(struct scan *scan)
{
	if (!at_digit(scan))
		return unexpected(scan, "a digit expected");
	while (at_digit(scan))
		scan->at++;
	return 0;
}

static bool take(struct scan *scan, char a, char b)
{
	if (scan->at == scan->end || (*scan->at != a && *scan->at != b))
		return false;
	scan->at++;
	return true;
}

int scan_number(struct scan *scan, struct str *ret)
{
	const char *from;

	scan_peek(scan);
	from = scan->at;
	take(scan, '-', '-');
	if (take(scan, '0', '0')) {
		if (at_digit(scan))
			return scan_fail(scan, "a number with a leading zero");
	} else if (digits(scan)) {
		return -1;
	}
	if (take(scan, '.', '.') && digits(scan))
		return -1;
	if (take(scan, 'e', 'E')) {
		take(scan, '+', '-');
		if (digits(scan))
			return -1;
	}
	*ret = (struct str){ from, (size_t)(scan->at - from) };
	if (ret->len > JSON_NUMBER_MAX)
		scan->has_long_number = true;
	return 0;
}

int scan_word(struct scan *scan, struct str word)
{
	size_t left = (size_t)(scan->end - scan->at);

	if (left < word.len || memcmp(scan->at, word.ptr, word.len) != 0)
		return scan_fail(scan, "a value expected");
	scan->at += word.len;
	return 0;
}

/* ---- Objects and lists -------------------------------------------------------------------------- */

int scan_open(struct scan *scan, char bracket)
{
	CHECK(scan->at < scan->end && *scan->at == bracket);
	if (scan->depth == JSON_DEPTH_MAX)
		return scan_fail(scan, "nested deeper than 32 levels");
	scan->depth++;
	scan->at++;
	return 0;
}

/* 1 before the next element, 0 behind the closing bracket. */
static int next(struct scan *scan, bool first, char close, const char *wrong)
{
	char c = scan_peek(scan);

	if (c == close) {
		scan->at++;
		scan->depth--;
		return 0;
	}
	if (first)
		return 1;
	if (c != ',')
		return unexpected(scan, wrong);
	scan->at++;
	return 1;
}

int scan_member(struct scan *scan, bool first, struct str *ret_name)
{
	int more = next(scan, first, '}', "',' or '}' expected");

	if (more <= 0)
		return more;
	if (scan_peek(scan) != '"')
		return unexpected(scan, "a member's name expected");
	if (scan_string(scan, ret_name))
		return -1;
	if (scan_peek(scan) != ':')
		return unexpected(scan, "':' expected");
	scan->at++;
	return 1;
}

int scan_item(struct scan *scan, bool first)
{
	return next(scan, first, ']', "',' or ']' expected");
}

static void remember(struct scan *scan, struct str name)
{
	if (scan->hash_count == scan->hash_cap) {
		size_t cap = scan->hash_cap ? scan->hash_cap * 2 : 32;
		uint64_t *hashes = arena_alloc_raw(scan->arena, cap * sizeof(*hashes));

		if (scan->hash_count)
			memcpy(hashes, scan->hashes, scan->hash_count * sizeof(*hashes));
		scan->hashes = hashes;
		scan->hash_cap = cap;
	}
	scan->hashes[scan->hash_count++] = hash_str(name);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Forgets the names of the object that has closed; they are those from `base` on. */
static void forget(struct scan *scan, size_t base)
{
	size_t count = scan->hash_count - base;

	scan->hash_count = base;
	if (count < 2)
		return;
	qsort(scan->hashes + base, count, sizeof(*scan->hashes), by_value);
	for (size_t i = base + 1; i < base + count; i++) {
		if (scan->hashes[i - 1] == scan->hashes[i])
			scan->has_repeated_name = true;
	}
}

static int skip_object(struct scan *scan)
{
	size_t base = scan->hash_count;
	struct str name, value;
	int more;

	if (scan_open(scan, '{'))
		return -1;
	for (more = scan_member(scan, true, &name); more > 0; more = scan_member(scan, false, &name)) {
		remember(scan, name);
		if (scan_value(scan, &value))
			return -1;
	}
	forget(scan, base);
	return more;
}

static int skip_list(struct scan *scan)
{
	struct str value;
	int more;

	if (scan_open(scan, '['))
		return -1;
	for (more = scan_item(scan, true); more > 0; more = scan_item(scan, false)) {
		if (scan_value(scan, &value))
			return -1;
	}
	return more;
}

static int skip(struct scan *scan)
{
	struct str ignored;

	switch (scan_peek(scan)) {
	case '{':
		return skip_object(scan);
	case '[':
		return skip_list(scan);
	case '"':
		return scan_string(scan, &ignored);
	case 't':
		return scan_word(scan, STR("true"));
	case 'f':
		return scan_word(scan, STR("false"));
	case 'n':
		return scan_word(scan, STR("null"));
	case '-':
	case '0' ... '9':
		return scan_number(scan, &ignored);
	default:
		return unexpected(scan, "a value expected");
	}
}

int scan_value(struct scan *scan, struct str *ret)
{
	const char *from;

	scan_peek(scan);
	from = scan->at;
	if (skip(scan))
		return -1;
	*ret = (struct str){ from, (size_t)(scan->at - from) };
	return 0;
}

int json_check(struct str text)
{
	/* Hashes of names and decoded strings are all it allocates: some 7 bytes for each byte of the text at worst. */
	struct arena *arena = arena_new(4096, text.len * 16 + 65536, NULL, NULL);
	struct str value;
	struct scan scan;
	int error;

	scan_init(&scan, arena, text);
	error = scan_utf8(&scan) || scan_value(&scan, &value) || scan_end(&scan);
	arena_free(arena);
	return error || scan.has_nul || scan.has_repeated_name || scan.has_long_number ? -1 : 0;
}
