/* SPDX-License-Identifier: Apache-2.0 */
/* The audit trail: verify its chain, export it, seal its new rows. */
#include "service/audit.h"

#include "apps/stoa/args.h"
#include "apps/stoa/cli.h"
#include "apps/stoa/database.h"
#include "base/check.h"
#include "base/clock.h"
#include "task/task.h"

#define TIMEOUT_US (600 * US_PER_S)

struct audit_request {
	int64_t since;
	const char *subject; /* NULL: everything */
	bool broken;
};

static void print_verdict(struct db *db, void *arg)
{
	struct audit_request *request = arg;
	struct audit_verdict verdict;
	char id[UUID_TEXT_LEN];

	audit_verify(db, &verdict);
	uuid_format(verdict.id, id);
	request->broken = verdict.broken != NULL;
	if (verdict.broken && verdict.number)
		printf("broken at link %lld, row %.*s: %s\n", (long long)verdict.number, UUID_TEXT_LEN, id,
		       verdict.broken);
	else if (verdict.broken)
		printf("broken at row %.*s: %s\n", UUID_TEXT_LEN, id, verdict.broken);
	else if (verdict.count)
		printf("whole: links %lld to %lld, head %.*s\n", (long long)verdict.first, (long long)verdict.number,
		       STR_ARG(verdict.head));
	else
		printf("whole: no row is sealed yet\n");
	if (verdict.waiting)
		printf("%lld rows are not sealed yet\n", (long long)verdict.waiting);
}

static void print_row(struct str json, void *arg)
{
	(void)arg;
	printf("%.*s\n", STR_ARG(json));
}

static void export_rows(struct db *db, void *arg)
{
	const struct audit_request *request = arg;

	audit_export(db, request->since, request->subject ? str_from(request->subject) : STR_NULL, print_row, NULL);
}

static void seal_rows(struct db *db, void *arg)
{
	size_t total = 0, count;

	(void)arg;
	do {
		total += count = audit_seal(db, clock_now_us());
		arena_reset(task_arena());
	} while (count > 0);
	printf("%zu rows sealed\n", total);
}

static const struct action {
	const char *name;
	void (*run)(struct db *db, void *arg);
} actions[] = {
	{ "verify", print_verdict },
	{ "export", export_rows },
	{ "seal", seal_rows },
};

static int run_action(const struct action *action, struct audit_request *request)
{
	int status = database_run(action->run, request, TIMEOUT_US);

	return status == EXIT_DONE && request->broken ? EXIT_FAILED : status;
}

static int run_audit(int argc, char **argv)
{
	struct audit_request request = { .since = INT64_MIN };
	const char *since = NULL, *words[2];
	const struct arg rows[] = { { "since", ARG_TEXT, .text = &since },
		                    { "subject", ARG_TEXT, .text = &request.subject },
		                    { NULL } };

	if (args_parse(argc, argv, rows, words, 1) < 0)
		return EXIT_USAGE;
	if (since && time_parse(str_from(since), &request.since)) {
		fprintf(stderr, "stoa: --since takes a time, for example 2026-11-21T10:00:00Z\n");
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < ARRAY_COUNT(actions); i++)
		if (words[0] && strcmp(words[0], actions[i].name) == 0)
			return run_action(&actions[i], &request);
	fprintf(stderr, "stoa: audit takes verify, export [--since TIME] [--subject KIND[/ID]] or seal\n");
	return EXIT_USAGE;
}

const struct command command_audit = {
	.name = "audit",
	.words = "verify | export | seal",
	.options = OPTIONS(
	        { "since", "TIME", "export: rows from this time on, as in 2026-11-21T10:00:00Z" },
	        { "subject", "KIND[/ID]", "export: rows about this kind of thing, or about one, as in orders/ID" }),
	.help = "verify, print as lines of JSON, or seal the trail of changes by staff; TIME as in "
	        "2026-11-21T10:00:00Z",
	.example = "stoa audit export --since 2026-11-21T10:00:00Z",
	.run = run_audit,
};
