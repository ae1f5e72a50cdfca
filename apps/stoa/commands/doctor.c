/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stoa doctor`: looks at everything a start depends on and says of each whether it is well. A row is a check; a check
 * fills in one line and answers whether it is in order.
 */
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "apps/stoa/args.h"
#include "apps/stoa/cli.h"
#include "apps/stoa/database.h"
#include "apps/stoa/files.h"
#include "apps/stoa/sql/cli_sql.h"
#include "apps/stoa/stack/configure.h"
#include "apps/stoa/stack/parts.h"
#include "apps/stoa/stack/ports.h"
#include "apps/stoa/stack/probe.h"
#include "apps/stoa/stack/running.h"
#include "base/check.h"
#include "base/clock.h"
#include "service/platform.h"

enum { CONNINFO_MAX = 2048, LINE_MAX_HERE = 600, DESCRIPTORS_MIN = 8192, DISK_MIN_MB = 1024, VERSION_MIN = 150000 };
#define CLOCK_LIMIT_US   (2 * US_PER_S)
#define MAIL_PATIENCE_US (300 * US_PER_S)

struct patient {
	struct stack stack;
	struct config config;
	char conninfo[CONNINFO_MAX];
	bool running, connected;
};

enum verdict { WELL, WORTH_KNOWING, WRONG };

PRINTF_LIKE(3, 4) static enum verdict say(char *line, enum verdict verdict, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(line, LINE_MAX_HERE, format, args);
	va_end(args);
	return verdict;
}

static enum verdict check_programs(struct patient *patient, char *line)
{
	static const char *const others[] = { PG_BINDIR "/postgres", PG_BINDIR "/initdb", "/usr/bin/redis-server",
		                              HAPROXY };

	for (int part = 0; part < PART_COUNT; part++) {
		struct path program = stack_program(&patient->stack, part_rows[part].name);

		if (part_rows[part].app && !file_is_program(program.text))
			return say(line, WRONG, "%s is not there; `make build` makes it", program.text);
	}
	for (size_t i = 0; i < ARRAY_COUNT(others); i++)
		if (!file_is_program(others[i]))
			return say(line, WORTH_KNOWING, "%s is not there; infra/install-deps installs it", others[i]);
	return say(line, WELL, "all there");
}

static enum verdict check_secrets(struct patient *patient, char *line)
{
	struct path path = stack_path(&patient->stack, "secrets.env");
	struct stat info;

	if (stat(path.text, &info))
		return say(line, WORTH_KNOWING, "no stack has been made here yet");
	if ((info.st_mode & 0777) != 0600)
		return say(line, WRONG, "%s has mode %04o, takes 0600", path.text, (unsigned)(info.st_mode & 07777));
	return say(line, WELL, "mode 0600");
}

static enum verdict check_ports(struct patient *patient, char *line)
{
	if (patient->running)
		return say(line, WELL, "held by the running stack");
	if (configure_ports(&patient->stack, 0) || configure_check_ports(&patient->stack) > 0)
		return say(line, WRONG, "see above");
	return say(line, WELL, "free");
}

static enum verdict check_limits(struct patient *patient, char *line)
{
	struct rlimit limit;

	(void)patient;
	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max < DESCRIPTORS_MIN)
		return say(line, WORTH_KNOWING,
		           "%llu open files at most; 4,000 connections through the gateway take %d",
		           (unsigned long long)limit.rlim_max, DESCRIPTORS_MIN);
	return say(line, WELL, "%llu open files at most", (unsigned long long)limit.rlim_max);
}

static enum verdict check_disk(struct patient *patient, char *line)
{
	struct statvfs info;
	unsigned long long free_mb;

	if (statvfs(file_exists(patient->stack.dir) ? patient->stack.dir : ".", &info))
		return say(line, WORTH_KNOWING, "cannot be told");
	free_mb = (unsigned long long)info.f_bavail * info.f_frsize / 1024 / 1024;
	return say(line, free_mb < DISK_MIN_MB ? WRONG : WELL, "%llu MB free", free_mb);
}

static enum verdict check_schema(struct patient *patient, char *line)
{
	const struct migration_set *sets[PLATFORM_LIST_MAX];
	struct migrate_report report;
	int missing;

	platform_sets(services_all, sets);
	missing = migrate_missing(patient->conninfo, sets, &report);
	if (missing < 0)
		return say(line, patient->running ? WRONG : WORTH_KNOWING, "%.*s", (int)strcspn(report.error, "\n"),
		           report.error);
	patient->connected = missing == 0;
	if (missing > 0)
		return say(line, WRONG, "%d migrations are missing; `stoa migrate` applies them", missing);
	return say(line, WELL, "up to date%s", report.pending ? ", contract migrations pending" : "");
}

struct server {
	char version[64];
	int64_t number, clock_offset_us;
};

static void ask_server(struct db *db, void *arg)
{
	const struct sql_cli_server_row *row;
	struct server *server = arg;
	int64_t before = clock_now_us();

	row = sql_cli_server(db);
	server->clock_offset_us = row->now - (before + clock_now_us()) / 2;
	server->number = row->number;
	snprintf(server->version, sizeof(server->version), "%.*s", STR_ARG(row->version));
}

/* Needs the schema, for the statements of all services are prepared before any runs; so it comes after it. */
static enum verdict check_database(struct patient *patient, char *line)
{
	struct server server;

	if (!patient->connected)
		return say(line, WORTH_KNOWING, "not looked at");
	if (database_run(ask_server, &server, 10 * US_PER_S))
		return say(line, WRONG, "it does not answer");
	if (server.number < VERSION_MIN)
		return say(line, WRONG, "PostgreSQL %s, takes 15 or later", server.version);
	if (server.clock_offset_us > CLOCK_LIMIT_US || server.clock_offset_us < -CLOCK_LIMIT_US)
		return say(line, WRONG, "its clock is %.1f s from ours", (double)server.clock_offset_us / US_PER_S);
	return say(line, WELL, "PostgreSQL %s, its clock %.1f ms from ours", server.version,
	           (double)server.clock_offset_us / US_PER_MS);
}

static enum verdict check_redis(struct patient *patient, char *line)
{
	static const char unix_scheme[] = "unix://";
	const char *url = patient->config.redis_url;

	if (strcmp(patient->config.bus, "postgres") == 0)
		return say(line, WELL, "not needed, PostgreSQL carries the events");
	if (strncmp(url, unix_scheme, sizeof(unix_scheme) - 1) != 0)
		return say(line, WORTH_KNOWING, "only sockets of this machine are looked at; see /ready of the apps");
	if (!probe_redis(url + sizeof(unix_scheme) - 1))
		return say(line, patient->running ? WRONG : WORTH_KNOWING, "does not answer");
	return say(line, WELL, "answers");
}

static void ask_mail(struct db *db, void *arg)
{
	*(int64_t *)arg = sql_cli_mail_waiting(db, .before = clock_now_us() - MAIL_PATIENCE_US)->count;
}

/* The folder itself may be missing: the first mail makes it. */
static enum verdict check_mail(struct patient *patient, char *line)
{
	const char *folder = patient->config.mail_spool;
	int64_t waiting = 0;

	if (!patient->connected)
		return say(line, WORTH_KNOWING, "not looked at");
	if (database_run(ask_mail, &waiting, 10 * US_PER_S) || waiting > 0)
		return say(line, WRONG,
		           "%lld wait for longer than they should; see `stoa dead list` and the worker's log",
		           (long long)waiting);
	if (!*folder)
		return say(line, WORTH_KNOWING, "STOA_MAIL_SPOOL is not set: what is asked for will wait");
	if (file_exists(folder) && access(folder, W_OK))
		return say(line, WRONG, "%s cannot be written", folder);
	return say(line, WELL, "none waits; goes to %s", folder);
}

static enum verdict check_apps(struct patient *patient, char *line)
{
	struct running list[64];
	char body[2048];
	int count = running_list(&patient->stack, list, ARRAY_COUNT(list)), ready = 0, apps = 0;

	if (!patient->running)
		return say(line, WORTH_KNOWING, "no stack runs from %s", patient->stack.dir);
	for (int i = 0; i < count; i++) {
		if (!list[i].port)
			continue;
		apps++;
		ready += probe_http(list[i].port, "/ready", body, sizeof(body)) == 200;
	}
	return say(line, ready == apps ? WELL : WRONG, "%d of %d ready", ready, apps);
}

static const struct check {
	const char *name;
	enum verdict (*run)(struct patient *patient, char *line);
} checks[] = {
	{ "programs", check_programs }, { "secrets", check_secrets }, { "ports", check_ports },
	{ "limits", check_limits },     { "disk", check_disk },       { "schema", check_schema },
	{ "database", check_database }, { "redis", check_redis },     { "mail", check_mail },
	{ "apps", check_apps },
};

static int run_doctor(int argc, char **argv)
{
	static const char *const marks[] = { [WELL] = "ok", [WORTH_KNOWING] = "--", [WRONG] = "WRONG" };
	static struct patient patient;
	const char *dir = NULL;
	const struct arg rows[] = { { "dir", ARG_TEXT, .text = &dir }, { NULL } };
	char line[LINE_MAX_HERE];
	int wrong = 0;

	if (args_parse(argc, argv, rows, NULL, 0) < 0 || stack_locate(&patient.stack, dir))
		return EXIT_USAGE;
	configure_connect(dir);
	database_config(&patient.config, patient.conninfo, sizeof(patient.conninfo));
	patient.running = stack_lock_holder(&patient.stack) > 0;
	for (size_t i = 0; i < ARRAY_COUNT(checks); i++) {
		enum verdict verdict = checks[i].run(&patient, line);

		printf("%-6s %-10s %s\n", marks[verdict], checks[i].name, line);
		wrong += verdict == WRONG;
	}
	return wrong ? EXIT_FAILED : EXIT_DONE;
}

const struct command command_doctor = {
	.name = "doctor",
	.arguments = "[--dir DIR]",
	.help = "look for what could be wrong",
	.run = run_doctor,
};
