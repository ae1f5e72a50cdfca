/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bus is disposable. What tells that it lost something: another epoch (flushed, or another server), an offset
 * behind ours (the latest writes were lost), entries trimmed that some group still needed. Then the relay goes back to
 * the first event that some subscription has neither handled nor put aside, and publishes from there; a consumer that
 * gets an event again finds it in its inbox.
 *
 * An offset beyond the log's end means that the log itself went back (a restored database): what the bus holds then is
 * of a future that did not happen, so it is emptied first.
 *
 * So that finding the first open event does not mean reading seven days of log, the relay keeps `settled`: everything
 * up to there is known to be done with. It moves up every minute, and never past a gap.
 */
#include "base/check.h"
#include "base/clock.h"
#include "events/log/relay_state.h"
#include "events/sql/consumer_sql.h"
#include "events/sql/relay_sql.h"
#include "telemetry/log.h"

enum { SETTLE_STRETCH = 5000 };

static int64_t relay_position_below_gaps(const struct relay *relay, int64_t position)
{
	if (relay->gaps.count > 0 && relay->gaps.items[0].from <= position)
		return relay->gaps.items[0].from - 1;
	return position;
}

/* True: `settled` is as far up as it can be. */
static bool relay_settle_stretch(struct relay *relay)
{
	int64_t until = relay_position_below_gaps(relay, relay->offset);
	const struct sql_relay_settle_row *row =
	        sql_relay_settle(relay->db, .after = relay->settled, .until = until,
	                         .horizon = clock_now_us() - REWIND_REACH_US, .max = SETTLE_STRETCH);
	int64_t before = relay->settled;

	if (row->first_open.set)
		relay->settled = row->first_open.value - 1;
	else if (row->last.set)
		relay->settled = row->last.value;
	else if (until > relay->settled)
		relay->settled = until;
	relay->dirty |= relay->settled != before;
	return row->first_open.set || !row->last.set;
}

void relay_settle(struct relay *relay, int steps)
{
	while (steps-- > 0 && !relay_settle_stretch(relay))
		continue;
}

void relay_rewind(struct relay *relay, const char *why)
{
	int64_t from = relay->offset;

	while (!relay_settle_stretch(relay))
		continue;
	relay->offset = relay->settled;
	gaps_cut(&relay->gaps, relay->offset);
	relay->rewind_pending = false;
	relay->status.rewinds++;
	relay->dirty = true;
	log_warn("relay: %s; rewinding from position %lld to %lld", why, (long long)from, (long long)relay->offset);
}

/* By the table, not by our own code: a consumer may be newer than this relay. */
bool relay_ensure_groups(struct relay *relay)
{
	struct sql_subscription_list_rows found = sql_subscription_list(relay->db);

	for (size_t i = 0; i < found.count; i++)
		if (relay->options.bus->ops->ensure_group(relay->options.bus, found.rows[i].type,
		                                          found.rows[i].consumer) != BUS_OK)
			return false;
	return true;
}

/* The bus is of a log that is no more. */
static bool relay_start_over(struct relay *relay, struct bus_mark *mark)
{
	const struct bus_ops *ops = relay->options.bus->ops;

	if (ops->reset(relay->options.bus) != BUS_OK || ops->mark(relay->options.bus, mark) != BUS_OK)
		return false;
	if (relay->offset > relay->log_end)
		relay->offset = relay->log_end;
	if (relay->settled > relay->log_end)
		relay->settled = relay->log_end;
	gaps_cut(&relay->gaps, relay->offset);
	return true;
}

bool relay_check_bus(struct relay *relay)
{
	const struct bus_ops *ops = relay->options.bus->ops;
	struct bus_mark mark;
	const char *why = NULL;

	if (ops->mark(relay->options.bus, &mark) != BUS_OK)
		return false;
	if (mark.offset > relay->log_end || relay->offset > relay->log_end) {
		why = "the log went back in time";
		if (!relay_start_over(relay, &mark))
			return false;
	} else if (!uuid_eq(mark.epoch, relay->epoch)) {
		why = "the bus has a new epoch: it is another store than before, or was lost";
	} else if (mark.offset < relay->offset) {
		why = "the bus lost its latest entries";
	} else if (relay->rewind_pending && relay->stream_bytes <= relay->options.stream_max_bytes / 2) {
		why = "entries that were not acknowledged had been trimmed";
	}
	if (!why)
		return true;
	relay_rewind(relay, why);
	/* Groups that are made now, and what is lost until here, are of the epoch that begins here. */
	if (!relay_ensure_groups(relay) || ops->mark(relay->options.bus, &mark) != BUS_OK)
		return false;
	if (ops->publish(relay->options.bus, NULL, 0, relay->offset) != BUS_OK)
		return false;
	relay->epoch = mark.epoch;
	relay_save(relay);
	return true;
}
