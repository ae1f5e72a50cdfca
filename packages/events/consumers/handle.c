/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One handling of one event: the transaction begins with the inbox row, the handler adds its writes, one commit for
 * both. Whoever comes second, by whatever way, is refused by the inbox's key and counts as done.
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
	struct parcel *parcel;
	int tries;
	bool committed, duplicate;
};

static void at_step(const struct parcel *parcel, const char *step)
{
	void (*on_step)(const char *) = parcel->runner->consumers->options.on_step;

	if (on_step)
		on_step(step);
}

static struct tx *begin(const struct parcel *parcel)
{
	struct tx *tx = tx_collect(parcel->runner->consumers->options.db);
	struct str name = str_from(parcel->runner->subscription->name);

	sql_inbox_insert(tx, .consumer = name, .event_id = parcel->event.id, .position = parcel->event.position);
	if (parcel->from_retry)
		sql_event_retry_delete(tx, .consumer = name, .event_id = parcel->event.id);
	if (parcel->counted)
		sql_event_suspect_delete(tx, .consumer = name, .event_id = parcel->event.id);
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
	consumption->tx = begin(handling->parcel);
}

/* Counted in a commit of its own before anything else happens; once per process, whatever else goes wrong here. */
static void count_start(struct parcel *parcel)
{
	struct tx *tx = tx_begin(parcel->runner->consumers->options.db);
	int64_t starts = sql_event_suspect_start(tx, .consumer = str_from(parcel->runner->subscription->name),
	                                         .event_id = parcel->event.id)
	                         ->starts;

	tx_commit(tx);
	parcel->counted = parcel->started = true;
	if (starts < SUSPECT_DEAD)
		return;
	parcel->permanent = true;
	fail("crashed its consumer");
}

static void run_handler(void *arg)
{
	struct handling *handling = arg;
	struct parcel *parcel = handling->parcel;
	struct consumption *consumption = &handling->consumption;

	if (handling->tries > 0)
		task_sleep_us((int64_t)random_below((uint64_t)(US_PER_MS << handling->tries)));
	if (parcel->suspect && !parcel->started)
		count_start(parcel);
	at_step(parcel, "before");
	*consumption = (struct consumption){
		.db = parcel->runner->consumers->options.db,
		.event = &parcel->event,
		.data = event_data(&parcel->event, parcel->runner->subscription->type),
		.service = parcel->runner->consumers->options.service,
	};
	consumption->tx = begin(parcel);
	parcel->runner->subscription->handle(consumption);
	at_step(parcel, "inside");
	if (!handling->committed) {
		const struct tx_refusal *refusal = consumer_commit(consumption);
		if (refusal && refusal->kind == TX_EXPECTATION)
			fail_conflict("%.*s touched another number of rows than it must", STR_ARG(refusal->constraint));
		if (refusal)
			fail("the database refused: %.*s", STR_ARG(refusal->constraint));
	}
	at_step(parcel, "after");
}

static void set_trace(struct trace *trace, const struct event *event)
{
	trace_new(trace, clock_now_us());
	if (trace_parse(trace, event->traceparent))
		memset(trace->parent_id, 0, sizeof(trace->parent_id));
	trace->correlation_id = event->correlation_id;
	trace->causation_id = event->id;
	task_set_slot(TASK_SLOT_TRACE, trace);
}

/* A duplicate from the retries still has its row there. */
static void drop_retry(void *arg)
{
	struct parcel *parcel = arg;
	struct tx *tx = tx_collect(parcel->runner->consumers->options.db);

	sql_event_retry_delete(tx, .consumer = str_from(parcel->runner->subscription->name),
	                       .event_id = parcel->event.id);
	tx_commit(tx);
}

static void end_duplicate(struct parcel *parcel)
{
	struct failure failure = { .kind = FAILURE_NONE };

	parcel->runner->wary = WARY_EVENTS;
	if (parcel->from_retry)
		failure = task_attempt(drop_retry, parcel);
	if (failure.kind != FAILURE_NONE) {
		runner_forget(parcel->runner, parcel); /* its lease runs out, and it is a duplicate again */
		return;
	}
	runner_count(parcel->runner, RESULT_DUPLICATE);
	runner_finish(parcel->runner, parcel);
}

void parcel_handle_task(void *arg)
{
	struct parcel *parcel = arg;
	struct runner *runner = parcel->runner;
	struct handling handling = { .parcel = parcel };
	bool suspect = parcel->suspect;
	struct failure failure;
	struct trace trace;

	set_trace(&trace, &parcel->event);
	for (;;) {
		failure = task_attempt(run_handler, &handling);
		if (failure.kind != FAILURE_CONFLICT || ++handling.tries == CONFLICT_TRIES || handling.duplicate)
			break;
		arena_reset(task_arena());
		handling.committed = false;
	}
	if (handling.duplicate) {
		end_duplicate(parcel);
	} else if (failure.kind == FAILURE_NONE) {
		runner_count(runner, RESULT_HANDLED);
		runner_finish(runner, parcel);
	} else {
		parcel_settle(parcel, &failure);
	}
	runner->tasks--;
	if (suspect)
		runner->suspect_running = false;
	runner_pump(runner);
	consumers_task_ended(runner->consumers);
}
