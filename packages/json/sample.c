/* SPDX-License-Identifier: Apache-2.0 */
#include "json/sample.h"

CHOICE_TABLE(sample_shortage, SAMPLE_SHORTAGES)
SCHEMA_TABLE(sample_line, SAMPLE_LINE, "One line of an order")
SCHEMA_TABLE(sample_address, SAMPLE_ADDRESS, "Where to")
SCHEMA_TABLE(sample_node, SAMPLE_NODE, "A shape that holds itself")
SCHEMA_TABLE(sample_order, SAMPLE_ORDER, "Every kind there is")
SCHEMA_TABLE(sample_line_page, SAMPLE_LINE_PAGE, "A page of lines")
SCHEMA_TABLE(sample_query, SAMPLE_QUERY, "Query parameters")
