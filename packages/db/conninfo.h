/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STOA_DB_CONNINFO_H
#define STOA_DB_CONNINFO_H

#include <stddef.h>

#include "base/attr.h"

/* Whether libpq knows every key of a connection string, without connecting. 0; or -1 with what is wrong in `error`, one
 * line. The string is well-formed (config/formats.h): of a malformed one libpq might repeat a password. */
MUST_CHECK int conninfo_check(const char *conninfo, char *error, size_t size);

#endif
