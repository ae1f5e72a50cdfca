/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One handling of one event: the transaction begins with the inbox row, the handler adds its writes, one commit for
 * both. A second handling of the same event is refused by the inbox's key, whatever its way here, and counts as done.
 */
#include "base/check.h"
#include "base/clock.h"
#include "base/random.h"
#include "events/consumers/internal.h"
#include "events/sql/consumer_sql.h"
#include "telemetry/trace.h"

enum { CONFLICT_TRIES = 5 };

struct handling {
	struct consumption consumption;
	struct delivery *delivery;
	int tries;
	bool committed, duplicate;
};

static void handling_at_step(const struct delivery *delivery, const char *step)
{
	void (*on_step)(const char *) = delivery->runner->consumers->options.on_step;

	if (on_step)
		on_step(step);
}

static struct tx *begin_with_inbox(const struct delivery *delivery)
{
	struct tx *tx = tx_collect(delivery->runner->consumers->options.db);
	struct str name = str_from(delivery->runner->subscription->name);

	sql_inbox_insert(tx, .consumer = name, .event_id = delivery->event.id, .position = delivery->event.position);
	if (delivery->from_retry)
		sql_event_retry_delete(tx, .consumer = name, .event_id = delivery->event.id);
	if (delivery->counted)
		sql_delivery_count_delete(tx, .consumer = name, .event_id = delivery->event.id);
	return tx;
}

const struct tx_refusal *consumer_commit(struct consumption *consumption)
{
	struct handling *handling = CONTAINER_OF(consumption, struct handling, consumption);
	const struct tx_refusal *refusal = tx_try_commit(consumption->tx);

	handling->committed = !refusal;
	if (refusal && refusal->kind == TX_UNIQUE && str_eq(refusal->constraint, STR("inbox_pkey"))) {
		handling->duplicate = true;
		fail("handled before");
	}
	return refusal;
}

void consumer_again(struct consumption *consumption)
{
	struct handling *handling = CONTAINER_OF(consumption, struct handling, consumption);

	CHECK(!handling->committed);
	consumption->tx = begin_with_inbox(handling->delivery);
}

/* Counted in a commit of its own before anything else happens; once per process, whatever else goes wrong here. */
static void count_poison_start(struct delivery *delivery)
{
	struct tx *tx = tx_begin(delivery->runner->consumers->options.db);
	int64_t starts = sql_delivery_count_alone(tx, .consumer = str_from(delivery->runner->subscription->name),
	                                          .event_id = delivery->event.id)
	                         ->starts;

	tx_commit(tx);
	delivery->counted = delivery->started = true;
	if (starts < POISON_DEAD_AT)
		return;
	delivery->permanent = true;
	fail("crashed its consumer");
}

static void handling_run(void *arg)
{
	struct handling *handling = arg;
	struct delivery *delivery = handling->delivery;
	struct consumption *consumption = &handling->consumption;

	if (handling->tries > 0)
		task_sleep_us((int64_t)random_below((uint64_t)(US_PER_MS << handling->tries)));
	if (delivery->poison && !delivery->started)
		count_poison_start(delivery);
	handling_at_step(delivery, "before");
	*consumption = (struct consumption){
		.db = delivery->runner->consumers->options.db,
		.event = &delivery->event,
		.data = event_data(&delivery->event, delivery->runner->subscription->consumer->type),
		.app = delivery->runner->consumers->options.app,
	};
	consumption->tx = begin_with_inbox(delivery);
	delivery->runner->subscription->consumer->handle(consumption);
	handling_at_step(delivery, "inside");
	if (!handling->committed) {
		const struct tx_refusal *refusal = consumer_commit(consumption);
		if (refusal && refusal->kind == TX_EXPECTATION)
			fail_conflict("%.*s touched another number of rows than it must", STR_ARG(refusal->constraint));
		if (refusal)
			fail("the database refused: %.*s", STR_ARG(refusal->constraint));
	}
	handling_at_step(delivery, "after");
}

static void handling_set_trace(struct trace *trace, const struct event *event)
{
	trace_new(trace, clock_now_us());
	if (trace_parse(trace, event->traceparent))
		memset(trace->parent_id, 0, sizeof(trace->parent_id));
	trace->correlation_id = event->correlation_id;
	trace->causation_id = event->id;
	task_set_slot(TASK_SLOT_TRACE, trace);
}

/* A duplicate may still have its row among the retries, or a delivery count that was added after the first handling. */
static void delete_retry_and_count(void *arg)
{
	struct delivery *delivery = arg;
	struct tx *tx = tx_collect(delivery->runner->consumers->options.db);
	struct str name = str_from(delivery->runner->subscription->name);

	if (delivery->from_retry)
		sql_event_retry_delete(tx, .consumer = name, .event_id = delivery->event.id);
	if (delivery->counted)
		sql_delivery_count_delete(tx, .consumer = name, .event_id = delivery->event.id);
	tx_commit(tx);
}

static void settle_duplicate(struct delivery *delivery)
{
	struct failure failure = { .kind = FAILURE_NONE };

	delivery->runner->recheck_left = RECHECK_WINDOW;
	if (delivery->from_retry || delivery->counted)
		failure = task_attempt(delete_retry_and_count, delivery);
	if (failure.kind != FAILURE_NONE) {
		delivery_release(delivery); /* delivered again, and a duplicate again */
		return;
	}
	runner_count(delivery->runner, RESULT_DUPLICATE);
	delivery_acknowledge(delivery);
}

void delivery_handle_task(void *arg)
{
	struct delivery *delivery = arg;
	struct runner *runner = delivery->runner;
	struct handling handling = { .delivery = delivery };
	bool poison = delivery->poison;
	struct failure failure;
	struct trace trace;

	handling_set_trace(&trace, &delivery->event);
	for (;;) {
		failure = task_attempt(handling_run, &handling);
		if (failure.kind != FAILURE_CONFLICT || ++handling.tries == CONFLICT_TRIES || handling.duplicate)
			break;
		arena_reset(task_arena());
		handling.committed = false;
	}
	if (handling.duplicate) {
		settle_duplicate(delivery);
	} else if (failure.kind == FAILURE_NONE) {
		runner_count(runner, RESULT_HANDLED);
		delivery_acknowledge(delivery);
	} else {
		delivery_settle(delivery, &failure);
	}
	runner->tasks--;
	if (poison)
		runner->poison_running = false;
	runner_dispatch(runner);
	consumers_task_ended(runner->consumers);
}
