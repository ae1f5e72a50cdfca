/* SPDX-License-Identifier: Apache-2.0 */
/* The relay's inside, shared by its loop (relay.c), what it does when something was lost (recover.c), and now and then (upkeep.c). */
#ifndef STOA_EVENTS_RELAY_STATE_H
#define STOA_EVENTS_RELAY_STATE_H

#include "events/log/gaps.h"
#include "events/log/internal.h"
#include "events/relay.h"

struct relay {
	struct relay_options options;
	struct loop *loop;
	struct task *task;
	struct db_leader *leader;
	struct db *db; /* of this round: only the leader's transactions pass */
	struct wakeup *wakeup;
	struct redis_subscription *doorbell;
	struct events_listener listener;
	struct relay_status status;
	struct str_list types, consumers; /* heap; of the subscriptions, types once each */

	/* What is saved in stoa.relay. */
	bool dirty, rewind_pending;
	int64_t offset;  /* the last position passed */
	int64_t settled; /* up to this position every subscription is done */
	struct gaps gaps;
	struct uuid epoch;

	/* What is not. */
	bool trim_due;
	int64_t term;
	int64_t log_end, batch_max, stream_bytes;
	int64_t saved_us, checked_us, trimmed_us, settled_us, maintained_us; /* monotonic: when last */
};

#define EVENTS_KEPT_US  (INT64_C(90) * 24 * 3600 * US_PER_S) /* in the log */
#define REWIND_REACH_US (INT64_C(7) * 24 * 3600 * US_PER_S)
#define INBOX_KEPT_US   (INT64_C(8) * 24 * 3600 * US_PER_S) /* longer than the reach of a rewind */

void relay_save(struct relay *relay);
bool relay_ensure_groups(struct relay *relay); /* of every subscription in stoa.subscription; false: the bus is away */
/* Compares the bus with what we remember, and rewinds when it lost something. False: the bus is away. */
bool relay_check_bus(struct relay *relay);
void relay_rewind(struct relay *relay, const char *why);
/* Moves `settled` up over events that every subscription is done with; at most `steps` stretches of the log. */
void relay_settle(struct relay *relay, int steps);

/* upkeep.c. `last_us` is monotonic; 0: never. */
bool relay_is_due(int64_t last_us, int64_t every_us);
void relay_register_subscriptions(struct relay *relay);
void relay_run_periodic_work(struct relay *relay);

#endif
