/* SPDX-License-Identifier: Apache-2.0 */
/* Characters of ASCII, in any locale. */
#ifndef STOA_BASE_ASCII_H
#define STOA_BASE_ASCII_H

#include <stdbool.h>

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

#endif
