/* SPDX-License-Identifier: Apache-2.0 */
#include "service/host/chores.h"

#include "base/check.h"
#include "base/clock.h"
#include "service/audit.h"
#include "service/internal.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

enum { ARENA_MAX = 32 << 20 };

#define CHORES_LOCK   INT64_C(0x73746f610002) /* beside the relay's */
#define RUN_MAX_US    (120 * US_PER_S)
#define LOOK_EVERY_US US_PER_S

static const struct chore platform_chores[] = {
	{ .name = "stoa.idempotency_purge", .every_us = 600 * US_PER_S, .run = idempotency_purge },
	{ .name = "stoa.audit_seal", .every_us = 5 * US_PER_S, .run = audit_seal_chore },
	{ 0 },
};

static const struct metric runs_metric = {
	.name = "stoa_chore_runs_total",
	.kind = METRIC_COUNTER,
	.help = "Rounds of a chore that this process has led",
	.labels = { "chore" },
};
static const struct metric failures_metric = {
	.name = "stoa_chore_failures_total",
	.kind = METRIC_COUNTER,
	.help = "Rounds that failed; the next one tries again",
	.labels = { "chore" },
};
static const struct metric duration_metric = {
	.name = "stoa_chore_duration_microseconds",
	.kind = METRIC_GAUGE,
	.help = "Length of a chore's last round",
	.labels = { "chore" },
};
static const struct metric leading_metric = {
	.name = "stoa_chores_leading",
	.kind = METRIC_GAUGE,
	.help = "1 in the one cron that does the chores",
};

struct worker {
	struct chores *chores;
	const struct chore *chore;
	struct task *task;
	bool idle; /* waits for leadership or for the next round: may be cancelled without loss */
	struct metric_series *runs, *failures, *duration;
};

struct chores {
	struct db *db;
	struct db_leader *leader;
	struct metric_series *leading;
	bool led;
	struct worker *workers;
	size_t count, running;
	bool stopping;
	void (*on_stopped)(void *arg);
	void *arg;
};

static void chores_free(struct chores *chores)
{
	db_leader_free(chores->leader);
	metric_set(chores->leading, 0);
	if (chores->on_stopped)
		chores->on_stopped(chores->arg);
	free(chores->workers);
	free(chores);
}

/* ---- One chore --------------------------------------------------------------------------------- */

static void note_leading(struct chores *chores)
{
	bool holds = db_leader_holds(chores->leader);

	if (holds != chores->led)
		log_info(holds ? "chores: leading" : "chores: leading no longer");
	chores->led = holds;
	metric_set(chores->leading, holds);
}

static void wait_to_lead(void *arg)
{
	struct worker *worker = arg;

	note_leading(worker->chores);
	db_leader_wait(worker->chores->leader);
	note_leading(worker->chores);
}

static void run(void *arg)
{
	struct worker *worker = arg;

	worker->chore->run(worker->chores->db, task_now_us());
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
	log_warn("chore %s failed: %.*s", worker->chore->name, STR_ARG(failure.detail));
}

/* Until the next round is due, or somebody else leads: whoever leads anew begins at once. */
static void rest(void *arg)
{
	const struct worker *worker = arg;
	int64_t due_us = clock_mono_us() + worker->chore->every_us, left_us;

	while (db_leader_holds(worker->chores->leader) && (left_us = due_us - clock_mono_us()) > 0)
		task_sleep_us(left_us < LOOK_EVERY_US ? left_us : LOOK_EVERY_US);
}

static bool idle_through(struct worker *worker, task_fn *wait)
{
	struct failure failure;

	if (worker->chores->stopping)
		return false;
	worker->idle = true;
	failure = task_attempt(wait, worker);
	worker->idle = false;
	arena_reset(task_arena());
	return failure.kind == FAILURE_NONE && !worker->chores->stopping;
}

static void chore_task(void *arg)
{
	struct worker *worker = arg;
	struct chores *chores = worker->chores;

	while (idle_through(worker, wait_to_lead)) {
		run_once(worker);
		arena_reset(task_arena());
		if (!idle_through(worker, rest))
			break;
	}
	worker->task = NULL;
	if (--chores->running == 0)
		chores_free(chores);
}

/* ---- All of them ------------------------------------------------------------------------------- */

static void add(struct chores *chores, const struct chore *row)
{
	struct worker *worker = &chores->workers[chores->count++];
	struct str name = str_from(row->name);

	*worker = (struct worker){
		.chores = chores,
		.chore = row,
		.runs = metric_series(&runs_metric, &name),
		.failures = metric_series(&failures_metric, &name),
		.duration = metric_series(&duration_metric, &name),
	};
}

static size_t count_of(const struct chore *rows)
{
	size_t count = 0;

	while (rows && rows[count].name)
		count++;
	return count;
}

static void collect(struct chores *chores, const struct service *const *services)
{
	size_t count = count_of(platform_chores);

	for (size_t i = 0; services[i]; i++)
		count += count_of(services[i]->chores);
	chores->workers = calloc(count + 1, sizeof(*chores->workers));
	CHECK(chores->workers);
	for (const struct chore *row = platform_chores; row->name; row++)
		add(chores, row);
	for (size_t i = 0; services[i]; i++)
		for (const struct chore *row = services[i]->chores; row && row->name; row++)
			add(chores, row);
}

struct chores *chores_start(struct loop *loop, struct db *db, const struct service *const *services)
{
	struct chores *chores = calloc(1, sizeof(*chores));

	CHECK(chores);
	chores->db = db;
	chores->leader = db_leader_new(db, CHORES_LOCK);
	chores->leading = metric_series(&leading_metric, NULL);
	collect(chores, services);
	for (size_t i = 0; i < chores->count; i++) {
		struct worker *worker = &chores->workers[i];

		worker->task =
		        task_spawn(loop,
		                   &(struct task_options){
		                           .name = worker->chore->name, .background = true, .arena_max = ARENA_MAX },
		                   chore_task, worker);
		CHECK(worker->task);
		chores->running++;
	}
	return chores;
}

void chores_stop(struct chores *chores, void (*on_stopped)(void *arg), void *arg)
{
	chores->stopping = true;
	chores->on_stopped = on_stopped;
	chores->arg = arg;
	for (size_t i = 0; i < chores->count; i++)
		if (chores->workers[i].task && chores->workers[i].idle)
			task_cancel(chores->workers[i].task);
}
