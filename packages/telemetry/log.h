/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs: one JSON object a line on standard output with Pino's field names (level as its number, time in milliseconds,
 * pid, hostname, msg) plus service, requestId, traceId and whatever a line adds. On a terminal: a human form. Lines are
 * written whole by one write(2), at most 4 KiB; with a slow reader lines are dropped and counted, and the loop is never
 * blocked for long. What does not fit is left out and the line says "truncated". Strings whose field name contains
 * password, secret, token, authorization, cookie, API key, e-mail or phone are masked.
 */
#ifndef STOA_TELEMETRY_LOG_H
#define STOA_TELEMETRY_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"

enum log_level {
	LOG_TRACE = 10,
	LOG_DEBUG = 20,
	LOG_INFO = 30,
	LOG_WARN = 40,
	LOG_ERROR = 50,
	LOG_FATAL = 60,
	LOG_SILENT = 100
};

/* Once in main, before any thread. `format` is "auto", "json" or "human". */
void log_init(const char *service, const char *level, const char *format);
bool log_enabled(enum log_level level);
void log_set_level(enum log_level level);

/* Extra members of a line. Numbers and strings only; strings are escaped and cut at 2 KiB. */
enum log_kind { LOG_FIELD_STR, LOG_FIELD_I64, LOG_FIELD_F64, LOG_FIELD_BOOL };
struct log_field {
	const char *name;
	enum log_kind kind;
	struct str str;
	int64_t i64;
	double f64;
};
#define LOG_STR(name_, value)  ((struct log_field){ .name = (name_), .kind = LOG_FIELD_STR, .str = (value) })
#define LOG_I64(name_, value)  ((struct log_field){ .name = (name_), .kind = LOG_FIELD_I64, .i64 = (value) })
#define LOG_F64(name_, value)  ((struct log_field){ .name = (name_), .kind = LOG_FIELD_F64, .f64 = (value) })
#define LOG_BOOL(name_, value) ((struct log_field){ .name = (name_), .kind = LOG_FIELD_BOOL, .i64 = (value) })

/* A warning or error without fields and outside a request that was said within 10 s is not said again but counted; the
 * count ("repeated") comes with the message when those are over, before the next line. requestId, traceId and spanId
 * come from the running task's trace (trace.h) when there is one. */
void log_line(enum log_level level, const struct log_field *fields, size_t count, const char *format, ...)
        PRINTF_LIKE(4, 5);

#define log_debug(...) log_line(LOG_DEBUG, NULL, 0, __VA_ARGS__)
#define log_info(...)  log_line(LOG_INFO, NULL, 0, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_WARN, NULL, 0, __VA_ARGS__)
#define log_error(...) log_line(LOG_ERROR, NULL, 0, __VA_ARGS__)

uint64_t log_dropped(void);

#endif
