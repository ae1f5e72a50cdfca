/* SPDX-License-Identifier: Apache-2.0 */
/* refused: static assertion failed: "status does not have the C type of a str" */
#include "service/audit.h"

#define AUDIT_SHORT(X, T)    X(T, str, code, status, .max = 10, .doc = "A number")
#define SHAPES(STRUCT, OVER) OVER(audit_short, AUDIT_SHORT, struct sql_audit_row, "Part of a row")
SCHEMA_DECLARE(SHAPES)
SCHEMA_DEFINE(SHAPES)
