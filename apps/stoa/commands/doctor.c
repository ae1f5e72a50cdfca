/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stoa doctor`: checks each thing that a start depends on. A row is a check; a check writes one line and returns its
 * verdict.
 */
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "accounts/config.h"
#include "apps/stoa/args.h"
#include "apps/stoa/cli.h"
#include "apps/stoa/database.h"
#include "apps/stoa/files.h"
#include "apps/stoa/json_line.h"
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
#define CLOCK_LIMIT_US  (2 * US_PER_S)
#define MAIL_OVERDUE_US (300 * US_PER_S)

struct checkup {
	struct stack stack;
	struct config config;
	struct accounts_config accounts;
	char conninfo[CONNINFO_MAX];
	bool running, connected;
};

enum verdict { CHECK_OK, CHECK_NOTE, CHECK_WRONG };

PRINTF_LIKE(3, 4) static enum verdict result(char *line, enum verdict verdict, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(line, LINE_MAX_HERE, format, args);
	va_end(args);
	return verdict;
}

static enum verdict check_programs(struct checkup *checkup, char *line)
{
	static const char *const others[] = { PG_BINDIR "/postgres", PG_BINDIR "/initdb", "/usr/bin/redis-server",
		                              HAPROXY };

	for (int part = 0; part < PART_COUNT; part++) {
		struct path program = stack_program(&checkup->stack, part_name(part));

		if (part_rows[part].app && !file_is_program(program.text))
			return result(line, CHECK_WRONG, "%s does not exist; `make build` builds it", program.text);
	}
	for (size_t i = 0; i < ARRAY_COUNT(others); i++)
		if (!file_is_program(others[i]))
			return result(line, CHECK_NOTE, "%s does not exist; infra/install-deps installs it", others[i]);
	return result(line, CHECK_OK, "all programs exist");
}

static enum verdict check_secrets(struct checkup *checkup, char *line)
{
	struct path path = stack_path(&checkup->stack, "secrets.env");
	struct stat info;

	if (stat(path.text, &info))
		return result(line, CHECK_NOTE, "no stack has been created here yet");
	if ((info.st_mode & 0777) != 0600)
		return result(line, CHECK_WRONG, "%s has mode %04o, takes 0600", path.text,
		              (unsigned)(info.st_mode & 07777));
	return result(line, CHECK_OK, "mode 0600");
}

static enum verdict check_ports(struct checkup *checkup, char *line)
{
	if (checkup->running)
		return result(line, CHECK_OK, "used by the running stack");
	if (configure_ports(&checkup->stack, 0) || configure_check_ports(&checkup->stack) > 0)
		return result(line, CHECK_WRONG, "a port is not free, see above");
	return result(line, CHECK_OK, "free");
}

static enum verdict check_limits(struct checkup *checkup, char *line)
{
	struct rlimit limit;

	(void)checkup;
	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max < DESCRIPTORS_MIN)
		return result(line, CHECK_NOTE,
		              "limit of %llu open files; 4,000 connections through the gateway need %d",
		              (unsigned long long)limit.rlim_max, DESCRIPTORS_MIN);
	return result(line, CHECK_OK, "limit of %llu open files", (unsigned long long)limit.rlim_max);
}

static enum verdict check_disk(struct checkup *checkup, char *line)
{
	struct statvfs info;
	unsigned long long free_mb;

	if (statvfs(file_exists(checkup->stack.dir) ? checkup->stack.dir : ".", &info))
		return result(line, CHECK_NOTE, "free space is unknown");
	free_mb = (unsigned long long)info.f_bavail * info.f_frsize / 1024 / 1024;
	return result(line, free_mb < DISK_MIN_MB ? CHECK_WRONG : CHECK_OK, "%llu MB free", free_mb);
}

static enum verdict check_schema(struct checkup *checkup, char *line)
{
	const struct migration_set *sets[PLATFORM_LIST_MAX];
	struct migrate_report report;
	int missing;

	platform_sets(services_all, sets);
	missing = migrate_missing(checkup->conninfo, sets, &report);
	if (missing < 0)
		return result(line, checkup->running ? CHECK_WRONG : CHECK_NOTE, "%.*s",
		              (int)strcspn(report.error, "\n"), report.error);
	checkup->connected = missing == 0;
	if (missing > 0)
		return result(line, CHECK_WRONG, "%d migrations are missing; `stoa migrate` applies them", missing);
	return result(line, CHECK_OK, "up to date%s", report.pending ? ", contract migrations pending" : "");
}

struct server {
	char version[64];
	int64_t number, clock_offset_us;
};

static void read_server(struct db *db, void *arg)
{
	const struct sql_cli_server_row *row;
	struct server *server = arg;
	int64_t before = clock_machine_us();

	row = sql_cli_server(db);
	server->clock_offset_us = row->now - (before + clock_machine_us()) / 2;
	server->number = row->number;
	snprintf(server->version, sizeof(server->version), "%.*s", STR_ARG(row->version));
}

/* After the schema: the statements of all services are prepared before one runs, and need the tables. */
static enum verdict check_database(struct checkup *checkup, char *line)
{
	struct server server;

	if (!checkup->connected)
		return result(line, CHECK_NOTE, "not checked, see schema");
	if (database_run(read_server, &server, 10 * US_PER_S))
		return result(line, CHECK_WRONG, "does not answer");
	if (server.number < VERSION_MIN)
		return result(line, CHECK_WRONG, "PostgreSQL %s, needs 15 or later", server.version);
	if (server.clock_offset_us > CLOCK_LIMIT_US || server.clock_offset_us < -CLOCK_LIMIT_US)
		return result(line, CHECK_WRONG, "its clock differs by %.1f s, at most 2 s are allowed",
		              (double)server.clock_offset_us / US_PER_S);
	return result(line, CHECK_OK, "PostgreSQL %s, its clock differs by %.1f ms", server.version,
	              (double)server.clock_offset_us / US_PER_MS);
}

static enum verdict check_redis(struct checkup *checkup, char *line)
{
	static const char unix_scheme[] = "unix://";
	const char *url = checkup->config.redis_url;

	if (strcmp(checkup->config.bus, "postgres") == 0)
		return result(line, CHECK_OK, "not needed: PostgreSQL carries the events");
	if (strncmp(url, unix_scheme, sizeof(unix_scheme) - 1) != 0)
		return result(line, CHECK_NOTE, "not checked: only a Unix socket is; see /ready of the apps");
	if (!probe_redis(url + sizeof(unix_scheme) - 1))
		return result(line, checkup->running ? CHECK_WRONG : CHECK_NOTE, "does not answer");
	return result(line, CHECK_OK, "answers");
}

static void count_overdue_mails(struct db *db, void *arg)
{
	*(int64_t *)arg = sql_cli_mail_waiting(db, .before = clock_now_us() - MAIL_OVERDUE_US)->count;
}

/* A missing folder is fine: the first mail creates it. */
static enum verdict check_mail(struct checkup *checkup, char *line)
{
	const char *folder = checkup->accounts.mail_spool;
	int64_t waiting = 0;

	if (!checkup->connected)
		return result(line, CHECK_NOTE, "not checked, see schema");
	if (database_run(count_overdue_mails, &waiting, 10 * US_PER_S) || waiting > 0)
		return result(
		        line, CHECK_WRONG,
		        "%lld mails have waited for more than 5 minutes; see `stoa dead list` and the worker's log",
		        (long long)waiting);
	if (!*folder)
		return result(line, CHECK_NOTE, "STOA_MAIL_SPOOL is not set: mails wait until it is");
	if (file_exists(folder) && access(folder, W_OK))
		return result(line, CHECK_WRONG, "%s is not writable", folder);
	return result(line, CHECK_OK, "no mail waits; the spool is %s", folder);
}

static enum verdict check_apps(struct checkup *checkup, char *line)
{
	struct running list[64];
	char body[2048];
	int count = running_list(&checkup->stack, list, ARRAY_COUNT(list)), ready = 0, apps = 0;

	if (!checkup->running)
		return result(line, CHECK_NOTE, "no stack runs from %s", checkup->stack.dir);
	for (int i = 0; i < count; i++) {
		if (!list[i].port)
			continue;
		apps++;
		ready += probe_http(list[i].port, "/ready", body, sizeof(body)) == 200;
	}
	return result(line, ready == apps ? CHECK_OK : CHECK_WRONG, "%d of %d ready", ready, apps);
}

static const struct check {
	const char *name;
	enum verdict (*run)(struct checkup *checkup, char *line);
} checks[] = {
	{ "programs", check_programs }, { "secrets", check_secrets }, { "ports", check_ports },
	{ "limits", check_limits },     { "disk", check_disk },       { "schema", check_schema },
	{ "database", check_database }, { "redis", check_redis },     { "mail", check_mail },
	{ "apps", check_apps },
};

static void print_check(const char *name, enum verdict verdict, const char *text, bool json)
{
	static const char *const marks[] = { [CHECK_OK] = "ok", [CHECK_NOTE] = "--", [CHECK_WRONG] = "WRONG" };
	static const char *const words[] = { [CHECK_OK] = "ok", [CHECK_NOTE] = "note", [CHECK_WRONG] = "wrong" };
	struct json_line line;

	if (!json) {
		printf("%-6s %-10s %s\n", marks[verdict], name, text);
		return;
	}
	json_line_begin(&line);
	json_line_text(&line, "check", str_from(name));
	json_line_text(&line, "verdict", str_from(words[verdict]));
	json_line_text(&line, "text", str_from(text));
	json_line_end(&line);
}

static int run_doctor(int argc, char **argv)
{
	static struct checkup checkup;
	bool json = false;
	const char *dir = NULL;
	const struct arg rows[] = { { "dir", ARG_TEXT, .text = &dir }, { "json", ARG_FLAG, .flag = &json }, { NULL } };
	char line[LINE_MAX_HERE];
	int wrong = 0;

	if (args_parse(argc, argv, rows, NULL, 0) < 0 || stack_locate(&checkup.stack, dir))
		return EXIT_USAGE;
	configure_connect(dir);
	database_config(&checkup.config, checkup.conninfo, sizeof(checkup.conninfo));
	config_load_section(&accounts_config_section, &checkup.config, &checkup.accounts);
	checkup.running = stack_lock_holder(&checkup.stack) > 0;
	for (size_t i = 0; i < ARRAY_COUNT(checks); i++) {
		enum verdict verdict = checks[i].run(&checkup, line);

		print_check(checks[i].name, verdict, line, json);
		wrong += verdict == CHECK_WRONG;
	}
	return wrong ? EXIT_FAILED : EXIT_DONE;
}

const struct command command_doctor = {
	.name = "doctor",
	.options = OPTIONS(OPTION_DIR, OPTION_JSON),
	.help = "check what a stack depends on: one line a check; exit status 1 when one is wrong",
	.example = "stoa doctor",
	.run = run_doctor,
};
