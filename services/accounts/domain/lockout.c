/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/domain/lockout.h"

int64_t lockout_until(const int64_t *tries, size_t count, int64_t now_us, int64_t max, int64_t window_us)
{
	size_t limit = (size_t)max;

	if (max <= 0 || count < limit)
		return 0;
	int64_t end = tries[count - limit] + window_us;

	return end > now_us ? end : 0;
}
