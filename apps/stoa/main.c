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

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? command_name(argv[1]) : "help";

	for (size_t i = 0; i < command_count; i++)
		if (strcmp(name, commands[i]->name) == 0)
			return commands[i]->run(argc > 1 ? argc - 2 : 0, argv + 2);
	fprintf(stderr, "stoa: %s: no such command; `stoa help` lists them\n", name);
	return EXIT_USAGE;
}
