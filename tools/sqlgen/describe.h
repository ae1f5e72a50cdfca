/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks PostgreSQL what a statement takes and gives: prepares it and fills in the types and the columns. The table of
 * types is the one of packages/db/sql.h.
 */
#ifndef STOA_SQLGEN_DESCRIBE_H
#define STOA_SQLGEN_DESCRIBE_H

#include <libpq-fe.h>

#include "base/arena.h"
#include "base/attr.h"
#include "tools/sqlgen/reader.h"

/* Fills types and columns. 0, or -1 with the error. */
MUST_CHECK int sqlgen_describe(struct arena *arena, PGconn *conn, struct sqlgen_statement *statement,
                               struct sqlgen_error *ret);

/* A choice that no described statement of its file has a value for is refused. 0, or -1 with a statement of that file
 * and the error. */
MUST_CHECK int sqlgen_check_choices(const struct sqlgen_list *list, const struct sqlgen_statement **ret_statement,
                                    struct sqlgen_error *ret);

#endif
