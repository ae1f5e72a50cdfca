/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this package share. */
#ifndef STOA_EVENTS_INTERNAL_H
#define STOA_EVENTS_INTERNAL_H

#include "base/list.h"
#include "events/event.h"
#include "task/loop.h"
#include "task/task.h"

/* Aggregates that moved, on their way to live tails: bell.c. */
enum { LIVE_ENTRY = 48, LIVE_ENTRIES = 100 };
struct live_bell {
	size_t len;
	char text[LIVE_ENTRIES * LIVE_ENTRY];
};
void live_bell_add(struct live_bell *bell, struct redis *redis, struct uuid id, int64_t seq); /* rings when full */
void live_bell_ring(struct live_bell *bell, struct redis *redis); /* what was added; redis may be NULL */
bool live_bell_next(struct str *message, struct uuid *ret_id, int64_t *ret_seq);

struct events {
	struct loop *loop;
	struct db *db;
	struct redis *redis;
	const char *source;
	struct loop_flush bell;
	struct live_bell live_bell;
	struct list listeners;
};

/* Every statement that gives events names the columns alike. */
#define EVENT_OF_ROW(row)                                                                                              \
	((struct event){                                                                                               \
	        .id = (row)->id,                                                                                       \
	        .position = (row)->position,                                                                           \
	        .type = (row)->type,                                                                                   \
	        .version = (row)->version,                                                                             \
	        .aggregate = (row)->aggregate,                                                                         \
	        .aggregate_id = (row)->aggregate_id,                                                                   \
	        .aggregate_seq = (row)->aggregate_seq,                                                                 \
	        .occurred_at = (row)->occurred_at,                                                                     \
	        .source = (row)->source,                                                                               \
	        .correlation_id = (row)->correlation_id,                                                               \
	        .causation_id = (row)->causation_id.set ? (row)->causation_id.value : (struct uuid){ .bytes = { 0 } }, \
	        .traceparent = (row)->traceparent,                                                                     \
	        .data = (row)->data,                                                                                   \
	})

/* A nap: until it is rung or the time is over, whichever is first. A ring while nobody naps shortens the next one. */
struct nap;
struct nap *nap_new(struct loop *loop);
void nap_free(struct nap *nap); /* nobody may be napping; NULL is fine */
void nap_ring(struct nap *nap);
void nap_take(struct nap *nap, int64_t longest_us);

#define BELL_CHANNEL "stoa:bell" /* API processes to the relay: something was committed */
#define LIVE_CHANNEL "stoa:live" /* whoever committed, and the relay, to live tails: entries of live_bell */

#endif
