/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strings are a pointer and a length; only str_cstr, for libraries, ends them with a NUL. A str never owns its bytes:
 * they belong to an arena, a buffer or the program. `ptr == NULL` is the null string ("absent", SQL NULL, JSON null);
 * an empty string has a pointer and length 0.
 */
#ifndef STOA_BASE_STR_H
#define STOA_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena;

struct str {
	const char *ptr;
	size_t len;
};

#define STR(literal) ((struct str){ "" literal, sizeof(literal) - 1 })
#define STR_NULL     ((struct str){ NULL, 0 })

/* For printf: "%.*s", STR_ARG(s). */
#define STR_ARG(s) (int)(s).len, (s).len ? (s).ptr : ""

/* Borrows a NUL-terminated string; NULL gives STR_NULL. */
struct str str_from(const char *cstr);

bool str_is_null(struct str s);
bool str_eq(struct str a, struct str b);        /* null equals only null */
bool str_eq_nocase(struct str a, struct str b); /* ASCII letters only */
int str_cmp(struct str a, struct str b);        /* bytes, like memcmp; shorter first */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
bool str_has_char(struct str s, char c);
struct str str_slice(struct str s, size_t from, size_t to); /* from <= to <= len, asserted */
struct str str_trim(struct str s);                          /* spaces and tabs at both ends */

/* Cuts `*rest` at the first `sep`: returns what stood before it and leaves what follows. Without a
 * `sep` returns all and leaves *rest null, so `while (!str_is_null(rest))` walks the parts. */
struct str str_cut(struct str *rest, char sep);

/* Whole string as a decimal integer, sign allowed, no blanks. 0, or -1 (not a number, or out of range):
 * *ret is untouched then. */
MUST_CHECK int str_to_i64(struct str s, int64_t *ret);

/* Decimal digits with a minus sign where due. Writes at most I64_TEXT_MAX bytes, no NUL, returns how many. */
enum { I64_TEXT_MAX = 20 };
size_t i64_format(int64_t value, char out[I64_TEXT_MAX]);

/* Copies into the arena; null stays null. str_cstr adds the NUL that libraries need. A NUL among the bytes would end
 * the library's string early, so text from outside that has one must be refused before. */
struct str str_dup(struct arena *arena, struct str s);
char *str_cstr(struct arena *arena, struct str s);
struct str str_lower(struct arena *arena, struct str s); /* ASCII */
PRINTF_LIKE(2, 3) struct str str_printf(struct arena *arena, const char *format, ...);

#endif
