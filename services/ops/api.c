/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/api.h"

CHOICE_TABLE(process_state_name, PROCESS_STATES)

SCHEMA_TABLE(feed_event, FEED_EVENT, "An event with its position in the log")
SCHEMA_TABLE(feed_page, FEED_PAGE, "A page of the log")
SCHEMA_TABLE(feed_query, FEED_QUERY, "Filter and page of the log")
SCHEMA_TABLE(feed_stream_query, FEED_STREAM_QUERY, "Where a stream of the log starts")
SCHEMA_TABLE(feed_connected, FEED_CONNECTED, "The first message of a stream of the log")

SCHEMA_TABLE(dead_letter_row, DEAD_LETTER_ROW, "An event that a consumer could not handle")
SCHEMA_TABLE(dead_letter_page, DEAD_LETTER_PAGE, "A page of dead letters")
SCHEMA_TABLE(dead_letter_detail, DEAD_LETTER_DETAIL, "A dead letter with its event and all attempts")
SCHEMA_TABLE(dead_letter_query, DEAD_LETTER_QUERY, "Filter and page of a list of dead letters")
SCHEMA_TABLE(discard_dead_letter, DISCARD_DEAD_LETTER, "Why a dead letter is discarded")
SCHEMA_TABLE(replay_filter, REPLAY_FILTER, "Filter of open dead letters")
SCHEMA_TABLE(replay_dead_letters, REPLAY_DEAD_LETTERS, "The dead letters to replay")
SCHEMA_TABLE(replay_view, REPLAY_VIEW, "The result of a replay")

SCHEMA_TABLE(consumer_view, CONSUMER_VIEW, "A subscription, over all processes")
SCHEMA_TABLE(consumer_list, CONSUMER_LIST, "All subscriptions")
SCHEMA_TABLE(process_view, PROCESS_VIEW, "A running process")
SCHEMA_TABLE(process_list, PROCESS_LIST, "All running processes")

OPS_PROBLEMS(PROBLEM_DEFINE)
