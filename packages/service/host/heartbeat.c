/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row per process, renewed every few seconds by its first loop. Nobody depends on it but people who look: a row that
 * is not renewed means that its process has ended, however it ended, or that it cannot reach the database.
 */
#include "service/heartbeat.h"

#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "service/internal.h"
#include "service/sql/processes_sql.h"
#include "telemetry/log.h"

#define BEAT_EVERY_US (5 * US_PER_S)
#define STALE_US      (30 * US_PER_S)
#define FORGET_US     (600 * US_PER_S)

static const char *const state_names[] = {
	[PROCESS_STARTING] = "starting",
	[PROCESS_SERVING] = "ready",
	[PROCESS_DRAINING] = "draining",
};

static void beat(void *arg)
{
	struct host *host = arg;
	struct process *process = host->process;
	int64_t now_us = clock_now_us();
	char machine[128] = "host";

	(void)gethostname(machine, sizeof(machine) - 1);
	struct tx *tx = tx_collect(host->app.db);
	sql_process_seen(tx, .id = process->id, .kind = str_from(process->kind->name),
	                 .release = str_from(process->config.release), .host = str_from(machine), .pid = getpid(),
	                 .port = http_server_port(host->app.server),
	                 .state = str_from(state_names[atomic_load(&process->state)]),
	                 .started_at = process->started_at, .now = now_us, .gone_before = now_us - FORGET_US);
	tx_commit(tx);
}

static void beat_for_ever(void *arg)
{
	for (;;) {
		struct failure failure = task_attempt(beat, arg);

		if (failure.kind == FAILURE_CANCELLED)
			return;
		if (failure.kind)
			log_warn("no heartbeat was left: %.*s", STR_ARG(failure.detail));
		arena_reset(task_arena());
		task_sleep_us(BEAT_EVERY_US);
	}
}

static void beat_once(void *arg)
{
	(void)task_attempt(beat, arg);
}

static void heartbeat_serve(struct host *host, void **own)
{
	task_spawn(host->app.loop, &(struct task_options){ .name = "heartbeat", .background = true }, beat_for_ever,
	           host);
}

/* Says at once that it drains. */
static void heartbeat_drain(struct host *host, void **own)
{
	task_spawn(host->app.loop, &(struct task_options){ .name = "heartbeat", .timeout_us = US_PER_S }, beat_once,
	           host);
	host_part_drained(host);
}

const struct host_part part_heartbeat = {
	.name = "heartbeat",
	.first_loop_only = true,
	.serve = heartbeat_serve,
	.drain = heartbeat_drain,
};

struct heartbeat_list heartbeat_all(struct db *db, int64_t now_us)
{
	struct sql_process_list_rows found = sql_process_list(db, .seen_from = now_us - STALE_US);
	struct heartbeat_list list = { .items = ARENA_ARRAY(task_arena(), struct heartbeat, found.count),
		                       .count = found.count };

	for (size_t i = 0; i < found.count; i++) {
		const struct sql_process_list_row *row = &found.rows[i];

		list.items[i] = (struct heartbeat){
			.id = row->id,
			.kind = row->kind,
			.release = row->release,
			.host = row->host,
			.pid = row->pid,
			.port = row->port,
			.state = row->state,
			.started_at = row->started_at,
			.seen_at = row->seen_at,
		};
	}
	return list;
}
