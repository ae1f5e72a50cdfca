/* SPDX-License-Identifier: Apache-2.0 */
#include "telemetry/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/encode.h"
#include "telemetry/line.h"
#include "telemetry/sink.h"
#include "telemetry/trace.h"

static const struct level {
	const char *name;
	enum log_level number;
	const char *label;
	const char *colour;
} levels[] = {
	{ "trace", LOG_TRACE, "TRACE ", "\x1b[90m" },
	{ "debug", LOG_DEBUG, "DEBUG ", "\x1b[36m" },
	{ "info", LOG_INFO, "INFO  ", "\x1b[32m" },
	{ "warn", LOG_WARN, "WARN  ", "\x1b[33m" },
	{ "error", LOG_ERROR, "ERROR ", "\x1b[31m" },
	{ "fatal", LOG_FATAL, "FATAL ", "\x1b[35m" },
	{ "silent", LOG_SILENT, "", "" },
};

static _Atomic int least = LOG_INFO;

/* Set once by log_init, before there are threads. */
static struct {
	bool human;
	bool colour;
	char service[64];
	char hostname[65];
	int pid;
} origin = { .service = "stoa", .hostname = "localhost" };

void log_init(const char *service, const char *level, const char *format)
{
	bool terminal = isatty(STDOUT_FILENO) == 1;

	snprintf(origin.service, sizeof(origin.service), "%s", service);
	if (gethostname(origin.hostname, sizeof(origin.hostname) - 1) < 0)
		snprintf(origin.hostname, sizeof(origin.hostname), "localhost");
	origin.pid = getpid();
	origin.human = strcmp(format, "human") == 0 || (strcmp(format, "auto") == 0 && terminal);
	origin.colour = origin.human && terminal;
	for (size_t i = 0; i < ARRAY_COUNT(levels); i++) {
		if (strcmp(levels[i].name, level) == 0)
			log_set_level(levels[i].number);
	}
}

bool log_enabled(enum log_level level)
{
	return (int)level >= atomic_load_explicit(&least, memory_order_relaxed);
}

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&least, level, memory_order_relaxed);
}

static void hex_field(struct line *line, const char *name, const uint8_t *bytes, size_t count)
{
	static const char digits[] = "0123456789abcdef";
	char text[32];

	for (size_t i = 0; i < count; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	line_field(line, &LOG_STR(name, ((struct str){ text, 2 * count })));
}

static void trace_fields(struct line *line)
{
	const struct trace *trace = trace_current();

	if (!trace)
		return;
	if (*trace->request_id)
		line_field(line, &LOG_STR("requestId", str_from(trace->request_id)));
	hex_field(line, "traceId", trace->trace_id, sizeof(trace->trace_id));
	hex_field(line, "spanId", trace->span_id, sizeof(trace->span_id));
}

static void begin_json(struct line *line, enum log_level level, int64_t now_us)
{
	char start[96];
	int len = snprintf(start, sizeof(start), "{\"level\":%d,\"time\":%lld", (int)level, (long long)(now_us / 1000));

	line_raw(line, (struct str){ start, (size_t)len });
	line_field(line, &LOG_I64("pid", origin.pid));
	line_field(line, &LOG_STR("hostname", str_from(origin.hostname)));
	line_field(line, &LOG_STR("service", str_from(origin.service)));
}

static const struct level *level_row(enum log_level level)
{
	size_t i = 0;

	while (i < ARRAY_COUNT(levels) - 1 && levels[i].number < level)
		i++;
	return &levels[i];
}

/* 10:00:00.123 INFO  public-api message name=value ... */
static void begin_human(struct line *line, enum log_level level, int64_t now_us, struct str message)
{
	const struct level *row = level_row(level);
	char time[TIME_TEXT_MAX];
	int64_t ms = now_us / 1000;

	/* A fraction that is never zero, so that the milliseconds always stand at the same place. */
	time_format(ms * 1000 + 1, time);
	line_raw(line, (struct str){ time + 11, 12 });
	line_raw(line, STR(" "));
	line_raw(line, str_from(origin.colour ? row->colour : ""));
	line_raw(line, str_from(row->label));
	line_raw(line, origin.colour ? STR("\x1b[0m") : STR(""));
	line_escaped(line, str_from(origin.service), LINE_NAME_MAX);
	line_raw(line, STR(" "));
	line_escaped(line, message, LINE_STRING_MAX);
}

void log_line(enum log_level level, const struct log_field *fields, size_t count, const char *format, ...)
{
	char text[LINE_STRING_MAX];
	struct line line;
	struct str message;
	int64_t now_us;
	va_list args;
	int len;

	if (!log_enabled(level))
		return;
	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	CHECK(len >= 0);
	now_us = clock_now_us();
	message = (struct str){ text, (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1 };

	/* The message goes before the fields: it is the last thing to give up when the line is full. */
	line_init(&line, !origin.human);
	if (origin.human) {
		begin_human(&line, level, now_us, message);
	} else {
		begin_json(&line, level, now_us);
		trace_fields(&line);
		line_field(&line, &LOG_STR("msg", message));
	}
	for (size_t i = 0; i < count; i++)
		line_field(&line, &fields[i]);
	if (origin.human)
		trace_fields(&line);
	line.truncated = line.truncated || (size_t)len >= sizeof(text);
	line_end(&line);
	sink_write((struct str){ line.bytes, line.len });
}

uint64_t log_dropped(void)
{
	return sink_dropped();
}
