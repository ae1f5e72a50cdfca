/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the generated header and source of one .sql file out of the described statements of all files of a run. */
#ifndef STOA_SQLGEN_EMIT_H
#define STOA_SQLGEN_EMIT_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"
#include "tools/sqlgen/reader.h"

struct sqlgen_module {
	struct str name;                      /* "orders" */
	struct str file;                      /* "services/commerce/orders/orders.sql" */
	const struct sqlgen_list *statements; /* of all files: rows may be shared */
};

/* Statements that share a row by row(name) must give the same columns. 0, or -1 with the error and the statement. */
MUST_CHECK int sqlgen_check_rows(const struct sqlgen_list *list, const struct sqlgen_statement **ret_statement,
                                 struct sqlgen_error *ret);

/* Parameters that the row of from(name) has, of the same types, are marked. 0, or -1 with the error and the statement. */
MUST_CHECK int sqlgen_check_from(const struct sqlgen_list *list, const struct sqlgen_statement **ret_statement,
                                 struct sqlgen_error *ret);

void sqlgen_emit_header(const struct sqlgen_module *module, struct buf *out);
void sqlgen_emit_source(const struct sqlgen_module *module, struct buf *out);

#endif
