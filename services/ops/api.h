/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of the operators' API. */
#ifndef STOA_OPS_API_H
#define STOA_OPS_API_H

#include "base/problem.h"
#include "events/event.h"
#include "events/sql/dead_sql.h"
#include "events/sql/operators_sql.h"
#include "service/heartbeat.h"
#include "json/schema.h"

/* ---- Event feed ------------------------------------------------------------------------------- */

#define FEED_EVENT(X, T) \
	X(T, i64, _, position, .doc = "Position in the log; it increases, with gaps; send it as ?after= to continue") \
	X(T, uuid, _, id, .doc = "Of this event; the idempotency key of its effects") \
	X(T, str, code, type, .max = 100, .doc = "What happened, as domain.action") \
	X(T, i64, _, version, .min = 1, .max = 1000, .doc = "Of the schema of its data") \
	X(T, str, code, aggregate, .max = 100, .doc = "The kind of thing it happened to") \
	X(T, uuid, _, aggregate_id, .doc = "The thing it happened to") \
	X(T, i64, _, aggregate_seq, .min = 1, .max = INT64_MAX, .doc = "Counts the events of one thing, without gaps") \
	X(T, time, _, occurred_at, .doc = "When its transaction wrote it") \
	X(T, str, code, source, .max = 100, .doc = "The application that emitted it") \
	X(T, uuid, _, correlation_id, .doc = "Common to everything with the same first cause") \
	X(T, opt_uuid, _, causation_id, .doc = "The event whose handling emitted it") \
	X(T, str, code, traceparent, .max = 55, .optional = true, .doc = "W3C trace context") \
	X(T, raw, _, data, .max = 262144, .doc = "What the type's schema describes")

#define FEED_PAGE(X, T) \
	X(T, list, feed_event, data, .max = 100, .doc = "Events, oldest first") \
	X(T, boolean, _, has_more, .doc = "Whether there are more events now") \
	X(T, i64, _, next_after, .doc = "Send it as ?after= to continue; no event is ever added before it")

#define FEED_QUERY(X, T) \
	X(T, opt_i64, _, after, .min = 0, .max = INT64_MAX, \
	  .doc = "next_after of the previous page; 0: from the start") \
	X(T, str, code, filter_type, .min = 1, .max = 100, .optional = true, .doc = "Only events of this type") \
	X(T, opt_i64, _, limit, .min = 1, .max = 100, .doc = "Events per page: 1 to 100, default 20")

#define FEED_STREAM_QUERY(X, T) \
	X(T, opt_i64, _, after, .min = 0, .max = INT64_MAX, \
	  .doc = "The stream continues after this position; 0: from the start; default: only new events") \
	X(T, str, code, filter_type, .min = 1, .max = 100, .optional = true, .doc = "Only events of this type")

#define FEED_CONNECTED(X, T) \
	X(T, str, code, type, .max = 32, .doc = "connected") \
	X(T, i64, _, position, .doc = "Position of the log; the following events are after it")

/* ---- Dead letters ----------------------------------------------------------------------------- */

#define DEAD_LETTER_VIEW(X, T) \
	X(T, uuid, _, id, .doc = "Id of the dead letter") \
	X(T, str, code, consumer, .max = 100, .doc = "Subscription that could not handle the event") \
	X(T, uuid, _, event_id, .doc = "Id of the event") \
	X(T, str, code, type, .max = 100, .doc = "Type of the event") \
	X(T, i64, _, position, .doc = "Position of the event in the log") \
	X(T, str, block, reason, .max = 1000, .doc = "Error of the last attempt") \
	X(T, str, code, fingerprint, .max = 32, \
	  .doc = "Fingerprint of the error: equal for errors that differ only in numbers") \
	X(T, i64, _, attempts, .doc = "Number of attempts") \
	X(T, time, _, died_at, .doc = "Time of the last attempt") \
	X(T, opt_time, _, resolved_at, .doc = "Time of the decision; absent while the dead letter is open") \
	X(T, str, code, resolution, .max = 32, .optional = true, .doc = "Decision: replayed or discarded") \
	X(T, str, code, resolved_by, .max = 100, .optional = true, .doc = "Who decided, for example staff:<id>") \
	X(T, str, block, resolution_reason, .max = 500, .optional = true, .doc = "Reason for discarding")

#define DEAD_LETTER_DETAIL(X, T) \
	DEAD_LETTER_VIEW(X, T) \
	X(T, raw, _, errors, .max = 262144, .doc = "All attempts: [{attempt, at, error}], oldest first") \
	X(T, raw, _, data, .max = 262144, .nullable = true, \
	  .doc = "Data of the event; null when the old part of the log was deleted")

#define DEAD_LETTER_QUERY(X, T) \
	X(T, boolean, _, filter_resolved, .optional = true, \
	  .doc = "true: only resolved ones; false (default): only open ones") \
	X(T, str, code, filter_consumer, .min = 1, .max = 100, .optional = true, \
	  .doc = "Only dead letters of this subscription") \
	X(T, str, code, filter_type, .min = 1, .max = 100, .optional = true, .doc = "Only events of this type") \
	X(T, str, code, filter_fingerprint, .min = 1, .max = 32, .optional = true, \
	  .doc = "Only dead letters with this fingerprint") \
	X(T, opt_time, _, filter_died_at_gte, .doc = "Only dead letters whose last attempt was at or after this time") \
	X(T, opt_time, _, filter_died_at_lt, .doc = "Only dead letters whose last attempt was before this time")

#define DISCARD_DEAD_LETTER(X, T) \
	X(T, str, block, reason, .min = 1, .max = 500, .doc = "Reason; stored with the dead letter")

#define REPLAY_FILTER(X, T) \
	X(T, str, code, consumer, .min = 1, .max = 100, .optional = true, \
	  .doc = "Only dead letters of this subscription") \
	X(T, str, code, type, .min = 1, .max = 100, .optional = true, .doc = "Only events of this type") \
	X(T, str, code, fingerprint, .min = 1, .max = 32, .optional = true, \
	  .doc = "Only dead letters with this fingerprint") \
	X(T, opt_time, _, died_from, .doc = "Only dead letters whose last attempt was at or after this time") \
	X(T, opt_time, _, died_before, .doc = "Only dead letters whose last attempt was before this time")

enum { REPLAY_MAX = 1000 };

#define REPLAY_DEAD_LETTERS(X, T) \
	X(T, object, replay_filter, filter, .doc = "Filter of open dead letters; {} for all") \
	X(T, i64, _, limit, .min = 1, .max = REPLAY_MAX, .doc = "Maximum number of dead letters, oldest first")

#define REPLAY_VIEW(X, T) \
	X(T, i64, _, replayed, .doc = "Number of dead letters that were replayed") \
	X(T, boolean, _, has_more, .doc = "Whether more open dead letters match the filter")

/* ---- Consumers and processes ------------------------------------------------------------------ */

#define CONSUMER_VIEW(X, T) \
	X(T, str, line, name, .max = 100, .doc = "Name of the subscription") \
	X(T, str, code, type, .max = 100, .doc = "Type of event that the subscription consumes") \
	X(T, i64, _, pending, .doc = "Number of events not handled yet, among the next 10,000") \
	X(T, i64, _, lag_ms, .doc = "Age of the oldest pending event in milliseconds; 0 when there is none") \
	X(T, i64, _, retries, .doc = "Number of events that wait for another attempt") \
	X(T, i64, _, dead, .doc = "Number of open dead letters") \
	X(T, opt_time, _, last_handled_at, .doc = "Time at which the newest handled event was handled") \
	X(T, opt_time, _, paused_at, .doc = "Start of the pause; absent when not paused") \
	X(T, str, code, paused_by, .max = 100, .optional = true, .doc = "Who paused the subscription")

#define PROCESS_VIEW(X, T) \
	X(T, uuid, _, id, .doc = "Id of this run of the process") \
	X(T, str, code, kind, .max = 32, .doc = "public-api, admin-api, worker or cron") \
	X(T, str, line, release, .max = 100, .doc = "STOA_RELEASE") \
	X(T, str, line, host, .max = 128, .doc = "Host name of the machine") \
	X(T, i64, _, pid, .doc = "Process id on the machine") \
	X(T, i64, _, port, .doc = "Port on which the process listens") \
	X(T, choice, process_state, state, .doc = "ready, or draining before the end") \
	X(T, time, _, started_at, .doc = "Time of the start") \
	X(T, time, _, seen_at, .doc = "Last heartbeat; a process without one for 30 seconds is not listed")

/* ---- All of them ------------------------------------------------------------------------------ */

/* clang-format off */
#define OPS_SHAPES(STRUCT, OVER) \
	OVER(feed_event, FEED_EVENT, struct event, "An event with its position in the log") \
	STRUCT(feed_page, FEED_PAGE, "A page of the log") \
	STRUCT(feed_query, FEED_QUERY, "Filter and page of the log") \
	STRUCT(feed_stream_query, FEED_STREAM_QUERY, "Where a stream of the log starts") \
	STRUCT(feed_connected, FEED_CONNECTED, "The first message of a stream of the log") \
	OVER(dead_letter_row, DEAD_LETTER_VIEW, struct sql_dead_letter_summary_row, "An event that a consumer could not handle") \
	OVER(dead_letter_detail, DEAD_LETTER_DETAIL, struct sql_dead_letter_row, "A dead letter with its event and all attempts") \
	STRUCT(dead_letter_query, DEAD_LETTER_QUERY, "Filter of a list of dead letters") \
	STRUCT(discard_dead_letter, DISCARD_DEAD_LETTER, "Why a dead letter is discarded") \
	STRUCT(replay_filter, REPLAY_FILTER, "Filter of open dead letters") \
	STRUCT(replay_dead_letters, REPLAY_DEAD_LETTERS, "The dead letters to replay") \
	STRUCT(replay_view, REPLAY_VIEW, "The result of a replay") \
	OVER(consumer_view, CONSUMER_VIEW, struct sql_subscription_row, "A subscription, over all processes") \
	OVER(process_view, PROCESS_VIEW, struct sql_process_row, "A running process")
/* clang-format on */
SCHEMA_DECLARE(OPS_SHAPES)

/* ---- Problems --------------------------------------------------------------------------------- */

#define OPS_PROBLEMS(X) X(letter_resolved, 409, "The dead letter is already resolved")
OPS_PROBLEMS(PROBLEM_DECLARE)

#endif
