/* SPDX-License-Identifier: Apache-2.0 */
/* refused: '__format' undeclared */
#include "json/schema.h"

#define PERSON(X, T)         X(T, str, _, name, .max = 10, .doc = "A line, a block, or what?")
#define SHAPES(STRUCT, OVER) STRUCT(person, PERSON, "A person")
SCHEMA_DECLARE(SHAPES)
SCHEMA_DEFINE(SHAPES)
