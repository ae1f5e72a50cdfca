/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stoa completion`: scripts for shells, made from the rows of commands. Nothing is installed; docs/operations.md says
 * where each shell looks for them.
 */
#include "apps/stoa/args.h"
#include "apps/stoa/cli.h"
#include "base/check.h"

/* In single quotes, with `quote` for each that is inside. */
static void print_quoted(const char *text, const char *quote)
{
	putchar('\'');
	for (; *text; text++) {
		if (*text == '\'')
			printf("%s", quote);
		else
			putchar(*text);
	}
	putchar('\'');
}

static bool takes_command(const struct command *command)
{
	return command->words && strstr(command->words, "COMMAND");
}

/* ---- bash ---------------------------------------------------------------------------------------------------------
 */

static void print_names(void)
{
	for (size_t i = 0; i < command_count; i++)
		printf("%s ", commands[i]->name);
}

static void print_bash_case(const struct command *command)
{
	struct str rest = str_from(command->words), word;

	printf("\t%s) choices='", command->name);
	if (takes_command(command))
		print_names();
	while (!str_is_null(word = command_next_word(&rest)))
		printf("%.*s ", STR_ARG(word));
	for (const struct command_option *option = command->options; option && option->name; option++)
		printf("--%s ", option->name);
	printf("--help' ;;\n");
}

static void print_bash(void)
{
	printf("# bash completion for stoa, made by `stoa completion bash`\n"
	       "_stoa() {\n"
	       "\tlocal choices=''\n"
	       "\tif [ \"$COMP_CWORD\" -gt 1 ]; then case ${COMP_WORDS[1]} in\n");
	for (size_t i = 0; i < command_count; i++)
		print_bash_case(commands[i]);
	printf("\tesac; else choices='");
	print_names();
	printf("'; fi\n"
	       "\tCOMPREPLY=($(compgen -W \"$choices\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
	       "}\n"
	       "complete -o default -F _stoa stoa\n");
}

/* ---- zsh ----------------------------------------------------------------------------------------------------------
 */

static void print_zsh_choice(struct str prefix, struct str name, const char *help)
{
	printf(" %.*s%.*s\\:", STR_ARG(prefix), STR_ARG(name));
	print_quoted(help, "'\\''");
}

static void print_zsh_names(void)
{
	for (size_t i = 0; i < command_count; i++)
		print_zsh_choice(STR_NULL, str_from(commands[i]->name), commands[i]->help);
}

static void print_zsh_case(const struct command *command)
{
	struct str rest = str_from(command->words), word;

	printf("\t%s) choices=(", command->name);
	if (takes_command(command))
		print_zsh_names();
	while (!str_is_null(word = command_next_word(&rest)))
		print_zsh_choice(STR_NULL, word, "");
	for (const struct command_option *option = command->options; option && option->name; option++)
		print_zsh_choice(STR("--"), str_from(option->name), option->help);
	print_zsh_choice(STR("--"), STR("help"), "describe this command");
	printf(" ) ;;\n");
}

static void print_zsh(void)
{
	printf("#compdef stoa\n"
	       "# zsh completion for stoa, made by `stoa completion zsh`\n"
	       "_stoa() {\n"
	       "\tlocal -a choices\n"
	       "\tif (( CURRENT > 2 )); then case $words[2] in\n");
	for (size_t i = 0; i < command_count; i++)
		print_zsh_case(commands[i]);
	printf("\tesac; else choices=(");
	print_zsh_names();
	printf(" ); fi\n"
	       "\t_describe -o stoa choices || _files\n"
	       "}\n"
	       "if [[ $funcstack[1] == _stoa ]]; then _stoa \"$@\"; else compdef _stoa stoa; fi\n");
}

/* ---- fish ---------------------------------------------------------------------------------------------------------
 */

static void print_fish_words(const struct command *command)
{
	struct str rest = str_from(command->words), word;

	while (!str_is_null(word = command_next_word(&rest)))
		printf("complete -c stoa -n '__fish_seen_subcommand_from %s' -a %.*s\n", command->name, STR_ARG(word));
	for (size_t i = 0; takes_command(command) && i < command_count; i++)
		printf("complete -c stoa -n '__fish_seen_subcommand_from %s' -a %s\n", command->name,
		       commands[i]->name);
}

static void print_fish_command(const struct command *command)
{
	printf("complete -c stoa -n __fish_use_subcommand -a %s -d ", command->name);
	print_quoted(command->help, "\\'");
	printf("\n");
	print_fish_words(command);
	for (const struct command_option *option = command->options; option && option->name; option++) {
		printf("complete -c stoa -n '__fish_seen_subcommand_from %s' -l %s %s-d ", command->name, option->name,
		       option->value ? "-r " : "");
		print_quoted(option->help, "\\'");
		printf("\n");
	}
}

static void print_fish(void)
{
	printf("# fish completion for stoa, made by `stoa completion fish`\n"
	       "complete -c stoa -f\n"
	       "complete -c stoa -l help -d 'describe a command'\n");
	for (size_t i = 0; i < command_count; i++)
		print_fish_command(commands[i]);
}

static const struct shell {
	const char *name;
	void (*print)(void);
} shells[] = { { "bash", print_bash }, { "zsh", print_zsh }, { "fish", print_fish } };

static int run_completion(int argc, char **argv)
{
	const struct arg no_options[] = { { NULL } };
	const char *words[2];

	if (args_parse(argc, argv, no_options, words, 1) < 0)
		return EXIT_USAGE;
	for (size_t i = 0; i < ARRAY_COUNT(shells); i++) {
		if (!words[0] || strcmp(words[0], shells[i].name) != 0)
			continue;
		shells[i].print();
		return EXIT_DONE;
	}
	fprintf(stderr, "stoa: completion takes bash, zsh or fish\n");
	return EXIT_USAGE;
}

const struct command command_completion = {
	.name = "completion",
	.words = "bash | zsh | fish",
	.help = "print a completion script for a shell",
	.example = "source <(stoa completion bash)",
	.run = run_completion,
};
