/* SPDX-License-Identifier: Apache-2.0 */
#include "json/money_parts.h"

SCHEMA_TABLE(money_parts, MONEY_PARTS, "An amount of money in whole minor units")
