/* SPDX-License-Identifier: Apache-2.0 */
#include "base/check.h"
#include "cli.h"

static int command_help(int argc, char **argv);

static const struct command commands[] = {
	{ "up",
	  "[--dir DIR] [--no-seed] [--no-gateway] [--bus postgres] [--scale worker=2,public-api=2] [--port-base N] "
	  "[--watch]",
	  "start everything on this machine and stay", command_up },
	{ "down", "[--dir DIR]", "end it, from another shell", command_down },
	{ "status", "[--dir DIR]", "what runs, whether it is ready, what memory it takes", command_status },
	{ "run", "APP [OPTIONS]", "one app in the foreground: public-api, admin-api, worker, cron", command_run },
	{ "migrate", "[--contract]", "apply missing migrations", command_migrate },
	{ "seed", "", "load demo data; a second time changes nothing", command_seed },
	{ "events", "[--after POSITION] [--type TYPE] [--limit N] [--data]",
	  "the event log; without --after its last 20", command_events },
	{ "dead", "list | show ID | replay ID | discard ID", "events that a consumer has given up on", command_dead },
	{ "audit", "verify | export [--since TIME] | seal",
	  "the trail of what staff changed: is it whole, what does it say", command_audit },
	{ "mail", "[last | ID] [--limit N] [--dir DIR]", "the spool that mail goes to: its newest, or one as it is",
	  command_mail },
	{ "token", "--email E | --account ID [--role R]", "sign an access token (not in production)", command_token },
	{ "config", "", "every variable with its value, source and meaning", command_config },
	{ "permissions", "", "which role may do what", command_permissions },
	{ "openapi", "public | admin", "the description of an API", command_openapi },
	{ "doctor", "[--dir DIR]", "look for what could be wrong", command_doctor },
	{ "version", "", "this release", command_version },
	{ "help", "", "this list", command_help },
};

static int command_help(int argc, char **argv)
{
	(void)argc, (void)argv;
	printf("usage: stoa COMMAND\n\n");
	for (size_t i = 0; i < ARRAY_COUNT(commands); i++)
		printf("  %-12s %s%s%s\n", commands[i].name, commands[i].help,
		       *commands[i].arguments ? "\n               " : "", commands[i].arguments);
	printf("\nCommands that need the database use DATABASE_URL or DB_*, else the stack in .stoa.\n");
	return EXIT_DONE;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "help";

	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		name = "help";
	if (strcmp(name, "--version") == 0)
		name = "version";
	for (size_t i = 0; i < ARRAY_COUNT(commands); i++)
		if (strcmp(name, commands[i].name) == 0)
			return commands[i].run(argc > 1 ? argc - 2 : 0, argv + 2);
	fprintf(stderr, "stoa: %s: no such command; `stoa help` lists them\n", name);
	return EXIT_USAGE;
}
