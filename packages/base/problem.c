/* SPDX-License-Identifier: Apache-2.0 */
#include "base/problem.h"

#include <stddef.h>

PROBLEMS_GENERAL(PROBLEM_DEFINE)

const struct problem *const problems_general[] = { PROBLEMS_GENERAL(PROBLEM_POINTER) NULL };
