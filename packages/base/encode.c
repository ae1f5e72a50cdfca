/* SPDX-License-Identifier: Apache-2.0 */
#include "base/encode.h"

#include "base/arena.h"
#include "base/check.h"

static const char standard_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte two digits stand for, or -1. */
static int hex_pair(const char *text)
{
	int high = hex_value(text[0]), low = hex_value(text[1]);

	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

struct str hex_encode(struct arena *arena, struct str bytes)
{
	static const char digits[] = "0123456789abcdef";
	char *out = arena_array(arena, bytes.len, 2);

	for (size_t i = 0; i < bytes.len; i++) {
		out[2 * i] = digits[(unsigned char)bytes.ptr[i] >> 4];
		out[2 * i + 1] = digits[(unsigned char)bytes.ptr[i] & 15];
	}
	return (struct str){ out, bytes.len * 2 };
}

int hex_decode(struct arena *arena, struct str text, struct str *ret)
{
	char *out;

	if (text.len % 2)
		return -1;
	out = arena_alloc_raw(arena, text.len / 2);
	for (size_t i = 0; i < text.len; i += 2) {
		int byte = hex_pair(text.ptr + i);

		if (byte < 0)
			return -1;
		out[i / 2] = (char)byte;
	}
	*ret = (struct str){ out, text.len / 2 };
	return 0;
}

/* Writes the two to four digits of one to three bytes; returns how many. */
static size_t encode_group(const char *digits, const char *bytes, size_t count, char *out)
{
	uint32_t group = 0;

	for (size_t i = 0; i < 3; i++)
		group = group << 8 | (i < count ? (unsigned char)bytes[i] : 0);
	for (size_t i = 0; i <= count; i++)
		out[i] = digits[group >> (18 - 6 * i) & 63];
	return count + 1;
}

static struct str encode_base64(struct arena *arena, struct str bytes, const char *digits, bool padded)
{
	char *out = arena_array(arena, bytes.len / 3 + 1, 4);
	size_t len = 0;

	for (size_t at = 0; at < bytes.len; at += 3) {
		size_t left = bytes.len - at;

		len += encode_group(digits, bytes.ptr + at, left < 3 ? left : 3, out + len);
	}
	while (padded && len % 4)
		out[len++] = '=';
	return (struct str){ out, len };
}

struct str base64_encode(struct arena *arena, struct str bytes)
{
	return encode_base64(arena, bytes, standard_digits, true);
}

struct str base64url_encode(struct arena *arena, struct str bytes)
{
	return encode_base64(arena, bytes, url_digits, false);
}

/* `last` is the pair of digits 62 and 63. */
static int base64_value(char c, const char *last)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == last[0])
		return 62;
	return c == last[1] ? 63 : -1;
}

static int decode_base64(struct arena *arena, struct str text, const char *last, struct str *ret)
{
	char *out = arena_alloc_raw(arena, text.len / 4 * 3 + 3);
	uint32_t bits = 0;
	int count = 0;
	size_t len = 0;

	if (text.len % 4 == 1)
		return -1;
	for (size_t i = 0; i < text.len; i++) {
		int value = base64_value(text.ptr[i], last);

		if (value < 0)
			return -1;
		bits = bits << 6 | (uint32_t)value;
		count += 6;
		if (count >= 8) {
			count -= 8;
			out[len++] = (char)(bits >> count);
		}
	}
	if (bits & ((1u << count) - 1))
		return -1;
	*ret = (struct str){ out, len };
	return 0;
}

int base64_decode(struct arena *arena, struct str text, struct str *ret)
{
	size_t padding = 0;

	if (text.len % 4)
		return -1;
	while (padding < 2 && padding < text.len && text.ptr[text.len - 1 - padding] == '=')
		padding++;
	return decode_base64(arena, str_slice(text, 0, text.len - padding), standard_digits + 62, ret);
}

int base64url_decode(struct arena *arena, struct str text, struct str *ret)
{
	return decode_base64(arena, text, url_digits + 62, ret);
}

int percent_decode(struct arena *arena, struct str text, bool plus_is_space, struct str *ret)
{
	struct str decoded = { arena_alloc_raw(arena, text.len), 0 };
	char *out = (char *)decoded.ptr;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '%') {
			int byte = text.len - i > 2 ? hex_pair(text.ptr + i + 1) : -1;

			if (byte <= 0)
				return -1;
			c = (char)byte;
			i += 2;
		} else if (c == '+' && plus_is_space) {
			c = ' ';
		}
		out[decoded.len++] = c;
	}
	if (!utf8_valid(decoded))
		return -1;
	*ret = decoded;
	return 0;
}

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
	       c == '_' || c == '~';
}

struct str percent_encode(struct arena *arena, struct str text)
{
	static const char digits[] = "0123456789ABCDEF";
	char *out = arena_array(arena, text.len, 3);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (is_unreserved(text.ptr[i])) {
			out[len++] = text.ptr[i];
			continue;
		}
		out[len++] = '%';
		out[len++] = digits[c >> 4];
		out[len++] = digits[c & 15];
	}
	return (struct str){ out, len };
}
