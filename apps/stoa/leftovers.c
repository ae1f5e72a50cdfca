/* SPDX-License-Identifier: Apache-2.0 */
#include "leftovers.h"

#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "files.h"
#include "parts.h"
#include "process.h"

enum { LEFTOVERS_MAX = 128, PROCESSES_MAX = 8 * 1024, RUNNING_WORDS = 4 };

static bool parse_running(struct str line, struct running *ret)
{
	struct str words[RUNNING_WORDS];
	int64_t pid, started, port;

	if (line_words(line, words, RUNNING_WORDS) < RUNNING_WORDS || str_to_i64(words[1], &pid) < 0 ||
	    str_to_i64(words[2], &started) < 0 || str_to_i64(words[3], &port) < 0 || pid < 2 || pid > INT32_MAX ||
	    started <= 0)
		return false;
	*ret = (struct running){ .pid = (pid_t)pid, .started = (uint64_t)started, .port = (int)port };
	snprintf(ret->name, sizeof(ret->name), "%.*s", STR_ARG(words[0]));
	return true;
}

int running_list(const struct stack *stack, struct running *ret, int max)
{
	char text[PROCESSES_MAX];
	struct str rest;
	int count = 0;

	if (file_read(stack_path(stack, "processes").text, text, sizeof(text)) < 0)
		return 0;
	rest = str_from(text);
	while (!str_is_null(rest) && count < max)
		if (parse_running(str_cut(&rest, '\n'), &ret[count]) &&
		    process_started(ret[count].pid) == ret[count].started)
			count++;
	return count;
}

static int stop_signal_of(const char *name)
{
	for (int part = 0; part < PART_COUNT; part++)
		if (strncmp(name, part_rows[part].name, strlen(part_rows[part].name)) == 0)
			return part_rows[part].stop_signal;
	return SIGTERM;
}

/* Postmaster's own pid file: its first line. Its folder tells whether the process of that pid is it. */
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

static void remove_locks(const struct stack *stack)
{
	struct path path = postgres_folder(stack, "data/postmaster.pid");

	if (file_exists(path.text))
		printf("stoa: the last PostgreSQL was killed, it will recover from its log\n");
	unlink(path.text);
	snprintf(path.text, sizeof(path.text), "%s/.s.PGSQL.5432.lock", stack->sockets);
	unlink(path.text);
	snprintf(path.text, sizeof(path.text), "%s/.s.PGSQL.5432", stack->sockets);
	unlink(path.text);
}

static int end_one(const char *name, pid_t pid, uint64_t started, int sign)
{
	printf("stoa: ending %s (pid %d), left by a run that was killed\n", name, (int)pid);
	kill(pid, sign);
	if (process_wait_gone(pid, started, 15 * US_PER_S))
		return 0;
	kill(pid, sign == SIGINT ? SIGQUIT : SIGKILL);
	if (process_wait_gone(pid, started, 15 * US_PER_S))
		return 0;
	fprintf(stderr, "stoa: %s (pid %d) does not end\n", name, (int)pid);
	return -1;
}

int leftovers_end(const struct stack *stack)
{
	struct running list[LEFTOVERS_MAX];
	int count = running_list(stack, list, LEFTOVERS_MAX);
	pid_t postmaster;

	/* The gateway was started last and goes first; the cluster ends after all who use it. */
	for (int i = count; i-- > 0;)
		if (process_started(list[i].pid) == list[i].started &&
		    end_one(list[i].name, list[i].pid, list[i].started, stop_signal_of(list[i].name)))
			return -1;
	postmaster = find_postmaster(stack);
	if (postmaster && end_one("postgres", postmaster, process_started(postmaster), SIGINT))
		return -1;
	remove_locks(stack);
	return 0;
}
