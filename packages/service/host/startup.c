/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of starting things is free: a process listens at once, says what it lacks, and waits for the database and
 * for the schema its services need. It never migrates: that is done once, by `stoa migrate` or a deploy.
 */
#include "base/clock.h"
#include "base/encode.h"
#include "db/migrate.h"
#include "service/internal.h"
#include "telemetry/log.h"

#define LOOK_EVERY_US (500 * US_PER_MS)
#define LOG_EVERY_US  (5 * US_PER_S)

struct look {
	const struct process *process;
	struct migrate_report report;
	int missing;
};

/* On the thread pool: libpq blocks. */
static void look(void *arg)
{
	struct look *look = arg;

	look->missing = migrate_missing(look->process->conninfo, look->process->sets, &look->report);
}

static void remember(struct process *process, const struct look *look)
{
	pthread_mutex_lock(&process->schema_lock);
	process->schema_ok = look->missing == 0;
	if (look->missing > 0)
		snprintf(process->schema_error, sizeof(process->schema_error),
		         "%d migrations are missing: run stoa migrate", look->missing);
	else if (look->missing < 0)
		snprintf(process->schema_error, sizeof(process->schema_error), "%.*s",
		         (int)strcspn(look->report.error, "\n"), look->report.error); /* libpq adds hints for people */
	process->schema_error[utf8_mend(process->schema_error, strlen(process->schema_error))] = '\0';
	pthread_mutex_unlock(&process->schema_lock);
}

static bool stands(struct host *host)
{
	struct look question = { .process = host->process };

	task_offload(look, &question);
	remember(host->process, &question);
	return question.missing == 0 && atomic_load(&host->process->connected) == host->process->host_count;
}

static void log_wait(struct host *host, int64_t waited_us)
{
	struct process *process = host->process;
	struct str lacks = STR_NULL;

	if (process_schema(process, task_arena(), &lacks))
		lacks = str_from(db_status(host->app.db).last_error);
	log_warn("waiting for the database and its schema (%lld s): %.*s", (long long)(waited_us / US_PER_S),
	         STR_ARG(lacks));
}

/* False: the limit has passed. */
static bool wait_for_stores(struct host *host)
{
	int64_t limit_us = host->process->config.start_wait, began_us = clock_mono_us(), logged_us = began_us;

	while (!stands(host)) {
		int64_t now_us = clock_mono_us();

		if (now_us - logged_us >= LOG_EVERY_US || logged_us == began_us) {
			log_wait(host, now_us - began_us);
			logged_us = now_us;
		}
		if (now_us - began_us >= limit_us)
			return false;
		task_sleep_us(now_us - began_us < 5 * US_PER_S ? LOOK_EVERY_US / 5 : LOOK_EVERY_US);
	}
	return true;
}

static void serve(struct loop_post *post)
{
	host_serve(CONTAINER_OF(post, struct host, serve_post));
}

static void start(void *arg)
{
	struct host *host = arg;
	struct process *process = host->process;
	int starting = PROCESS_starting;

	if (!wait_for_stores(host)) {
		log_error("database or schema still missing after STOA_START_WAIT; giving up");
		process_drain(process, 1);
		return;
	}
	if (!atomic_compare_exchange_strong(&process->state, &starting, PROCESS_ready))
		return;
	log_info("ready after %lld ms", (long long)((clock_mono_us() - process->started_us) / US_PER_MS));
	for (int i = 0; i < process->host_count; i++) {
		process->hosts[i].serve_post.run = serve;
		loop_post(process->hosts[i].app.loop, &process->hosts[i].serve_post);
	}
}

void startup_begin(struct host *host)
{
	task_spawn(host->app.loop, &(struct task_options){ .name = "startup", .background = true }, start, host);
}
