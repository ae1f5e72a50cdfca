/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line. A command is a file of commands/: a function, and beside it a row with its name, its words and
 * options, one line of help, an example and that function. commands/list.c names the rows. Help, completion scripts and
 * the manual page are made from them.
 *
 * The function gets the words after the command's name and returns the exit status.
 */
#ifndef STOA_APPS_STOA_CLI_H
#define STOA_APPS_STOA_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1 /* refused or failed */, EXIT_USAGE = 2 /* wrong arguments */ };

struct command_option {
	const char *name;  /* "port-base" */
	const char *value; /* a name for its value; NULL: a flag */
	const char *help;
};

struct command {
	const char *name;
	const char *words; /* "list | show ID": all but options; lower-case words stand for themselves. NULL: none */
	const struct command_option *options; /* a row without a name ends them; may be NULL */
	const char *help;
	const char *example;   /* a whole line */
	bool forwards_options; /* options after the first word are another program's, --help too */
	int (*run)(int argc, char **argv);
};

/* clang-format off */
#define OPTIONS(...) (const struct command_option[]){ __VA_ARGS__, { NULL } }
#define OPTION_DIR   { "dir", "DIR", "the stack's folder; without it .stoa" }
#define OPTION_JSON  { "json", NULL, "print one JSON object a line, for programs" }
/* clang-format on */

/* In the order in which `stoa help` lists them. */
extern const struct command *const commands[];
extern const size_t command_count;

/* NULL: there is none. */
const struct command *command_find(const char *name);
/* The help of one command on standard output. */
void command_print_help(const struct command *command);
/* The command's words that stand for themselves, one a call ("list", "show"); null after the last. `rest` starts as
 * str_from(command->words). */
struct str command_next_word(struct str *rest);

#endif
