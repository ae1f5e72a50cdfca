/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <unistd.h>

#include "apps/stoa/cli.h"
#include "apps/stoa/files.h"
#include "apps/stoa/stack/configure.h"
#include "apps/stoa/stack/stack.h"

/* Replaces this process by the app, which connects to the stores of the environment, or of the stack in .stoa. */
static int run_run(int argc, char **argv)
{
	struct path program;
	struct stack stack;

	if (argc < 1) {
		fprintf(stderr,
		        "stoa: run takes public-api, admin-api, worker or cron, then the options of that program\n");
		return EXIT_USAGE;
	}
	if (stack_locate(&stack, NULL))
		return EXIT_FAILED;
	for (int part = 0; part < PART_COUNT; part++) {
		if (!part_rows[part].app || strcmp(argv[0], part_name(part)) != 0)
			continue;
		configure_connect(NULL);
		program = stack_program(&stack, argv[0]);
		argv[0] = program.text;
		execv(program.text, argv);
		fprintf(stderr, "stoa: %s: %s\n", program.text, strerror(errno));
		return EXIT_FAILED;
	}
	fprintf(stderr, "stoa: %s: no such app; takes public-api, admin-api, worker or cron\n", argv[0]);
	return EXIT_USAGE;
}

const struct command command_run = {
	.name = "run",
	.words = "public-api | admin-api | worker | cron [OPTIONS]",
	.help = "run one process in the foreground: public-api, admin-api, worker or cron",
	.example = "stoa run worker --port=3012",
	.forwards_options = true,
	.run = run_run,
};
