/* SPDX-License-Identifier: Apache-2.0 */
#include "http/proxy.h"

#include <arpa/inet.h>

#include "base/check.h"

static const uint8_t mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

static bool is_mapped(const struct address *address)
{
	return memcmp(address->bytes, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

/* "[::1]:80", "[::1]", "1.2.3.4:80" without brackets and port; anything else as it is. */
static struct str without_port(struct str text)
{
	const char *colon;

	if (text.len && text.ptr[0] == '[') {
		const char *end = memchr(text.ptr, ']', text.len);

		return end ? str_slice(text, 1, (size_t)(end - text.ptr)) : text;
	}
	colon = memchr(text.ptr, ':', text.len);
	if (colon && !memchr(colon + 1, ':', (size_t)(text.ptr + text.len - colon - 1)))
		return str_slice(text, 0, (size_t)(colon - text.ptr));
	return text;
}

int address_parse(struct str text, struct address *ret)
{
	char cstr[ADDRESS_TEXT_MAX];
	struct address address;

	if (!text.len)
		return -1;
	text = without_port(text);
	if (!text.len || text.len >= sizeof(cstr) || memchr(text.ptr, '\0', text.len))
		return -1;
	memcpy(cstr, text.ptr, text.len);
	cstr[text.len] = '\0';
	if (inet_pton(AF_INET6, cstr, address.bytes) != 1) {
		memcpy(address.bytes, mapped_prefix, sizeof(mapped_prefix));
		if (inet_pton(AF_INET, cstr, address.bytes + sizeof(mapped_prefix)) != 1)
			return -1;
	}
	*ret = address;
	return 0;
}

size_t address_format(const struct address *address, char out[ADDRESS_TEXT_MAX])
{
	const char *text = is_mapped(address)
	                           ? inet_ntop(AF_INET, address->bytes + sizeof(mapped_prefix), out, ADDRESS_TEXT_MAX)
	                           : inet_ntop(AF_INET6, address->bytes, out, ADDRESS_TEXT_MAX);

	CHECK(text);
	return strlen(text);
}

struct address address_network(const struct address *address)
{
	struct address network = *address;

	if (!is_mapped(address))
		memset(network.bytes + 8, 0, 8);
	return network;
}

static int network_parse(struct str text, struct address *ret_net, int *ret_bits)
{
	struct str rest = text;
	struct str address = str_cut(&rest, '/');
	int64_t bits;
	int most;

	if (address_parse(address, ret_net))
		return -1;
	most = is_mapped(ret_net) ? 32 : 128;
	bits = most;
	if (!str_is_null(rest) && (str_to_i64(rest, &bits) || bits < 0 || bits > most))
		return -1;
	*ret_bits = (int)bits + 128 - most;
	return 0;
}

int proxies_parse(struct str text, struct proxies *ret)
{
	struct proxies proxies = { 0 };
	struct str rest = text.len ? text : STR_NULL;

	while (!str_is_null(rest)) {
		struct str item = str_trim(str_cut(&rest, ','));

		if (str_eq(item, STR("unix"))) {
			proxies.unix_socket = true;
			continue;
		}
		if (proxies.count == PROXIES_MAX ||
		    network_parse(item, &proxies.items[proxies.count].net, &proxies.items[proxies.count].bits))
			return -1;
		proxies.count++;
	}
	*ret = proxies;
	return 0;
}

static bool in_network(const struct address *address, const struct address *net, int bits)
{
	size_t whole = (size_t)bits / 8;
	int rest = bits % 8;

	if (memcmp(address->bytes, net->bytes, whole) != 0)
		return false;
	return !rest || (address->bytes[whole] ^ net->bytes[whole]) >> (8 - rest) == 0;
}

bool proxies_trust(const struct proxies *proxies, const struct address *address)
{
	for (size_t i = 0; i < proxies->count; i++)
		if (in_network(address, &proxies->items[i].net, proxies->items[i].bits))
			return true;
	return false;
}

static struct str cut_last(struct str *list)
{
	const char *comma = list->len ? memrchr(list->ptr, ',', list->len) : NULL;
	struct str last = *list;

	if (!comma) {
		*list = STR_NULL;
		return last;
	}
	last = str_slice(*list, (size_t)(comma - list->ptr) + 1, list->len);
	list->len = (size_t)(comma - list->ptr);
	return last;
}

int forwarded_client(const struct proxies *proxies, struct str forwarded_for, struct address *ret)
{
	struct address address;
	int found = -1;

	while (!str_is_null(forwarded_for)) {
		if (address_parse(str_trim(cut_last(&forwarded_for)), &address))
			break;
		*ret = address;
		found = 0;
		if (!proxies_trust(proxies, &address))
			break;
	}
	return found;
}
