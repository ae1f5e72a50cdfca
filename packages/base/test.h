/* SPDX-License-Identifier: Apache-2.0 */
/* What every unit test includes: cmocka with the headers that it needs but does not include, and comparisons of our own
 * types. */
#ifndef STOA_BASE_TEST_H
#define STOA_BASE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/str.h"

/* Same bytes, and both null or neither; prints both strings when they differ. */
static inline void expect_str(struct str got, struct str want, const char *file, int line)
{
	if (str_eq(got, want))
		return;
	print_error("got  [%zu] %.*s%s\nwant [%zu] %.*s%s\n", got.len, STR_ARG(got), got.ptr ? "" : "(null)", want.len,
	            STR_ARG(want), want.ptr ? "" : "(null)");
	_fail(file, line);
}

/* fail_msg for files that see task.h, whose fail() replaces cmocka's. */
#define test_fail(...) \
	do { \
		print_error(__VA_ARGS__); \
		print_error("\n"); \
		_fail(__FILE__, __LINE__); \
	} while (0)

#define assert_str(got, want) expect_str((got), (want), __FILE__, __LINE__)

#endif
