/* SPDX-License-Identifier: Apache-2.0 */
#include "base/check.h"
#include "cli.h"

/* Options that other programs have for the same. */
static const struct {
	const char *option, *command;
} aliases[] = { { "--help", "help" }, { "-h", "help" }, { "--version", "version" } };

static const char *command_name(const char *word)
{
	for (size_t i = 0; i < ARRAY_COUNT(aliases); i++)
		if (strcmp(word, aliases[i].option) == 0)
			return aliases[i].command;
	return word;
}

static bool asks_for_help(const struct command *command, int argc, char **argv)
{
	for (int i = 0; i < argc && !(i > 0 && command->forwards_options); i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? command_name(argv[1]) : "help";
	const struct command *command = command_find(name);
	int words = argc > 1 ? argc - 2 : 0;

	if (!command) {
		fprintf(stderr, "stoa: %s: no such command; `stoa help` lists them\n", name);
		return EXIT_USAGE;
	}
	if (asks_for_help(command, words, argv + 2)) {
		command_print_help(command);
		return EXIT_DONE;
	}
	return command->run(words, argv + 2);
}
