/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>

#include "args.h"
#include "base/clock.h"
#include "cli.h"
#include "leftovers.h"
#include "process.h"
#include "stack.h"

#define PATIENCE_US (180 * US_PER_S)

/* No `up` runs, but one that was killed may have left something. */
static int end_leftovers(const struct stack *stack)
{
	struct running list[1];

	if (running_list(stack, list, 1) == 0) {
		printf("stoa does not run from %s\n", stack->dir);
		return EXIT_DONE;
	}
	return leftovers_end(stack) ? EXIT_FAILED : EXIT_DONE;
}

int command_down(int argc, char **argv)
{
	const char *dir = NULL;
	const struct arg rows[] = { { "dir", ARG_TEXT, .text = &dir }, { NULL } };
	struct stack stack;
	uint64_t started;
	pid_t pid;

	if (args_parse(argc, argv, rows, NULL, 0) < 0 || stack_locate(&stack, dir))
		return EXIT_USAGE;
	pid = stack_lock_holder(&stack);
	if (pid <= 0)
		return end_leftovers(&stack);
	started = process_started(pid);
	if (kill(pid, SIGTERM)) {
		fprintf(stderr, "stoa: pid %d: %s\n", (int)pid, strerror(errno));
		return EXIT_FAILED;
	}
	if (!process_wait_gone(pid, started, PATIENCE_US)) {
		fprintf(stderr, "stoa: pid %d does not end\n", (int)pid);
		return EXIT_FAILED;
	}
	printf("stoa: ended; data stays in %s\n", stack.dir);
	return EXIT_DONE;
}
