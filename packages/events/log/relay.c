/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The relay's loop. A round: read what follows the place, note the gaps between, publish, move the place; look into the
 * gaps; save. Rounds follow each other as long as there is something to read, then the relay naps until a bell or its
 * poll.
 *
 * The place is saved at most every 50 ms: a crash publishes that much again and the inbox sorts it out. What must hold
 * is only that the saved place is never ahead of what the bus has, and publishing comes first.
 *
 * Each step is an attempt: a database that is away ends it, the relay naps and goes on. Losing the lock, or finding
 * that another has taken over (a save refused by the term), leads back to the beginning: wait for the lock, read what
 * was saved last.
 */
#include "base/check.h"
#include "base/clock.h"
#include "events/log/relay_state.h"
#include "events/sql/consumer_sql.h"
#include "events/sql/event_sql.h"
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

#define RELAY_LOCK      INT64_C(0x73746f610001)
#define SAVE_EVERY_US   (50 * US_PER_MS)
#define CHECK_EVERY_US  US_PER_S
#define TRIM_EVERY_US   (2 * US_PER_S)
#define SETTLE_EVERY_US (60 * US_PER_S)
#define HOUSE_EVERY_US  (6 * 3600 * US_PER_S)

static const struct metric lag_metric = {
	"stoa_relay_lag_events", METRIC_GAUGE, "Positions of the event log that the relay has not passed yet", { NULL }
};
static const struct metric published_metric = {
	"stoa_relay_published_total", METRIC_COUNTER, "Events handed to the bus", { NULL }
};
static const struct metric entries_metric = {
	"stoa_stream_entries", METRIC_GAUGE, "Entries the bus holds", { "topic" }
};
static const struct metric bytes_metric = { "stoa_stream_bytes", METRIC_GAUGE, "Bytes the bus holds", { "topic" } };

static void at_step(const struct relay *relay, const char *step)
{
	if (relay->options.on_step)
		relay->options.on_step(step);
}

void relay_save(struct relay *relay)
{
	size_t count = relay->gaps.count;
	int64_t *columns = ARENA_ARRAY(task_arena(), int64_t, 3 * count);
	struct tx *tx = tx_collect(relay->options.db);

	for (size_t i = 0; i < count; i++) {
		columns[i] = relay->gaps.items[i].from;
		columns[count + i] = relay->gaps.items[i].to;
		columns[2 * count + i] = relay->gaps.items[i].bound;
	}
	sql_relay_save(tx, .term = relay->term, .position = relay->place, .settled = relay->settled,
	               .gap_from = { columns, count }, .gap_to = { columns + count, count },
	               .gap_bound = { columns + 2 * count, count }, .epoch = SOME(uuid, relay->epoch),
	               .rewind_pending = relay->rewind_pending);
	tx_commit(tx);
	relay->dirty = false;
	relay->saved_us = clock_mono_us();
	at_step(relay, "saved");
}

/* ---- Publishing -------------------------------------------------------------------------------- */

/* Tells live tails which aggregates moved, once more: whoever committed may have died before it could. */
static void ring_live(const struct relay *relay, const struct sql_relay_event_row *rows, size_t count)
{
	struct live_bell *bell = ARENA_NEW(task_arena(), struct live_bell);

	for (size_t i = 0; relay->options.redis && i < count; i++)
		live_bell_add(bell, relay->options.redis, rows[i].aggregate_id, rows[i].aggregate_seq);
	live_bell_ring(bell, relay->options.redis);
}

static bool publish(struct relay *relay, const struct sql_relay_event_row *rows, size_t count, int64_t place)
{
	struct event *events = ARENA_ARRAY(task_arena(), struct event, count);
	size_t wanted = 0;

	for (size_t i = 0; i < count; i++)
		if (!str_is_null(rows[i].data)) /* somebody listens */
			events[wanted++] = EVENT_OF_ROW(&rows[i]);
	if (relay->options.bus->ops->publish(relay->options.bus, events, wanted, place) != BUS_OK)
		return false;
	ring_live(relay, rows, count);
	relay->status.published += (int64_t)wanted;
	relay->trim_due |= wanted > 0;
	metric_add(metric_series(&published_metric, NULL), (int64_t)wanted);
	at_step(relay, "published");
	return true;
}

/* Few events at a time when they are large, so that a batch stays in memory with ease. */
static void adapt_batch(struct relay *relay, const struct sql_relay_event_row *rows, size_t count)
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
static size_t note_gaps(struct relay *relay, const struct sql_relay_event_row *rows, size_t count)
{
	int64_t next = relay->place + 1;

	for (size_t i = 0; i < count; i++) {
		if (rows[i].position > next) {
			if (relay->gaps.count >= GAPS_MAX)
				return i;
			gaps_add(&relay->gaps, next, rows[i].position - 1, 0);
		}
		next = rows[i].position + 1;
	}
	return count;
}

/* False: the bus is away; *ret_more tells whether there is more to read at once. */
static bool read_on(struct relay *relay, bool *ret_more)
{
	struct sql_relay_event_rows found =
	        sql_relay_read(relay->options.db, .after = relay->place, .max = relay->batch_max);

	*ret_more = false;
	at_step(relay, "read");
	if (found.count == 0)
		return true;
	size_t count = note_gaps(relay, found.rows, found.count);
	if (count > 0 && !publish(relay, found.rows, count, found.rows[count - 1].position)) {
		gaps_cut(&relay->gaps, relay->place);
		return false;
	}
	*ret_more = count == found.count;
	if (count > 0) {
		relay->place = found.rows[count - 1].position;
		relay->dirty = true;
		adapt_batch(relay, found.rows, count);
	}
	return true;
}

/* The order of the three statements is the argument: the bound is taken after the gap was seen, and the gap is looked
 * into after it is known which transactions have ended. */
static bool look_into_gaps(struct relay *relay)
{
	struct gaps *gaps = &relay->gaps;
	int64_t *froms = ARENA_ARRAY(task_arena(), int64_t, gaps->count),
	        *tos = ARENA_ARRAY(task_arena(), int64_t, gaps->count);

	if (gaps->count == 0)
		return true;
	if (gaps_lack_bound(gaps))
		gaps_set_bound(gaps, sql_relay_bound(relay->options.db)->bound);
	int64_t oldest = sql_relay_running(relay->options.db)->oldest;
	for (size_t i = 0; i < gaps->count; i++) {
		froms[i] = gaps->items[i].from;
		tos[i] = gaps->items[i].to;
	}
	struct sql_relay_event_rows found = sql_relay_read_gaps(relay->options.db, .froms = { froms, gaps->count },
	                                                        .tos = { tos, gaps->count }, .max = relay->batch_max);
	if (found.count > 0 && !publish(relay, found.rows, found.count, relay->place))
		return false;
	size_t before = gaps->count;
	for (size_t i = 0; i < found.count; i++)
		gaps_fill(gaps, found.rows[i].position);
	if ((int64_t)found.count < relay->batch_max)
		gaps_drop(gaps, oldest);
	relay->dirty |= found.count > 0 || gaps->count != before;
	return true;
}

/* ---- Now and then ------------------------------------------------------------------------------ */

static bool is_due(int64_t *last_us, int64_t every_us)
{
	int64_t now = clock_mono_us();

	if (*last_us && now - *last_us < every_us)
		return false;
	*last_us = now;
	return true;
}

static void measure(struct relay *relay)
{
	relay->stream_bytes = 0;
	for (size_t i = 0; i < relay->types.count; i++) {
		struct bus_depth depth;
		if (relay->options.bus->ops->depth(relay->options.bus, relay->types.items[i], &depth) != BUS_OK)
			continue;
		relay->stream_bytes += depth.bytes;
		metric_set(metric_series(&entries_metric, &relay->types.items[i]), depth.entries);
		metric_set(metric_series(&bytes_metric, &relay->types.items[i]), depth.bytes);
	}
}

static void trim(struct relay *relay)
{
	bool lost = false;

	relay->trim_due = false;
	if (!relay_ensure_groups(relay)) /* what is trimmed away is what none of them needs */
		return;
	if (relay->options.bus->ops->trim(relay->options.bus, relay->options.stream_max_bytes, &lost) != BUS_OK)
		return;
	if (lost) {
		log_warn("relay: the streams are over their budget; entries that were not acknowledged come again "
		         "later");
		relay->rewind_pending = true;
		relay_save(relay);
	}
	measure(relay);
}

static void register_subscriptions(struct relay *relay)
{
	struct tx *tx = tx_collect(relay->options.db);
	struct str *types = ARENA_ARRAY(task_arena(), struct str, relay->subscription_count);

	for (size_t i = 0; i < relay->subscription_count; i++)
		types[i] = str_from(relay->options.subscriptions[i]->type->name);
	sql_subscription_insert(tx, .consumers = relay->consumers, .types = { types, relay->subscription_count });
	tx_commit(tx);
}

static void keep_house(struct relay *relay)
{
	struct db *db = relay->options.db;
	int64_t now = clock_now_us(), gone;

	register_subscriptions(relay);
	sql_event_partitions_ensure(db);
	sql_event_partitions_expire(db, .keep = now - EVENTS_KEPT_US);
	do {
		struct tx *tx = tx_begin(db);
		gone = sql_inbox_purge(tx, .before = now - INBOX_KEPT_US, .max = 5000)->gone;
		tx_commit(tx);
	} while (gone == 5000);
	struct tx *tx = tx_collect(db);
	sql_event_suspect_purge(tx, .before = now - INBOX_KEPT_US);
	tx_commit(tx);
}

static void now_and_then(struct relay *relay)
{
	if ((relay->trim_due || relay->rewind_pending) && is_due(&relay->trimmed_us, TRIM_EVERY_US))
		trim(relay);
	if (is_due(&relay->settled_us, SETTLE_EVERY_US))
		relay_settle(relay, 20);
	if (is_due(&relay->kept_house_us, HOUSE_EVERY_US))
		keep_house(relay);
	metric_set(metric_series(&lag_metric, NULL), relay->status.lag_events);
}

/* ---- Leading ----------------------------------------------------------------------------------- */

static void take_over(struct relay *relay)
{
	struct tx *tx = tx_begin(relay->options.db);
	const struct sql_relay_lead_row *row = sql_relay_lead(tx);

	tx_commit(tx);
	relay->term = row->term;
	relay->place = row->position;
	relay->settled = row->settled;
	relay->rewind_pending = row->rewind_pending;
	relay->epoch = row->epoch.set ? row->epoch.value : (struct uuid){ .bytes = { 0 } };
	gaps_done(&relay->gaps);
	for (size_t i = 0; i < row->gap_from.count; i++)
		gaps_add(&relay->gaps, row->gap_from.items[i], row->gap_to.items[i], row->gap_bound.items[i]);
	register_subscriptions(relay);
	relay->checked_us = relay->trimmed_us = relay->kept_house_us = 0;
	relay->settled_us = clock_mono_us();
	relay->dirty = false;
	relay->status.leading = true;
	log_info("relay: leading from position %lld, term %lld", (long long)relay->place, (long long)relay->term);
}

enum pace { PACE_ON, PACE_NAP, PACE_AWAY };

struct step {
	struct relay *relay;
	enum pace pace;
};

static bool check_bus(struct relay *relay)
{
	if (!is_due(&relay->checked_us, CHECK_EVERY_US))
		return true;
	if (relay_ensure_groups(relay) && relay_check_bus(relay))
		return true;
	relay->checked_us = 0;
	return false;
}

static void step(void *arg)
{
	struct step *step = arg;
	struct relay *relay = step->relay;
	bool more = false;

	step->pace = PACE_AWAY;
	if (!db_leader_holds(relay->leader)) {
		relay->status.leading = false;
		db_leader_wait(relay->leader);
	}
	if (!relay->status.leading)
		take_over(relay);
	if (!check_bus(relay))
		return;
	if (!read_on(relay, &more) || !look_into_gaps(relay)) {
		relay->checked_us = 0; /* it may come back as another one */
		return;
	}
	now_and_then(relay);
	if (relay->dirty && clock_mono_us() - relay->saved_us >= SAVE_EVERY_US)
		relay_save(relay);
	step->pace = more ? PACE_ON : PACE_NAP;
}

static void update_status(struct relay *relay)
{
	relay->status.position = relay->place;
	relay->status.gaps = (int64_t)relay->gaps.count;
	relay->status.lag_events = relay->log_end > relay->place ? relay->log_end - relay->place : 0;
}

/* Dirty: the save is due soon. Gaps: somebody's transaction is about to end. */
static int64_t nap_length(const struct relay *relay, enum pace pace, bool busy)
{
	if (pace == PACE_AWAY)
		return 200 * US_PER_MS;
	if (relay->dirty || relay->gaps.count > 0)
		return SAVE_EVERY_US;
	return busy && !relay->options.redis ? 50 * US_PER_MS : 500 * US_PER_MS;
}

struct rest {
	struct relay *relay;
	int64_t longest_us;
};

static void rest(void *arg)
{
	struct rest *rest = arg;

	nap_take(rest->relay->nap, rest->longest_us);
}

static void relay_free(struct relay *relay)
{
	redis_unsubscribe(relay->bell);
	events_unlisten(&relay->listener);
	db_leader_free(relay->leader);
	nap_free(relay->nap);
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
		struct step round = { .relay = relay };
		failure = task_attempt(step, &round);
		update_status(relay);
		if (failure.kind == FAILURE_CONFLICT)
			relay->status.leading = false;
		if (failure.kind != FAILURE_NONE && failure.kind != FAILURE_CANCELLED)
			log_warn("relay: %.*s", STR_ARG(failure.detail));
		if (failure.kind != FAILURE_CANCELLED && round.pace != PACE_ON) {
			bool busy = relay->status.published != published;
			struct rest nap = { relay, nap_length(relay, round.pace, busy) };
			published = relay->status.published;
			failure = task_attempt(rest, &nap);
		}
		arena_reset(task_arena());
	} while (failure.kind != FAILURE_CANCELLED);
	relay_free(relay);
}

/* ---- From outside ------------------------------------------------------------------------------ */

static void on_bell(void *arg, struct str channel, struct str message)
{
	(void)channel, (void)message;
	nap_ring(((struct relay *)arg)->nap);
}

static void on_ring(void *arg)
{
	nap_ring(((struct relay *)arg)->nap);
}

static bool is_listed(const struct relay *relay, struct str type)
{
	for (size_t i = 0; i < relay->types.count; i++)
		if (str_eq(relay->types.items[i], type))
			return true;
	return false;
}

static void list_subscriptions(struct relay *relay)
{
	const struct subscription *const *subscriptions = relay->options.subscriptions;

	while (subscriptions[relay->subscription_count])
		relay->subscription_count++;
	relay->types.items = calloc(relay->subscription_count + 1, sizeof(struct str));
	relay->consumers.items = calloc(relay->subscription_count + 1, sizeof(struct str));
	CHECK(relay->types.items && relay->consumers.items);
	for (size_t i = 0; i < relay->subscription_count; i++) {
		struct str type = str_from(subscriptions[i]->type->name);
		relay->consumers.items[relay->consumers.count++] = str_from(subscriptions[i]->name);
		if (!is_listed(relay, type))
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
	list_subscriptions(relay);
	relay->nap = nap_new(loop);
	relay->leader = db_leader_new(options->db, RELAY_LOCK);
	if (options->redis)
		relay->bell = redis_subscribe(options->redis, BELL_CHANNEL, on_bell, on_ring, relay);
	relay->listener = (struct events_listener){ .ring = on_ring, .arg = relay };
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
