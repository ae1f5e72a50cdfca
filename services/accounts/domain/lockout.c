/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/domain/lockout.h"

#include <arpa/inet.h>

int64_t lockout_until(const int64_t *tries, size_t count, int64_t now_us, int64_t max, int64_t window_us)
{
	size_t limit = (size_t)max;

	if (max <= 0 || count < limit)
		return 0;
	int64_t end = tries[count - limit] + window_us;

	return end > now_us ? end : 0;
}

struct str lockout_network(struct str client, char out[LOCKOUT_NETWORK_MAX])
{
	char text[LOCKOUT_NETWORK_MAX];
	struct in6_addr address;

	if (client.len >= sizeof(text))
		return client;
	memcpy(text, client.ptr, client.len);
	text[client.len] = '\0';
	if (inet_pton(AF_INET6, text, &address) != 1 || IN6_IS_ADDR_V4MAPPED(&address))
		return client;
	memset(&address.s6_addr[8], 0, 8);
	inet_ntop(AF_INET6, &address, out, LOCKOUT_NETWORK_MAX);
	return str_from(out);
}
