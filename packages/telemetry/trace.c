/* SPDX-License-Identifier: Apache-2.0 */
#include "telemetry/trace.h"

#include "base/clock.h"
#include "base/random.h"
#include "task/task.h"

/* version-traceid-parentid-flags: 00-(32)-(16)-(2), lower-case hexadecimal. */
enum { TRACE_ID_AT = 3, PARENT_ID_AT = 36, FLAGS_AT = 53 };

static bool all_zero(const uint8_t *bytes, size_t count)
{
	uint8_t seen = 0;

	for (size_t i = 0; i < count; i++)
		seen |= bytes[i];
	return seen == 0;
}

/* The standard forbids ids of zeroes. */
static void random_id(uint8_t *id, size_t count)
{
	do {
		random_bytes(id, count);
	} while (all_zero(id, count));
}

static void take_request_id(struct trace *trace, struct uuid id)
{
	uuid_format(id, trace->request_id);
	trace->request_id[UUID_TEXT_LEN] = '\0';
}

void trace_new(struct trace *trace, int64_t now_us)
{
	*trace = (struct trace){ .sampled = true, .correlation_id = uuid_new_v7(now_us) };
	random_id(trace->trace_id, sizeof(trace->trace_id));
	random_id(trace->span_id, sizeof(trace->span_id));
	take_request_id(trace, trace->correlation_id);
}

/* Capitals are refused: the standard says that they are malformed. */
static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int parse_hex(const char *text, uint8_t *out, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return -1;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

/* A later version may be longer, if a hyphen follows what we know. */
static bool well_framed(struct str text, uint8_t version)
{
	if (version == 0xff || (version == 0 && text.len != TRACEPARENT_LEN))
		return false;
	if (text.len > TRACEPARENT_LEN && text.ptr[TRACEPARENT_LEN] != '-')
		return false;
	return text.ptr[TRACE_ID_AT - 1] == '-' && text.ptr[PARENT_ID_AT - 1] == '-' && text.ptr[FLAGS_AT - 1] == '-';
}

int trace_parse(struct trace *trace, struct str traceparent)
{
	uint8_t version, trace_id[16], parent_id[8], flags;

	if (traceparent.len < TRACEPARENT_LEN || parse_hex(traceparent.ptr, &version, 1) < 0 ||
	    !well_framed(traceparent, version) || parse_hex(traceparent.ptr + TRACE_ID_AT, trace_id, 16) < 0 ||
	    parse_hex(traceparent.ptr + PARENT_ID_AT, parent_id, 8) < 0 ||
	    parse_hex(traceparent.ptr + FLAGS_AT, &flags, 1) < 0)
		return -1;
	if (all_zero(trace_id, sizeof(trace_id)) || all_zero(parent_id, sizeof(parent_id)))
		return -1;
	memcpy(trace->trace_id, trace_id, sizeof(trace_id));
	memcpy(trace->parent_id, parent_id, sizeof(parent_id));
	random_id(trace->span_id, sizeof(trace->span_id));
	trace->sampled = flags & 1;
	return 0;
}

static char *put_hex(char *out, const uint8_t *bytes, size_t count)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < count; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '-';
	return out + 1;
}

void trace_format(const struct trace *trace, char out[TRACEPARENT_LEN])
{
	char *at = out;

	at = put_hex(at, &(uint8_t){ 0 }, 1);
	at = put_hex(at, trace->trace_id, sizeof(trace->trace_id));
	at = put_hex(at, trace->span_id, sizeof(trace->span_id));
	at[0] = '0';
	at[1] = trace->sampled ? '1' : '0';
}

static bool is_request_id(struct str text)
{
	if (text.len == 0 || text.len > REQUEST_ID_MAX)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
		      c == '_' || c == '-'))
			return false;
	}
	return true;
}

void trace_set_request_id(struct trace *trace, struct str client_value)
{
	if (!is_request_id(client_value)) {
		take_request_id(trace, uuid_new_v7(clock_now_us()));
		return;
	}
	memcpy(trace->request_id, client_value.ptr, client_value.len);
	trace->request_id[client_value.len] = '\0';
}

struct trace *trace_current(void)
{
	return task_slot(TASK_SLOT_TRACE);
}
