/* SPDX-License-Identifier: Apache-2.0 */
#include "apps/stoa/args.h"
#include "apps/stoa/cli.h"
#include "apps/stoa/database.h"
#include "apps/stoa/sql/cli_sql.h"
#include "base/clock.h"
#include "task/task.h"

enum { BATCH = 200, TAIL = 20 };
#define TIMEOUT_US (600 * US_PER_S)

struct event_filter {
	const char *type;
	int64_t after; /* a position; -1: print the last 20 */
	int64_t max;
	bool data;
};

static void print_event(const struct sql_cli_event_list_row *row, bool data)
{
	char time[TIME_TEXT_MAX], id[UUID_TEXT_LEN];
	size_t length = time_format(row->occurred_at, time);

	uuid_format(row->aggregate_id, id);
	printf("%8lld  %-27.*s  %-22.*s  %.*s %.*s #%lld  by %.*s\n", (long long)row->position, (int)length, time,
	       STR_ARG(row->type), STR_ARG(row->aggregate), UUID_TEXT_LEN, id, (long long)row->aggregate_seq,
	       STR_ARG(row->source));
	if (data)
		printf("          %.*s\n", STR_ARG(row->data));
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
			print_event(&rows.rows[i], filter->data);
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
		{ "after", ARG_NUMBER, .number = &filter.after },
		{ "limit", ARG_NUMBER, .number = &filter.max },
		{ "type", ARG_TEXT, .text = &filter.type },
		{ "data", ARG_FLAG, .flag = &filter.data },
		{ NULL },
	};

	if (args_parse(argc, argv, rows, NULL, 0) < 0)
		return EXIT_USAGE;
	return database_run(print_events, &filter, TIMEOUT_US);
}

const struct command command_events = {
	.name = "events",
	.arguments = "[--after POSITION] [--type TYPE] [--limit N] [--data]",
	.help = "print the event log in order; without --after the last 20 events",
	.run = run_events,
};
