/* SPDX-License-Identifier: Apache-2.0 */
/* Text encodings of bytes (RFC 4648), percent-encoding (RFC 3986) and UTF-8 (RFC 3629). Parsers are strict: -1 on
 * any foreign character, bad length or non-zero trailing bits. Results live in the arena. */
#ifndef STOA_BASE_ENCODE_H
#define STOA_BASE_ENCODE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"

struct str hex_encode(struct arena *arena, struct str bytes); /* lower case */
MUST_CHECK int hex_decode(struct arena *arena, struct str text, struct str *ret);

struct str base64_encode(struct arena *arena, struct str bytes);    /* padded */
struct str base64url_encode(struct arena *arena, struct str bytes); /* not padded */
MUST_CHECK int base64_decode(struct arena *arena, struct str text, struct str *ret);
MUST_CHECK int base64url_decode(struct arena *arena, struct str text, struct str *ret);

/* -1 on a bad escape, an escaped NUL, or bytes that are not UTF-8. `plus_is_space` for queries. */
MUST_CHECK int percent_decode(struct arena *arena, struct str text, bool plus_is_space, struct str *ret);
struct str percent_encode(struct arena *arena, struct str text); /* all but unreserved */

/* Shortest form, no surrogates, at most U+10FFFF. */
bool utf8_valid(struct str text);
size_t utf8_count(struct str text); /* code points; text must be valid */
/* Bytes of the code point that text (not empty, asserted) begins with; 0 if that is not valid. */
size_t utf8_first(struct str text);
/* Makes bytes that were cut somewhere valid, in place: drops a character that lacks its end, and puts '?' for every
 * other byte that is none, NUL included. Returns the length, at most `len`. */
size_t utf8_mend(char *text, size_t len);

#endif
