/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that people write, in the one form in which it is stored and compared (utf8proc's tables, Unicode 15).
 *
 * A line and a block lose the white space at their ends and are normalised to NFC (UAX 15). They refuse what cannot be
 * seen and changes what is seen: controls, overrides and isolates of direction, invisible fillers and formats, private
 * use, noncharacters, and more than 30 combining marks in a row (the Stream-Safe limit, which also bounds the work).
 * Joiners (U+200C, U+200D), the marks of direction (U+200E, U+200F, U+061C) and variation selectors stay, because
 * honest Persian, Indic and Hebrew text and emoji have them; a text that has nothing else is empty. Unassigned
 * characters stay: next year's letters are among them.
 *
 * ASCII is looked at once and never copied. Text must be valid UTF-8, but for a password.
 */
#ifndef STOA_BASE_UNICODE_H
#define STOA_BASE_UNICODE_H

#include "base/attr.h"
#include "base/str.h"

struct arena;

/* Replaces *text by its clean form, in the arena where it differs. NULL, or the rule that is broken ("must ..") with
 * *text untouched. A line has no line ends; of a block they become LF, and tabs stay. */
MUST_CHECK const char *unicode_line(struct arena *arena, struct str *text);
MUST_CHECK const char *unicode_block(struct arena *arena, struct str *text);

/* A password as it is compared: the OpaqueString of RFC 8265, every space U+0020, then NFC. The text itself where
 * nothing differs, or where a run of more than 30 marks makes normalising it dear. */
struct str unicode_password(struct arena *arena, struct str text);

#endif
