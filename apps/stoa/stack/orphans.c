/* SPDX-License-Identifier: Apache-2.0 */
#include "orphans.h"

#include <signal.h>
#include <unistd.h>

#include "apps/stoa/files.h"
#include "base/clock.h"
#include "base/str.h"
#include "parts.h"
#include "process.h"
#include "running.h"

enum { ORPHANS_MAX = 128 };
#define END_TIMEOUT_US (15 * US_PER_S)

static int stop_signal_of(const char *name)
{
	for (int part = 0; part < PART_COUNT; part++)
		if (strncmp(name, part_name(part), strlen(part_name(part))) == 0)
			return part_rows[part].stop_signal;
	return SIGTERM;
}

/* The first line of PostgreSQL's pid file. The process of that pid is a postmaster of ours when it works in that
 * folder. */
static pid_t find_postmaster(const struct stack *stack)
{
	struct path folder = postgres_folder(stack, "data"), file = postgres_folder(stack, "data/postmaster.pid");
	char text[512], link[64], at[STACK_PATH_MAX];
	struct str rest;
	int64_t pid;
	ssize_t got;

	if (file_read(file.text, text, sizeof(text)) < 0)
		return 0;
	rest = str_from(text);
	if (str_to_i64(str_trim(str_cut(&rest, '\n')), &pid) < 0 || pid < 2 || pid > INT32_MAX)
		return 0;
	snprintf(link, sizeof(link), "/proc/%d/cwd", (int)pid);
	got = readlink(link, at, sizeof(at) - 1);
	if (got < 0)
		return 0;
	at[got] = '\0';
	return strcmp(at, folder.text) == 0 ? (pid_t)pid : 0;
}

static void remove_postgres_locks(const struct stack *stack)
{
	struct path path = postgres_folder(stack, "data/postmaster.pid");

	if (file_exists(path.text))
		printf("stoa: the last PostgreSQL was killed; it recovers from its write-ahead log\n");
	unlink(path.text);
	snprintf(path.text, sizeof(path.text), "%s/.s.PGSQL.5432.lock", stack->sockets);
	unlink(path.text);
	snprintf(path.text, sizeof(path.text), "%s/.s.PGSQL.5432", stack->sockets);
	unlink(path.text);
}

static int end_orphan(const char *name, pid_t pid, uint64_t started, int sign)
{
	printf("stoa: ending %s (pid %d), an orphan of a killed run\n", name, (int)pid);
	kill(pid, sign);
	if (process_wait_gone(pid, started, END_TIMEOUT_US))
		return 0;
	kill(pid, sign == SIGINT ? SIGQUIT : SIGKILL);
	if (process_wait_gone(pid, started, END_TIMEOUT_US))
		return 0;
	fprintf(stderr, "stoa: %s (pid %d) has not ended after %d s\n", name, (int)pid,
	        (int)(2 * END_TIMEOUT_US / US_PER_S));
	return -1;
}

int orphans_end(const struct stack *stack)
{
	struct running list[ORPHANS_MAX];
	int count = running_list(stack, list, ORPHANS_MAX);
	pid_t postmaster;

	/* The gateway was started last and ends first; PostgreSQL ends after the processes that use it. */
	for (int i = count; i-- > 0;)
		if (process_started(list[i].pid) == list[i].started &&
		    end_orphan(list[i].name, list[i].pid, list[i].started, stop_signal_of(list[i].name)))
			return -1;
	postmaster = find_postmaster(stack);
	if (postmaster && end_orphan("postgres", postmaster, process_started(postmaster), SIGINT))
		return -1;
	remove_postgres_locks(stack);
	return 0;
}
