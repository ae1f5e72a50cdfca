/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line. A command is a row: its name, what it takes, one line of help, and a function that gets the words
 * after the name and gives the exit status (0 done, 1 refused or failed, 2 used wrongly).
 */
#ifndef STOA_APPS_STOA_CLI_H
#define STOA_APPS_STOA_CLI_H

struct command {
	const char *name;
	const char *arguments;
	const char *help;
	int (*run)(int argc, char **argv);
};

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

int command_up(int argc, char **argv);          /* up.c */
int command_down(int argc, char **argv);        /* down.c */
int command_status(int argc, char **argv);      /* status.c */
int command_run(int argc, char **argv);         /* run.c */
int command_doctor(int argc, char **argv);      /* doctor.c */
int command_migrate(int argc, char **argv);     /* data.c */
int command_seed(int argc, char **argv);        /* data.c */
int command_events(int argc, char **argv);      /* events.c */
int command_dead(int argc, char **argv);        /* dead.c */
int command_audit(int argc, char **argv);       /* audit.c */
int command_mail(int argc, char **argv);        /* mail.c */
int command_token(int argc, char **argv);       /* token.c */
int command_config(int argc, char **argv);      /* show.c */
int command_permissions(int argc, char **argv); /* show.c */
int command_openapi(int argc, char **argv);     /* show.c */
int command_version(int argc, char **argv);     /* show.c */

#endif
