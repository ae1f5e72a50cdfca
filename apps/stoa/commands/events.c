/* SPDX-License-Identifier: Apache-2.0 */
#include "apps/stoa/args.h"
#include "apps/stoa/cli.h"
#include "apps/stoa/database.h"
#include "apps/stoa/json_line.h"
#include "apps/stoa/sql/cli_sql.h"
#include "base/clock.h"
#include "task/task.h"

enum { BATCH = 200, TAIL = 20 };
#define TIMEOUT_US (600 * US_PER_S)

struct event_filter {
	const char *type;
	int64_t after; /* a position; -1: print the last 20 */
	int64_t max;
	bool data, json;
};

static void print_event(const struct sql_cli_event_list_row *row, bool data)
{
	char time[TIME_TEXT_MAX], id[UUID_TEXT_LEN];
	size_t length = time_format_any(row->occurred_at, time);

	uuid_format(row->aggregate_id, id);
	printf("%8lld  %-27.*s  %-22.*s  %.*s %.*s #%lld  by %.*s\n", (long long)row->position, (int)length, time,
	       STR_ARG(row->type), STR_ARG(row->aggregate), UUID_TEXT_LEN, id, (long long)row->aggregate_seq,
	       STR_ARG(row->source));
	if (data)
		printf("          %.*s\n", STR_ARG(row->data));
}

static void print_event_json(const struct sql_cli_event_list_row *row, bool data)
{
	struct json_line line;

	json_line_begin(&line);
	json_line_number(&line, "position", row->position);
	json_line_id(&line, "id", row->id);
	json_line_text(&line, "type", row->type);
	json_line_text(&line, "aggregate", row->aggregate);
	json_line_id(&line, "aggregate_id", row->aggregate_id);
	json_line_number(&line, "aggregate_seq", row->aggregate_seq);
	json_line_time(&line, "occurred_at", row->occurred_at);
	json_line_text(&line, "source", row->source);
	if (data)
		json_line_json(&line, "data", row->data);
	json_line_end(&line);
}

static void print_events(struct db *db, void *arg)
{
	const struct event_filter *filter = arg;
	struct str type = str_from(filter->type);
	int64_t after = filter->after, left = filter->max;
	size_t count;

	if (after < 0)
		after = sql_cli_event_tail(db, .type = type, .count = TAIL)->after;
	do {
		struct sql_cli_event_list_rows rows =
		        sql_cli_event_list(db, .after = after, .type = type, .max = left < BATCH ? left : BATCH);

		for (size_t i = 0; i < rows.count; i++)
			(filter->json ? print_event_json : print_event)(&rows.rows[i], filter->data);
		count = rows.count;
		left -= (int64_t)count;
		if (count)
			after = rows.rows[count - 1].position;
		arena_reset(task_arena());
	} while (count == BATCH && left > 0);
}

static int run_events(int argc, char **argv)
{
	struct event_filter filter = { .after = -1, .max = INT64_MAX };
	const struct arg rows[] = {
		{ "after", ARG_NUMBER, .number = &filter.after }, { "limit", ARG_NUMBER, .number = &filter.max },
		{ "type", ARG_TEXT, .text = &filter.type },       { "data", ARG_FLAG, .flag = &filter.data },
		{ "json", ARG_FLAG, .flag = &filter.json },       { NULL },
	};

	if (args_parse(argc, argv, rows, NULL, 0) < 0)
		return EXIT_USAGE;
	return database_run(print_events, &filter, TIMEOUT_US);
}

const struct command command_events = {
	.name = "events",
	.options = OPTIONS({ "after", "POSITION", "begin behind this position; without it 20 events before the end" },
	                   { "type", "TYPE", "only events of this type" }, { "limit", "N", "at most so many" },
	                   { "data", NULL, "print the data of each event as well" }, OPTION_JSON),
	.help = "print the event log in order; without --after the last 20 events",
	.example = "stoa events --type order.created --limit 10 --data",
	.run = run_events,
};
