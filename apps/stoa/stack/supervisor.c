/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apps/stoa/files.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/clock.h"
#include "parts.h"
#include "process.h"
#include "service/app.h"

#define BACK_OFF_MIN_US (US_PER_S / 2)
#define BACK_OFF_MAX_US (30 * US_PER_S)
#define GOOD_RUN_US     (60 * US_PER_S)

enum { TRIES_AT_START = 3, STATUS_BAD_USE = 2, PROBE_MS = 40, TAIL_LINES = 12, PROCESSES_MAX = 8 * 1024 };

void supervisor_init(struct supervisor *supervisor, const struct stack *stack)
{
	sigset_t set;

	*supervisor = (struct supervisor){ .stack = stack };
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	/* A shell that starts us in the background has SIGINT ignored, and what is ignored never comes. SIGHUP stays as
	 * nohup may have set it. */
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	supervisor->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	CHECK(supervisor->signals >= 0);
}

/* `stoa status` reads it; the next `stoa up` finds the orphans of a killed one by it. */
static void write_processes(const struct supervisor *supervisor)
{
	struct buf buf;

	buf_init(&buf, PROCESSES_MAX);
	for (int i = 0; i < supervisor->count; i++) {
		const struct child *child = &supervisor->children[i];

		if (child->pid)
			buf_printf(&buf, "%s %d %llu %d\n", stack_name(child->part, child->copy).text, (int)child->pid,
			           (unsigned long long)process_started(child->pid),
			           stack_port(supervisor->stack, child->part, child->copy));
	}
	if (file_write(stack_path(supervisor->stack, "processes").text, 0600, NULL, buf_view(&buf)))
		fprintf(stderr, "stoa: `stoa status` will not show this change\n");
	buf_done(&buf);
}

static int64_t program_time(const struct supervisor *supervisor, const struct child *child)
{
	struct stat info;

	if (stat(stack_program(supervisor->stack, part_name(child->part)).text, &info))
		return 0;
	return info.st_mtim.tv_sec * US_PER_S + info.st_mtim.tv_nsec / 1000;
}

static void spawn_child(struct supervisor *supervisor, struct child *child)
{
	child->again_us = 0;
	child->ready = false;
	child->started_us = clock_mono_us();
	child->program_us = program_time(supervisor, child);
	child->pid = part_spawn(supervisor->stack, child->part, child->copy);
	if (child->pid < 0) {
		child->pid = 0;
		child->again_us = child->started_us + BACK_OFF_MAX_US;
		fprintf(stderr, "stoa: cannot start %s: %s; next try in 30 s\n",
		        stack_name(child->part, child->copy).text, strerror(errno));
	}
}

void supervisor_start(struct supervisor *supervisor, enum part part, int copy)
{
	struct child *child = &supervisor->children[supervisor->count++];

	CHECK(supervisor->count <= SUPERVISOR_CHILDREN_MAX);
	*child = (struct child){ .part = part, .copy = copy };
	spawn_child(supervisor, child);
	write_processes(supervisor);
}

static void describe_end(int status, char *out, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(out, size, "was ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(out, size, "ended with status %d", WEXITSTATUS(status));
}

/* A part that has never been ready gets three tries, and only one when it exits with the status for a wrong set-up.
 */
static bool is_beyond_retry(const struct child *child, int status)
{
	return !child->was_ready &&
	       ((WIFEXITED(status) && WEXITSTATUS(status) == STATUS_BAD_USE) || child->failures >= TRIES_AT_START);
}

static void give_up_child(struct supervisor *supervisor, const struct child *child, const char *end)
{
	struct path log = part_log(supervisor->stack, child->part, child->copy);

	fprintf(stderr, "stoa: %s %s and cannot be started; the end of %s:\n",
	        stack_name(child->part, child->copy).text, end, log.text);
	file_print_tail(log.text, TAIL_LINES);
	supervisor->broken = true;
}

static int64_t back_off(int failures)
{
	int64_t delay = BACK_OFF_MIN_US;

	while (--failures > 0 && delay < BACK_OFF_MAX_US)
		delay *= 2;
	return delay < BACK_OFF_MAX_US ? delay : BACK_OFF_MAX_US;
}

static void on_child_end(struct supervisor *supervisor, struct child *child, int status)
{
	int64_t now = clock_mono_us(), delay;
	pid_t pid = child->pid;
	char end[80];

	child->pid = 0;
	child->ready = false;
	if (supervisor->ending)
		return;
	if (child->replaced) {
		child->replaced = false;
		spawn_child(supervisor, child);
		return;
	}
	describe_end(status, end, sizeof(end));
	child->failures = now - child->started_us >= GOOD_RUN_US ? 1 : child->failures + 1;
	if (is_beyond_retry(child, status)) {
		give_up_child(supervisor, child, end);
		return;
	}
	delay = back_off(child->failures);
	child->again_us = now + delay;
	printf("stoa: %s (pid %d) %s; starting it again in %.1f s\n", stack_name(child->part, child->copy).text,
	       (int)pid, end, (double)delay / US_PER_S);
}

static void reap_children(struct supervisor *supervisor)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == supervisor->setup) {
			supervisor->setup = 0;
			supervisor->setup_status = status;
		}
		for (int i = 0; i < supervisor->count; i++)
			if (supervisor->children[i].pid == pid)
				on_child_end(supervisor, &supervisor->children[i], status);
	}
	if (!supervisor->ending)
		write_processes(supervisor);
}

static void read_signals(struct supervisor *supervisor)
{
	struct signalfd_siginfo info;
	bool children = false;

	while (read(supervisor->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			children = true;
		else
			supervisor->end_requests++;
	}
	if (children)
		reap_children(supervisor);
}

static void start_due_children(struct supervisor *supervisor)
{
	int64_t now = clock_mono_us();

	for (int i = 0; i < supervisor->count; i++) {
		struct child *child = &supervisor->children[i];

		if (child->again_us && child->again_us <= now) {
			spawn_child(supervisor, child);
			write_processes(supervisor);
		}
	}
}

/* A build may still be writing a program that is younger than a second. */
static void replace_changed_children(struct supervisor *supervisor)
{
	int64_t now = clock_now_us();

	for (int i = 0; i < supervisor->count; i++) {
		struct child *child = &supervisor->children[i];
		int64_t changed = part_rows[child->part].app ? program_time(supervisor, child) : 0;

		if (!child->pid || child->replaced || !changed || changed == child->program_us ||
		    now - changed < US_PER_S)
			continue;
		printf("stoa: %s has changed: starting it again\n", stack_name(child->part, child->copy).text);
		child->replaced = true;
		kill(child->pid, part_rows[child->part].stop_signal);
	}
}

/* Waits for signals, handles them, and starts what is due. */
static void wait_and_handle(struct supervisor *supervisor, int timeout_ms)
{
	struct pollfd fd = { .fd = supervisor->signals, .events = POLLIN };

	fflush(stdout);
	poll(&fd, 1, timeout_ms);
	read_signals(supervisor);
	if (supervisor->ending)
		return;
	start_due_children(supervisor);
	if (supervisor->watch && clock_mono_us() - supervisor->watched_us >= US_PER_S) {
		supervisor->watched_us = clock_mono_us();
		replace_changed_children(supervisor);
	}
}

/* Returns how many are not ready; `why` gets the reason of the last of them. */
static int probe_children(struct supervisor *supervisor, char *why, size_t size)
{
	int waiting = 0;

	for (int i = 0; i < supervisor->count; i++) {
		struct child *child = &supervisor->children[i];
		char reason[256] = "is not running";

		if (child->ready)
			continue;
		child->ready =
		        child->pid && part_ready(supervisor->stack, child->part, child->copy, reason, sizeof(reason));
		if (child->ready && child->was_ready)
			printf("stoa: %s (pid %d) is ready again\n", stack_name(child->part, child->copy).text,
			       (int)child->pid);
		child->was_ready |= child->ready;
		if (!child->ready) {
			waiting++;
			snprintf(why, size, "%s: %s", stack_name(child->part, child->copy).text, reason);
		}
	}
	return waiting;
}

static bool must_end(const struct supervisor *supervisor)
{
	return supervisor->end_requests > 0 || supervisor->broken;
}

bool supervisor_wait_ready(struct supervisor *supervisor, int64_t timeout_us)
{
	int64_t until = clock_mono_us() + timeout_us;
	char why[320] = "";

	while (!must_end(supervisor)) {
		if (probe_children(supervisor, why, sizeof(why)) == 0)
			return true;
		if (clock_mono_us() >= until) {
			fprintf(stderr, "stoa: not ready after %d s; %s\n", (int)(timeout_us / US_PER_S), why);
			return false;
		}
		wait_and_handle(supervisor, PROBE_MS);
	}
	return false;
}

bool supervisor_wait_setup(struct supervisor *supervisor, const char *what, pid_t pid)
{
	supervisor->setup = pid;
	while (supervisor->setup > 0 && !must_end(supervisor))
		wait_and_handle(supervisor, -1);
	if (supervisor->setup > 0) {
		kill(supervisor->setup, SIGTERM);
		while (supervisor->setup > 0)
			wait_and_handle(supervisor, -1);
		return false;
	}
	if (pid > 0 && supervisor->setup_status == 0)
		return true;
	fprintf(stderr, "stoa: %s failed:\n", what);
	file_print_tail(stack_path(supervisor->stack, "logs/setup.log").text, TAIL_LINES);
	return false;
}

/* Sleeps until a signal when nothing is due: an idle stack takes no CPU. */
static int next_timeout(const struct supervisor *supervisor)
{
	int timeout = supervisor->watch ? 1000 : -1;

	for (int i = 0; i < supervisor->count; i++)
		if (!supervisor->children[i].ready || supervisor->children[i].again_us)
			timeout = 200;
	return timeout;
}

void supervisor_stay(struct supervisor *supervisor)
{
	char why[320];

	while (!must_end(supervisor)) {
		wait_and_handle(supervisor, next_timeout(supervisor));
		probe_children(supervisor, why, sizeof(why));
	}
}

static bool is_running_in(const struct child *child, int wave)
{
	return child->pid && part_rows[child->part].stop_wave == wave;
}

static void ask_wave_to_end(const struct supervisor *supervisor, int wave)
{
	for (int i = 0; i < supervisor->count; i++)
		if (is_running_in(&supervisor->children[i], wave))
			kill(supervisor->children[i].pid, part_rows[supervisor->children[i].part].stop_signal);
}

static int count_running(const struct supervisor *supervisor, int wave)
{
	int running = 0;

	for (int i = 0; i < supervisor->count; i++)
		running += is_running_in(&supervisor->children[i], wave);
	return running;
}

/* One line for each process that has to be killed. */
static void kill_wave(struct supervisor *supervisor, int wave, bool stores)
{
	for (int i = 0; i < supervisor->count; i++) {
		struct child *child = &supervisor->children[i];

		if (!is_running_in(child, wave))
			continue;
		if (!child->killed)
			printf("stoa: %s (pid %d) has not ended in time: killing it\n",
			       stack_name(child->part, child->copy).text, (int)child->pid);
		child->killed = true;
		kill(child->pid, stores ? SIGQUIT : SIGKILL);
	}
}

/* Of one of ours what it takes itself, and a little to unwind. */
static int64_t part_grace_us(const struct supervisor *supervisor, const struct part_row *row)
{
	return row->app ? app_kind_grace_us(row->app, supervisor->drain_grace_us) + 2 * US_PER_S
	                : row->stop_grace_s * US_PER_S;
}

static int64_t wave_grace_us(const struct supervisor *supervisor, int wave)
{
	int64_t longest = 0;

	for (int part = 0; part < PART_COUNT; part++) {
		int64_t grace = part_grace_us(supervisor, &part_rows[part]);

		if (part_rows[part].stop_wave == wave && grace > longest)
			longest = grace;
	}
	return longest;
}

static void end_wave(struct supervisor *supervisor, int wave, bool stores)
{
	int64_t until = clock_mono_us() + wave_grace_us(supervisor, wave);
	int requests = supervisor->end_requests;

	ask_wave_to_end(supervisor, wave);
	while (count_running(supervisor, wave) > 0) {
		/* A second Ctrl-C kills the apps at once, never the stores. SIGQUIT is PostgreSQL's immediate
		 * end. */
		bool kill_now = clock_mono_us() >= until || (supervisor->end_requests > requests && !stores);

		if (kill_now)
			kill_wave(supervisor, wave, stores);
		wait_and_handle(supervisor, kill_now ? 20 : 200);
	}
}

void supervisor_end(struct supervisor *supervisor)
{
	supervisor->ending = true;
	for (int wave = 0; wave <= part_rows[PART_POSTGRES].stop_wave; wave++)
		end_wave(supervisor, wave, wave == part_rows[PART_POSTGRES].stop_wave);
	unlink(stack_path(supervisor->stack, "processes").text);
	close(supervisor->signals);
}
