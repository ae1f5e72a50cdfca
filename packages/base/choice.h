/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Choices: an enum and the words it has in JSON, in SQL and in what people read, from one list in a header:
 *
 *     #define SUBSTITUTIONS(X)            \
 *             X(SUBSTITUTION, best_match) \
 *             X(SUBSTITUTION, refund)
 *     CHOICE_ENUM(substitution, SUBSTITUTIONS)      enum substitution { SUBSTITUTION_best_match = 1, .. },
 *                                                   extern const struct choice substitution_choice
 *
 * and CHOICE_TABLE(substitution, SUBSTITUTIONS) in one .c file. The enum begins with substitution_none (0: absent) and
 * ends with substitution_count.
 */
#ifndef STOA_BASE_CHOICE_H
#define STOA_BASE_CHOICE_H

#include "base/str.h"

/* Names of an enum whose values count from 1; index 0 is NULL and the table ends with NULL. */
struct choice {
	const char *name;
	const char *const *names;
};

#define CHOICE_VALUE(PREFIX, name) PREFIX##_##name,
#define CHOICE_NAME(PREFIX, name)  #name,
#define CHOICE_ENUM(tag, ROWS) \
	enum tag { tag##_none = 0, ROWS(CHOICE_VALUE) tag##_count }; \
	extern const struct choice tag##_choice;
#define CHOICE_TABLE(tag, ROWS) \
	static const char *const tag##_names[] = { NULL, ROWS(CHOICE_NAME) NULL }; \
	const struct choice tag##_choice = { .name = #tag, .names = tag##_names };

/* 0 when the text names none of them. */
int choice_parse(const struct choice *choice, struct str text);
struct str choice_text(const struct choice *choice, int value); /* null for 0; value in range, asserted */

#endif
