/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>

#include "apps/stoa/args.h"
#include "apps/stoa/cli.h"
#include "apps/stoa/stack/orphans.h"
#include "apps/stoa/stack/process.h"
#include "apps/stoa/stack/running.h"
#include "apps/stoa/stack/stack.h"
#include "base/clock.h"

#define END_TIMEOUT_US (180 * US_PER_S)

/* No `stoa up` runs, but one that was killed may have left orphans. */
static int end_orphans(const struct stack *stack)
{
	struct running list[1];

	if (running_list(stack, list, 1) == 0) {
		printf("no stack runs from %s\n", stack->dir);
		return EXIT_DONE;
	}
	return orphans_end(stack) ? EXIT_FAILED : EXIT_DONE;
}

static int run_down(int argc, char **argv)
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
		return end_orphans(&stack);
	started = process_started(pid);
	if (kill(pid, SIGTERM)) {
		fprintf(stderr, "stoa: pid %d: %s\n", (int)pid, strerror(errno));
		return EXIT_FAILED;
	}
	if (!process_wait_gone(pid, started, END_TIMEOUT_US)) {
		fprintf(stderr, "stoa: pid %d has not ended after %d s\n", (int)pid, (int)(END_TIMEOUT_US / US_PER_S));
		return EXIT_FAILED;
	}
	printf("stoa: ended; data is kept in %s\n", stack.dir);
	return EXIT_DONE;
}

const struct command command_down = {
	.name = "down",
	.options = OPTIONS(OPTION_DIR),
	.help = "end the running stack, from another shell",
	.example = "stoa down",
	.run = run_down,
};
