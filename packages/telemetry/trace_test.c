/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "telemetry/trace.h"

#define NOW_US INT64_C(1795255200000000)
#define GOOD   "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

static void a_new_trace_is_a_root(void **state)
{
	struct trace a, b;

	trace_new(&a, NOW_US);
	trace_new(&b, NOW_US);
	assert_memory_not_equal(a.trace_id, b.trace_id, sizeof(a.trace_id));
	assert_memory_not_equal(a.span_id, b.span_id, sizeof(a.span_id));
	assert_memory_equal(a.parent_id, "\0\0\0\0\0\0\0", 8);
	assert_true(a.sampled);
	assert_false(uuid_eq(a.correlation_id, b.correlation_id));
	assert_true(uuid_is_nil(a.causation_id));
	assert_int_equal(strlen(a.request_id), UUID_TEXT_LEN);
}

static void headers(void **state)
{
	static const struct {
		struct str text;
		int result;
		bool sampled;
	} cases[] = {
		{ STR(GOOD), 0, true },
		{ STR("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"), 0, false },
		{ STR("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff"), 0, true },
		{ STR("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), 0, true },
		{ STR("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future-adds"), 0, true },
		{ STR("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what"), -1 },
		{ STR("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"), -1 },
		{ STR("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), -1 },
		{ STR("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"), -1 },
		{ STR("00-00000000000000000000000000000000-00f067aa0ba902b7-01"), -1 },
		{ STR("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"), -1 },
		{ STR("00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-001"), -1 },
		{ STR("00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), -1 },
		{ STR("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g"), -1 },
		{ STR("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0"), -1 },
		{ STR(" 0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), -1 },
		{ STR(""), -1 },
		{ STR_NULL, -1 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		char text[TRACEPARENT_LEN];
		struct trace trace, before;

		trace_new(&trace, NOW_US);
		before = trace;
		assert_int_equal(trace_parse(&trace, cases[i].text), cases[i].result);
		if (cases[i].result < 0) {
			assert_memory_equal(&trace, &before, sizeof(trace));
			continue;
		}
		assert_int_equal(trace.sampled, cases[i].sampled);
		assert_memory_equal(trace.parent_id, "\x00\xf0\x67\xaa\x0b\xa9\x02\xb7", 8);
		assert_memory_not_equal(trace.span_id, before.span_id, 8);
		assert_string_equal(trace.request_id, before.request_id);
		trace_format(&trace, text);
		assert_memory_equal(text, "00-4bf92f3577b34da6a3ce929d0e0e4736-", 36);
		assert_memory_equal(text + 52, cases[i].sampled ? "-01" : "-00", 3);
	}
}

static void formats_what_the_next_one_parses(void **state)
{
	char text[TRACEPARENT_LEN];
	struct trace ours, theirs;

	trace_new(&ours, NOW_US);
	trace_format(&ours, text);
	trace_new(&theirs, NOW_US);
	assert_int_equal(trace_parse(&theirs, (struct str){ text, sizeof(text) }), 0);
	assert_memory_equal(theirs.trace_id, ours.trace_id, sizeof(ours.trace_id));
	assert_memory_equal(theirs.parent_id, ours.span_id, sizeof(ours.span_id));
}

static void request_ids(void **state)
{
	static const struct {
		const char *text;
		bool taken;
	} cases[] = {
		{ "a", true },
		{ "Req_1.2-3", true },
		{ "0123456789012345678901234567890123456789012345678901234567890123", true },
		{ "01234567890123456789012345678901234567890123456789012345678901234", false },
		{ "", false },
		{ NULL, false },
		{ "with blank", false },
		{ "line\nbreak", false },
		{ "gr\xc3\xbc", false },
		{ "quote\"", false },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct trace trace;
		char first[REQUEST_ID_MAX + 1];

		trace_new(&trace, NOW_US);
		memcpy(first, trace.request_id, sizeof(first));
		trace_set_request_id(&trace, str_from(cases[i].text));
		if (cases[i].taken) {
			assert_string_equal(trace.request_id, cases[i].text);
		} else {
			struct uuid id;

			assert_int_equal(uuid_parse(str_from(trace.request_id), &id), 0);
			assert_string_not_equal(trace.request_id, first);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_trace_is_a_root),
		cmocka_unit_test(headers),
		cmocka_unit_test(formats_what_the_next_one_parses),
		cmocka_unit_test(request_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
