/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/api.h"

SCHEMA_DEFINE(OPS_SHAPES)

OPS_PROBLEMS(PROBLEM_DEFINE)
