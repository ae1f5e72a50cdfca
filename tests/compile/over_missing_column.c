/* SPDX-License-Identifier: Apache-2.0 */
/* refused: 'struct sql_audit_row' has no member named 'colour' */
#include "service/audit.h"

#define AUDIT_SHORT(X, T)    X(T, str, line, colour, .max = 10, .doc = "No column")
#define SHAPES(STRUCT, OVER) OVER(audit_short, AUDIT_SHORT, struct sql_audit_row, "Part of a row")
SCHEMA_DECLARE(SHAPES)
SCHEMA_DEFINE(SHAPES)
