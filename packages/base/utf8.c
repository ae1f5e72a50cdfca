/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 as in RFC 3629: what may follow a lead byte depends on it (section 4), which is what keeps out overlong
 * forms, surrogates and code points past U+10FFFF. */
#include "base/check.h"
#include "base/encode.h"

#define HIGH_BITS UINT64_C(0x8080808080808080)

static bool between(unsigned char c, unsigned char low, unsigned char high)
{
	return c >= low && c <= high;
}

/* Length of the sequence at `s`, or 0 if there is no valid one within `left` bytes. */
static size_t sequence(const unsigned char *s, size_t left)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t len;

	if (between(s[0], 0xc2, 0xdf))
		len = 2;
	else if (between(s[0], 0xe0, 0xef))
		len = 3;
	else if (between(s[0], 0xf0, 0xf4))
		len = 4;
	else
		return s[0] < 0x80;

	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (left < len || !between(s[1], low, high))
		return 0;
	for (size_t i = 2; i < len; i++) {
		if (!between(s[i], 0x80, 0xbf))
			return 0;
	}
	return len;
}

bool utf8_valid(struct str text)
{
	const unsigned char *s = (const unsigned char *)text.ptr;
	size_t at = 0;

	while (at < text.len) {
		uint64_t word = HIGH_BITS;
		size_t len;

		if (text.len - at >= sizeof(word))
			memcpy(&word, s + at, sizeof(word));
		len = word & HIGH_BITS ? sequence(s + at, text.len - at) : sizeof(word);
		if (len == 0)
			return false;
		at += len;
	}
	return true;
}

size_t utf8_count(struct str text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
	return count;
}

size_t utf8_first(struct str text)
{
	CHECK(text.len > 0);
	return sequence((const unsigned char *)text.ptr, text.len);
}

/* Whether the bytes from here to the end are the beginning of a character. */
static bool is_unfinished(const unsigned char *s, size_t left)
{
	size_t want = s[0] < 0xc2 || s[0] > 0xf4 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	for (size_t i = 1; i < left; i++)
		if (!between(s[i], 0x80, 0xbf))
			return false;
	return left < want;
}

size_t utf8_mend(char *text, size_t len)
{
	for (size_t at = 0; at < len;) {
		const unsigned char *here = (const unsigned char *)text + at;
		size_t bytes = sequence(here, len - at);

		if (bytes && text[at]) {
			at += bytes;
			continue;
		}
		if (is_unfinished(here, len - at))
			return at;
		text[at++] = '?';
	}
	return len;
}
