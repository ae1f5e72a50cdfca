/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events whose time has come again. Any worker takes what is due, a few at a time, under a lease that outlives the
 * handling; if the worker dies, the lease runs out and another takes them. The event itself is read from the log.
 */
#include "base/check.h"
#include "base/clock.h"
#include "events/consumers/internal.h"
#include "events/sql/consumer_sql.h"
#include "events/sql/event_sql.h"
#include "events/sql/operators_sql.h"
#include "telemetry/log.h"

enum { RETRY_BATCH = 64 };

#define RETRY_POLL_US   (500 * US_PER_MS)
#define LEASE_MARGIN_US (30 * US_PER_S)

static struct runner *runner_find(struct consumers *consumers, struct str name)
{
	for (size_t i = 0; i < consumers->count; i++)
		if (str_eq(str_from(consumers->runners[i].subscription->name), name))
			return &consumers->runners[i];
	return NULL;
}

static struct str_list names_with_room(struct consumers *consumers)
{
	struct str_list names = { .items = ARENA_ARRAY(task_arena(), struct str, consumers->count) };

	for (size_t i = 0; i < consumers->count; i++)
		if (!consumers->runners[i].paused && consumers->runners[i].in_hand < consumers->runners[i].concurrency)
			names.items[names.count++] = str_from(consumers->runners[i].subscription->name);
	return names;
}

/* How a pause by an operator reaches every process. */
static void refresh_paused(void *arg)
{
	struct consumers *consumers = arg;
	struct sql_subscription_list_paused_rows found = sql_subscription_list_paused(consumers->options.db);

	for (size_t i = 0; i < consumers->count; i++) {
		struct str name = str_from(consumers->runners[i].subscription->name);
		bool paused = false;

		for (size_t k = 0; k < found.count && !paused; k++)
			paused = str_eq(found.rows[k].consumer, name);
		consumers->runners[i].paused = paused;
	}
}

static const struct sql_event_row *event_find(const struct sql_event_rows *events,
                                              const struct sql_event_retry_claim_row *row)
{
	for (size_t i = 0; i < events->count; i++)
		if (events->rows[i].position == row->position && uuid_eq(events->rows[i].id, row->event_id))
			return &events->rows[i];
	return NULL;
}

static void receive_retry(struct consumers *consumers, const struct sql_event_retry_claim_row *row,
                          const struct sql_event_rows *events)
{
	const struct sql_event_row *found = event_find(events, row);
	struct runner *runner = runner_find(consumers, row->consumer);
	struct event event = { .id = row->event_id, .position = row->position };

	CHECK(runner);
	if (found)
		event = EVENT_OF_ROW(found);
	else
		event.type = str_from(runner->subscription->consumer->type->name);
	struct delivery *delivery = delivery_new(runner, &event, STR_NULL);
	delivery->from_retry = true;
	delivery->attempt = row->attempt;
	if (found)
		delivery_enqueue(delivery);
	else
		delivery_dead_letter(delivery, "the event is no longer in the log");
}

static void claim_retries(void *arg)
{
	struct consumers *consumers = arg;
	struct db *db = consumers->options.db;
	struct str_list names = names_with_room(consumers);
	int64_t now = clock_now_us();

	if (names.count == 0 || !sql_event_retry_due(db, .now = now, .consumers = names)->due)
		return;
	struct tx *tx = tx_begin(db);
	struct sql_event_retry_claim_rows rows =
	        sql_event_retry_claim(tx, .now = now, .consumers = names, .max = RETRY_BATCH,
	                              .lease_until = now + consumers->options.handler_timeout_us + LEASE_MARGIN_US);
	tx_commit(tx);
	int64_t *positions = ARENA_ARRAY(task_arena(), int64_t, rows.count);
	for (size_t i = 0; i < rows.count; i++)
		positions[i] = rows.rows[i].position;
	struct sql_event_rows events = sql_event_list_positions(db, .positions = { positions, rows.count });
	for (size_t i = 0; i < rows.count; i++)
		receive_retry(consumers, &rows.rows[i], &events);
	if (rows.count == RETRY_BATCH)
		wakeup_set(consumers->retry_due);
}

static void wait_for_retries(void *arg)
{
	wakeup_wait(((struct consumers *)arg)->retry_due, RETRY_POLL_US);
}

void consumers_retry_task(void *arg)
{
	struct consumers *consumers = arg;
	struct failure failure = { .kind = FAILURE_NONE };

	while (!consumers->stopping && failure.kind != FAILURE_CANCELLED) {
		failure = task_attempt(consumers_register, consumers);
		if (failure.kind == FAILURE_NONE)
			failure = task_attempt(refresh_paused, consumers);
		if (failure.kind == FAILURE_NONE)
			failure = task_attempt(claim_retries, consumers);
		if (failure.kind != FAILURE_NONE && failure.kind != FAILURE_CANCELLED)
			log_warn("retries: %.*s", STR_ARG(failure.detail));
		arena_reset(task_arena());
		if (failure.kind != FAILURE_CANCELLED)
			failure = task_attempt(wait_for_retries, consumers);
	}
	consumers_task_ended(consumers);
}
