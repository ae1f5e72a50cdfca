/* SPDX-License-Identifier: Apache-2.0 */
#include "telemetry/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/encode.h"
#include "telemetry/line.h"
#include "telemetry/repeat.h"
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

static void trace_fields(struct line *line, const struct trace *trace)
{
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

static void write_line(enum log_level level, const struct log_field *fields, size_t count, struct str message,
                       bool truncated, const struct trace *trace)
{
	int64_t now_us = clock_now_us();
	struct line line;

	/* The message goes before the fields: it is the last thing to give up when the line is full. */
	line_init(&line, !origin.human);
	if (origin.human) {
		begin_human(&line, level, now_us, message);
	} else {
		begin_json(&line, level, now_us);
		trace_fields(&line, trace);
		line_field(&line, &LOG_STR("msg", message));
	}
	for (size_t i = 0; i < count; i++)
		line_field(&line, &fields[i]);
	if (origin.human)
		trace_fields(&line, trace);
	line.truncated = line.truncated || truncated;
	line_end(&line);
	sink_write((struct str){ line.bytes, line.len });
}

/* ---- Saying it once --------------------------------------------------------------------------- */

static pthread_mutex_t repeats_lock = PTHREAD_MUTEX_INITIALIZER;
static struct repeats repeats;        /* under the lock */
static _Atomic int64_t look_after_us; /* when the earliest of them may be due; 0: nothing is held back */

static bool is_held(enum log_level level, struct str message)
{
	int64_t now_us = clock_mono_us();
	bool held;

	pthread_mutex_lock(&repeats_lock);
	held = repeats_hold(&repeats, level, message, now_us);
	if (held && !atomic_load_explicit(&look_after_us, memory_order_relaxed))
		atomic_store_explicit(&look_after_us, now_us + US_PER_S, memory_order_relaxed);
	pthread_mutex_unlock(&repeats_lock);
	return held;
}

/* With whatever is logged next, at most once a second. */
static void say_repeats(void)
{
	int64_t after_us = atomic_load_explicit(&look_after_us, memory_order_relaxed), now_us;
	struct repeat repeat;
	bool found = true;

	if (!after_us || (now_us = clock_mono_us()) < after_us)
		return;
	atomic_store_explicit(&look_after_us, now_us + US_PER_S, memory_order_relaxed);
	while (found) {
		pthread_mutex_lock(&repeats_lock);
		found = repeats_take(&repeats, now_us, &repeat);
		pthread_mutex_unlock(&repeats_lock);
		if (found)
			write_line(repeat.level, &LOG_I64("repeated", (int64_t)repeat.count), 1,
			           (struct str){ repeat.text, repeat.len }, repeat.len == sizeof(repeat.text), NULL);
	}
}

/* Lines that belong to a request or say more than their message are each wanted. */
static bool may_repeat(enum log_level level, size_t count)
{
	return level >= LOG_WARN && count == 0 && !trace_current();
}

void log_line(enum log_level level, const struct log_field *fields, size_t count, const char *format, ...)
{
	char text[LINE_STRING_MAX];
	struct str message;
	va_list args;
	int len;

	if (!log_enabled(level))
		return;
	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (len < 0) { /* more than INT_MAX bytes */
		text[0] = '\0';
		len = 0;
	}
	message = (struct str){ text, (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1 };
	say_repeats();
	if (!may_repeat(level, count) || !is_held(level, message))
		write_line(level, fields, count, message, (size_t)len >= sizeof(text), trace_current());
}

uint64_t log_dropped(void)
{
	return sink_dropped();
}
