/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <unistd.h>

#include "base/clock.h"
#include "task/task.h"
#include "telemetry/log.h"
#include "telemetry/repeat.h"
#include "telemetry/trace.h"

/* Standard output is a pipe while a test logs; cmocka gets its own back before anything is asserted. */
static int real_stdout;
static int reader;
static char captured[1 << 17];

static void capture_start(void)
{
	int ends[2];

	fflush(stdout);
	real_stdout = dup(STDOUT_FILENO);
	if (pipe2(ends, O_CLOEXEC) < 0 || dup2(ends[1], STDOUT_FILENO) < 0)
		abort();
	close(ends[1]);
	reader = ends[0];
}

/* What was written since capture_start. */
static struct str capture_end(void)
{
	size_t len = 0;
	ssize_t got;

	dup2(real_stdout, STDOUT_FILENO);
	close(real_stdout);
	while ((got = read(reader, captured + len, sizeof(captured) - len)) > 0)
		len += (size_t)got;
	close(reader);
	return (struct str){ captured, len };
}

static json_t *parse(struct str line)
{
	json_error_t error;
	json_t *root = json_loadb(line.ptr, line.len, JSON_REJECT_DUPLICATES, &error);

	if (!root)
		test_fail("%s in %.*s", error.text, STR_ARG(line));
	assert_int_equal(line.ptr[line.len - 1], '\n');
	assert_null(memchr(line.ptr, '\n', line.len - 1));
	return root;
}

static struct str text_of(json_t *root, const char *name)
{
	json_t *value = json_object_get(root, name);

	assert_true(json_is_string(value));
	return (struct str){ json_string_value(value), json_string_length(value) };
}

static int as_json(void **state)
{
	log_init("public-api", "info", "json");
	return 0;
}

static void a_line_is_one_object(void **state)
{
	int64_t before_ms = clock_now_us() / 1000;
	json_t *root;

	capture_start();
	log_line(LOG_WARN,
	         (struct log_field[]){ LOG_STR("route", STR("/api/orders")), LOG_I64("status", 201),
	                               LOG_F64("ratio", 0.25), LOG_F64("odd", NAN), LOG_BOOL("slow", true),
	                               LOG_STR("absent", STR_NULL), LOG_I64("least", INT64_MIN) },
	         7, "order %d placed", 17);
	root = parse(capture_end());
	assert_int_equal(json_integer_value(json_object_get(root, "level")), 40);
	assert_in_range(json_integer_value(json_object_get(root, "time")), before_ms, clock_now_us() / 1000);
	assert_int_equal(json_integer_value(json_object_get(root, "pid")), getpid());
	assert_true(text_of(root, "hostname").len > 0);
	assert_str(text_of(root, "service"), STR("public-api"));
	assert_str(text_of(root, "msg"), STR("order 17 placed"));
	assert_str(text_of(root, "route"), STR("/api/orders"));
	assert_int_equal(json_integer_value(json_object_get(root, "status")), 201);
	assert_true(json_real_value(json_object_get(root, "ratio")) == 0.25);
	assert_true(json_is_null(json_object_get(root, "odd")));
	assert_true(json_is_true(json_object_get(root, "slow")));
	assert_true(json_is_null(json_object_get(root, "absent")));
	assert_true(json_integer_value(json_object_get(root, "least")) == INT64_MIN);
	assert_null(json_object_get(root, "truncated"));
	assert_null(json_object_get(root, "requestId"));
	json_decref(root);
}

static void text_is_escaped(void **state)
{
	static const struct {
		struct str logged;
		struct str read;
	} cases[] = {
		{ STR("plain"), STR("plain") },
		{ STR("\"quoted\" back\\slash"), STR("\"quoted\" back\\slash") },
		{ STR("line\nbreak\r\ttab"), STR("line\nbreak\r\ttab") },
		{ STR("\x01\x1b[31m\x7f"), STR("\x01\x1b[31m\x7f") },
		{ STR("\xc2\x85\xc2\xa0"), STR("\xc2\x85\xc2\xa0") },
		{ STR("gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80"), STR("gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80") },
		{ STR("bad \xff\xc3(\xed\xa0\x80"),
		  STR("bad \xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd") },
		{ STR(""), STR("") },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct str line;
		json_t *root;

		capture_start();
		log_line(LOG_INFO, &LOG_STR("value", cases[i].logged), 1, "%.*s", STR_ARG(cases[i].logged));
		line = capture_end();
		for (size_t at = 0; at + 1 < line.len; at++)
			assert_true((unsigned char)line.ptr[at] >= 0x20 && line.ptr[at] != 0x7f);
		root = parse(line);
		assert_str(text_of(root, "value"), cases[i].read);
		assert_str(text_of(root, "msg"), cases[i].read);
		json_decref(root);
	}
}

static void secrets_are_masked_by_name(void **state)
{
	static const char *const names[] = { "password",  "newPassword", "refreshToken", "Authorization", "set-cookie",
		                             "x-api-key", "apiKey",      "email",        "clientSecret",  "phone" };

	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		json_t *root;

		capture_start();
		log_line(LOG_INFO,
		         (struct log_field[]){ LOG_STR(names[i], STR("hunter2")), LOG_STR("key", STR("open")),
		                               LOG_I64("tokens", 3) },
		         3, "x");
		root = parse(capture_end());
		assert_str(text_of(root, names[i]), STR("[masked]"));
		assert_str(text_of(root, "key"), STR("open"));
		assert_int_equal(json_integer_value(json_object_get(root, "tokens")), 3);
		json_decref(root);
	}
}

static void long_lines_are_cut_and_say_so(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f" };
	static char quotes[4000];
	bool seen[2] = { false };

	/* Quotes double when escaped, so every length of line around the ceiling comes up. */
	memset(quotes, '"', sizeof(quotes));
	for (size_t step = 0; step < 400; step++) {
		struct log_field fields[ARRAY_COUNT(names)];
		struct str line;
		json_t *root;
		bool truncated;

		for (size_t i = 0; i < ARRAY_COUNT(names); i++)
			fields[i] = LOG_STR(names[i], ((struct str){ quotes, 150 + step }));
		capture_start();
		log_line(LOG_INFO, fields, ARRAY_COUNT(fields), "%.*s", (int)(step * 8), quotes);
		line = capture_end();
		assert_true(line.len <= 4096);
		root = parse(line);
		truncated = json_is_true(json_object_get(root, "truncated"));
		assert_int_equal(truncated, text_of(root, "msg").len < step * 8 || !json_object_get(root, "f") ||
		                                    text_of(root, "f").len < 150 + step);
		seen[truncated] = true;
		json_decref(root);
	}
	assert_true(seen[false] && seen[true]);
}

static void levels(void **state)
{
	struct str out;
	json_t *root;

	capture_start();
	log_debug("no");
	log_set_level(LOG_DEBUG);
	log_debug("yes");
	log_set_level(LOG_SILENT);
	log_line(LOG_FATAL, NULL, 0, "no");
	out = capture_end();
	assert_false(log_enabled(LOG_FATAL));
	log_set_level(LOG_ERROR);
	assert_false(log_enabled(LOG_WARN));
	assert_true(log_enabled(LOG_ERROR));
	root = parse(out);
	assert_str(text_of(root, "msg"), STR("yes"));
	json_decref(root);
}

static void people_read_one_line_too(void **state)
{
	struct str out;

	log_init("worker", "trace", "human");
	capture_start();
	log_line(LOG_ERROR,
	         (struct log_field[]){ LOG_I64("n", 3), LOG_STR("who", STR("a\x1b"
	                                                                   "b")) },
	         2, "it \"broke\"\nbadly");
	out = capture_end();
	assert_true(out.len > 13);
	assert_int_equal(out.ptr[2], ':');
	assert_int_equal(out.ptr[8], '.');
	assert_str(str_slice(out, 12, out.len), STR(" ERROR worker it \"broke\"\\nbadly n=3 who=\"a\\u001bb\"\n"));
}

static void log_in_task(void *arg)
{
	task_set_slot(TASK_SLOT_TRACE, arg);
	log_info("inside");
}

static void lines_of_a_task_carry_its_trace(void **state)
{
	struct loop *loop = loop_new();
	struct trace trace;
	char header[TRACEPARENT_LEN];
	json_t *root;

	trace_new(&trace, clock_now_us());
	trace_set_request_id(&trace, STR("req-1"));
	trace_format(&trace, header);
	capture_start();
	task_spawn(loop, &(struct task_options){ .name = "logging" }, log_in_task, &trace);
	loop_run(loop);
	root = parse(capture_end());
	loop_free(loop);
	assert_str(text_of(root, "requestId"), STR("req-1"));
	assert_str(text_of(root, "traceId"), ((struct str){ header + 3, 32 }));
	assert_str(text_of(root, "spanId"), ((struct str){ header + 36, 16 }));
	json_decref(root);
	assert_null(trace_current());
}

static void nobody_reads(void **state)
{
	static char text[1000];
	uint64_t before = log_dropped();
	uint64_t after;
	size_t lines = 0;
	struct str out;

	memset(text, 'x', sizeof(text));
	capture_start();
	for (int i = 0; i < 500; i++)
		log_info("%.*s", (int)sizeof(text), text);
	after = log_dropped();
	out = capture_end();
	for (size_t i = 0; i < out.len; i++)
		lines += out.ptr[i] == '\n';
	assert_true(after > before && lines > 0);
	assert_int_equal(lines + (after - before), 500);
	assert_int_equal(out.ptr[out.len - 1], '\n');
}

static void the_reader_is_gone(void **state)
{
	uint64_t before = log_dropped();

	capture_start();
	close(reader);
	log_info("into the void");
	reader = open("/dev/null", O_RDONLY | O_CLOEXEC);
	capture_end();
	assert_int_equal(log_dropped(), before + 1);
}

static void the_same_is_said_once_then_counted(void **state)
{
	static struct repeats repeats;
	struct str away = STR("the database is away"), other = STR("the bus is away");
	struct repeat found;

	assert_false(repeats_hold(&repeats, LOG_WARN, away, 100));
	for (int i = 0; i < 226; i++)
		assert_true(repeats_hold(&repeats, LOG_WARN, away, 100 + i));
	assert_false(repeats_hold(&repeats, LOG_ERROR, away, 200));
	assert_false(repeats_hold(&repeats, LOG_WARN, other, 200));
	assert_false(repeats_take(&repeats, 99 + REPEAT_US, &found));
	assert_true(repeats_take(&repeats, 100 + REPEAT_US, &found));
	assert_int_equal(found.count, 226);
	assert_str(((struct str){ found.text, found.len }), away);
	assert_false(repeats_take(&repeats, 100 + REPEAT_US, &found));
	assert_true(
	        repeats_hold(&repeats, LOG_WARN, away, 101 + REPEAT_US)); /* it has just been said, with the count */
	assert_false(repeats_hold(&repeats, LOG_WARN, other, 201 + REPEAT_US));
	/* More than are remembered are each said. */
	for (int i = 0; i < 100; i++) {
		char text[16];
		int len = snprintf(text, sizeof(text), "%d", i);

		assert_false(repeats_hold(&repeats, LOG_WARN, (struct str){ text, (size_t)len }, 300));
	}
	assert_false(repeats_hold(&repeats, LOG_WARN, STR("99"), 301));
}

static void a_warning_without_fields_is_held_back(void **state)
{
	struct str lines;
	size_t count = 0;

	capture_start();
	for (int i = 0; i < 227; i++)
		log_warn("said in an outage");
	for (int i = 0; i < 3; i++)
		log_line(LOG_WARN, &LOG_I64("order", i), 1, "said of an order");
	for (int i = 0; i < 3; i++)
		log_info("said in passing");
	lines = capture_end();
	for (size_t i = 0; i < lines.len; i++)
		count += lines.ptr[i] == '\n';
	assert_int_equal(count, 1 + 3 + 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_line_is_one_object, as_json),
		cmocka_unit_test_setup(text_is_escaped, as_json),
		cmocka_unit_test_setup(secrets_are_masked_by_name, as_json),
		cmocka_unit_test_setup(long_lines_are_cut_and_say_so, as_json),
		cmocka_unit_test_setup(levels, as_json),
		cmocka_unit_test(people_read_one_line_too),
		cmocka_unit_test_setup(lines_of_a_task_carry_its_trace, as_json),
		cmocka_unit_test(the_same_is_said_once_then_counted),
		cmocka_unit_test_setup(a_warning_without_fields_is_held_back, as_json),
		cmocka_unit_test_setup(nobody_reads, as_json),
		cmocka_unit_test_setup(the_reader_is_gone, as_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
