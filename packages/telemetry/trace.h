/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What caused a task: the request id and the W3C trace context (level 1) that travel with it, into events it emits and
 * back out in replies. Hung on the task in TASK_SLOT_TRACE.
 */
#ifndef STOA_TELEMETRY_TRACE_H
#define STOA_TELEMETRY_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"
#include "base/uuid.h"

enum { TRACEPARENT_LEN = 55, REQUEST_ID_MAX = 64 };

struct trace {
	uint8_t trace_id[16];
	uint8_t span_id[8];   /* ours */
	uint8_t parent_id[8]; /* zero: none */
	bool sampled;
	char request_id[REQUEST_ID_MAX + 1];
	struct uuid correlation_id; /* of the first cause; for events */
	struct uuid causation_id;   /* the event being handled, or nil */
};

/* A new root; sampled. The request id is the correlation id as text until trace_set_request_id. */
void trace_new(struct trace *trace, int64_t now_us);
/* Continues a traceparent header in a trace made by trace_new: takes over its trace id, parent id and sampling, under a
 * new span id. 0, or -1 (malformed, version ff, all-zero ids) and *trace untouched. */
MUST_CHECK int trace_parse(struct trace *trace, struct str traceparent);
void trace_format(const struct trace *trace, char out[TRACEPARENT_LEN]); /* no NUL */
/* Takes a client's X-Request-Id when it is 1 to 64 of [A-Za-z0-9._-], else makes one. */
void trace_set_request_id(struct trace *trace, struct str client_value);

struct trace *trace_current(void); /* of the running task, or NULL */

#endif
