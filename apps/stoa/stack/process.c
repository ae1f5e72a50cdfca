/* SPDX-License-Identifier: Apache-2.0 */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "apps/stoa/files.h"
#include "base/clock.h"

/* Of the words after the command in /proc/PID/stat (proc(5)): state, ..., starttime. */
enum { STAT_STARTED = 19 };

void process_become(const struct passwd *user)
{
	if (!user)
		return;
	if (setgroups(0, NULL) || setgid(user->pw_gid) || setuid(user->pw_uid))
		_exit(126);
	setenv("HOME", user->pw_dir, 1);
}

static void open_standard_files(const char *log)
{
	int null = open("/dev/null", O_RDONLY);
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);

	if (null < 0 || fd < 0)
		_exit(126);
	dup2(null, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	close(null);
	close(fd);
}

NORETURN static void run_child(const struct process_start *start, pid_t parent)
{
	sigset_t none;

	setsid();
	open_standard_files(start->log);
	for (const struct process_variable *row = start->variables; row && row->name; row++)
		setenv(row->name, row->value, 1);
	process_become(start->user);
	/* After the change of user, which clears it. The parent may have ended before this line. */
	prctl(PR_SET_PDEATHSIG, start->death_signal);
	if (getppid() != parent)
		_exit(126);
	if (start->folder && chdir(start->folder))
		_exit(126);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	execvp(start->argv[0], (char *const *)start->argv);
	fprintf(stderr, "stoa: %s: %s\n", start->argv[0], strerror(errno));
	_exit(127);
}

pid_t process_spawn(const struct process_start *start)
{
	pid_t parent = getpid(), pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		run_child(start, parent);
	return pid;
}

uint64_t process_started(pid_t pid)
{
	struct str words[STAT_STARTED + 1];
	char path[64], text[1024];
	int64_t started;
	char *rest;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (pid <= 0 || file_read(path, text, sizeof(text)) < 0)
		return 0;
	/* The command may hold blanks and brackets; what follows its last bracket does not. A zombie is gone already.
	 */
	rest = strrchr(text, ')');
	if (!rest || line_words(str_from(rest + 1), words, STAT_STARTED + 1) <= STAT_STARTED ||
	    str_eq(words[0], STR("Z")) || str_to_i64(words[STAT_STARTED], &started) < 0)
		return 0;
	return (uint64_t)started;
}

int64_t process_pss_kib(pid_t pid)
{
	char path[64], text[4096];
	struct str words[2];
	const char *line;
	int64_t value;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	if (file_read(path, text, sizeof(text)) < 0)
		return -1;
	line = strstr(text, "\nPss:");
	return line && line_words(str_from(line + 1), words, 2) == 2 && !str_to_i64(words[1], &value) ? value : -1;
}

void process_command(pid_t pid, char *out, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	if (file_read(path, out, size) < 0)
		snprintf(out, size, "?");
	out[strcspn(out, "\n")] = '\0';
}

bool process_wait_gone(pid_t pid, uint64_t started, int64_t timeout_us)
{
	int64_t until = clock_mono_us() + timeout_us;

	while (process_started(pid) == started) {
		if (clock_mono_us() >= until)
			return false;
		poll(NULL, 0, 20);
	}
	return true;
}
