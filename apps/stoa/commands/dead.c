/* SPDX-License-Identifier: Apache-2.0 */
/* Dead letters: events whose handler has used up its attempts. They are kept until an operator replays or discards
 * them. */
#include <pwd.h>
#include <unistd.h>

#include "apps/stoa/args.h"
#include "apps/stoa/cli.h"
#include "apps/stoa/database.h"
#include "apps/stoa/json_line.h"
#include "base/check.h"
#include "base/clock.h"
#include "events/sql/dead_sql.h"
#include "task/task.h"

enum { LIST_MAX = 1000 };
#define TIMEOUT_US (30 * US_PER_S)

struct decision {
	struct uuid id;
	bool json, done;
};

static void print_member(const char *name, struct str value)
{
	printf("%-10s %.*s\n", name, STR_ARG(value));
}

static struct str time_text(int64_t time_us)
{
	char text[TIME_TEXT_MAX];
	size_t length = time_format_any(time_us, text);

	return str_dup(task_arena(), (struct str){ text, length });
}

static void print_letter(const struct sql_dead_letter_summary_row *letter)
{
	struct str id = uuid_text(task_arena(), letter->id), died = time_text(letter->died_at);

	printf("%.*s  %.*s  %.*s  %.*s  %lld attempts  %.*s\n", STR_ARG(id), STR_ARG(died), STR_ARG(letter->consumer),
	       STR_ARG(letter->type), (long long)letter->attempts, STR_ARG(letter->reason));
}

static void print_letter_json(const struct sql_dead_letter_summary_row *letter)
{
	struct json_line line;

	json_line_begin(&line);
	json_line_id(&line, "id", letter->id);
	json_line_time(&line, "died_at", letter->died_at);
	json_line_text(&line, "consumer", letter->consumer);
	json_line_id(&line, "event_id", letter->event_id);
	json_line_text(&line, "type", letter->type);
	json_line_number(&line, "position", letter->position);
	json_line_number(&line, "attempts", letter->attempts);
	json_line_text(&line, "reason", letter->reason);
	json_line_text(&line, "fingerprint", letter->fingerprint);
	json_line_end(&line);
}

static void list_dead_letters(struct db *db, void *arg)
{
	struct sql_dead_letter_summary_rows found =
	        sql_dead_letters(db, .page = { .limit = LIST_MAX }, .resolved = false, .consumer = STR_NULL,
	                         .type = STR_NULL, .fingerprint = STR_NULL, .died_from = { 0 }, .died_before = { 0 });

	struct decision *decision = arg;

	decision->done = true;
	for (size_t i = 0; i < found.count; i++)
		(decision->json ? print_letter_json : print_letter)(&found.rows[i]);
	if (found.count == 0 && !decision->json)
		printf("no dead letters\n");
}

static void show_dead_letter(struct db *db, void *arg)
{
	struct decision *decision = arg;
	const struct sql_dead_letter_row *letter = sql_dead_letter_get(db, .id = decision->id);

	decision->done = true;
	print_member("id", uuid_text(task_arena(), letter->id));
	print_member("consumer", letter->consumer);
	print_member("event", uuid_text(task_arena(), letter->event_id));
	print_member("type", letter->type);
	print_member("died", time_text(letter->died_at));
	print_member("reason", letter->reason);
	if (letter->resolved_at.set)
		printf("%-10s %.*s by %.*s%s%.*s\n", "resolved", STR_ARG(letter->resolution),
		       STR_ARG(letter->resolved_by), letter->resolution_reason.len ? ": " : "",
		       STR_ARG(letter->resolution_reason));
	print_member("attempts", letter->errors);
	print_member("data", str_is_null(letter->data) ? STR("not available: its part of the event log has expired")
	                                               : letter->data);
}

static struct str decider_name(void)
{
	const struct passwd *user = getpwuid(getuid());

	return str_printf(task_arena(), "%s at the command line", user ? user->pw_name : "an unknown user");
}

static void replay_dead_letter(struct db *db, void *arg)
{
	struct decision *decision = arg;
	struct tx *tx = tx_begin(db);

	decision->done =
	        sql_dead_letter_replay(tx, .ids = { &decision->id, 1 }, .who = decider_name(), .now = clock_now_us())
	                .count == 1;
	tx_commit(tx);
}

static void discard_dead_letter(struct db *db, void *arg)
{
	struct decision *decision = arg;
	struct tx *tx = tx_begin(db);

	decision->done = sql_dead_letter_discard(tx, .id = decision->id, .who = decider_name(), .reason = STR_NULL,
	                                         .now = clock_now_us()) != NULL;
	tx_commit(tx);
}

static const struct action {
	const char *name;
	bool takes_id;
	void (*run)(struct db *db, void *arg);
	const char *done, *not_done;
} actions[] = {
	{ "list", false, list_dead_letters, NULL, NULL },
	{ "show", true, show_dead_letter, NULL, NULL },
	{ "replay", true, replay_dead_letter, "replayed: its consumer tries again within seconds",
	  "no such open dead letter" },
	{ "discard", true, discard_dead_letter, "discarded", "no such open dead letter" },
};

static int run_action(const struct action *action, const char *id, bool json)
{
	struct decision decision = { .json = json };
	int status;

	if (action->takes_id && (!id || uuid_parse(str_from(id), &decision.id))) {
		fprintf(stderr, "stoa: dead %s takes the id of a dead letter\n", action->name);
		return EXIT_USAGE;
	}
	status = database_run(action->run, &decision, TIMEOUT_US);
	if (status != EXIT_DONE)
		return status;
	if (!decision.done)
		fprintf(stderr, "stoa: %s\n", action->not_done);
	else if (action->done)
		printf("%s\n", action->done);
	return decision.done ? EXIT_DONE : EXIT_FAILED;
}

static int run_dead(int argc, char **argv)
{
	bool json = false;
	const struct arg rows[] = { { "json", ARG_FLAG, .flag = &json }, { NULL } };
	const char *words[3];

	if (args_parse(argc, argv, rows, words, 2) < 0)
		return EXIT_USAGE;
	for (size_t i = 0; i < ARRAY_COUNT(actions); i++)
		if (words[0] && strcmp(words[0], actions[i].name) == 0)
			return run_action(&actions[i], words[1], json);
	fprintf(stderr, "stoa: dead takes list, show ID, replay ID or discard ID\n");
	return EXIT_USAGE;
}

const struct command command_dead = {
	.name = "dead",
	.words = "list | show ID | replay ID | discard ID",
	.options = OPTIONS({ "json", NULL, "list: print one JSON object a line, for programs" }),
	.help = "list, show, replay or discard dead letters: events that a consumer has failed to handle",
	.example = "stoa dead list",
	.run = run_dead,
};
