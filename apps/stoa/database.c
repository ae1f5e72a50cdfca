/* SPDX-License-Identifier: Apache-2.0 */
#include "database.h"

#include "apps/stoa/sql/cli_sql.h"
#include "apps/stoa/stack/configure.h"
#include "base/check.h"
#include "base/clock.h"
#include "cli.h"
#include "service/platform.h"
#include "task/task.h"
#include "telemetry/log.h"

enum { ARENA_MAX = 64 * 1024 * 1024, CONNINFO_MAX = 2048 };
#define CONNECT_TIMEOUT_US (10 * US_PER_S)

struct turn {
	struct loop *loop;
	struct db *db;
	void (*fn)(struct db *db, void *arg);
	void *arg;
	int64_t timeout_us;
	int status;
};

void database_config(struct config *ret, char *conninfo, size_t size)
{
	configure_connect(NULL);
	config_load(ret, 0);
	if (config_conninfo(ret, conninfo, size) < 0) {
		fprintf(stderr, "DATABASE_URL: got more than %zu characters\n", size);
		exit(EXIT_USAGE);
	}
}

static void wait_connected(void *arg)
{
	db_wait_connected(((struct turn *)arg)->db);
}

static void call(void *arg)
{
	struct turn *turn = arg;

	turn->fn(turn->db, turn->arg);
}

static void complain(const struct turn *turn, const struct failure *failure, bool connected)
{
	struct db_status status = db_status(turn->db);

	if (!connected || failure->detail.len == 0)
		fprintf(stderr, "stoa: the database does not answer%s%s\n", *status.last_error ? ": " : "",
		        status.last_error);
	else
		fprintf(stderr, "stoa: %.*s\n", STR_ARG(failure->detail));
}

static void run_task(void *arg)
{
	struct turn *turn = arg;
	struct failure failure = task_attempt_within(CONNECT_TIMEOUT_US, wait_connected, turn);
	bool connected = failure.kind == FAILURE_NONE;

	if (connected)
		failure = task_attempt_within(turn->timeout_us, call, turn);
	turn->status = failure.kind == FAILURE_NONE ? EXIT_DONE : EXIT_FAILED;
	if (failure.kind != FAILURE_NONE)
		complain(turn, &failure, connected);
	loop_stop(turn->loop);
}

int database_run(void (*fn)(struct db *db, void *arg), void *arg, int64_t timeout_us)
{
	const struct sql_module *modules[PLATFORM_LIST_MAX + 1];
	struct turn turn = { .fn = fn, .arg = arg, .timeout_us = timeout_us, .status = EXIT_FAILED };
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
	turn.loop = loop_new();
	turn.db = db_open(turn.loop, &(struct db_options){ .conninfo = conninfo,
	                                                   .application_name = "stoa",
	                                                   .modules = modules,
	                                                   .interactive_max = 2 });
	CHECK(task_spawn(turn.loop, &(struct task_options){ .name = "command", .arena_max = ARENA_MAX }, run_task,
	                 &turn));
	loop_run(turn.loop);
	db_close(turn.db);
	/* The closing of handles takes a few turns more. */
	loop_run(turn.loop);
	loop_free(turn.loop);
	return turn.status;
}
