/* SPDX-License-Identifier: Apache-2.0 */
/* `stoa man`: the manual page, in the macros of man(7), made from the rows of commands. */
#include "apps/stoa/args.h"
#include "apps/stoa/cli.h"

/* A dot or quote at the begin of a line would be a request, a hyphen may become a dash, a backslash escapes. */
static void print_text(const char *text)
{
	for (; *text; text++) {
		if (*text == '\\')
			printf("\\e");
		else if (*text == '-')
			printf("\\-");
		else if (*text == '\'')
			printf("\\(aq");
		else if (*text == '`')
			printf("\\(ga");
		else
			putchar(*text);
	}
}

static void print_option(const struct command_option *option)
{
	printf(".TP\n.B \\-\\-");
	print_text(option->name);
	if (option->value)
		printf(" \\fI%s\\fR", option->value);
	printf("\n");
	print_text(option->help);
	printf("\n");
}

static void print_command(const struct command *command)
{
	const struct command_option *option = command->options;

	printf(".SS stoa ");
	print_text(command->name);
	if (command->words) {
		putchar(' ');
		print_text(command->words);
	}
	printf("\n\\&");
	print_text(command->help);
	printf(".\n");
	for (; option && option->name; option++)
		print_option(option);
	printf(".PP\nExample:\n.PP\n.RS\n.nf\n");
	print_text(command->example);
	printf("\n.fi\n.RE\n");
}

static int run_man(int argc, char **argv)
{
	if (args_none(argc, argv) < 0)
		return EXIT_USAGE;
	printf(".TH STOA 1 \"\" \"stoa " STOA_VERSION "\" \"User Commands\"\n"
	       ".SH NAME\nstoa \\- run and operate a stoa installation\n"
	       ".SH SYNOPSIS\n.B stoa\n.I COMMAND\n[\\fIWORDS\\fR] [\\fIOPTIONS\\fR]\n"
	       ".SH DESCRIPTION\n"
	       "A command that needs the database connects by\n.B DATABASE_URL\nor\n.BR DB_HOST ,\n"
	       "or to the stack in\n.I .stoa\nwhen neither is set.\n"
	       ".SH COMMANDS\n");
	for (size_t i = 0; i < command_count; i++)
		print_command(commands[i]);
	printf(".SH ENVIRONMENT\n.B stoa config\nlists each variable with its kind, value and meaning.\n"
	       ".SH EXIT STATUS\n0: done. 1: refused or failed. 2: wrong arguments or configuration.\n");
	return EXIT_DONE;
}

const struct command command_man = {
	.name = "man",
	.help = "print the manual page, for man(1)",
	.example = "stoa man >stoa.1 && man ./stoa.1",
	.run = run_man,
};
