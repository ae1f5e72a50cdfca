/* SPDX-License-Identifier: Apache-2.0 */
/* What the leading relay does now and then: it trims the bus, registers subscriptions, and forgets what is old. */
#include "base/check.h"
#include "base/clock.h"
#include "events/log/relay_state.h"
#include "events/sql/consumer_sql.h"
#include "events/sql/event_sql.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#define TRIM_EVERY_US     (2 * US_PER_S)
#define SETTLE_EVERY_US   (60 * US_PER_S)
#define MAINTAIN_EVERY_US (6 * 3600 * US_PER_S)
#define MAINTAIN_RETRY_US (60 * US_PER_S)

static const struct metric entries_metric = {
	"stoa_stream_entries", METRIC_GAUGE, "Entries the bus holds", { "topic" }
};
static const struct metric bytes_metric = { "stoa_stream_bytes", METRIC_GAUGE, "Bytes the bus holds", { "topic" } };

bool relay_is_due(int64_t last_us, int64_t every_us)
{
	return !last_us || clock_mono_us() - last_us >= every_us;
}

static void relay_measure_bus(struct relay *relay)
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

static void relay_trim(struct relay *relay)
{
	enum bus_result result;
	bool lost = false;

	if (!relay_ensure_groups(relay)) /* what is trimmed away is what none of them needs */
		return;
	relay->trim_due = false;
	result = relay->options.bus->ops->trim(relay->options.bus, relay->options.stream_max_bytes, &lost);
	relay->trim_due |= result != BUS_OK;
	if (lost) { /* also when the bus went away after that */
		log_warn("relay: the streams are over their budget; entries that were not acknowledged come again "
		         "later");
		relay->rewind_pending = relay->dirty = true;
		relay_save(relay);
	}
	if (result == BUS_OK)
		relay_measure_bus(relay);
}

void relay_register_subscriptions(struct relay *relay)
{
	struct tx *tx = tx_collect(relay->db);
	struct str *types = ARENA_ARRAY(task_arena(), struct str, relay->options.subscriptions.count);

	for (size_t i = 0; i < relay->options.subscriptions.count; i++)
		types[i] = str_from(relay->options.subscriptions.rows[i].consumer->type->name);
	sql_subscription_insert(tx, .consumers = relay->consumers,
	                        .types = { types, relay->options.subscriptions.count });
	tx_commit(tx);
}

static void relay_maintain(struct relay *relay)
{
	struct db *db = relay->db;
	int64_t now = clock_now_us(), gone;

	relay_register_subscriptions(relay);
	sql_event_partitions_ensure(db);
	sql_event_partitions_expire(db, .keep = now - EVENTS_KEPT_US);
	do {
		struct tx *tx = tx_begin(db);
		gone = sql_inbox_purge(tx, .before = now - INBOX_KEPT_US, .max = 5000)->gone;
		tx_commit(tx);
	} while (gone == 5000);
	struct tx *tx = tx_collect(db);
	sql_delivery_count_purge(tx, .before = now - INBOX_KEPT_US);
	tx_commit(tx);
}

/* Marked before it is done: what ends by a jump is tried again when it is due again, and maintenance a little later. */
void relay_run_periodic_work(struct relay *relay)
{
	int64_t now = clock_mono_us();

	if ((relay->trim_due || relay->rewind_pending) && relay_is_due(relay->trimmed_us, TRIM_EVERY_US)) {
		relay->trimmed_us = now;
		relay_trim(relay);
	}
	if (relay_is_due(relay->settled_us, SETTLE_EVERY_US)) {
		relay->settled_us = now;
		relay_settle(relay, 20);
	}
	if (relay_is_due(relay->maintained_us, MAINTAIN_EVERY_US)) {
		relay->maintained_us = now - MAINTAIN_EVERY_US + MAINTAIN_RETRY_US;
		relay_maintain(relay);
		relay->maintained_us = now;
	}
}
