/* SPDX-License-Identifier: Apache-2.0 */
#include "database.h"

#include "apps/stoa/sql/cli_sql.h"
#include "apps/stoa/stack/configure.h"
#include "base/check.h"
#include "base/clock.h"
#include "cli.h"
#include "db/conninfo.h"
#include "service/platform.h"
#include "task/task.h"
#include "telemetry/log.h"

enum { ARENA_MAX = 64 * 1024 * 1024, CONNINFO_MAX = 2048 };
#define CONNECT_TIMEOUT_US (10 * US_PER_S)

struct job {
	struct loop *loop;
	struct db *db;
	void (*fn)(struct db *db, void *arg);
	void *arg;
	int64_t timeout_us;
	int status;
};

void database_config(struct config *ret, char *conninfo, size_t size)
{
	char error[256];

	configure_connect(NULL);
	config_load(ret, 0);
	if (config_conninfo(ret, conninfo, size) < 0) {
		fprintf(stderr, "DATABASE_URL: takes at most %zu characters\n", size - 1);
		exit(EXIT_USAGE);
	}
	if (conninfo_check(conninfo, error, sizeof(error)) < 0) {
		fprintf(stderr, "DATABASE_URL: %s\n", error);
		exit(EXIT_USAGE);
	}
}

static void wait_connected(void *arg)
{
	db_wait_connected(((struct job *)arg)->db);
}

static void call_job(void *arg)
{
	struct job *job = arg;

	job->fn(job->db, job->arg);
}

static void print_job_failure(const struct job *job, const struct failure *failure, bool connected)
{
	struct db_status status = db_status(job->db);

	if (!connected || failure->detail.len == 0)
		fprintf(stderr, "stoa: the database does not answer%s%s\n", *status.last_error ? ": " : "",
		        status.last_error);
	else
		fprintf(stderr, "stoa: %.*s\n", STR_ARG(failure->detail));
}

static void run_job(void *arg)
{
	struct job *job = arg;
	struct failure failure = task_attempt_within(CONNECT_TIMEOUT_US, wait_connected, job);
	bool connected = failure.kind == FAILURE_NONE;

	if (connected)
		failure = task_attempt_within(job->timeout_us, call_job, job);
	job->status = failure.kind == FAILURE_NONE ? EXIT_DONE : EXIT_FAILED;
	if (failure.kind != FAILURE_NONE)
		print_job_failure(job, &failure, connected);
	loop_stop(job->loop);
}

int database_run(void (*fn)(struct db *db, void *arg), void *arg, int64_t timeout_us)
{
	const struct sql_module *modules[PLATFORM_LIST_MAX + 1];
	struct job job = { .fn = fn, .arg = arg, .timeout_us = timeout_us, .status = EXIT_FAILED };
	char conninfo[CONNINFO_MAX];
	struct config config;
	size_t count = 0;

	database_config(&config, conninfo, sizeof(conninfo));
	log_init("stoa", "error", "auto");
	platform_modules(services_all, modules);
	while (modules[count])
		count++;
	modules[count++] = &sql_cli_module;
	modules[count] = NULL;
	job.loop = loop_new();
	job.db = db_open(job.loop, &(struct db_options){ .conninfo = conninfo,
	                                                 .application_name = "stoa",
	                                                 .modules = modules,
	                                                 .interactive_max = 2 });
	CHECK(task_spawn(job.loop, &(struct task_options){ .name = "command", .arena_max = ARENA_MAX }, run_job, &job));
	loop_run(job.loop);
	db_close(job.db);
	/* Handles close in later turns of the loop. */
	loop_run(job.loop);
	loop_free(job.loop);
	return job.status;
}
