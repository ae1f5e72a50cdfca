/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A runner: the events of one subscription on their way through this process. A task fetches, a task acknowledges, and
 * each delivery is handled in a task of its own. Fetching waits until half of the room is free, so batches stay
 * batches; acknowledgements gather while the one before is under way.
 *
 * A batch that may hold what was handled before (claimed, old, or within the recheck window) is looked up in the inbox
 * in one read first. Otherwise each duplicate would cost its neighbours in the commit group a replay.
 *
 * Within the recheck window, which is also open for the first 1,000 events of a process, a batch costs a second round
 * trip: the deliveries are counted in a transaction of their own before they are handled. internal.h says why.
 */
#include "base/check.h"
#include "base/clock.h"
#include "events/consumers/internal.h"
#include "events/sql/consumer_sql.h"
#include "telemetry/log.h"

enum { ACK_BATCH = 500, LOOK_UP_FROM = 16, HANDLER_ARENA_MAX = 8 << 20 };

#define FETCH_WAIT_US (500 * US_PER_MS)
#define AWAY_WAIT_US  (200 * US_PER_MS)
#define YOUNG_US      (5 * US_PER_S)

/* ---- Dispatching ------------------------------------------------------------------------------- */

void runner_count(struct runner *runner, enum result result)
{
	int64_t *const counters[RESULT_COUNT] = { &runner->status.handled, &runner->status.duplicates,
		                                  &runner->status.retried, &runner->status.dead };

	++*counters[result];
	metric_add(runner->metrics[result], 1);
}

static bool start_handling(struct runner *runner, struct delivery *delivery)
{
	const struct task_options options = { .name = "event",
		                              .timeout_us = runner->consumers->options.handler_timeout_us,
		                              .arena_max = HANDLER_ARENA_MAX };

	if (!consumers_spawn(runner->consumers, &options, delivery_handle_task, delivery))
		return false;
	delivery_pass(delivery, DELIVERY_HANDLING);
	runner->tasks++;
	return true;
}

/* False: the loop has no room for a task; it stays first. */
static bool dispatch_first(struct runner *runner, struct list *ready)
{
	struct delivery *delivery = CONTAINER_OF(ready->next, struct delivery, node);

	list_remove(&delivery->node);
	if (start_handling(runner, delivery))
		return true;
	list_push_front(ready, &delivery->node);
	return false;
}

/* What the loop has no room for is tried again whenever a task of ours ends or something is fetched. */
void runner_dispatch(struct runner *runner)
{
	while (!list_is_empty(&runner->ready) && runner->tasks < runner->concurrency)
		if (!dispatch_first(runner, &runner->ready))
			break;
	if (!runner->poison_running && !list_is_empty(&runner->poison))
		runner->poison_running = dispatch_first(runner, &runner->poison);
}

/* ---- Fetching ---------------------------------------------------------------------------------- */

/* Something may have gone wrong with these events before: another process had one of them, or the recheck window of
 * internal.h is open. */
static bool must_recheck(const struct runner *runner, const struct bus_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		if (batch->entries[i].deliveries > 1)
			return true;
	return runner->recheck_left > 0;
}

static bool may_hold_duplicates(const struct bus_batch *batch)
{
	int64_t young = clock_now_us() - YOUNG_US;

	for (size_t i = 0; i < batch->count; i++)
		if (batch->entries[i].event.occurred_at < young)
			return true;
	return batch->count >= LOOK_UP_FROM;
}

static struct sql_inbox_list_known_rows look_up_inbox(struct runner *runner, const struct bus_batch *batch)
{
	struct uuid *ids = ARENA_ARRAY(task_arena(), struct uuid, batch->count);

	for (size_t i = 0; i < batch->count; i++)
		ids[i] = batch->entries[i].event.id;
	struct sql_inbox_list_known_rows known =
	        sql_inbox_list_known(runner->consumers->options.db, .consumer = str_from(runner->subscription->name),
	                             .event_ids = { ids, batch->count });
	runner->recheck_left -= runner->recheck_left < (int)batch->count ? runner->recheck_left : (int)batch->count;
	if (known.count > 0)
		runner->recheck_left = RECHECK_WINDOW;
	return known;
}

/* Of events that are done with: the process that counted them may have died, or been too late. */
static void forget_counts(struct runner *runner, const struct sql_inbox_list_known_rows *known)
{
	struct tx *tx = tx_collect(runner->consumers->options.db);

	for (size_t i = 0; i < known->count; i++)
		sql_delivery_count_delete(tx, .consumer = str_from(runner->subscription->name),
		                          .event_id = known->rows[i].event_id);
	tx_commit(tx);
}

/* Stored before they are handled: a process that dies of one of them cannot count any more. */
static void count_deliveries(struct runner *runner, struct delivery **deliveries, size_t count)
{
	struct uuid *ids = ARENA_ARRAY(task_arena(), struct uuid, count);
	struct tx *tx = tx_begin(runner->consumers->options.db);

	for (size_t i = 0; i < count; i++)
		ids[i] = deliveries[i]->event.id;
	struct sql_delivery_count_add_rows rows = sql_delivery_count_add(
	        tx, .consumer = str_from(runner->subscription->name), .event_ids = { ids, count });
	tx_commit(tx);
	for (size_t i = 0; i < count; i++) {
		deliveries[i]->counted = true;
		for (size_t j = 0; j < rows.count && !deliveries[i]->poison; j++)
			deliveries[i]->poison =
			        rows.rows[j].starts >= POISON_ALONE_AT && uuid_eq(rows.rows[j].event_id, ids[i]);
	}
}

static int compare_ids(const void *a, const void *b)
{
	return uuid_cmp(*(const struct uuid *)a, *(const struct uuid *)b);
}

/* What a fetch has made of a batch and still owns. */
struct received {
	struct delivery **deliveries;
	size_t count;
};

/* Runs when the attempt ends before they were enqueued: they are delivered again. */
static void release_received(void *arg)
{
	struct received *received = arg;

	for (size_t i = 0; i < received->count; i++)
		delivery_release(received->deliveries[i]);
	received->count = 0;
}

static bool is_received(const struct received *received, struct uuid id)
{
	for (size_t i = 0; i < received->count; i++)
		if (uuid_eq(received->deliveries[i]->event.id, id))
			return true;
	return false;
}

static void receive_batch(struct runner *runner, const struct bus_batch *batch)
{
	struct received *received = ARENA_NEW(task_arena(), struct received);
	struct sql_inbox_list_known_rows known = { 0 };
	bool recheck = batch->count > 0 && must_recheck(runner, batch);

	if (recheck || may_hold_duplicates(batch))
		known = look_up_inbox(runner, batch);
	if (known.count) {
		forget_counts(runner, &known);
		qsort(known.rows, known.count, sizeof(known.rows[0]), compare_ids);
	}
	received->deliveries = ARENA_ARRAY(task_arena(), struct delivery *, batch->count);
	arena_on_reset(task_arena(), release_received, received);
	for (size_t i = 0; i < batch->count; i++) {
		const struct bus_entry *entry = &batch->entries[i];
		struct delivery *delivery = delivery_new(runner, &entry->event, entry->entry_id);
		if ((known.count &&
		     bsearch(&entry->event.id, known.rows, known.count, sizeof(known.rows[0]), compare_ids)) ||
		    (recheck && is_received(received, entry->event.id))) {
			runner_count(runner, RESULT_DUPLICATE);
			delivery_acknowledge(delivery);
		} else {
			received->deliveries[received->count++] = delivery;
		}
	}
	if (recheck && received->count)
		count_deliveries(runner, received->deliveries, received->count);
	for (size_t i = 0; i < received->count; i++)
		delivery_enqueue(received->deliveries[i]);
	received->count = 0;
}

static bool database_is_away(const struct consumers *consumers)
{
	return !db_status(consumers->options.db).connected ||
	       loop_now_us(consumers->loop) < consumers->unavailable_until_us;
}

static void fetch_batch(void *arg)
{
	struct runner *runner = arg;
	struct consumers *consumers = runner->consumers;
	const struct consumers_options *options = &consumers->options;
	struct str topic = str_from(runner->subscription->consumer->type->name),
	           group = str_from(runner->subscription->name);
	struct str name = str_from(options->consumer_name);
	size_t room = runner->concurrency > runner->in_hand ? runner->concurrency - runner->in_hand : 0;
	enum bus_result result;
	struct bus_batch batch;

	if (room == 0 || room < runner->concurrency / 2 || runner->paused || database_is_away(consumers)) {
		wakeup_wait(runner->room_free, AWAY_WAIT_US);
		return;
	}
	if (loop_now_us(consumers->loop) - runner->claimed_us >= options->claim_idle_us / 3) {
		result = options->bus->ops->claim(options->bus, topic, group, name, room, options->claim_idle_us,
		                                  &batch);
		if (batch.count == 0)
			runner->claimed_us = loop_now_us(consumers->loop);
	} else {
		result = options->bus->ops->consume(options->bus, topic, group, name, room, FETCH_WAIT_US, &batch);
	}
	if (result == BUS_OK)
		receive_batch(runner, &batch);
	else
		wakeup_wait(runner->room_free, AWAY_WAIT_US);
}

void runner_fetch_task(void *arg)
{
	struct runner *runner = arg;
	struct consumers *consumers = runner->consumers;
	struct failure failure = { .kind = FAILURE_NONE };

	while (!consumers->stopping && failure.kind != FAILURE_CANCELLED) {
		failure = task_attempt(fetch_batch, runner);
		if (failure.kind != FAILURE_NONE && failure.kind != FAILURE_CANCELLED) {
			log_warn("%s: %.*s", runner->subscription->name, STR_ARG(failure.detail));
			failure = task_attempt(consumers_back_off, NULL);
		}
		arena_reset(task_arena());
	}
	runner->fetching = false;
	wakeup_set(runner->ack_due);
	consumers_task_ended(consumers);
}

/* ---- Acknowledging ----------------------------------------------------------------------------- */

struct acknowledging {
	struct runner *runner;
	struct list taken;
	bool done;
};

static void acknowledge_batch(void *arg)
{
	struct acknowledging *acknowledging = arg;
	struct runner *runner = acknowledging->runner;
	struct bus *bus = runner->consumers->options.bus;
	struct str *ids = ARENA_ARRAY(task_arena(), struct str, ACK_BATCH);
	size_t count = 0;

	while (list_is_empty(&runner->acks)) {
		if (runner->consumers->stopping && !runner->fetching && runner->in_hand == 0) {
			acknowledging->done = true;
			return;
		}
		wakeup_wait(runner->ack_due, 60 * US_PER_S);
	}
	while (count < ACK_BATCH && !list_is_empty(&runner->acks)) {
		struct list *node = list_pop_front(&runner->acks);
		list_push_back(&acknowledging->taken, node);
		ids[count++] = CONTAINER_OF(node, struct delivery, node)->entry_id;
	}
	if (bus->ops->acknowledge(bus, str_from(runner->subscription->consumer->type->name),
	                          str_from(runner->subscription->name), ids, count) != BUS_OK)
		fail_unavailable(1, "the bus is away");
}

void runner_ack_task(void *arg)
{
	struct acknowledging acknowledging = { .runner = arg };
	struct runner *runner = arg;
	struct failure failure = { .kind = FAILURE_NONE };

	list_init(&acknowledging.taken);
	while (!acknowledging.done && failure.kind != FAILURE_CANCELLED) {
		failure = task_attempt(acknowledge_batch, &acknowledging);
		if (failure.kind == FAILURE_NONE)
			deliveries_free(&acknowledging.taken);
		else
			list_move_all(&runner->acks, &acknowledging.taken);
		if (failure.kind != FAILURE_NONE && failure.kind != FAILURE_CANCELLED) {
			acknowledging.done = runner->consumers->stopping; /* they are delivered again, and known */
			failure = task_attempt(consumers_back_off, NULL);
		}
		arena_reset(task_arena());
	}
	deliveries_free(&runner->acks);
	consumers_task_ended(runner->consumers);
}
