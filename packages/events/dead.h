/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dead letters and subscriptions as operators see them: what `stoa dead` and the operators' API have in common. Rows
 * and their strings live in the running task's arena.
 */
#ifndef STOA_EVENTS_DEAD_H
#define STOA_EVENTS_DEAD_H

#include "base/opt.h"
#include "db/db.h"

/* An event whose consumer stopped trying. It stays until an operator decides, and the decision is kept with it. */
struct dead_letter {
	struct uuid id; /* ascends with died_at */
	struct str consumer;
	struct uuid event_id;
	struct str event_type;
	int64_t event_position;
	struct str reason;      /* of the last attempt */
	struct str fingerprint; /* alike for reasons that differ in numbers only */
	int64_t attempts, died_at;
	struct opt_i64 resolved_at;
	struct str resolution, resolved_by; /* "replayed" or "discarded", by whom; null while it is open */
	struct str resolution_reason;
};

struct dead_letters {
	struct dead_letter *items;
	size_t count;
};

struct dead_filter {
	bool resolved;                          /* those decided on, instead of the open ones */
	struct str consumer, type, fingerprint; /* null: any */
	struct opt_i64 died_from, died_before;
};

/* A page, oldest first, after the letter with that id (nil: from the start). */
struct dead_letters dead_list(struct db *db, const struct dead_filter *filter, struct uuid after, int64_t limit);

const struct dead_letter *dead_find(struct db *db, struct uuid id);    /* NULL: no such letter */
struct str dead_errors(struct db *db, struct uuid id);                 /* JSON: [{attempt, at, error}, ...] */
struct str dead_data(struct db *db, const struct dead_letter *letter); /* null: gone with an old part of the log */

/* Puts the events of open letters up for their consumers once more, with all attempts ahead of them; how many. In an
 * interactive transaction, which the caller commits. */
size_t dead_replay(struct tx *tx, struct uuid_list ids, struct str who, int64_t now_us);

/* The decision that it will not be handled. False: it is not open. `reason` may be null. */
bool dead_discard(struct tx *tx, struct uuid id, struct str who, struct str reason, int64_t now_us);

#endif
