/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A runner: the events of one subscription on their way through this process. A task fetches, a task acknowledges, and
 * each event in hand has a task of its own. Fetching waits until half of the room is free, so batches stay batches;
 * acknowledgements gather while the one before is under way.
 *
 * A batch that may hold what was done before (claimed, old, or after a start or a duplicate) is looked up in the inbox
 * in one read first. Otherwise each duplicate would cost its neighbours in the commit group a replay.
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

/* ---- Parcels ----------------------------------------------------------------------------------- */

static struct str keep(char **at, struct str text)
{
	struct str copy = { *at, text.len };

	if (str_is_null(text))
		return STR_NULL;
	memcpy(*at, text.ptr, text.len);
	*at += text.len;
	return copy;
}

struct parcel *parcel_new(struct runner *runner, const struct event *event, struct str entry_id)
{
	size_t size = event->type.len + event->aggregate.len + event->source.len + event->traceparent.len +
	              event->data.len + entry_id.len;
	struct parcel *parcel = calloc(1, sizeof(*parcel) + size + 1);
	char *at = (char *)(parcel + 1);

	CHECK(parcel);
	parcel->runner = runner;
	parcel->event = *event;
	parcel->event.type = keep(&at, event->type);
	parcel->event.aggregate = keep(&at, event->aggregate);
	parcel->event.source = keep(&at, event->source);
	parcel->event.traceparent = keep(&at, event->traceparent);
	parcel->event.data = keep(&at, event->data);
	parcel->entry_id = keep(&at, entry_id);
	return parcel;
}

void runner_count(struct runner *runner, enum result result)
{
	int64_t *const counters[RESULT_COUNT] = { &runner->status.handled, &runner->status.duplicates,
		                                  &runner->status.retried, &runner->status.dead };

	++*counters[result];
	metric_add(runner->metrics[result], 1);
}

void runner_take(struct runner *runner, struct parcel *parcel)
{
	(void)parcel;
	runner->in_hand++;
}

static void leave_hand(struct runner *runner)
{
	runner->in_hand--;
	if (runner->in_hand <= runner->concurrency / 2)
		nap_ring(runner->room);
}

void runner_finish(struct runner *runner, struct parcel *parcel)
{
	leave_hand(runner);
	if (str_is_null(parcel->entry_id)) {
		free(parcel);
		return;
	}
	list_push_back(&runner->acks, &parcel->node);
	nap_ring(runner->ack_due);
}

void runner_forget(struct runner *runner, struct parcel *parcel)
{
	leave_hand(runner);
	free(parcel);
}

static bool start_handling(struct runner *runner, struct parcel *parcel)
{
	const struct task_options options = { .name = "event",
		                              .timeout_us = runner->consumers->options.handler_timeout_us,
		                              .arena_max = HANDLER_ARENA_MAX };

	if (!consumers_spawn(runner->consumers, &options, parcel_handle_task, parcel))
		return false;
	runner->tasks++;
	return true;
}

/* What the loop has no room for stays, and is tried again whenever a task of ours ends or something is fetched. */
void runner_pump(struct runner *runner)
{
	while (!list_is_empty(&runner->ready) && runner->tasks < runner->concurrency) {
		struct parcel *parcel = CONTAINER_OF(runner->ready.next, struct parcel, node);
		list_remove(&parcel->node);
		if (!start_handling(runner, parcel)) {
			list_push_front(&runner->ready, &parcel->node);
			break;
		}
	}
	if (runner->suspect_running || list_is_empty(&runner->suspects))
		return;
	struct parcel *parcel = CONTAINER_OF(runner->suspects.next, struct parcel, node);
	list_remove(&parcel->node);
	runner->suspect_running = start_handling(runner, parcel);
	if (!runner->suspect_running)
		list_push_front(&runner->suspects, &parcel->node);
}

void runner_requeue(struct runner *runner, struct parcel *parcel)
{
	list_push_back(parcel->suspect ? &runner->suspects : &runner->ready, &parcel->node);
	runner_pump(runner);
}

void parcels_drop(struct list *parcels)
{
	struct list *node;

	while ((node = list_pop_front(parcels)))
		free(CONTAINER_OF(node, struct parcel, node));
}

/* ---- Fetching ---------------------------------------------------------------------------------- */

/* After a start, a claim or a duplicate: something went wrong before these events were through. */
static bool is_wary(const struct runner *runner, const struct bus_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		if (batch->entries[i].deliveries > 1)
			return true;
	return runner->wary > 0;
}

static bool worth_looking_up(const struct bus_batch *batch)
{
	int64_t young = clock_now_us() - YOUNG_US;

	for (size_t i = 0; i < batch->count; i++)
		if (batch->entries[i].event.occurred_at < young)
			return true;
	return batch->count >= LOOK_UP_FROM;
}

static struct sql_inbox_list_known_rows look_up(struct runner *runner, const struct bus_batch *batch)
{
	struct uuid *ids = ARENA_ARRAY(task_arena(), struct uuid, batch->count);

	for (size_t i = 0; i < batch->count; i++)
		ids[i] = batch->entries[i].event.id;
	struct sql_inbox_list_known_rows known =
	        sql_inbox_list_known(runner->consumers->options.db, .consumer = str_from(runner->subscription->name),
	                             .event_ids = { ids, batch->count });
	runner->wary -= runner->wary < (int)batch->count ? runner->wary : (int)batch->count;
	if (known.count > 0)
		runner->wary = WARY_EVENTS;
	return known;
}

/* Whether this process lives to see the end of them is not sure, so it is written down that it has them. */
static void count_in_hand(struct runner *runner, struct parcel **parcels, size_t count)
{
	struct uuid *ids = ARENA_ARRAY(task_arena(), struct uuid, count);
	struct tx *tx = tx_begin(runner->consumers->options.db);

	for (size_t i = 0; i < count; i++)
		ids[i] = parcels[i]->event.id;
	struct sql_event_suspect_count_rows rows = sql_event_suspect_count(
	        tx, .consumer = str_from(runner->subscription->name), .event_ids = { ids, count });
	tx_commit(tx);
	for (size_t i = 0; i < count; i++) {
		parcels[i]->counted = true;
		for (size_t j = 0; j < rows.count && !parcels[i]->suspect; j++)
			parcels[i]->suspect =
			        rows.rows[j].starts >= SUSPECT_AT && uuid_eq(rows.rows[j].event_id, ids[i]);
	}
}

static int compare_ids(const void *a, const void *b)
{
	return uuid_cmp(*(const struct uuid *)a, *(const struct uuid *)b);
}

struct taking {
	struct parcel **parcels;
	size_t count;
};

/* Runs when the attempt ends before they were handed on: they are delivered again. */
static void give_back(void *arg)
{
	struct taking *taking = arg;

	for (size_t i = 0; i < taking->count; i++)
		runner_forget(taking->parcels[i]->runner, taking->parcels[i]);
	taking->count = 0;
}

static bool repeated(const struct taking *taking, struct uuid id)
{
	for (size_t i = 0; i < taking->count; i++)
		if (uuid_eq(taking->parcels[i]->event.id, id))
			return true;
	return false;
}

static void take_batch(struct runner *runner, const struct bus_batch *batch)
{
	struct taking *taking = ARENA_NEW(task_arena(), struct taking);
	struct sql_inbox_list_known_rows known = { 0 };
	bool wary = batch->count > 0 && is_wary(runner, batch);

	if (wary || worth_looking_up(batch))
		known = look_up(runner, batch);
	if (known.count)
		qsort(known.rows, known.count, sizeof(known.rows[0]), compare_ids);
	taking->parcels = ARENA_ARRAY(task_arena(), struct parcel *, batch->count);
	arena_on_reset(task_arena(), give_back, taking);
	for (size_t i = 0; i < batch->count; i++) {
		const struct bus_entry *entry = &batch->entries[i];
		struct parcel *parcel = parcel_new(runner, &entry->event, entry->entry_id);
		runner_take(runner, parcel);
		if ((known.count &&
		     bsearch(&entry->event.id, known.rows, known.count, sizeof(known.rows[0]), compare_ids)) ||
		    (wary && repeated(taking, entry->event.id))) {
			runner_count(runner, RESULT_DUPLICATE);
			runner_finish(runner, parcel);
		} else {
			taking->parcels[taking->count++] = parcel;
		}
	}
	if (wary && taking->count)
		count_in_hand(runner, taking->parcels, taking->count);
	for (size_t i = 0; i < taking->count; i++)
		runner_requeue(runner, taking->parcels[i]);
	taking->count = 0;
}

static bool database_is_away(const struct consumers *consumers)
{
	return !db_status(consumers->options.db).connected ||
	       loop_now_us(consumers->loop) < consumers->unavailable_until_us;
}

static void fetch(void *arg)
{
	struct runner *runner = arg;
	struct consumers *consumers = runner->consumers;
	const struct consumers_options *options = &consumers->options;
	struct str topic = str_from(runner->subscription->type->name), group = str_from(runner->subscription->name);
	struct str name = str_from(options->consumer_name);
	size_t room = runner->concurrency > runner->in_hand ? runner->concurrency - runner->in_hand : 0;
	enum bus_result result;
	struct bus_batch batch;

	if (room == 0 || room < runner->concurrency / 2 || runner->paused || database_is_away(consumers)) {
		nap_take(runner->room, AWAY_WAIT_US);
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
		take_batch(runner, &batch);
	else
		nap_take(runner->room, AWAY_WAIT_US);
}

static void rest(void *arg)
{
	task_sleep_us(AWAY_WAIT_US);
	(void)arg;
}

void runner_fetch_task(void *arg)
{
	struct runner *runner = arg;
	struct consumers *consumers = runner->consumers;
	struct failure failure = { .kind = FAILURE_NONE };

	while (!consumers->stopping && failure.kind != FAILURE_CANCELLED) {
		failure = task_attempt(fetch, runner);
		if (failure.kind != FAILURE_NONE && failure.kind != FAILURE_CANCELLED) {
			log_warn("%s: %.*s", runner->subscription->name, STR_ARG(failure.detail));
			failure = task_attempt(rest, NULL);
		}
		arena_reset(task_arena());
	}
	runner->fetching = false;
	nap_ring(runner->ack_due);
	consumers_task_ended(consumers);
}

/* ---- Acknowledging ----------------------------------------------------------------------------- */

struct acknowledging {
	struct runner *runner;
	struct list taken;
	bool done;
};

static void acknowledge(void *arg)
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
		nap_take(runner->ack_due, 60 * US_PER_S);
	}
	while (count < ACK_BATCH && !list_is_empty(&runner->acks)) {
		struct list *node = list_pop_front(&runner->acks);
		list_push_back(&acknowledging->taken, node);
		ids[count++] = CONTAINER_OF(node, struct parcel, node)->entry_id;
	}
	if (bus->ops->acknowledge(bus, str_from(runner->subscription->type->name), str_from(runner->subscription->name),
	                          ids, count) != BUS_OK)
		fail_unavailable(1, "the bus is away");
}

void runner_ack_task(void *arg)
{
	struct acknowledging acknowledging = { .runner = arg };
	struct runner *runner = arg;
	struct failure failure = { .kind = FAILURE_NONE };

	list_init(&acknowledging.taken);
	while (!acknowledging.done && failure.kind != FAILURE_CANCELLED) {
		failure = task_attempt(acknowledge, &acknowledging);
		if (failure.kind == FAILURE_NONE)
			parcels_drop(&acknowledging.taken);
		else
			list_move_all(&runner->acks, &acknowledging.taken);
		if (failure.kind != FAILURE_NONE && failure.kind != FAILURE_CANCELLED) {
			acknowledging.done = runner->consumers->stopping; /* they are delivered again, and known */
			failure = task_attempt(rest, NULL);
		}
		arena_reset(task_arena());
	}
	parcels_drop(&runner->acks);
	consumers_task_ended(runner->consumers);
}
