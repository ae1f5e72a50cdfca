/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of a listing for programs: one JSON object a line. */
#ifndef STOA_APPS_STOA_JSON_LINE_H
#define STOA_APPS_STOA_JSON_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/uuid.h"

struct json_line {
	struct buf buf;
};

void json_line_begin(struct json_line *line);
/* A null text writes null. */
void json_line_text(struct json_line *line, const char *name, struct str value);
void json_line_number(struct json_line *line, const char *name, int64_t value);
void json_line_id(struct json_line *line, const char *name, struct uuid value);
/* Microseconds, as RFC 3339. */
void json_line_time(struct json_line *line, const char *name, int64_t value_us);
/* A value that is JSON already; null writes null. */
void json_line_json(struct json_line *line, const char *name, struct str value);
/* A list of texts as member `name`. */
void json_line_list_begin(struct json_line *line, const char *name);
void json_line_list_text(struct json_line *line, struct str value);
void json_line_list_end(struct json_line *line);
/* Prints the line on standard output and frees it. */
void json_line_end(struct json_line *line);

#endif
