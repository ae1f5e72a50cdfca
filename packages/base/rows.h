/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Constant tables that know their length: a struct { const X *items; size_t count; }, filled in by LIST. A table that
 * ends with an empty row loses all rows behind it when one is empty, and runs on when the last one is forgotten.
 *
 *     struct words { const char *const *items; size_t count; };
 *     static const struct words colours = LIST(const char *const, "red", "green");
 *
 * For objects of static storage; inside a function the items would end with it.
 */
#ifndef STOA_BASE_ROWS_H
#define STOA_BASE_ROWS_H

#include <stddef.h>

#define LIST(type, ...) \
	{ \
		.items = (type[]){ __VA_ARGS__ }, .count = sizeof((type[]){ __VA_ARGS__ }) / sizeof(type), \
	}

/* Of an array, in its braces. */
#define LIST_OF(array) \
	{ \
		.items = (array), .count = sizeof(array) / sizeof(*(array)) \
	}

#endif
