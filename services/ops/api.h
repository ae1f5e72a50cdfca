/* SPDX-License-Identifier: Apache-2.0 */
/* Every shape of the operators' API, as rows. */
#ifndef STOA_OPS_API_H
#define STOA_OPS_API_H

#include "base/problem.h"
#include "events/event.h"
#include "json/schema.h"

/* ---- Event feed ------------------------------------------------------------------------------- */

#define FEED_EVENT(X, T)                                                                                   \
	X(T, i64, _, position, .doc = "Place in the log; ascends, with gaps; give it as ?after= to go on") \
	EVENT_VIEW(X, T)
SCHEMA_STRUCT(feed_event, FEED_EVENT)

#define FEED_PAGE(X, T)                                                         \
	X(T, list, feed_event, data, .max = 100, .doc = "Events, oldest first") \
	X(T, boolean, _, has_more, .doc = "Whether there are more by now")      \
	X(T, i64, _, next_after, .doc = "Give it as ?after= to go on; nothing is ever added before it")
SCHEMA_STRUCT(feed_page, FEED_PAGE)

#define FEED_QUERY(X, T)                                                                                               \
	X(T, opt_i64, _, after, .min = 0, .max = INT64_MAX, .doc = "next_after of the page before; 0: from the start") \
	X(T, str, _, filter_type, .min = 1, .max = 100, .optional = true, .doc = "Only events of this type")           \
	X(T, opt_i64, _, limit, .min = 1, .max = 100, .doc = "Events a page, default 20")
SCHEMA_STRUCT(feed_query, FEED_QUERY)

#define FEED_STREAM_QUERY(X, T)                                                                              \
	X(T, opt_i64, _, after, .min = 0, .max = INT64_MAX,                                                  \
	  .doc = "Goes on behind this position; 0: from the start; otherwise with what happens from now on") \
	X(T, str, _, filter_type, .min = 1, .max = 100, .optional = true, .doc = "Only events of this type")
SCHEMA_STRUCT(feed_stream_query, FEED_STREAM_QUERY)

#define FEED_CONNECTED(X, T)                              \
	X(T, str, _, type, .max = 32, .doc = "connected") \
	X(T, i64, _, position, .doc = "What comes now is behind it")
SCHEMA_STRUCT(feed_connected, FEED_CONNECTED)

/* ---- Dead letters ----------------------------------------------------------------------------- */

#define DEAD_LETTER_VIEW(X, T)                                                                       \
	X(T, uuid, _, id, .doc = "Identifies the letter")                                            \
	X(T, str, _, consumer, .max = 100, .doc = "The subscription that gave up")                   \
	X(T, uuid, _, event_id, .doc = "The event")                                                  \
	X(T, str, _, type, .max = 100, .doc = "The event's type")                                    \
	X(T, i64, _, position, .doc = "The event's place in the log")                                \
	X(T, str, _, reason, .max = 1000, .doc = "Error of the last attempt")                        \
	X(T, str, _, fingerprint, .max = 32, .doc = "Alike for reasons that differ in numbers only") \
	X(T, i64, _, attempts, .doc = "How often it was tried")                                      \
	X(T, time, _, died_at, .doc = "When it was given up")                                        \
	X(T, opt_time, _, resolved_at, .doc = "When somebody decided")                               \
	X(T, str, _, resolution, .max = 32, .optional = true, .doc = "replayed or discarded")        \
	X(T, str, _, resolved_by, .max = 100, .optional = true, .doc = "Who decided")                \
	X(T, str, _, resolution_reason, .max = 500, .optional = true, .doc = "Why it was discarded")

#define DEAD_LETTER_ROW(X, T) DEAD_LETTER_VIEW(X, T)
SCHEMA_STRUCT(dead_letter_row, DEAD_LETTER_ROW)

#define DEAD_LETTER_PAGE(X, T) PAGE_ROWS(X, T, dead_letter_row)
SCHEMA_STRUCT(dead_letter_page, DEAD_LETTER_PAGE)

#define DEAD_LETTER_DETAIL(X, T)                                                                          \
	DEAD_LETTER_VIEW(X, T)                                                                            \
	X(T, raw, _, errors, .max = 262144, .doc = "Every attempt: [{attempt, at, error}], oldest first") \
	X(T, raw, _, data, .max = 262144, .nullable = true,                                               \
	  .doc = "The event's data; null when it is gone with an old part of the log")
SCHEMA_STRUCT(dead_letter_detail, DEAD_LETTER_DETAIL)

#define DEAD_LETTER_QUERY(X, T)                                                                                     \
	X(T, boolean, _, filter_resolved, .optional = true, .doc = "Those decided on instead of the open ones")     \
	X(T, str, _, filter_consumer, .min = 1, .max = 100, .optional = true, .doc = "Only of this subscription")   \
	X(T, str, _, filter_type, .min = 1, .max = 100, .optional = true, .doc = "Only events of this type")        \
	X(T, str, _, filter_fingerprint, .min = 1, .max = 32, .optional = true, .doc = "Only this kind of failure") \
	X(T, opt_time, _, filter_died_at_gte, .doc = "Given up at or after")                                        \
	X(T, opt_time, _, filter_died_at_lt, .doc = "Given up before")                                              \
	X(T, opt_i64, _, limit, .min = 1, .max = 100, .doc = "Rows a page, default 20")                             \
	X(T, str, _, cursor, .max = 500, .optional = true, .doc = "next_cursor of the page before")
SCHEMA_STRUCT(dead_letter_query, DEAD_LETTER_QUERY)

#define DISCARD_DEAD_LETTER(X, T) X(T, str, _, reason, .min = 1, .max = 500, .doc = "Why; kept with the letter")
SCHEMA_STRUCT(discard_dead_letter, DISCARD_DEAD_LETTER)

#define REPLAY_FILTER(X, T)                                                                                  \
	X(T, str, _, consumer, .min = 1, .max = 100, .optional = true, .doc = "Only of this subscription")   \
	X(T, str, _, type, .min = 1, .max = 100, .optional = true, .doc = "Only events of this type")        \
	X(T, str, _, fingerprint, .min = 1, .max = 32, .optional = true, .doc = "Only this kind of failure") \
	X(T, opt_time, _, died_from, .doc = "Given up at or after")                                          \
	X(T, opt_time, _, died_before, .doc = "Given up before")
SCHEMA_STRUCT(replay_filter, REPLAY_FILTER)

enum { REPLAY_MAX = 1000 };

#define REPLAY_DEAD_LETTERS(X, T)                                                           \
	X(T, object, replay_filter, filter, .doc = "Which of the open letters; {} for all") \
	X(T, i64, _, limit, .min = 1, .max = REPLAY_MAX, .doc = "At most so many, the oldest first")
SCHEMA_STRUCT(replay_dead_letters, REPLAY_DEAD_LETTERS)

#define REPLAY_VIEW(X, T)                                                 \
	X(T, i64, _, replayed, .doc = "How many will be tried again now") \
	X(T, boolean, _, has_more, .doc = "Whether the filter meets further open letters")
SCHEMA_STRUCT(replay_view, REPLAY_VIEW)

/* ---- Consumers and processes ------------------------------------------------------------------ */

#define CONSUMER_VIEW(X, T)                                                                          \
	X(T, str, _, name, .max = 100, .doc = "The subscription")                                    \
	X(T, str, _, type, .max = 100, .doc = "What it listens to")                                  \
	X(T, i64, _, pending, .doc = "Events neither handled nor put aside yet, of the next 10,000") \
	X(T, i64, _, lag_ms, .doc = "Age of the oldest of those; 0 when there is none")              \
	X(T, i64, _, retries, .doc = "Events put aside for a later attempt")                         \
	X(T, i64, _, dead, .doc = "Events given up that nobody has decided on")                      \
	X(T, opt_time, _, last_handled_at, .doc = "When the newest event it has handled was done")   \
	X(T, opt_time, _, paused_at, .doc = "Since when it is paused; absent when it is not")        \
	X(T, str, _, paused_by, .max = 100, .optional = true, .doc = "By whom")
SCHEMA_STRUCT(consumer_view, CONSUMER_VIEW)

#define CONSUMER_LIST(X, T) X(T, list, consumer_view, data, .max = 1000, .doc = "All subscriptions by name")
SCHEMA_STRUCT(consumer_list, CONSUMER_LIST)

#define PROCESS_STATES(X) X(PROCESS_STATE, starting) X(PROCESS_STATE, ready) X(PROCESS_STATE, draining)
CHOICE_ENUM(process_state_name, PROCESS_STATES)

#define PROCESS_VIEW(X, T)                                                                  \
	X(T, uuid, _, id, .doc = "Identifies this run of the process")                      \
	X(T, str, _, kind, .max = 32, .doc = "public-api, admin-api, worker or cron")       \
	X(T, str, _, release, .max = 100, .doc = "STOA_RELEASE")                            \
	X(T, str, _, host, .max = 128, .doc = "Name of the machine")                        \
	X(T, i64, _, pid, .doc = "Process id there")                                        \
	X(T, i64, _, port, .doc = "Port it listens on")                                     \
	X(T, choice, process_state_name, state, .doc = "ready, or draining before its end") \
	X(T, time, _, started_at, .doc = "When it was started")                             \
	X(T, time, _, seen_at, .doc = "Last sign of life; after half a minute without it is not listed")
SCHEMA_STRUCT(process_view, PROCESS_VIEW)

#define PROCESS_LIST(X, T) X(T, list, process_view, data, .max = 1000, .doc = "By kind, host and port")
SCHEMA_STRUCT(process_list, PROCESS_LIST)

/* ---- Problems --------------------------------------------------------------------------------- */

#define OPS_PROBLEMS(X) X(letter_resolved, 409, "Somebody has decided on the dead letter already")
OPS_PROBLEMS(PROBLEM_DECLARE)
extern const struct problem *const ops_problems[];

#endif
