/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line. A command is a file of commands/: a function, and beside it a row with its name, its arguments, one
 * line of help and that function. commands/list.c names the rows.
 *
 * The function gets the words after the command's name and returns the exit status.
 */
#ifndef STOA_APPS_STOA_CLI_H
#define STOA_APPS_STOA_CLI_H

#include <stddef.h>

enum { EXIT_DONE = 0, EXIT_FAILED = 1 /* refused or failed */, EXIT_USAGE = 2 /* wrong arguments */ };

struct command {
	const char *name;
	const char *arguments; /* "" when it takes none */
	const char *help;
	int (*run)(int argc, char **argv);
};

/* In the order in which `stoa help` lists them. */
extern const struct command *const commands[];
extern const size_t command_count;

#endif
