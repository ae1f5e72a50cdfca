/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts, identifies and awaits processes. The kernel uses a pid again; a pid with the start time of its process
 * identifies one process.
 */
#ifndef STOA_APPS_STOA_STACK_PROCESS_H
#define STOA_APPS_STOA_STACK_PROCESS_H

#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attr.h"

struct process_variable {
	const char *name, *value;
};

struct process_start {
	const char *const *argv;   /* argv[0] is a path, or a name looked for in PATH */
	const char *log;           /* standard output and error, appended */
	const char *folder;        /* to work in; NULL: ours */
	const struct passwd *user; /* NULL: ours */
	int death_signal;          /* the signal it gets when we end */
	const struct process_variable
	        *variables; /* added to our environment; a row without a name ends them; may be NULL */
};

/* The child leads a session of its own, so that Ctrl-C reaches us alone. -1 when fork fails. */
pid_t process_spawn(const struct process_start *start);
/* In a child: changes to that user for good, or exits. NULL does nothing. */
void process_become(const struct passwd *user);

/* Clock ticks since boot; 0 when there is no such process. */
uint64_t process_started(pid_t pid);
/* Proportional set size in KiB; -1 when unknown. */
int64_t process_pss_kib(pid_t pid);
/* Its command, or "?"; for messages. */
void process_command(pid_t pid, char *out, size_t size);

/* Waits until that process has ended: true; false after the timeout. It need not be our child. */
bool process_wait_gone(pid_t pid, uint64_t started, int64_t timeout_us);

#endif
