/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar of RFC 8259 and nothing else: tokens, nesting and values that are only checked and stepped over. What a
 * value means is decided in read.c.
 *
 * Functions return 0, or -1 with `wrong` set and `at` on the offending byte; from then on the scan is over. Peculiar
 * but well-formed text (U+0000, repeated names, very long numbers) raises a flag instead, because it breaks a rule of
 * its field, not of the grammar.
 */
#ifndef STOA_JSON_SCAN_H
#define STOA_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"

struct arena;

struct scan {
	const char *start;
	const char *at;
	const char *end;
	struct arena *arena; /* decoded strings, and the hashes of names of free-form objects */
	const char *wrong;   /* in words that go before "at byte 12" */
	int depth;           /* objects and lists open */
	bool has_nul;
	bool has_repeated_name;
	bool has_long_number;
	uint64_t *hashes; /* of the names seen in the free-form objects that are open, innermost last */
	size_t hash_count;
	size_t hash_cap;
};

void scan_init(struct scan *scan, struct arena *arena, struct str text);
MUST_CHECK int scan_fail(struct scan *scan, const char *wrong); /* -1, and keeps the first */
MUST_CHECK int scan_utf8(struct scan *scan);                    /* the whole text; the others rely on it */
MUST_CHECK int scan_end(struct scan *scan);                     /* nothing but white space may follow */

/* Steps over white space; the next byte, or 0 at the end. */
char scan_peek(struct scan *scan);

/* One token each, at the current place. A string without escapes borrows the text. */
MUST_CHECK int scan_string(struct scan *scan, struct str *ret);
MUST_CHECK int scan_number(struct scan *scan, struct str *ret);
MUST_CHECK int scan_word(struct scan *scan, struct str word); /* true, false, null */

/* Walk an object or list that peek has seen open:
 *     for (scan_open(s, '{'), more = scan_member(s, true, &name); more > 0; more = scan_member(s, false, &name))
 * 1 stands before a value, 0 when it has closed, -1 as above. */
MUST_CHECK int scan_open(struct scan *scan, char bracket);
MUST_CHECK int scan_member(struct scan *scan, bool first, struct str *ret_name);
MUST_CHECK int scan_item(struct scan *scan, bool first);

/* Steps over one value of any kind; *ret is its text. */
MUST_CHECK int scan_value(struct scan *scan, struct str *ret);

/* How many bytes from `at` on need no escape: neither quote nor backslash nor control character. */
size_t scan_plain(const char *at, const char *end);

#endif
