/* SPDX-License-Identifier: Apache-2.0 */
/* Subscriptions as operators see and steer them, over all processes. Strings live in the running task's arena. */
#ifndef STOA_EVENTS_OPERATORS_H
#define STOA_EVENTS_OPERATORS_H

#include "base/opt.h"
#include "db/db.h"

struct subscription_report {
	struct str consumer, type;
	int64_t pending;           /* events neither handled nor put aside, of the next 10,000 that are looked at */
	struct opt_i64 oldest_at;  /* when the oldest of those happened */
	int64_t retries, dead;     /* put aside for a later attempt; given up and not decided on */
	struct opt_i64 handled_at; /* when the newest event that it has handled was done */
	struct opt_i64 paused_at;
	struct str paused_by; /* null: not paused */
};

struct subscription_reports {
	struct subscription_report *items;
	size_t count;
};

/* Each subscription of code that ran within the last day, by name. */
struct subscription_reports subscriptions_report(struct db *db);

/* A paused subscription is handed nothing in any process, from about a second later on; its events wait. False: there
 * is no such subscription. In an interactive transaction, which the caller commits. */
bool subscription_pause(struct tx *tx, struct str consumer, struct str who, int64_t now_us);
bool subscription_resume(struct tx *tx, struct str consumer);

#endif
