/* SPDX-License-Identifier: Apache-2.0 */
/* `stoa consumers`: how far each subscription is, over all processes. The admin API pauses and resumes one. */
#include "apps/stoa/args.h"
#include "apps/stoa/cli.h"
#include "apps/stoa/database.h"
#include "apps/stoa/json_line.h"
#include "base/clock.h"
#include "events/sql/operators_sql.h"

enum { LIST_MAX = 1000 };
#define TIMEOUT_US (30 * US_PER_S)

static void print_json(const struct sql_subscription_row *row)
{
	struct json_line line;

	json_line_begin(&line);
	json_line_text(&line, "name", row->name);
	json_line_text(&line, "type", row->type);
	json_line_number(&line, "pending", row->pending);
	json_line_number(&line, "lag_ms", row->lag_ms);
	json_line_number(&line, "retries", row->retries);
	json_line_number(&line, "dead", row->dead);
	json_line_text(&line, "paused_by", row->paused_by);
	json_line_end(&line);
}

static void print_row(const struct sql_subscription_row *row)
{
	printf("%-36.*s %-24.*s %6lld pending %8.1f s behind %4lld retries %4lld dead%s\n", STR_ARG(row->name),
	       STR_ARG(row->type), (long long)row->pending, (double)row->lag_ms / 1000, (long long)row->retries,
	       (long long)row->dead, row->paused_at.set ? ", paused" : "");
}

static void print_consumers(struct db *db, void *arg)
{
	struct sql_subscription_rows found = sql_subscriptions(db, .page = { .limit = LIST_MAX });
	const bool *json = arg;

	for (size_t i = 0; i < found.count; i++)
		(*json ? print_json : print_row)(&found.rows[i]);
	if (!found.count && !*json)
		printf("no process has subscribed within the last day\n");
}

static int run_consumers(int argc, char **argv)
{
	bool json = false;
	const struct arg rows[] = { { "json", ARG_FLAG, .flag = &json }, { NULL } };

	if (args_parse(argc, argv, rows, NULL, 0) < 0)
		return EXIT_USAGE;
	return database_run(print_consumers, &json, TIMEOUT_US);
}

const struct command command_consumers = {
	.name = "consumers",
	.options = OPTIONS(OPTION_JSON),
	.help = "list the subscriptions: events that wait, how late they are, dead letters",
	.example = "stoa consumers",
	.run = run_consumers,
};
