/* SPDX-License-Identifier: Apache-2.0 */
#include "base/check.h"

void check_failed(const char *file, int line, const char *expression)
{
	fprintf(stderr, "%s:%d: check failed: %s\n", file, line, expression);
	fflush(stderr);
	abort();
}
