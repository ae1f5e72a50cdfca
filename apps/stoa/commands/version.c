/* SPDX-License-Identifier: Apache-2.0 */
#include "apps/stoa/args.h"
#include "apps/stoa/cli.h"

static int run_version(int argc, char **argv)
{
	if (args_none(argc, argv) < 0)
		return EXIT_USAGE;
	printf("stoa %s\n", STOA_VERSION);
	return EXIT_DONE;
}

const struct command command_version = {
	.name = "version",
	.help = "print the version",
	.example = "stoa version",
	.run = run_version,
};
