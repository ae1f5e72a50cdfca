/* SPDX-License-Identifier: Apache-2.0 */
/* What every test of this package includes first, in the order cmocka asks for. */
#ifndef STOA_HTTP_TEST_MAIN_H
#define STOA_HTTP_TEST_MAIN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"

/* Both null, or the same bytes. */
#define assert_str(actual, expected) \
	do { \
		struct str actual_ = (actual); \
		struct str expected_ = (expected); \
		if (!str_eq(actual_, expected_)) \
			print_error("got \"%.*s\", not \"%.*s\"\n", STR_ARG(actual_), STR_ARG(expected_)); \
		assert_true(str_eq(actual_, expected_)); \
	} while (0)

#endif
