/* SPDX-License-Identifier: Apache-2.0 */
/* Where Redis is, out of one line of configuration. */
#ifndef STOA_CONFIG_REDIS_URL_H
#define STOA_CONFIG_REDIS_URL_H

#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"

struct redis_url {
	char host[256]; /* name or address; empty: a Unix socket */
	char path[108];
	char user[65]; /* empty: the default user */
	char password[257];
	int64_t port, db;
};

/* redis://[[user]:password@]host[:port][/db], redis://[::1]:6379, unix:///path[?db=n]. Passwords may be
 * percent-encoded. 0, or -1 when it is not one of these or a part is too long: *ret_takes says what it takes (static), *ret
 * is unspecified. */
MUST_CHECK int redis_url_parse(struct redis_url *ret, struct str url, const char **ret_takes);

#endif
