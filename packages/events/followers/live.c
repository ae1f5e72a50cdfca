/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watches hang on their aggregate in a hash table. A change notice marks aggregates as moved, and so does a look at
 * what stands in the log behind the position that was settled at the look before (nothing is ever filled in below
 * that). A task asks the log for all of them in one statement a round, and the rows are handed out from the loop's
 * flush, outside any task, for the receivers are sockets' callbacks. Callbacks may watch and unwatch: a watch that ends
 * during the hand-out is only marked, and freed after it.
 */
#include "events/live.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/hash.h"
#include "events/log/internal.h"
#include "events/sql/event_sql.h"
#include "redis/redis.h"
#include "telemetry/log.h"

enum { BUCKETS = 4096, ROUND_MAX = 500, ROWS_MAX = 1000, LOOK_MAX = 5000, LIVE_ARENA_MAX = 300 << 20 };

#define POLL_WITH_REDIS_US    (2 * US_PER_S)
#define POLL_WITHOUT_REDIS_US (200 * US_PER_MS)
#define PAUSE_US              (50 * US_PER_MS)

struct watched {
	struct list node;  /* in its bucket */
	struct list moved; /* in live->moved when to be asked for, in live->later when a watcher was not ready */
	struct uuid aggregate_id;
	struct list watches;
};

struct live_watch {
	struct list node;
	struct live *live;
	struct list ending; /* in live->ended: unwatched during the hand-out */
	struct watched *watched;
	bool ended;
	/* Takes part in the hand-out. Not when it came after the log was asked, which was asked for others who have had
	 * more; nor behind an event that it had no room for. */
	bool fed;
	int64_t after_seq;
	live_on_event *on_event;
	bool (*is_ready)(void *arg);
	void *arg;
};

struct live {
	struct loop *loop;
	struct db *db;
	struct task *task;
	struct wakeup *wakeup;
	struct redis_subscription *changes;
	struct loop_flush flush;
	struct wait_queue handed_out;
	struct list buckets[BUCKETS], moved, later, ended;
	const struct sql_event_rows *rows; /* to be handed out */
	size_t watch_count;
	int64_t polled_us;
	int64_t later_us; /* when those in `later` are asked for again */
	int64_t settled;  /* at the last look */
	bool looked;      /* false: nothing is known, all have to be asked for */
	bool redis, handing_out;
};

/* ---- The table --------------------------------------------------------------------------------- */

static struct list *bucket_of(struct live *live, struct uuid id)
{
	return &live->buckets[hash_uuid(id) % BUCKETS];
}

static struct watched *watched_find(struct live *live, struct uuid id)
{
	LIST_FOR (node, bucket_of(live, id)) {
		struct watched *watched = CONTAINER_OF(node, struct watched, node);
		if (uuid_eq(watched->aggregate_id, id))
			return watched;
	}
	return NULL;
}

static void mark_moved(struct live *live, struct watched *watched)
{
	if (list_is_empty(&watched->moved))
		list_push_back(&live->moved, &watched->moved);
}

static void mark_all_moved(struct live *live)
{
	for (size_t i = 0; i < BUCKETS; i++)
		LIST_FOR (node, &live->buckets[i])
			mark_moved(live, CONTAINER_OF(node, struct watched, node));
}

static int64_t seen_by_all(const struct watched *watched)
{
	int64_t least = INT64_MAX;

	LIST_FOR (node, &watched->watches) {
		const struct live_watch *watch = CONTAINER_OF(node, struct live_watch, node);
		if (watch->after_seq < least)
			least = watch->after_seq;
	}
	return least;
}

static void mark_if_behind(struct live *live, struct uuid id, int64_t seq)
{
	struct watched *watched = watched_find(live, id);

	if (watched && seen_by_all(watched) < seq)
		mark_moved(live, watched);
}

/* ---- Notices ------------------------------------------------------------------------------------ */

static void on_notice(void *arg, struct str channel, struct str message)
{
	struct live *live = arg;
	struct uuid id;
	int64_t seq;

	(void)channel;
	while (change_notice_next(&message, &id, &seq))
		mark_if_behind(live, id, seq);
	if (!list_is_empty(&live->moved))
		wakeup_set(live->wakeup);
}

static void on_notices_lost(void *arg)
{
	struct live *live = arg;

	live->polled_us = 0;
	wakeup_set(live->wakeup);
}

/* ---- Handing out ------------------------------------------------------------------------------- */

static void watch_free(struct live_watch *watch)
{
	struct watched *watched = watch->watched;

	list_remove(&watch->node);
	free(watch);
	if (!list_is_empty(&watched->watches))
		return;
	list_remove(&watched->node);
	list_remove(&watched->moved);
	free(watched);
}

static bool watch_is_ready(struct live *live, struct live_watch *watch)
{
	if (!watch->is_ready || watch->is_ready(watch->arg))
		return true;
	watch->fed = false;
	if (list_is_empty(&live->later))
		live->later_us = loop_now_us(live->loop) + PAUSE_US;
	list_remove(&watch->watched->moved);
	list_push_back(&live->later, &watch->watched->moved);
	return false;
}

static void hand_event_to(struct live *live, struct watched *watched, const struct event *event)
{
	LIST_FOR (node, &watched->watches) {
		struct live_watch *watch = CONTAINER_OF(node, struct live_watch, node);
		bool wants = watch->fed && !watch->ended && event->aggregate_seq > watch->after_seq;
		if (!wants || !watch_is_ready(live, watch))
			continue;
		watch->after_seq = event->aggregate_seq;
		watch->on_event(watch->arg, event);
	}
}

static void hand_out(struct loop_flush *flush)
{
	struct live *live = CONTAINER_OF(flush, struct live, flush);
	const struct sql_event_rows *rows = live->rows;
	struct list *node;

	live->handing_out = true;
	for (size_t i = 0; rows && i < rows->count; i++) {
		struct event event = EVENT_OF_ROW(&rows->rows[i]);
		struct watched *watched = watched_find(live, event.aggregate_id);
		if (watched)
			hand_event_to(live, watched, &event);
	}
	live->handing_out = false;
	live->rows = NULL;
	while ((node = list_pop_front(&live->ended)))
		watch_free(CONTAINER_OF(node, struct live_watch, ending));
	wait_queue_wake_all(&live->handed_out);
}

/* ---- The task ---------------------------------------------------------------------------------- */

/* The settled position is read first: what is listed is everything that was committed by then, and more. */
static void live_look_for_changes(struct live *live)
{
	int64_t settled = sql_event_settled(live->db)->position, events = 0;

	if (live->looked) {
		struct sql_event_list_moved_rows found =
		        sql_event_list_moved(live->db, .after = live->settled, .max = LOOK_MAX);
		for (size_t i = 0; i < found.count; i++) {
			mark_if_behind(live, found.rows[i].aggregate_id, found.rows[i].seq);
			events += found.rows[i].events;
		}
	}
	if (!live->looked || events == LOOK_MAX)
		mark_all_moved(live);
	live->settled = settled;
	live->looked = true;
}

/* From now on all of them take part; what follows is what the least of them has had. */
static int64_t resume_all(struct watched *watched)
{
	LIST_FOR (node, &watched->watches)
		CONTAINER_OF(node, struct live_watch, node)->fed = true;
	return seen_by_all(watched);
}

static void live_feed(struct live *live)
{
	struct uuid *ids = ARENA_ARRAY(task_arena(), struct uuid, ROUND_MAX);
	int64_t *seqs = ARENA_ARRAY(task_arena(), int64_t, ROUND_MAX);
	size_t count = 0;

	while (count < ROUND_MAX && !list_is_empty(&live->moved)) {
		struct watched *watched = CONTAINER_OF(list_pop_front(&live->moved), struct watched, moved);
		ids[count] = watched->aggregate_id;
		seqs[count++] = resume_all(watched);
	}
	if (count == 0)
		return;
	struct sql_event_rows rows = sql_event_list_aggregates(live->db, .aggregate_ids = { ids, count },
	                                                       .after_seqs = { seqs, count }, .max = ROWS_MAX);
	/* Cut short: which aggregates are complete cannot be told, so all are asked again. */
	for (size_t i = 0; rows.count == ROWS_MAX && i < count; i++) {
		struct watched *watched = watched_find(live, ids[i]);
		if (watched)
			mark_moved(live, watched);
	}
	live->rows = arena_copy(task_arena(), &rows, sizeof(rows));
	loop_flush_soon(live->loop, &live->flush);
	while (live->rows)
		wait_queue_wait(&live->handed_out);
}

static int64_t live_wait_us(const struct live *live, int64_t until_poll_us)
{
	if (!list_is_empty(&live->later))
		return PAUSE_US;
	return live->watch_count ? until_poll_us : 60 * US_PER_S;
}

static void live_round(void *arg)
{
	struct live *live = arg;
	int64_t poll_us = live->redis ? POLL_WITH_REDIS_US : POLL_WITHOUT_REDIS_US;
	int64_t since_us = loop_now_us(live->loop) - live->polled_us;

	if (since_us >= poll_us && live->watch_count > 0) {
		live->polled_us = loop_now_us(live->loop);
		live_look_for_changes(live);
		since_us = 0;
	}
	if (list_is_empty(&live->moved))
		wakeup_wait(live->wakeup, live_wait_us(live, poll_us - since_us));
	if (loop_now_us(live->loop) >= live->later_us)
		list_move_all(&live->moved, &live->later);
	live_feed(live);
}

static void live_wait_to_retry(void *arg)
{
	task_sleep_us(POLL_WITHOUT_REDIS_US);
	(void)arg;
}

static void live_free(struct live *live)
{
	CHECK(live->watch_count == 0);
	redis_unsubscribe(live->changes);
	loop_flush_cancel(&live->flush);
	wakeup_free(live->wakeup);
	free(live);
}

static void live_task(void *arg)
{
	struct live *live = arg;
	struct failure failure;

	do {
		failure = task_attempt(live_round, live);
		live->rows = NULL; /* they were on the stack of what has just ended */
		if (failure.kind != FAILURE_NONE && failure.kind != FAILURE_CANCELLED) {
			log_warn("live tails: %.*s", STR_ARG(failure.detail));
			live->polled_us = 0;
			live->looked = false; /* which aggregates were asked for is not known any more: ask for all */
			failure = task_attempt(live_wait_to_retry, NULL);
		}
		arena_reset(task_arena());
	} while (failure.kind != FAILURE_CANCELLED);
	live_free(live);
}

/* ---- From outside ------------------------------------------------------------------------------ */

struct live *live_open(struct loop *loop, struct db *db, struct redis *redis)
{
	static const struct task_options options = { .name = "live tails",
		                                     .background = true,
		                                     .arena_max = LIVE_ARENA_MAX };
	struct live *live = calloc(1, sizeof(*live));

	CHECK(live);
	live->loop = loop;
	live->db = db;
	live->redis = redis != NULL;
	live->flush.run = hand_out;
	live->wakeup = wakeup_new(loop);
	wait_queue_init(&live->handed_out);
	list_init(&live->moved);
	list_init(&live->later);
	list_init(&live->ended);
	for (size_t i = 0; i < BUCKETS; i++)
		list_init(&live->buckets[i]);
	if (redis)
		live->changes = redis_subscribe(redis, CHANGES_CHANNEL, on_notice, on_notices_lost, live);
	live->task = task_spawn(loop, &options, live_task, live);
	CHECK(live->task);
	return live;
}

void live_close(struct live *live)
{
	if (live)
		task_cancel(live->task);
}

struct live_watch *live_watch(struct live *live, const struct live_watch_options *options)
{
	struct live_watch *watch = calloc(1, sizeof(*watch));
	struct watched *watched = watched_find(live, options->aggregate_id);

	CHECK(watch);
	if (!watched) {
		watched = calloc(1, sizeof(*watched));
		CHECK(watched);
		watched->aggregate_id = options->aggregate_id;
		list_init(&watched->watches);
		list_init(&watched->moved);
		list_push_back(bucket_of(live, options->aggregate_id), &watched->node);
	}
	*watch = (struct live_watch){ .live = live,
		                      .watched = watched,
		                      .after_seq = options->after_seq,
		                      .on_event = options->on_event,
		                      .is_ready = options->is_ready,
		                      .arg = options->arg };
	list_push_back(&watched->watches, &watch->node);
	live->watch_count++;
	mark_moved(live, watched);
	wakeup_set(live->wakeup);
	return watch;
}

void live_unwatch(struct live_watch *watch)
{
	if (!watch || watch->ended)
		return;
	watch->live->watch_count--;
	if (!watch->live->handing_out) {
		watch_free(watch);
		return;
	}
	watch->ended = true;
	list_push_back(&watch->live->ended, &watch->ending);
}

size_t live_watch_count(const struct live *live)
{
	return live->watch_count;
}
