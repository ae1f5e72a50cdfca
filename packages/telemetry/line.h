/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One log line being built on the stack. Its ceiling is PIPE_BUF, the most that a pipe takes in one piece: so lines of
 * several processes never mix, and a pipe that poll(2) calls writable never blocks. A member that does not fit is left
 * out whole, and the line remembers that.
 */
#ifndef STOA_TELEMETRY_LINE_H
#define STOA_TELEMETRY_LINE_H

#include <stdbool.h>

#include "base/str.h"
#include "telemetry/log.h"

enum { LINE_MAX_BYTES = 4096, LINE_RESERVE = 32, LINE_STRING_MAX = 2048, LINE_NAME_MAX = 64 };

struct line {
	size_t len;
	bool truncated;
	bool json; /* else for people */
	char bytes[LINE_MAX_BYTES];
};

void line_init(struct line *line, bool json);
/* Whole or not at all. */
bool line_raw(struct line *line, struct str text);
/* With control characters escaped and bad UTF-8 replaced; false when cut at `max` bytes or at the line's end. */
bool line_escaped(struct line *line, struct str text, size_t max);
/* ,"name":value or for people: name=value; masked where the name says so. */
void line_field(struct line *line, const struct log_field *field);
/* Closes it, newline included. */
void line_end(struct line *line);

#endif
