/* SPDX-License-Identifier: Apache-2.0 */
/* Which of a name's addresses is tried. A name can stand for several, of which some do not answer (::1 for a server on
 * 127.0.0.1): each attempt that fails moves on to the next. */
#ifndef STOA_BASE_ADDRESS_H
#define STOA_BASE_ADDRESS_H

#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

/* The address after `failures` of those found (as of getaddrinfo), as digits and with its NUL, to `ret` of `size` bytes.
 * false: none was found, or it does not fit. */
MUST_CHECK bool address_choose(const struct addrinfo *found, unsigned failures, char *ret, size_t size);

#endif
