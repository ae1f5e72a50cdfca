/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/api.h"

CHOICE_TABLE(process_state_name, PROCESS_STATES)

SCHEMA_TABLE(feed_event, FEED_EVENT, "An event with its place in the log")
SCHEMA_TABLE(feed_page, FEED_PAGE, "A stretch of the log")
SCHEMA_TABLE(feed_query, FEED_QUERY, "Which stretch of the log")
SCHEMA_TABLE(feed_stream_query, FEED_STREAM_QUERY, "Where a stream of the log begins")
SCHEMA_TABLE(feed_connected, FEED_CONNECTED, "What a stream of the log says first")

SCHEMA_TABLE(dead_letter_row, DEAD_LETTER_ROW, "An event that a consumer has given up on")
SCHEMA_TABLE(dead_letter_page, DEAD_LETTER_PAGE, "A page of dead letters")
SCHEMA_TABLE(dead_letter_detail, DEAD_LETTER_DETAIL, "A dead letter with its event and every attempt")
SCHEMA_TABLE(dead_letter_query, DEAD_LETTER_QUERY, "Which dead letters")
SCHEMA_TABLE(discard_dead_letter, DISCARD_DEAD_LETTER, "Why an event will not be handled")
SCHEMA_TABLE(replay_filter, REPLAY_FILTER, "Which of the open dead letters")
SCHEMA_TABLE(replay_dead_letters, REPLAY_DEAD_LETTERS, "A bounded set of dead letters to be tried again")
SCHEMA_TABLE(replay_view, REPLAY_VIEW, "What was put up again")

SCHEMA_TABLE(consumer_view, CONSUMER_VIEW, "A subscription, over all processes")
SCHEMA_TABLE(consumer_list, CONSUMER_LIST, "All subscriptions")
SCHEMA_TABLE(process_view, PROCESS_VIEW, "A process that runs")
SCHEMA_TABLE(process_list, PROCESS_LIST, "What runs now")

OPS_PROBLEMS(PROBLEM_DEFINE)
const struct problem *const ops_problems[] = { OPS_PROBLEMS(PROBLEM_POINTER) NULL };
