/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row per process, renewed every few seconds by its first loop. Nobody depends on it but people who look: a row that
 * is not renewed means that its process has ended, however it ended, or that it cannot reach the database. With it goes
 * a look at the database's clock.
 */
#include "service/heartbeat.h"

#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "service/internal.h"
#include "service/sql/health_sql.h"
#include "telemetry/log.h"

#define BEAT_EVERY_US  (5 * US_PER_S)
#define FORGET_US      (600 * US_PER_S)
#define CLOCK_LIMIT_US (2 * US_PER_S)

CHOICE_TABLE(process_state, PROCESS_STATES)

/* Two clocks drift apart, and either may be set while the process runs. */
static void follow_clock(struct host *host)
{
	int64_t asked_us = clock_mono_us(), off_us;
	bool wrong;

	clock_follow(sql_database_clock(host->app.db)->now, asked_us);
	off_us = clock_machine_us() - clock_now_us();
	wrong = llabs(off_us) > CLOCK_LIMIT_US;
	if (wrong && !host->process->clock_wrong)
		log_warn("this machine's clock is %lld s %s of the database's, which is used",
		         (long long)(llabs(off_us) / US_PER_S), off_us > 0 ? "ahead" : "behind");
	host->process->clock_wrong = wrong;
}

static void beat(void *arg)
{
	struct host *host = arg;
	struct process *process = host->process;
	char machine[128] = "host";

	(void)gethostname(machine, sizeof(machine) - 1);
	follow_clock(host);
	int64_t now_us = clock_now_us(), age_us = clock_mono_us() - process->started_us;
	struct tx *tx = tx_collect(host->app.db);
	sql_process_seen(tx, .id = process->id, .kind = str_from(process->kind->name),
	                 .release = str_from(process->config.release), .host = str_from(machine), .pid = getpid(),
	                 .port = http_server_port(host->app.server), .state = atomic_load(&process->state),
	                 .started_at = now_us - age_us, .now = now_us, .gone_before = now_us - FORGET_US);
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
