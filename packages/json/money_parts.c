/* SPDX-License-Identifier: Apache-2.0 */
#include "json/money_parts.h"

SCHEMA_DEFINE(MONEY_SHAPES)
