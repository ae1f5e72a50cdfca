/* SPDX-License-Identifier: Apache-2.0 */
#include "db/conninfo.h"

#include <stdio.h>
#include <string.h>

#include <libpq-fe.h>

int conninfo_check(const char *conninfo, char *error, size_t size)
{
	char *message = NULL;
	PQconninfoOption *options = PQconninfoParse(conninfo, &message);

	if (options) {
		PQconninfoFree(options);
		return 0;
	}
	snprintf(error, size, "%.*s", message ? (int)strcspn(message, "\n") : 13, message ? message : "out of memory");
	PQfreemem(message);
	return -1;
}
