/* SPDX-License-Identifier: Apache-2.0 */
#include "args.h"
#include "base/clock.h"
#include "cli.h"
#include "database.h"
#include "events/event.h"
#include "service/platform.h"
#include "task/task.h"

enum { CONNINFO_MAX = 2048 };
#define SEED_TIMEOUT_US (300 * US_PER_S)

int command_migrate(int argc, char **argv)
{
	bool contract = false;
	const struct arg rows[] = { { "contract", ARG_FLAG, .flag = &contract }, { NULL } };
	const struct migration_set *sets[PLATFORM_LIST_MAX];
	struct migrate_report report;
	char conninfo[CONNINFO_MAX];
	struct config config;

	if (args_parse(argc, argv, rows, NULL, 0) < 0)
		return EXIT_USAGE;
	database_config(&config, conninfo, sizeof(conninfo));
	platform_sets(services_all, sets);
	if (migrate_run(conninfo, sets, contract, &report)) {
		fprintf(stderr, "stoa: %s\n", report.error);
		return EXIT_FAILED;
	}
	if (report.applied)
		printf("%d migration%s applied\n", report.applied, report.applied == 1 ? "" : "s");
	else
		printf("nothing to migrate\n");
	if (report.pending)
		printf("%d held back for --contract, once no old release runs\n", report.pending);
	return EXIT_DONE;
}

static void seed_all(struct db *db, void *arg)
{
	struct events *events = events_open(task_loop(), &(struct events_options){ .db = db, .source = "seed" });
	int64_t now = clock_now_us();

	(void)arg;
	for (const struct service *const *service = services_all; *service; service++) {
		if (!(*service)->seed)
			continue;
		(*service)->seed(db, now);
		printf("%s is seeded\n", (*service)->name);
	}
	events_close(events);
}

int command_seed(int argc, char **argv)
{
	const struct arg rows[] = { { NULL } };

	if (args_parse(argc, argv, rows, NULL, 0) < 0)
		return EXIT_USAGE;
	return database_run(seed_all, NULL, SEED_TIMEOUT_US);
}
