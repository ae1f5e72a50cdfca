/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting and stopping the consumers of a process.
 *
 * The subscriptions are on record in the database before the first fetch, because a rewind goes back only as far as the
 * subscriptions on record need. Stopping: fetching ends by itself within its wait, for what it has received meanwhile
 * must still be handled; when the last task has ended, one more takes our names off the bus and everything is freed.
 */
#include "base/check.h"
#include "base/clock.h"
#include "events/consumers/internal.h"
#include "events/sql/consumer_sql.h"
#include "telemetry/log.h"

enum { CONCURRENCY_DEFAULT = 128, FETCH_ARENA_MAX = 64 << 20 };

#define AWAY_WAIT_US      (200 * US_PER_MS)
#define REGISTER_EVERY_US (3600 * US_PER_S)

static const struct metric handled_metric = {
	"stoa_consumer_handled_total", METRIC_COUNTER, "Events that consumers are done with", { "consumer", "result" }
};
static const char *const result_names[RESULT_COUNT] = { "handled", "duplicate", "retried", "dead" };

/* ---- Tasks ------------------------------------------------------------------------------------- */

struct task *consumers_spawn(struct consumers *consumers, const struct task_options *options, task_fn *fn, void *arg)
{
	struct task *task = task_spawn(consumers->loop, options, fn, arg);

	consumers->tasks += task != NULL;
	return task;
}

static void consumers_free(struct consumers *consumers)
{
	for (size_t i = 0; i < consumers->count; i++) {
		deliveries_free(&consumers->runners[i].ready);
		deliveries_free(&consumers->runners[i].poison);
		wakeup_free(consumers->runners[i].room_free);
		wakeup_free(consumers->runners[i].ack_due);
	}
	wakeup_free(consumers->retry_due);
	free(consumers->runners);
	free(consumers->statuses);
	free(consumers);
}

void consumers_back_off(void *arg)
{
	task_sleep_us(AWAY_WAIT_US);
	(void)arg;
}

static void forget_names(void *arg)
{
	struct consumers *consumers = arg;
	const struct consumers_options *options = &consumers->options;

	for (size_t i = 0; i < consumers->count; i++) {
		const struct subscription *subscription = consumers->runners[i].subscription;
		(void)options->bus->ops->forget_consumer(options->bus, str_from(subscription->consumer->type->name),
		                                         str_from(subscription->name),
		                                         str_from(options->consumer_name));
	}
}

static void close_task(void *arg)
{
	struct consumers *consumers = arg;
	void (*on_stopped)(void *) = consumers->on_stopped;
	void *on_stopped_arg = consumers->arg;

	(void)task_attempt(forget_names, consumers);
	consumers_free(consumers);
	if (on_stopped)
		on_stopped(on_stopped_arg);
}

/* The names are forgotten by one last task, so that a clean stop leaves nothing behind in the bus. */
static void close_when_done(struct consumers *consumers)
{
	static const struct task_options options = { .name = "consumers stop", .timeout_us = 2 * US_PER_S };

	if (!consumers->stopping || consumers->tasks > 0 || consumers->closing)
		return;
	consumers->closing = true;
	CHECK(task_spawn(consumers->loop, &options, close_task, consumers));
}

void consumers_task_ended(struct consumers *consumers)
{
	consumers->tasks--;
	for (size_t i = 0; consumers->stopping && i < consumers->count; i++)
		wakeup_set(consumers->runners[i].ack_due); /* they end when nothing is in hand any more */
	close_when_done(consumers);
}

/* ---- Start and stop ---------------------------------------------------------------------------- */

void consumers_register(void *arg)
{
	struct consumers *consumers = arg;
	int64_t now = loop_now_us(consumers->loop);

	if (consumers->registered_us && now - consumers->registered_us < REGISTER_EVERY_US)
		return;
	struct str *names = ARENA_ARRAY(task_arena(), struct str, consumers->count);
	struct str *types = ARENA_ARRAY(task_arena(), struct str, consumers->count);

	db_wait_connected(consumers->options.db);
	struct tx *tx = tx_collect(consumers->options.db);
	for (size_t i = 0; i < consumers->count; i++) {
		names[i] = str_from(consumers->runners[i].subscription->name);
		types[i] = str_from(consumers->runners[i].subscription->consumer->type->name);
	}
	sql_subscription_insert(tx, .consumers = { names, consumers->count }, .types = { types, consumers->count });
	tx_commit(tx);
	consumers->registered_us = now;
}

static void start_runner(struct runner *runner)
{
	static const struct task_options fetch_options = { .name = "event fetch",
		                                           .background = true,
		                                           .arena_max = FETCH_ARENA_MAX };
	static const struct task_options ack_options = { .name = "event ack", .background = true };

	runner->fetching = consumers_spawn(runner->consumers, &fetch_options, runner_fetch_task, runner) != NULL;
	CHECK(runner->fetching && consumers_spawn(runner->consumers, &ack_options, runner_ack_task, runner));
}

static void start_task(void *arg)
{
	static const struct task_options retry_options = { .name = "event retries", .background = true };
	struct consumers *consumers = arg;
	struct failure failure = { .kind = FAILURE_FAILED };

	while (!consumers->stopping && failure.kind != FAILURE_NONE && failure.kind != FAILURE_CANCELLED) {
		failure = task_attempt(consumers_register, consumers);
		if (failure.kind != FAILURE_NONE && failure.kind != FAILURE_CANCELLED &&
		    task_attempt(consumers_back_off, NULL).kind == FAILURE_CANCELLED)
			failure.kind = FAILURE_CANCELLED;
		arena_reset(task_arena());
	}
	if (failure.kind == FAILURE_NONE && !consumers->stopping) {
		for (size_t i = 0; i < consumers->count; i++)
			start_runner(&consumers->runners[i]);
		CHECK(consumers_spawn(consumers, &retry_options, consumers_retry_task, consumers));
	}
	consumers_task_ended(consumers);
}

static void runner_init(struct runner *runner, struct consumers *consumers, const struct subscription *subscription)
{
	runner->consumers = consumers;
	runner->subscription = subscription;
	runner->status.subscription = subscription;
	runner->concurrency =
	        (size_t)(subscription->concurrency > 0 ? subscription->concurrency : consumers->options.concurrency);
	runner->recheck_left = RECHECK_WINDOW;
	list_init(&runner->ready);
	list_init(&runner->poison);
	list_init(&runner->acks);
	runner->room_free = wakeup_new(consumers->loop);
	runner->ack_due = wakeup_new(consumers->loop);
	for (size_t i = 0; i < RESULT_COUNT; i++) {
		const struct str values[] = { str_from(subscription->name), str_from(result_names[i]) };
		runner->metrics[i] = metric_series(&handled_metric, values);
	}
}

struct consumers *consumers_start(struct loop *loop, const struct consumers_options *options)
{
	static const struct task_options start_options = { .name = "consumers start", .background = true };
	struct consumers *consumers = calloc(1, sizeof(*consumers));

	CHECK(consumers);
	consumers->loop = loop;
	consumers->options = *options;
	if (consumers->options.concurrency <= 0)
		consumers->options.concurrency = CONCURRENCY_DEFAULT;
	if (consumers->options.claim_idle_us <= 0)
		consumers->options.claim_idle_us = 30 * US_PER_S;
	if (consumers->options.handler_timeout_us <= 0)
		consumers->options.handler_timeout_us = 30 * US_PER_S;
	consumers->count = options->subscriptions.count;
	for (size_t i = 0; i < consumers->count; i++) /* the name is the key of inbox and group */
		for (size_t j = 0; j < i; j++)
			CHECK(strcmp(options->subscriptions.rows[i].name, options->subscriptions.rows[j].name) != 0);
	consumers->runners = calloc(consumers->count + 1, sizeof(*consumers->runners));
	consumers->statuses = calloc(consumers->count + 1, sizeof(*consumers->statuses));
	CHECK(consumers->runners && consumers->statuses);
	consumers->retry_due = wakeup_new(loop);
	for (size_t i = 0; i < consumers->count; i++)
		runner_init(&consumers->runners[i], consumers, &options->subscriptions.rows[i]);
	CHECK(consumers_spawn(consumers, &start_options, start_task, consumers));
	return consumers;
}

void consumers_stop(struct consumers *consumers, void (*on_stopped)(void *arg), void *arg)
{
	consumers->stopping = true;
	consumers->on_stopped = on_stopped;
	consumers->arg = arg;
	wakeup_set(consumers->retry_due);
	for (size_t i = 0; i < consumers->count; i++) {
		wakeup_set(consumers->runners[i].room_free);
		wakeup_set(consumers->runners[i].ack_due);
	}
	close_when_done(consumers);
}

size_t consumers_status(const struct consumers *consumers, const struct consumer_status **ret)
{
	for (size_t i = 0; i < consumers->count; i++) {
		consumers->statuses[i] = consumers->runners[i].status;
		consumers->statuses[i].running = (int64_t)consumers->runners[i].in_hand;
	}
	*ret = consumers->statuses;
	return consumers->count;
}
