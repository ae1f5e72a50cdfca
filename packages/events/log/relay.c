/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The relay's loop. A round: read the next batch behind the offset, note the gaps in it, publish, move the offset;
 * recheck the gaps; do the periodic work that is due; save. Rounds follow each other as long as there is something to
 * read, then the relay waits for the doorbell or its poll.
 *
 * The offset (the last position passed) is saved at most every 50 ms: a crash publishes that much again, and the
 * inbox refuses what was handled. What must hold is only that the saved offset is never ahead of what the bus has, and
 * publishing comes first.
 *
 * Each round is an attempt: a database that is away ends it, the relay waits and goes on. When it loses the lock, or
 * another relay has taken over (the save is refused, db_leader_db), it starts again: wait for the lock, read what was
 * saved last.
 */
#include "base/check.h"
#include "base/clock.h"
#include "events/log/relay_state.h"
#include "events/sql/relay_sql.h"
#include "redis/redis.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

enum {
	BATCH_MAX = 1000,
	BATCH_MIN = 10,
	BATCH_BYTES = 8 << 20,
	RELAY_ARENA_MAX = 512 << 20, /* BATCH_MAX events of the largest size */
};

#define RELAY_LOCK     INT64_C(0x73746f610001)
#define SAVE_EVERY_US  (50 * US_PER_MS)
#define CHECK_EVERY_US US_PER_S

static const struct metric lag_metric = {
	"stoa_relay_lag_events", METRIC_GAUGE, "Positions of the event log that the relay has not passed yet", { NULL }
};
static const struct metric waited_metric = {
	"stoa_relay_lag_seconds", METRIC_GAUGE, "Age of the oldest event that the relay has not passed yet", { NULL }
};
static const struct metric published_metric = {
	"stoa_relay_published_total", METRIC_COUNTER, "Events handed to the bus", { NULL }
};
static void relay_at_step(const struct relay *relay, const char *step)
{
	if (relay->options.on_step)
		relay->options.on_step(step);
}

void relay_save(struct relay *relay)
{
	size_t count = relay->gaps.count;
	int64_t *columns = ARENA_ARRAY(task_arena(), int64_t, 3 * count);
	struct tx *tx = tx_collect(relay->db);

	for (size_t i = 0; i < count; i++) {
		columns[i] = relay->gaps.items[i].from;
		columns[count + i] = relay->gaps.items[i].to;
		columns[2 * count + i] = relay->gaps.items[i].bound;
	}
	sql_relay_save(tx, .position = relay->offset, .settled = relay->settled, .gap_from = { columns, count },
	               .gap_to = { columns + count, count }, .gap_bound = { columns + 2 * count, count },
	               .epoch = SOME(uuid, relay->epoch), .rewind_pending = relay->rewind_pending);
	tx_commit(tx);
	relay->dirty = false;
	relay->saved_us = clock_mono_us();
	relay_at_step(relay, "saved");
}

/* ---- Publishing -------------------------------------------------------------------------------- */

/* Tells followers which aggregates changed, once more: the process that committed may have died before it could. */
static void relay_notify_followers(const struct relay *relay, const struct sql_relay_event_row *rows, size_t count)
{
	struct change_notice *notice = ARENA_NEW(task_arena(), struct change_notice);

	for (size_t i = 0; relay->options.redis && i < count; i++)
		change_notice_add(notice, relay->options.redis, rows[i].aggregate_id, rows[i].aggregate_seq);
	change_notice_send(notice, relay->options.redis);
}

static bool relay_publish(struct relay *relay, const struct sql_relay_event_row *rows, size_t count, int64_t offset)
{
	struct event *events = ARENA_ARRAY(task_arena(), struct event, count);
	size_t wanted = 0;

	for (size_t i = 0; i < count; i++)
		if (!str_is_null(rows[i].data)) /* there is a subscription */
			events[wanted++] = EVENT_OF_ROW(&rows[i]);
	if (relay->options.bus->ops->publish(relay->options.bus, events, wanted, offset) != BUS_OK)
		return false;
	relay_notify_followers(relay, rows, count);
	relay->status.published += (int64_t)wanted;
	relay->trim_due |= wanted > 0;
	metric_add(metric_series(&published_metric, NULL), (int64_t)wanted);
	relay_at_step(relay, "published");
	return true;
}

/* Few events at a time when they are large, so that a batch needs little memory. */
static void relay_adapt_batch(struct relay *relay, const struct sql_relay_event_row *rows, size_t count)
{
	int64_t bytes = 1;

	for (size_t i = 0; i < count; i++)
		bytes += (int64_t)rows[i].data.len;
	relay->batch_max = (int64_t)count * BATCH_BYTES / bytes;
	if (relay->batch_max < BATCH_MIN)
		relay->batch_max = BATCH_MIN;
	if (relay->batch_max > BATCH_MAX)
		relay->batch_max = BATCH_MAX;
}

/* How many of these rows can be passed before the memory for gaps is full. */
static size_t relay_rows_passable(const struct relay *relay, const struct sql_relay_event_row *rows, size_t count)
{
	size_t gaps = relay->gaps.count;
	int64_t next = relay->offset + 1;

	for (size_t i = 0; i < count; i++) {
		if (rows[i].position > next && gaps++ >= GAPS_MAX)
			return i;
		next = rows[i].position + 1;
	}
	return count;
}

/* The offset and the gaps below it move together and without a wait: publishing may end the round by a jump, and the
 * same rows are read again then. */
static void relay_pass(struct relay *relay, const struct sql_relay_event_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (rows[i].position > relay->offset + 1)
			gaps_add(&relay->gaps, relay->offset + 1, rows[i].position - 1, 0);
		relay->offset = rows[i].position;
	}
	relay->dirty |= count > 0;
}

/* False: the bus is away; *ret_more tells whether there is more to read at once. */
static bool relay_read_next_batch(struct relay *relay, bool *ret_more)
{
	struct sql_relay_event_rows found = sql_relay_read(relay->db, .after = relay->offset, .max = relay->batch_max);

	*ret_more = false;
	relay_at_step(relay, "read");
	if (found.count == 0)
		return true;
	size_t count = relay_rows_passable(relay, found.rows, found.count);
	if (count > 0 && !relay_publish(relay, found.rows, count, found.rows[count - 1].position))
		return false;
	relay_pass(relay, found.rows, count);
	if (count > 0)
		relay_adapt_batch(relay, found.rows, count);
	*ret_more = count == found.count;
	return true;
}

/* The order of the three statements is the argument: the bound is taken after the gap was seen, and the gap is read
 * again after it is known which transactions have ended. */
static bool relay_recheck_gaps(struct relay *relay)
{
	struct gaps *gaps = &relay->gaps;
	int64_t *froms = ARENA_ARRAY(task_arena(), int64_t, gaps->count),
	        *tos = ARENA_ARRAY(task_arena(), int64_t, gaps->count);

	if (gaps->count == 0)
		return true;
	if (gaps_lack_bound(gaps))
		gaps_set_bound(gaps, sql_relay_bound(relay->db)->bound);
	int64_t oldest = sql_relay_running(relay->db)->oldest;
	for (size_t i = 0; i < gaps->count; i++) {
		froms[i] = gaps->items[i].from;
		tos[i] = gaps->items[i].to;
	}
	struct sql_relay_event_rows found = sql_relay_read_gaps(relay->db, .froms = { froms, gaps->count },
	                                                        .tos = { tos, gaps->count }, .max = relay->batch_max);
	if (found.count > 0 && !relay_publish(relay, found.rows, found.count, relay->offset))
		return false;
	size_t before = gaps->count;
	for (size_t i = 0; i < found.count; i++)
		gaps_fill(gaps, found.rows[i].position);
	if ((int64_t)found.count < relay->batch_max)
		gaps_drop(gaps, oldest);
	relay->dirty |= found.count > 0 || gaps->count != before;
	return true;
}

/* ---- Leading ----------------------------------------------------------------------------------- */

static void relay_take_over(struct relay *relay, int64_t term)
{
	const struct sql_relay_saved_row *row = sql_relay_saved(relay->db);

	relay->offset = row->position;
	relay->settled = row->settled;
	relay->rewind_pending = row->rewind_pending;
	relay->epoch = row->epoch.set ? row->epoch.value : (struct uuid){ .bytes = { 0 } };
	gaps_done(&relay->gaps);
	if (row->gap_to.count != row->gap_from.count || row->gap_bound.count != row->gap_from.count)
		fail("the gaps in stoa.relay are incomplete");
	for (size_t i = 0; i < row->gap_from.count; i++)
		if (!gaps_load(&relay->gaps, row->gap_from.items[i], row->gap_to.items[i], row->gap_bound.items[i]))
			fail("the gaps in stoa.relay are out of order at %lld", (long long)row->gap_from.items[i]);
	relay_register_subscriptions(relay);
	relay->checked_us = relay->trimmed_us = relay->maintained_us = 0;
	relay->settled_us = clock_mono_us();
	relay->dirty = false;
	relay->term = relay->options.bus->term = term;
	relay->status.leading = true;
	log_info("relay: leading from position %lld, term %lld", (long long)relay->offset, (long long)relay->term);
}

/* Read on at once; wait for the doorbell; the bus or the database is away. */
enum pace { PACE_CONTINUE, PACE_WAIT, PACE_RETRY };

struct round {
	struct relay *relay;
	enum pace pace;
};

static void relay_update_status(struct relay *relay)
{
	relay->status.position = relay->offset;
	relay->status.gaps = (int64_t)relay->gaps.count;
	relay->status.lag_events = relay->log_end > relay->offset ? relay->log_end - relay->offset : 0;
}

/* By the log, whatever the bus does. */
static void relay_measure_lag(struct relay *relay)
{
	const struct sql_relay_log_end_row *row = sql_relay_log_end(relay->db, .after = relay->offset);

	relay->log_end = row->position;
	relay_update_status(relay);
	metric_set(metric_series(&lag_metric, NULL), relay->status.lag_events);
	metric_set(metric_series(&waited_metric, NULL), row->waited_us);
}

static bool relay_check_bus_if_due(struct relay *relay)
{
	if (!relay_is_due(relay->checked_us, CHECK_EVERY_US))
		return true;
	relay->checked_us = 0; /* until it has passed: it may end by a jump */
	relay_measure_lag(relay);
	if (!relay_ensure_groups(relay) || !relay_check_bus(relay))
		return false;
	relay->checked_us = clock_mono_us();
	return true;
}

static void relay_round(void *arg)
{
	struct round *round = arg;
	struct relay *relay = round->relay;
	bool more = false;

	round->pace = PACE_RETRY;
	relay->status.leading &= db_leader_term(relay->leader) == relay->term;
	if (!relay->status.leading) { /* another measures it now */
		metric_clear(&lag_metric);
		metric_clear(&waited_metric);
	}
	db_leader_wait(relay->leader);
	relay->db = relay->options.bus->leader = db_leader_db(relay->leader);
	if (!relay->status.leading)
		relay_take_over(relay, db_leader_term(relay->leader));
	if (!relay_check_bus_if_due(relay))
		return;
	if (!relay_read_next_batch(relay, &more) || !relay_recheck_gaps(relay)) {
		relay->checked_us = 0; /* it may come back as another one */
		return;
	}
	relay_run_periodic_work(relay);
	if (relay->dirty && clock_mono_us() - relay->saved_us >= SAVE_EVERY_US)
		relay_save(relay);
	round->pace = more ? PACE_CONTINUE : PACE_WAIT;
}

/* Dirty: the save is due soon. Gaps: a transaction is about to end. */
static int64_t relay_wait_us(const struct relay *relay, enum pace pace, bool busy)
{
	if (pace == PACE_RETRY)
		return 200 * US_PER_MS;
	if (relay->dirty || relay->gaps.count > 0)
		return SAVE_EVERY_US;
	return busy && !relay->options.redis ? 50 * US_PER_MS : 500 * US_PER_MS;
}

struct pause {
	struct relay *relay;
	int64_t longest_us;
};

static void relay_wait(void *arg)
{
	struct pause *pause = arg;

	wakeup_wait(pause->relay->wakeup, pause->longest_us);
}

static void relay_free(struct relay *relay)
{
	redis_unsubscribe(relay->doorbell);
	events_unlisten(&relay->listener);
	db_leader_free(relay->leader);
	wakeup_free(relay->wakeup);
	gaps_done(&relay->gaps);
	free(relay->types.items);
	free(relay->consumers.items);
	free(relay);
}

static void relay_task(void *arg)
{
	struct relay *relay = arg;
	struct failure failure;
	int64_t published = 0;

	do {
		struct round round = { .relay = relay };
		failure = task_attempt(relay_round, &round);
		relay->options.bus->leader = NULL;
		relay_update_status(relay);
		if (failure.kind == FAILURE_CONFLICT)
			relay->status.leading = false;
		if (failure.kind != FAILURE_NONE && failure.kind != FAILURE_CANCELLED)
			log_warn("relay: %.*s", STR_ARG(failure.detail));
		if (failure.kind != FAILURE_CANCELLED && round.pace != PACE_CONTINUE) {
			bool busy = relay->status.published != published;
			struct pause pause = { relay, relay_wait_us(relay, round.pace, busy) };
			published = relay->status.published;
			failure = task_attempt(relay_wait, &pause);
		}
		arena_reset(task_arena());
	} while (failure.kind != FAILURE_CANCELLED);
	relay_free(relay);
}

/* ---- From outside ------------------------------------------------------------------------------ */

static void on_doorbell(void *arg, struct str channel, struct str message)
{
	(void)channel, (void)message;
	wakeup_set(((struct relay *)arg)->wakeup);
}

static void on_commit(void *arg)
{
	wakeup_set(((struct relay *)arg)->wakeup);
}

static bool relay_lists_type(const struct relay *relay, struct str type)
{
	for (size_t i = 0; i < relay->types.count; i++)
		if (str_eq(relay->types.items[i], type))
			return true;
	return false;
}

static void relay_list_subscriptions(struct relay *relay)
{
	const struct subscriptions *subscriptions = &relay->options.subscriptions;

	relay->types.items = calloc(relay->options.subscriptions.count + 1, sizeof(struct str));
	relay->consumers.items = calloc(relay->options.subscriptions.count + 1, sizeof(struct str));
	CHECK(relay->types.items && relay->consumers.items);
	for (size_t i = 0; i < relay->options.subscriptions.count; i++) {
		struct str type = str_from(subscriptions->rows[i].consumer->type->name);
		relay->consumers.items[relay->consumers.count++] = str_from(subscriptions->rows[i].name);
		if (!relay_lists_type(relay, type))
			relay->types.items[relay->types.count++] = type;
	}
}

struct relay *relay_start(struct loop *loop, const struct relay_options *options)
{
	struct relay *relay = calloc(1, sizeof(*relay));
	static const struct task_options task_options = { .name = "relay",
		                                          .background = true,
		                                          .arena_max = RELAY_ARENA_MAX };

	CHECK(relay);
	relay->options = *options;
	relay->loop = loop;
	relay->batch_max = BATCH_MAX;
	relay_list_subscriptions(relay);
	relay->wakeup = wakeup_new(loop);
	relay->leader = db_leader_new(options->db, RELAY_LOCK);
	if (options->redis)
		relay->doorbell = redis_subscribe(options->redis, DOORBELL_CHANNEL, on_doorbell, on_commit, relay);
	relay->listener = (struct events_listener){ .on_commit = on_commit, .arg = relay };
	events_listen(db_context(options->db), &relay->listener);
	relay->task = task_spawn(loop, &task_options, relay_task, relay);
	CHECK(relay->task);
	return relay;
}

void relay_stop(struct relay *relay)
{
	if (relay)
		task_cancel(relay->task);
}

struct relay_status relay_status(const struct relay *relay)
{
	return relay->status;
}
