/* SPDX-License-Identifier: Apache-2.0 */
#include "apps/stoa/args.h"
#include "apps/stoa/cli.h"
#include "apps/stoa/database.h"
#include "service/platform.h"

enum { CONNINFO_MAX = 2048 };

static int run_migrate(int argc, char **argv)
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
		printf("no migration is missing\n");
	if (report.pending)
		printf("%d contract migration%s not applied; run `stoa migrate --contract` when no old release runs\n",
		       report.pending, report.pending == 1 ? "" : "s");
	return EXIT_DONE;
}

const struct command command_migrate = {
	.name = "migrate",
	.options = OPTIONS({ "contract", NULL, "also apply migrations that break the previous release" }),
	.help = "apply missing migrations; --contract also applies those that break the previous release",
	.example = "stoa migrate",
	.run = run_migrate,
};
