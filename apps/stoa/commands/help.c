/* SPDX-License-Identifier: Apache-2.0 */
#include "apps/stoa/args.h"
#include "apps/stoa/cli.h"
#include "base/check.h"

static void print_arguments(const struct command *command)
{
	const struct command_option *option = command->options;

	if (command->words)
		printf(" %s", command->words);
	for (; option && option->name; option++)
		printf(" [--%s%s%s]", option->name, option->value ? " " : "", option->value ? option->value : "");
}

void command_print_help(const struct command *command)
{
	const struct command_option *option = command->options;

	printf("usage: stoa %s", command->name);
	print_arguments(command);
	printf("\n\n%s\n", command->help);
	if (option)
		printf("\nOptions:\n");
	for (; option && option->name; option++) {
		char text[40];

		snprintf(text, sizeof(text), "--%s%s%s", option->name, option->value ? " " : "",
		         option->value ? option->value : "");
		printf("  %-22s %s\n", text, option->help);
	}
	printf("\nExample:\n  %s\n", command->example);
}

static void print_all(void)
{
	printf("usage: stoa COMMAND\n\n");
	for (size_t i = 0; i < command_count; i++) {
		printf("  %-12s %s", commands[i]->name, commands[i]->help);
		if (commands[i]->words || commands[i]->options) {
			printf("\n              ");
			print_arguments(commands[i]);
		}
		printf("\n");
	}
	printf("\n`stoa COMMAND --help` describes the options of a command and shows an example.\n"
	       "A command that needs the database connects by DATABASE_URL or DB_HOST, or to the stack in .stoa when "
	       "neither is set.\n"
	       "Exit status: 0 done, 1 refused or failed, 2 wrong arguments.\n");
}

static int run_help(int argc, char **argv)
{
	const struct arg no_options[] = { { NULL } };
	const struct command *command;
	const char *words[2];

	if (args_parse(argc, argv, no_options, words, 1) < 0)
		return EXIT_USAGE;
	if (!words[0]) {
		print_all();
		return EXIT_DONE;
	}
	command = command_find(words[0]);
	if (!command) {
		fprintf(stderr, "stoa: %s: no such command; `stoa help` lists them\n", words[0]);
		return EXIT_USAGE;
	}
	command_print_help(command);
	return EXIT_DONE;
}

const struct command command_help = {
	.name = "help",
	.words = "[COMMAND]",
	.help = "list all commands, or describe one",
	.example = "stoa help up",
	.run = run_help,
};
