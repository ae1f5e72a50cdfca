/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Periodic jobs (service.h), as cron runs them: the platform's own and those of the hosted services. Of all the crons
 * of an installation one leads, by an advisory lock; the others stand by and take over when it is gone, stopped or cut
 * off. A job is given a handle whose transactions only the leader's own pass (db_leader_db). Each job has a
 * task of its own, so none waits for another and none is started while it still runs.
 */
#include "base/check.h"
#include "base/clock.h"
#include "service/audit.h"
#include "service/host/part.h"
#include "service/internal.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

enum { ARENA_MAX = 32 << 20 };

#define JOBS_LOCK     INT64_C(0x73746f610002) /* beside the relay's */
#define RUN_MAX_US    (120 * US_PER_S)
#define LOOK_EVERY_US US_PER_S

static void measure_consumers(struct db *db, int64_t now_us)
{
	(void)now_us;
	consumers_measure(db);
}

static const struct periodic_job platform_jobs[] = {
	{ .name = "stoa.idempotency_purge", .every_us = 600 * US_PER_S, .run = idempotency_purge },
	{ .name = "stoa.revocations_purge", .every_us = 60 * US_PER_S, .run = revocations_purge },
	{ .name = "stoa.audit_seal", .every_us = 5 * US_PER_S, .run = audit_seal_job },
	{ .name = "stoa.measure_consumers",
	  .every_us = 10 * US_PER_S,
	  .run = measure_consumers,
	  .end = consumers_measure_end },
};

static const struct metric runs_metric = {
	.name = "stoa_periodic_job_runs_total",
	.kind = METRIC_COUNTER,
	.help = "Rounds of a periodic job that this process has led",
	.labels = { "job" },
};
static const struct metric failures_metric = {
	.name = "stoa_periodic_job_failures_total",
	.kind = METRIC_COUNTER,
	.help = "Rounds that failed; the next one tries again",
	.labels = { "job" },
};
static const struct metric duration_metric = {
	.name = "stoa_periodic_job_duration_seconds",
	.kind = METRIC_GAUGE,
	.help = "Length of a periodic job's last round",
	.labels = { "job" },
};
static const struct metric leading_metric = {
	.name = "stoa_periodic_jobs_leading",
	.kind = METRIC_GAUGE,
	.help = "1 in the one cron that runs the periodic jobs",
};

struct worker {
	struct periodic_jobs *jobs;
	const struct periodic_job *job;
	struct task *task;
	bool idle; /* waits for leadership or for the next round: may be cancelled without loss */
	struct metric_series *runs, *failures, *duration;
};

struct periodic_jobs {
	struct host *host;
	struct db_leader *leader;
	struct metric_series *leading;
	bool led;
	struct worker *workers;
	size_t count, running;
	bool stopping;
};

static void jobs_free(struct periodic_jobs *jobs)
{
	db_leader_free(jobs->leader);
	metric_set(jobs->leading, 0);
	if (jobs->stopping)
		host_part_drained(jobs->host);
	free(jobs->workers);
	free(jobs);
}

/* ---- One job ----------------------------------------------------------------------------------- */

static void note_leading(struct periodic_jobs *jobs)
{
	bool holds = db_leader_term(jobs->leader);

	if (holds != jobs->led)
		log_info(holds ? "periodic jobs: leading" : "periodic jobs: leading no longer");
	jobs->led = holds;
	metric_set(jobs->leading, holds);
}

static void wait_to_lead(void *arg)
{
	struct worker *worker = arg;

	note_leading(worker->jobs);
	if (worker->job->end && !worker->jobs->led)
		worker->job->end();
	db_leader_wait(worker->jobs->leader);
	note_leading(worker->jobs);
}

static void run(void *arg)
{
	struct worker *worker = arg;

	worker->job->run(db_leader_db(worker->jobs->leader), task_now_us());
}

static void run_once(struct worker *worker)
{
	int64_t began_us = clock_mono_us();
	struct failure failure = task_attempt_within(RUN_MAX_US, run, worker);

	metric_add(worker->runs, 1);
	metric_set(worker->duration, clock_mono_us() - began_us);
	if (!failure.kind || failure.kind == FAILURE_CANCELLED)
		return;
	metric_add(worker->failures, 1);
	log_warn("periodic job %s failed: %.*s", worker->job->name, STR_ARG(failure.detail));
}

/* Until the next round is due, or somebody else leads: a new leader begins at once. */
static void rest(void *arg)
{
	const struct worker *worker = arg;
	int64_t due_us = clock_mono_us() + worker->job->every_us, left_us;

	while (db_leader_term(worker->jobs->leader) && (left_us = due_us - clock_mono_us()) > 0)
		task_sleep_us(left_us < LOOK_EVERY_US ? left_us : LOOK_EVERY_US);
}

static bool idle_through(struct worker *worker, task_fn *wait)
{
	struct failure failure;

	if (worker->jobs->stopping)
		return false;
	worker->idle = true;
	failure = task_attempt(wait, worker);
	worker->idle = false;
	arena_reset(task_arena());
	return failure.kind == FAILURE_NONE && !worker->jobs->stopping;
}

static void job_task(void *arg)
{
	struct worker *worker = arg;
	struct periodic_jobs *jobs = worker->jobs;

	while (idle_through(worker, wait_to_lead)) {
		run_once(worker);
		arena_reset(task_arena());
		if (!idle_through(worker, rest))
			break;
	}
	worker->task = NULL;
	if (--jobs->running == 0)
		jobs_free(jobs);
}

/* ---- All of them ------------------------------------------------------------------------------- */

static void add(struct periodic_jobs *jobs, const struct periodic_job *row)
{
	struct worker *worker = &jobs->workers[jobs->count++];
	struct str name = str_from(row->name);

	*worker = (struct worker){
		.jobs = jobs,
		.job = row,
		.runs = metric_series(&runs_metric, &name),
		.failures = metric_series(&failures_metric, &name),
		.duration = metric_series(&duration_metric, &name),
	};
}

static void collect(struct periodic_jobs *jobs, const struct service *const *services)
{
	struct subject_walk walk = { .services = services }, again = walk;
	size_t count = ARRAY_COUNT(platform_jobs);

	for (const struct subject *subject; (subject = subject_next(&walk));)
		count += subject->periodic_jobs.count;
	jobs->workers = calloc(count, sizeof(*jobs->workers));
	CHECK(jobs->workers);
	for (size_t i = 0; i < ARRAY_COUNT(platform_jobs); i++)
		add(jobs, &platform_jobs[i]);
	for (const struct subject *subject; (subject = subject_next(&again));)
		for (size_t i = 0; i < subject->periodic_jobs.count; i++)
			add(jobs, &subject->periodic_jobs.items[i]);
}

static void job_start(struct host *host, struct worker *worker)
{
	struct task_options options = { .name = worker->job->name, .background = true, .arena_max = ARENA_MAX };

	worker->task = task_spawn(host->app.loop, &options, job_task, worker);
	CHECK(worker->task);
	worker->jobs->running++;
}

static void jobs_serve(struct host *host, void **own)
{
	struct periodic_jobs *jobs = calloc(1, sizeof(*jobs));

	CHECK(jobs);
	jobs->host = host;
	jobs->leader = db_leader_new(host->app.db, JOBS_LOCK);
	jobs->leading = metric_series(&leading_metric, NULL);
	collect(jobs, host->process->services);
	for (size_t i = 0; i < jobs->count; i++)
		job_start(host, &jobs->workers[i]);
	*own = jobs;
}

/* No job is begun any more, what runs goes on to its end; then leadership is given up and everything freed. */
static void jobs_drain(struct host *host, void **own)
{
	struct periodic_jobs *jobs = *own;

	jobs->stopping = true;
	for (size_t i = 0; i < jobs->count; i++)
		if (jobs->workers[i].task && jobs->workers[i].idle)
			task_cancel(jobs->workers[i].task);
}

const struct host_part part_periodic_jobs = {
	.name = "periodic jobs",
	.first_loop_only = true,
	.serve = jobs_serve,
	.drain = jobs_drain,
};
