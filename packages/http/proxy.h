/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The address of the client: the peer's, unless the peer is a trusted proxy. Then X-Forwarded-For is read from the
 * right, past every trusted address, to the first that is not trusted. Everything to the left of that may be forged.
 */
#ifndef STOA_HTTP_PROXY_H
#define STOA_HTTP_PROXY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"

enum { ADDRESS_TEXT_MAX = 46, PROXIES_MAX = 32 };

/* IPv4 is kept as IPv4-mapped IPv6, so both compare alike. */
struct address {
	uint8_t bytes[16];
};

struct proxies {
	struct {
		struct address net;
		int bits; /* of 128 */
	} items[PROXIES_MAX];
	size_t count;
	bool unix_socket; /* the word "unix": every peer on our socket file */
};

/* "127.0.0.1,::1,10.0.0.0/8,unix"; empty trusts nobody. 0, or -1: malformed, or more than PROXIES_MAX. */
MUST_CHECK int proxies_parse(struct str text, struct proxies *ret);
bool proxies_trust(const struct proxies *proxies, const struct address *address);

/* An address, with or without port or brackets. 0 or -1. */
MUST_CHECK int address_parse(struct str text, struct address *ret);
/* Without what one customer chooses: of IPv6 the last 64 bits are 0; IPv4 stays. */
struct address address_network(const struct address *address);
/* Canonical text (IPv4 dotted); the length written, no NUL. */
size_t address_format(const struct address *address, char out[ADDRESS_TEXT_MAX]);

/* Of a header value, given that the peer is trusted. 0, or -1 when it names nobody. Malformed entries end the walk: the
 * last good one counts. */
MUST_CHECK int forwarded_client(const struct proxies *proxies, struct str forwarded_for, struct address *ret);

#endif
