/* SPDX-License-Identifier: Apache-2.0 */
#include "json/sample.h"

CHOICE_TABLE(sample_shortage, SAMPLE_SHORTAGES)
SCHEMA_DEFINE(SAMPLE_SHAPES)
SCHEMA_DEFINE(SAMPLE_ROW_SHAPES)
