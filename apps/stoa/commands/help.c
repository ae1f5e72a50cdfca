/* SPDX-License-Identifier: Apache-2.0 */
#include "apps/stoa/cli.h"
#include "base/check.h"

static int run_help(int argc, char **argv)
{
	(void)argc, (void)argv;
	printf("usage: stoa COMMAND\n\n");
	for (size_t i = 0; i < command_count; i++)
		printf("  %-12s %s%s%s\n", commands[i]->name, commands[i]->help,
		       *commands[i]->arguments ? "\n               " : "", commands[i]->arguments);
	printf("\nA command that needs the database connects by DATABASE_URL or DB_HOST, or to the stack in .stoa when "
	       "neither is set.\n"
	       "Exit status: 0 done, 1 refused or failed, 2 wrong arguments.\n");
	return EXIT_DONE;
}

const struct command command_help = {
	.name = "help",
	.arguments = "",
	.help = "list all commands",
	.run = run_help,
};
