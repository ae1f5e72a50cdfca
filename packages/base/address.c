/* SPDX-License-Identifier: Apache-2.0 */
#include "base/address.h"

bool address_choose(const struct addrinfo *found, unsigned failures, char *ret, size_t size)
{
	unsigned count = 0;

	for (const struct addrinfo *at = found; at; at = at->ai_next)
		count++;
	if (count == 0)
		return false;
	for (unsigned skip = failures % count; skip > 0; skip--)
		found = found->ai_next;
	return !getnameinfo(found->ai_addr, found->ai_addrlen, ret, (socklen_t)size, NULL, 0, NI_NUMERICHOST);
}
