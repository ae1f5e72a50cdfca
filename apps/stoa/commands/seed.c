/* SPDX-License-Identifier: Apache-2.0 */
#include "apps/stoa/args.h"
#include "apps/stoa/cli.h"
#include "apps/stoa/database.h"
#include "base/clock.h"
#include "events/event.h"
#include "service/platform.h"
#include "task/task.h"

#define SEED_TIMEOUT_US (300 * US_PER_S)

static void seed_all(struct db *db, void *arg)
{
	struct events *events = events_open(task_loop(), &(struct events_options){ .db = db, .source = "seed" });
	int64_t now = clock_now_us();

	(void)arg;
	for (const struct service *const *service = services_all; *service; service++) {
		if (!(*service)->seed)
			continue;
		(*service)->seed(db, now);
		printf("%s: demo data loaded\n", (*service)->name);
	}
	events_close(events);
}

static int run_seed(int argc, char **argv)
{
	if (args_none(argc, argv) < 0)
		return EXIT_USAGE;
	return database_run(seed_all, NULL, SEED_TIMEOUT_US);
}

const struct command command_seed = {
	.name = "seed",
	.help = "load demo data; a second run changes nothing",
	.example = "stoa seed",
	.run = run_seed,
};
