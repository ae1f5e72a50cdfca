/* SPDX-License-Identifier: Apache-2.0 */
/* Dead letters: events that a consumer has given up on. They stay until somebody decides. */
#include <pwd.h>
#include <unistd.h>

#include "apps/stoa/sql/cli_sql.h"
#include "args.h"
#include "base/check.h"
#include "base/clock.h"
#include "cli.h"
#include "database.h"
#include "task/task.h"

enum { LIST_MAX = 1000 };
#define TIMEOUT_US (30 * US_PER_S)

struct decision {
	struct uuid id;
	bool done;
};

static void print_line(const char *name, struct str value)
{
	printf("%-10s %.*s\n", name, STR_ARG(value));
}

static struct str time_text(int64_t time_us)
{
	char text[TIME_TEXT_MAX];
	size_t length = time_format(time_us, text);

	return str_dup(task_arena(), (struct str){ text, length });
}

static void list(struct db *db, void *arg)
{
	struct sql_cli_dead_list_rows rows = sql_cli_dead_list(db, .max = LIST_MAX);

	((struct decision *)arg)->done = true;
	for (size_t i = 0; i < rows.count; i++) {
		const struct sql_cli_dead_list_row *row = &rows.rows[i];
		struct str id = uuid_text(task_arena(), row->id), died = time_text(row->died_at);

		printf("%.*s  %.*s  %.*s  %.*s  %lld attempts  %.*s\n", STR_ARG(id), STR_ARG(died),
		       STR_ARG(row->consumer), STR_ARG(row->event_type), (long long)row->attempts,
		       STR_ARG(row->reason));
	}
	if (rows.count == 0)
		printf("no dead letters\n");
}

static void show(struct db *db, void *arg)
{
	struct decision *decision = arg;
	const struct sql_cli_dead_get_row *row = sql_cli_dead_get(db, .id = decision->id);

	if (!row)
		return;
	decision->done = true;
	print_line("id", uuid_text(task_arena(), row->id));
	print_line("consumer", row->consumer);
	print_line("event", uuid_text(task_arena(), row->event_id));
	print_line("type", row->event_type);
	print_line("died", time_text(row->died_at));
	print_line("reason", row->reason);
	if (row->resolved_at.set)
		printf("%-10s %.*s by %.*s\n", "resolved", STR_ARG(row->resolution), STR_ARG(row->resolved_by));
	print_line("attempts", row->errors);
	print_line("data", str_is_null(row->data) ? STR("gone with an old part of the log") : row->data);
}

static struct str who(void)
{
	const struct passwd *user = getpwuid(getuid());

	return str_printf(task_arena(), "%s at the command line", user ? user->pw_name : "somebody");
}

static void replay(struct db *db, void *arg)
{
	struct decision *decision = arg;
	struct tx *tx = tx_begin(db);

	decision->done = sql_cli_dead_replay(tx, .id = decision->id, .now = clock_now_us(), .who = who()) != NULL;
	tx_commit(tx);
}

static void discard(struct db *db, void *arg)
{
	struct decision *decision = arg;
	struct tx *tx = tx_begin(db);

	decision->done = sql_cli_dead_discard(tx, .id = decision->id, .now = clock_now_us(), .who = who()) != NULL;
	tx_commit(tx);
}

static const struct verb {
	const char *name;
	bool takes_id;
	void (*run)(struct db *db, void *arg);
	const char *done, *not_done;
} verbs[] = {
	{ "list", false, list, NULL, NULL },
	{ "show", true, show, NULL, "no such dead letter" },
	{ "replay", true, replay, "its consumer will try again within seconds", "no such open dead letter" },
	{ "discard", true, discard, "discarded", "no such open dead letter" },
};

static int run_verb(const struct verb *verb, const char *id)
{
	struct decision decision = { 0 };
	int status;

	if (verb->takes_id && (!id || uuid_parse(str_from(id), &decision.id))) {
		fprintf(stderr, "stoa: dead %s takes the id of a dead letter\n", verb->name);
		return EXIT_USAGE;
	}
	status = database_run(verb->run, &decision, TIMEOUT_US);
	if (status != EXIT_DONE)
		return status;
	if (!decision.done)
		fprintf(stderr, "stoa: %s\n", verb->not_done);
	else if (verb->done)
		printf("%s\n", verb->done);
	return decision.done ? EXIT_DONE : EXIT_FAILED;
}

int command_dead(int argc, char **argv)
{
	const struct arg rows[] = { { NULL } };
	const char *words[3];

	if (args_parse(argc, argv, rows, words, 2) < 0)
		return EXIT_USAGE;
	for (size_t i = 0; i < ARRAY_COUNT(verbs); i++)
		if (words[0] && strcmp(words[0], verbs[i].name) == 0)
			return run_verb(&verbs[i], words[1]);
	fprintf(stderr, "stoa: dead takes list, show ID, replay ID or discard ID\n");
	return EXIT_USAGE;
}
