/* SPDX-License-Identifier: Apache-2.0 */
/* Assertions mean a bug in our code: they are compiled into every build and never see input. */
#ifndef STOA_BASE_CHECK_H
#define STOA_BASE_CHECK_H

#include <stddef.h>

#include "base/attr.h"

/* Prints file, line and expression on standard error and aborts. */
NORETURN void check_failed(const char *file, int line, const char *expression);

#define CHECK(expression) ((expression) ? (void)0 : check_failed(__FILE__, __LINE__, #expression))

#define ARRAY_COUNT(array)              (sizeof(array) / sizeof((array)[0]))
#define CONTAINER_OF(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

#endif
